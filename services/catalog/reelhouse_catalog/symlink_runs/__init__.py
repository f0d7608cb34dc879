"""Work on a library's symbolic links."""
