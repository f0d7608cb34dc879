"""Transcodes: media files turned into other forms."""
