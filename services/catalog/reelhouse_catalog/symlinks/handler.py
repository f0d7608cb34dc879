"""The job that scans a library's links."""

from __future__ import annotations

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.symlink_runs.model import SymlinkRun
from reelhouse_catalog.symlink_runs.running import RunHandler
from reelhouse_catalog.symlinks import settings_store
from reelhouse_catalog.symlinks.scan import AfterScan, LinkScan
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Run


class SymlinkScanHandler(RunHandler):
    """Runs the jobs that scan links."""

    def __init__(self, database: Database, after: AfterScan | None = None) -> None:
        self._database = database
        self._after = after

    async def work(self, run: Run, library: Library, symlink_run: SymlinkRun) -> None:
        """Scans a library's links; run again, it begins again, and writes only what changed."""
        settings = await settings_store.get(self._database, library.id)
        await LinkScan(self._database, run, library, symlink_run).scan(settings, self._after)
