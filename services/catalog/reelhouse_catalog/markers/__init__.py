"""Markers: spans of media files that mean something."""
