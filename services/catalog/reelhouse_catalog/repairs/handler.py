"""The job that sends actions."""

from __future__ import annotations

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.symlink_runs.model import SymlinkRun
from reelhouse_catalog.symlink_runs.running import RunHandler
from reelhouse_catalog.symlinks import settings_store
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Run
from reelhouse_kit.secrets import Box


class RepairHandler(RunHandler):
    """Runs the jobs that send actions."""

    def __init__(self, database: Database, box: Box) -> None:
        self._database = database
        self._box = box

    async def work(self, run: Run, library: Library, symlink_run: SymlinkRun) -> None:
        """Sends what is due; run again, it sends what was not."""
        # With what it needs it takes 9 MB, which who repairs nothing can do without.
        from reelhouse_catalog.repairs.processing import Processing  # noqa: PLC0415

        settings = await settings_store.get(self._database, library.id)
        await Processing(
            self._database, self._box, run, library, symlink_run, settings=settings
        ).process()
