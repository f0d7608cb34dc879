"""What a Reelhouse plugin is written with."""
