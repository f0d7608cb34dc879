"""For tests only: databases that are made in a blink, servers on loopback, tokens."""
