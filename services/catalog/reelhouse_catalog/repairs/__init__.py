"""Asking others to bring back what broken links led to."""
