"""Symbolic links in libraries."""
