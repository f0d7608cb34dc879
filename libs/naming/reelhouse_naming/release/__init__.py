"""Reads release names: one line of text that says everything."""

from __future__ import annotations
