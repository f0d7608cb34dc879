"""File operations: planned, shown, done and undone, with a journal that comes first."""
