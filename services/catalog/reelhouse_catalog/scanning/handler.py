"""The job that scans a library."""

from __future__ import annotations

import asyncio
import os
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import store
from reelhouse_catalog.scanning.library_scan import LibraryScan
from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState
from reelhouse_catalog.scanning.pool import probers
from reelhouse_catalog.scanning.usecases import change_state
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run


class ScanHandler:
    """Runs the jobs that scan libraries."""

    def __init__(self, database: Database, *, prober_count: int) -> None:
        self._database = database
        self._prober_count = prober_count

    async def run(self, run: Run) -> None:
        """Scans a library; run again, it goes on with what is not done."""
        library, scan = await self._begin(run)
        root = os.fsencode(library.root_path)
        if not await asyncio.to_thread(os.path.isdir, root):
            raise JobError(
                "LIBRARY_ROOT_UNREADABLE", f"{library.root_path} is not a readable folder"
            )
        async with probers(root, library.kind, self._prober_count) as pool:
            await LibraryScan(self._database, run, library, scan, pool).scan()

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the scan as its job ended."""
        scan = await store.get(session, UUID(job.payload["library"]), UUID(job.payload["scan"]))
        if scan is not None and scan.state not in ENDED:
            state = ScanState.FAILED if error else ScanState.CANCELLED
            await change_state(session, scan, state, error)

    async def _begin(self, run: Run) -> tuple[Library, Scan]:
        library_id = UUID(run.job.payload["library"])
        async with run.transaction() as session:
            library = await libraries.get(session, library_id)
            scan = await store.get(session, library_id, UUID(run.job.payload["scan"]))
            if library is None or scan is None:
                raise JobError("LIBRARY_GONE", "the library was deleted")
            if scan.state is ScanState.PENDING:
                scan = await change_state(session, scan, ScanState.RUNNING)
            return library, scan
