"""New targets for broken links."""
