"""Files and folders as the system has them: nothing here knows of the catalog or the journal."""
