"""Titles: films, series, albums, audiobooks, and what they are made of."""
