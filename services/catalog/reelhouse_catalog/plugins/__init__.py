"""Plugins: programs of others that add to what the catalog knows."""
