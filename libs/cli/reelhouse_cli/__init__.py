"""The reelhouse command."""
