"""Reads facts from the names of media files and releases."""
