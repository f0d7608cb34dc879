"""What all Reelhouse services share: server, client, database, migrations, events, jobs."""
