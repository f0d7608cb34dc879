"""How a device plays a media file, and why."""
