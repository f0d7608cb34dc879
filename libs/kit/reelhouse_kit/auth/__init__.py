"""Who calls: tokens, keys and principals."""
