"""What kinds of devices can play."""
