"""Availability: what the catalog has of what is asked for."""
