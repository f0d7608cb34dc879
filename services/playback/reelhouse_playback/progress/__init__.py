"""Progress and history: how far users are, and what they played."""
