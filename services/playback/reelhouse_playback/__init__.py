"""Plays it: decisions, sessions, progress, delivery."""
