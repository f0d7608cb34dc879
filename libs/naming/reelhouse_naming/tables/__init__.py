"""What is known about names, as data: words, tags, languages, extras."""

from __future__ import annotations
