"""Servers and folders that tell what media there is."""
