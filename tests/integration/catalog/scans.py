"""Scans of real folders, for tests of what comes of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL, Library
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState
from reelhouse_catalog.schema import jobs
from reelhouse_catalog.titles import store
from reelhouse_catalog.titles.model import Episode, Season, Title, Track
from reelhouse_kit.db import Database, Query
from reelhouse_kit.jobs import Worker
from reelhouse_kit.rpc.paging import Page
from reelhouse_naming import LibraryKind

EVERYTHING = Page(1000, None, "")


class House:
    """One library, scanned when told."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database = database
        self.library = library

    async def scan(self, *, full: bool = False) -> Scan:
        """Scans the library and returns how that ended."""
        started = await scanning.start_scan(self.database, self.library.id, full=full, once=None)
        async with asyncio.timeout(40):
            while True:
                found = await scanning.get_scan(self.database, self.library.id, started.id)
                if found.state in ENDED:
                    assert found.state is ScanState.COMPLETED, found
                    return found
                await asyncio.sleep(0.02)

    async def titles(self) -> dict[str, Title]:
        """Returns the titles by name, without those that were merged into others."""
        rows = await self.rows("SELECT id FROM catalog.titles WHERE merged_into IS NULL")
        found = await store.batch(self.database, [row["id"] for row in rows])
        return {title.name: title for title in found}

    async def title(self) -> Title:
        """Returns the one title."""
        (title,) = (await self.titles()).values()
        return title

    async def seasons(self, title: UUID) -> list[Season]:
        """Returns the seasons of a title."""
        return await store.seasons_of(self.database, title, EVERYTHING)

    async def episodes(self, title: UUID) -> list[Episode]:
        """Returns the episodes of a title."""
        return await store.episodes_of(self.database, title, None, EVERYTHING)

    async def tracks(self, title: UUID) -> list[Track]:
        """Returns the tracks of a title."""
        return await store.tracks_of(self.database, title, EVERYTHING)

    async def files(self) -> dict[str, Any]:
        """Returns the media files by path."""
        rows = await self.rows("SELECT * FROM catalog.media_files ORDER BY path")
        return {row["path"]: row for row in rows}

    async def rows(self, sql: str) -> list[Any]:
        """Returns what a statement says."""
        return list(await self.database.all(Query(text(sql))))


@asynccontextmanager
async def house(
    database: Database, url: str, root: Path, kind: LibraryKind = LibraryKind.MOVIE
) -> AsyncIterator[House]:
    """Yields a library of a folder, with a worker that scans."""
    root.mkdir(exist_ok=True)
    library = await libraries.create_library(
        database,
        name=root.name,
        kind=kind,
        root_path=str(root),
        scan_interval=DEFAULT_SCAN_INTERVAL,
        once=None,
    )
    handler = ScanHandler(database, prober_count=2)
    async with Worker(url, database, jobs, {scanning.JOB: handler}).running():
        yield House(database, library)
