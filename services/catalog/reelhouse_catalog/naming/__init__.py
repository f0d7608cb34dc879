"""Names: what a path or the name of a release says."""
