"""Watching: what changes in libraries' folders, and what is due, is scanned by itself."""
