"""Watching real folders with inotify."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import Library, WatchState
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.watching import store, watcher
from reelhouse_catalog.watching.watcher import LEASE, Watcher
from reelhouse_kit.db import Database, Query
from reelhouse_kit.ids import new_id
from tests.integration.catalog.scanning import make_library, paths, run_scan, worker
from tests.media import Media

SCANS = Query(
    text('SELECT "trigger", folders, state, stats FROM catalog.scans ORDER BY created_at, id')
)
NOW = Query(text("SELECT now()"))


@asynccontextmanager
async def watched(database: Database, **settings: float) -> AsyncIterator[Watcher]:
    stopping = asyncio.Event()
    made = Watcher(database, look_seconds=0.1, **{"settle_seconds": 0.5, **settings})  # type: ignore[arg-type]
    task = asyncio.create_task(made.work(stopping))
    try:
        yield made
    finally:
        stopping.set()
        await task


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(25):
        while not await condition():
            await asyncio.sleep(0.05)


async def state(database: Database, library: Library) -> WatchState:
    found = await libraries.get_library(database, library.id)
    return found.watch_state(await database.value(NOW))


async def until_active(database: Database, library: Library) -> None:
    async def active() -> bool:
        return await state(database, library) is WatchState.ACTIVE

    await until(active)
    await asyncio.sleep(0.5)  # until inotify has the folders


def until_paths(database: Database, expected: list[str]) -> Awaitable[None]:
    async def there() -> bool:
        return await paths(database) == expected

    return until(there)


async def test_only_what_changed_is_scanned(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A" / "A (2001).mkv")
    media.film(root / "B" / "B (2002).mkv", hertz=220)
    elsewhere = media.film(tmp_path / "C" / "deep" / "C (2003).mkv", hertz=230)
    library = await make_library(catalog_db, root)
    async with worker(catalog_url, catalog_db).running(), watched(catalog_db):
        await run_scan(catalog_db, library)
        await until_active(catalog_db, library)

        media.film(root / "A" / "New (2009).mkv", hertz=300)
        await until_paths(catalog_db, ["A/A (2001).mkv", "A/New (2009).mkv", "B/B (2002).mkv"])
        await scans_end(catalog_db)
        last = (await catalog_db.all(SCANS))[-1]
        assert (last["trigger"], last["folders"]) == ("watch", [b"A"])
        assert last["stats"]["directory_count"] == 1

        # A folder that comes as a whole, one that goes, one that is renamed, and back.
        shutil.move(elsewhere.parents[1], root / "C")
        shutil.rmtree(root / "A")
        (root / "B").rename(root / "B2")
        await until_paths(catalog_db, ["B2/B (2002).mkv", "C/deep/C (2003).mkv"])
        (root / "C" / ".nomedia").touch()
        await until_paths(catalog_db, ["B2/B (2002).mkv"])
        await scans_end(catalog_db)
        for scan in await catalog_db.all(SCANS):
            assert scan["trigger"] == "manual" or scan["folders"] is not None


async def scans_end(database: Database) -> None:
    async def ended() -> bool:
        return all(scan["state"] == "completed" for scan in await database.all(SCANS))

    await until(ended)


async def test_a_name_that_is_not_utf8_is_seen_too(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    source = media.film(tmp_path / "source.mkv")
    library = await make_library(catalog_db, root)
    async with worker(catalog_url, catalog_db).running(), watched(catalog_db):
        await until_active(catalog_db, library)
        shutil.copyfile(source, os.path.join(os.fsencode(root), b"\xe9t\xe9 (2009).mkv"))
        await until_paths(catalog_db, ["\\xe9t\\xe9 (2009).mkv"])
        # And it goes on watching.
        media.film(root / "After (2010).mkv", hertz=220)
        await until_paths(catalog_db, ["After (2010).mkv", "\\xe9t\\xe9 (2009).mkv"])


async def test_more_changes_than_inotify_keeps(
    catalog_db: Database,
    catalog_url: str,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watcher, "_MAX_CHANGES", 100)
    root = tmp_path / "films"
    library = await make_library(catalog_db, root)
    async with worker(catalog_url, catalog_db).running(), watched(catalog_db):
        await until_active(catalog_db, library)
        source = media.film(tmp_path / "source.mkv").read_bytes()
        for number in range(150):
            (root / f"Film {number:03} (2001).mkv").write_bytes(source + bytes([number]))
        await until_paths(catalog_db, [f"Film {number:03} (2001).mkv" for number in range(150)])
        assert any(scan["folders"] is None for scan in await catalog_db.all(SCANS))


async def test_a_folder_that_is_unmounted_and_mounted_again(
    catalog_db: Database,
    catalog_url: str,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watcher, "_TRY_AGAIN", 0.2)
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    library = await make_library(catalog_db, root)
    async with worker(catalog_url, catalog_db).running(), watched(catalog_db):
        await run_scan(catalog_db, library)
        await until_active(catalog_db, library)
        away = root.rename(tmp_path / "unmounted")

        async def failed() -> bool:
            return await state(catalog_db, library) is WatchState.FAILED

        await until(failed)
        found = await libraries.get_library(catalog_db, library.id)
        assert "not a readable folder" in found.watch_error
        media.film(away / "B (2002).mkv", hertz=220)  # nobody watches
        away.rename(root)
        await until_active(catalog_db, library)
        await until_paths(catalog_db, ["A (2001).mkv", "B (2002).mkv"])
        media.film(root / "C (2003).mkv", hertz=230)
        await until_paths(catalog_db, ["A (2001).mkv", "B (2002).mkv", "C (2003).mkv"])


async def test_too_few_watches_are_told(
    catalog_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        # What watchfiles raises at the limit (samuelcolvin/watchfiles#207).
        raise FileNotFoundError("OS file watch limit reached. about [...]")

    monkeypatch.setattr(watcher, "watch", lambda *_, **__: Refusing(refuse))
    library = await make_library(catalog_db, tmp_path / "films")
    async with watched(catalog_db):

        async def failed() -> bool:
            return await state(catalog_db, library) is WatchState.FAILED

        await until(failed)
    found = await libraries.get_library(catalog_db, library.id)
    assert "watch limit" in found.watch_error
    assert "schedule alone" in found.watch_error
    assert found.revision == library.revision  # no etag that people hold becomes stale

    await libraries.update_library(catalog_db, library.id, {"watch": False}, "")
    async with watched(catalog_db):

        async def off() -> bool:
            found = await libraries.get_library(catalog_db, library.id)
            return not found.watch_error

        await until(off)
    assert await state(catalog_db, library) is WatchState.OFF


class Refusing:
    """An iterator that fails at its first step, as watchfiles' generator does."""

    def __init__(self, refuse: Callable[[], None]) -> None:
        self._refuse = refuse

    def __iter__(self) -> Refusing:
        return self

    def __next__(self) -> object:
        self._refuse()
        raise StopIteration


async def test_one_worker_watches_a_library(catalog_db: Database, tmp_path: Path) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    await make_library(catalog_db, tmp_path / "off", watch=False)
    first, second = new_id(), new_id()
    assert [row.id for row in await store.claim(catalog_db, first, LEASE)] == [library.id]
    assert await store.claim(catalog_db, second, LEASE) == []
    assert len(await store.claim(catalog_db, first, LEASE)) == 1
    await store.release(catalog_db, first)
    assert len(await store.claim(catalog_db, second, LEASE)) == 1
    await catalog_db.run(
        Query(text("UPDATE catalog.media_libraries SET watch_until = now() - interval '1 s'"))
    )
    assert len(await store.claim(catalog_db, first, LEASE)) == 1  # its worker died


async def test_changes_during_a_scan_are_scanned_after_it(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    library = await make_library(catalog_db, root)
    async with watched(catalog_db):
        await until_active(catalog_db, library)
        scan = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
        await scanning.pause_scan(catalog_db, library.id, scan.id, once=None)
        media.film(root / "B (2002).mkv", hertz=220)
        await asyncio.sleep(2)
        assert len(await catalog_db.all(SCANS)) == 1
        await scanning.cancel_scan(catalog_db, library.id, scan.id)
        async with worker(catalog_url, catalog_db).running():
            await until_paths(catalog_db, ["A (2001).mkv", "B (2002).mkv"])
