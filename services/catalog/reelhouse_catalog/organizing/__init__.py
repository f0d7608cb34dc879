"""Organizing: which names templates give to the files of a library."""
