"""Shared by all Reelhouse services: server, client, database, migrations, events, jobs."""
