"""Reads paths in libraries: what folders say, and what they say about the files in them."""

from __future__ import annotations
