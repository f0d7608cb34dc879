"""Who may, and who wants what: users, tokens, media requests."""
