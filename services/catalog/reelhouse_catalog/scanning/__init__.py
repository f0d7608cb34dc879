"""Scanning: what is in a library's folder, and what of it is new."""
