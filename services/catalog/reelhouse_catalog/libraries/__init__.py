"""Libraries: folders of media of one kind."""
