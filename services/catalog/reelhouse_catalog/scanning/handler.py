"""The job that scans a library."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.reviews.scoring import Thresholds
from reelhouse_catalog.scanning import store
from reelhouse_catalog.scanning.library_scan import LibraryScan
from reelhouse_catalog.scanning.load import Governor
from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState
from reelhouse_catalog.scanning.pool import probers
from reelhouse_catalog.scanning.usecases import change_state
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run


class ScanHandler:
    """Runs the jobs that scan libraries."""

    def __init__(
        self,
        database: Database,
        *,
        prober_count: int,
        throttled: bool = True,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._database = database
        self._thresholds = thresholds
        self._prober_count = prober_count
        self._throttled = throttled

    async def run(self, run: Run) -> None:
        """Scans a library; run again, it goes on with what is not done."""
        library, scan = await self._begin(run)
        async with AsyncExitStack() as stack:
            root = os.fsencode(library.root_path)
            pool = await stack.enter_async_context(probers(root, library.kind, self._prober_count))
            governor = None
            if self._throttled:
                governor = Governor(self._prober_count)
                await stack.enter_async_context(governor.running())
            await LibraryScan(
                self._database,
                run,
                library,
                scan,
                pool,
                governor=governor,
                thresholds=self._thresholds,
            ).scan()

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the scan as its job ended, unless the scan is paused: that has let go of its job."""
        scan = await store.lock(session, UUID(job.payload["library"]), UUID(job.payload["scan"]))
        if scan is None or scan.job_id != job.id:
            return
        if scan.state not in ENDED and scan.state is not ScanState.PAUSED:
            state = ScanState.FAILED if error else ScanState.CANCELLED
            await change_state(session, scan, state, error)

    async def _begin(self, run: Run) -> tuple[Library, Scan]:
        library_id = UUID(run.job.payload["library"])
        async with run.transaction() as session:
            library = await libraries.get(session, library_id)
            scan = await store.lock(session, library_id, UUID(run.job.payload["scan"]))
            if library is None or scan is None:
                raise JobError("LIBRARY_GONE", "the library was deleted")
            going_on = scan.state in (ScanState.PENDING, ScanState.RUNNING)
            if scan.job_id != run.job.id or not going_on:
                raise JobError("SCAN_STOPPED", f"the scan is {scan.state}")
            if scan.state is ScanState.PENDING:
                scan = await change_state(session, scan, ScanState.RUNNING)
            return library, scan
