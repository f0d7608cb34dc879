"""Audiobooks that can be asked for."""
