"""Asks providers about titles, when it is time to."""
