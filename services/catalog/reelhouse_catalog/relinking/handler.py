"""The job that gives broken links new targets."""

from __future__ import annotations

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.relinking.relink import Relinking
from reelhouse_catalog.symlink_runs.model import SymlinkRun
from reelhouse_catalog.symlink_runs.running import RunHandler
from reelhouse_catalog.symlinks import settings_store
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Run


class RelinkHandler(RunHandler):
    """Runs the jobs that give links new targets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def work(self, run: Run, library: Library, symlink_run: SymlinkRun) -> None:
        """Relinks; run again, it settles what was under way, and goes on."""
        settings = await settings_store.get(self._database, library.id)
        await Relinking(self._database, run, library, symlink_run, settings).relink()
