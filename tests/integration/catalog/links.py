"""Libraries of symbolic links, for tests of what becomes of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL, Library
from reelhouse_catalog.relinking import usecases as relinking
from reelhouse_catalog.relinking.handler import RelinkHandler
from reelhouse_catalog.relinking.model import Entry
from reelhouse_catalog.relinking.store import entry_page
from reelhouse_catalog.repairs import usecases as repairs
from reelhouse_catalog.repairs.handler import RepairHandler
from reelhouse_catalog.repairs.model import Action
from reelhouse_catalog.repairs.store import page as action_page
from reelhouse_catalog.schema import jobs
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import ENDED, RunKind, RunState, SymlinkRun
from reelhouse_catalog.symlinks import event_store, store, usecases
from reelhouse_catalog.symlinks.handler import SymlinkScanHandler
from reelhouse_catalog.symlinks.model import Filter, LinkEvent, Symlink
from reelhouse_kit.db import Database, Query
from reelhouse_kit.jobs import Worker
from reelhouse_kit.rpc.paging import Page
from reelhouse_kit.secrets import Box
from reelhouse_naming import LibraryKind

EVERYTHING = Page(100_000, None, "")


def link(path: Path, target: Path | str) -> Path:
    """Makes a link, with the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    return path


def file(path: Path, content: str = "film") -> Path:
    """Makes a file, with the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


class Links:
    """One library of links."""

    def __init__(self, database: Database, library: Library) -> None:
        self.database = database
        self.library = library

    async def ended(self, run: SymlinkRun) -> SymlinkRun:
        """Waits for a run's end."""
        async with asyncio.timeout(50):
            while run.state not in ENDED:
                await asyncio.sleep(0.02)
                run = await runs.get_run(self.database, self.library.id, run.id)
        return run

    async def scan(self, *, force: bool = False) -> SymlinkRun:
        """Scans, and returns how that ended."""
        return await self.ended(
            await usecases.scan_symlinks(self.database, self.library.id, force=force, once=None)
        )

    async def scanned(self, **options: bool) -> dict[str, Any]:
        """Scans, and returns what that counted."""
        run = await self.scan(**options)
        assert run.state is RunState.COMPLETED, run
        return run.stats

    async def relink(self, *folders: str, dry_run: bool = False, most: int = 0) -> SymlinkRun:
        """Relinks, and returns how that ended."""
        run = await relinking.relink_symlinks(
            self.database, self.library.id, dry_run=dry_run, most=most, folders=folders, once=None
        )
        return await self.ended(run)

    async def relinked(self, *folders: str, **options: Any) -> dict[str, Any]:
        """Relinks, and returns what that counted."""
        run = await self.relink(*folders, **options)
        assert run.state is RunState.COMPLETED, run
        return run.stats

    async def process(self, **options: Any) -> dict[str, Any]:
        """Sends what is due, and returns what that counted."""
        values = {"dry_run": False, "most": 0, **options}
        run = await self.ended(
            await repairs.process_actions(self.database, self.library.id, once=None, **values)
        )
        assert run.state is RunState.COMPLETED, run
        return run.stats

    async def set(self, **changes: Any) -> None:
        """Changes how the links are looked after."""
        await usecases.update_settings(self.database, self.library.id, changes, "")

    async def all(self, **where: Any) -> dict[str, Symlink]:
        """Returns the links by path."""
        found = await store.page(self.database, Filter(self.library.id, **where), EVERYTHING)
        return {os.fsdecode(one.path): one for one in found}

    async def one(self, path: str) -> Symlink:
        """Returns a link."""
        return (await self.all())[path]

    async def events(self) -> list[LinkEvent]:
        """Returns what happened, the oldest first."""
        return (await event_store.page(self.database, self.library.id, None, EVERYTHING))[::-1]

    async def entries(self, run: SymlinkRun) -> list[Entry]:
        """Returns what a run did."""
        return await entry_page(self.database, run.id, None, EVERYTHING)

    async def actions(self) -> list[Action]:
        """Returns the actions."""
        return await action_page(self.database, self.library.id, None, EVERYTHING)

    async def rows(self, sql: str) -> list[Any]:
        """Returns what a statement says."""
        return list(await self.database.all(Query(text(sql))))


async def make(database: Database, root: Path, kind: LibraryKind, **options: Any) -> Links:
    """Makes a library of a folder."""
    root.mkdir(parents=True, exist_ok=True)
    library = await libraries.create_library(
        database, name=root.name, kind=kind, root_path=str(root),
        scan_interval=DEFAULT_SCAN_INTERVAL, once=None, **options,
    )  # fmt: skip
    return Links(database, library)


def handlers(database: Database, box: Box | None = None) -> dict[str, Any]:
    """Returns what does the runs."""
    made: dict[str, Any] = {
        runs.JOBS[RunKind.SCAN]: SymlinkScanHandler(database, repairs.verify),
        runs.JOBS[RunKind.RELINK]: RelinkHandler(database),
    }
    if box is not None:
        made[runs.JOBS[RunKind.REPAIR]] = RepairHandler(database, box)
    return made


@asynccontextmanager
async def links(
    database: Database,
    url: str,
    root: Path,
    kind: LibraryKind = LibraryKind.TV,
    box: Box | None = None,
    **options: Any,
) -> AsyncIterator[Links]:
    """Yields a library of links, with a worker."""
    made = await make(database, root, kind, **options)
    async with Worker(url, database, jobs, handlers(database, box)).running():
        yield made
