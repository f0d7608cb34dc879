"""Delivery: bytes over HTTP, to whoever has a session's address."""
