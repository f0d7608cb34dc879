"""Makes it playable: ffmpeg jobs and their results."""
