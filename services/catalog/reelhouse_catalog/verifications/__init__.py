"""Verifications: reading whole files, to know what they are and that they still are it."""
