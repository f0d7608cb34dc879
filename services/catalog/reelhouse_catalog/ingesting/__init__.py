"""Runs over what sources tell: items, their files, and what is said of their titles."""
