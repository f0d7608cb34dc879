"""Media requests: what users ask for, and what becomes of it."""
