"""What tests of scanning share: a library in a folder, and a worker that scans it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL, Library
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState
from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query
from reelhouse_kit.jobs import Worker
from reelhouse_naming import LibraryKind

FILES = Query(text("SELECT * FROM catalog.media_files ORDER BY path"))

UNCOUNTED = ("directory", "ready", "enrichment", "review")

Scanner = Callable[..., Awaitable[Scan]]


def worker(url: str, database: Database) -> Worker:
    handler = ScanHandler(database, prober_count=2, throttled=False)
    return Worker(url, database, jobs, {scanning.JOB: handler})


async def make_library(
    database: Database, root: Path, kind: LibraryKind = LibraryKind.MOVIE, **settings: Any
) -> Library:
    root.mkdir(exist_ok=True)
    values: dict[str, Any] = {"scan_interval": DEFAULT_SCAN_INTERVAL, **settings}
    return await libraries.create_library(
        database, name=root.name, kind=kind, root_path=str(root), once=None, **values
    )


async def until_ended(database: Database, scan: Scan) -> Scan:
    async with asyncio.timeout(40):
        while True:
            found = await scanning.get_scan(database, scan.library_id, scan.id)
            if found.state in ENDED:
                return found
            await asyncio.sleep(0.02)


async def run_scan(database: Database, library: Library, **values: Any) -> Scan:
    values = {"full": False, "once": None, **values}
    return await until_ended(database, await scanning.start_scan(database, library.id, **values))


def counts(scan: Scan) -> dict[str, int]:
    """Returns the counts that are not zero, without "_count"."""
    assert scan.state is ScanState.COMPLETED, scan.error_message
    return {
        name.removesuffix("_count"): value
        for name, value in scan.stats.items()
        if value and name.endswith("_count") and name.removesuffix("_count") not in UNCOUNTED
    }


async def paths(database: Database, state: str = "present") -> list[str]:
    return [row["path"] for row in await database.all(FILES) if row["state"] == state]
