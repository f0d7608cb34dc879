"""Sessions: somebody playing something on a device."""
