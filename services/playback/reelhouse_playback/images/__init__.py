"""Images: posters and backdrops in the sizes that clients show."""
