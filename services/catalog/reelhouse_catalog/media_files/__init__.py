"""Media files: what there is, and what is in it."""
