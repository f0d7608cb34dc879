"""Telling others: an outbox written with every change, and watches that read it."""
