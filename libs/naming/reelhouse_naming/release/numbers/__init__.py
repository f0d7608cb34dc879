"""Tells what the numbers of a release name are: seasons, episodes, days, parts, or a title."""

from __future__ import annotations
