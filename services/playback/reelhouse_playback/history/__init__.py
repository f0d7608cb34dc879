"""History: what users played, and what that adds up to."""
