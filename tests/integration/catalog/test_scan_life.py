"""Pausing, resuming and scheduling scans, with real workers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.model import Scan, ScanState, Trigger
from reelhouse_catalog.watching.watcher import Watcher
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_kit.rpc.once import Once
from tests.integration.catalog.scanning import (
    counts,
    make_library,
    paths,
    run_scan,
    until_ended,
    worker,
)
from tests.media import Media

FILMS = 60
SLOW_PROBER = """
import sys, time
from reelhouse_catalog.scanning import prober
examine = prober.examine
def slowly(root, path, library):
    time.sleep(0.05)
    return examine(root, path, library)
prober.examine = slowly
prober.main()
"""


@pytest.fixture
def slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes probing take long enough to be stopped in the middle."""
    prober = tmp_path / "prober.py"
    prober.write_text(SLOW_PROBER)
    monkeypatch.setattr("reelhouse_catalog.scanning.pool.COMMAND", (str(prober),))


def films(media: Media, root: Path, count: int = FILMS) -> None:
    source = media.film(root / "Film 0 (2000)" / "Film 0 (2000).mkv").read_bytes()
    for number in range(1, count):
        path = root / f"Film {number} ({2000 + number % 20})" / "film.mkv"
        path.parent.mkdir()
        path.write_bytes(source + number.to_bytes(2, "big"))


async def until_some_are_done(database: Database, scan: Scan, least: int = 10) -> Scan:
    async with asyncio.timeout(30):
        while True:
            found = await scanning.get_scan(database, scan.library_id, scan.id)
            if found.stats.get("processed_count", 0) >= least:
                return found
            await asyncio.sleep(0.02)


async def paused(database: Database, library: Library, *, full: bool) -> Scan:
    started = await scanning.start_scan(database, library.id, full=full, once=None)
    await until_some_are_done(database, started)
    found = await scanning.pause_scan(database, library.id, started.id, once=None)
    assert found.state is ScanState.PAUSED
    assert found.paused_at is not None
    return found


async def resumed(database: Database, scan: Scan) -> Scan:
    async with asyncio.timeout(10):
        while True:
            try:
                return await scanning.resume_scan(database, scan.library_id, scan.id, once=None)
            except errors.FailedPreconditionError as error:
                assert error.reason == "SCAN_PAUSING"
                await asyncio.sleep(0.05)


@pytest.mark.usefixtures("slowly")
async def test_a_paused_scan_frees_its_worker_and_goes_on_where_it_was(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    films(media, tmp_path / "films")
    media.film(tmp_path / "other" / "Other (2001).mkv")
    library = await make_library(catalog_db, tmp_path / "films")
    other = await make_library(catalog_db, tmp_path / "other")
    async with worker(catalog_url, catalog_db).running():
        scan = await paused(catalog_db, library, full=False)
        # The only worker is free for another library, and the paused scan stands still.
        assert counts(await run_scan(catalog_db, other))["added"] == 1
        done = len(await paths(catalog_db))
        assert 10 < done < FILMS
        await asyncio.sleep(0.5)
        assert len(await paths(catalog_db)) == done
        with pytest.raises(errors.FailedPreconditionError, match="under way"):
            await run_scan(catalog_db, library)
        with pytest.raises(errors.WrongStateError):
            await scanning.pause_scan(catalog_db, library.id, scan.id, once=None)
    # Another worker, as after a restart: the scan is still paused, then goes on.
    async with worker(catalog_url, catalog_db).running():
        await asyncio.sleep(0.3)
        assert (await scanning.get_scan(catalog_db, library.id, scan.id)).state is ScanState.PAUSED
        again = await resumed(catalog_db, scan)
        assert again.state is ScanState.PENDING
        ended = await until_ended(catalog_db, again)
    assert counts(ended) == {"found": FILMS, "added": FILMS, "processed": FILMS}
    assert ended.started_at == scan.started_at


@pytest.mark.usefixtures("slowly")
async def test_a_full_scan_opens_no_file_twice(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    films(media, tmp_path / "films")
    library = await make_library(catalog_db, tmp_path / "films")
    async with worker(catalog_url, catalog_db).running():
        await run_scan(catalog_db, library)
        scan = await paused(catalog_db, library, full=True)
        ended = await until_ended(catalog_db, await resumed(catalog_db, scan))
    assert counts(ended) == {"found": FILMS, "updated": FILMS, "processed": FILMS}


@pytest.mark.usefixtures("slowly")
async def test_pausing_and_resuming_again_and_again_loses_nothing(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    films(media, tmp_path / "films", 40)
    library = await make_library(catalog_db, tmp_path / "films")
    async with worker(catalog_url, catalog_db).running():
        scan = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
        for least in (3, 10, 20):
            await until_some_are_done(catalog_db, scan, least)
            await scanning.pause_scan(catalog_db, library.id, scan.id, once=None)
            await resumed(catalog_db, scan)
        assert counts(await until_ended(catalog_db, scan))["added"] == 40


async def test_a_scan_that_waits_is_paused_and_cancelled(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    media.film(tmp_path / "films" / "A (2001).mkv")
    library = await make_library(catalog_db, tmp_path / "films")
    scan = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
    await scanning.pause_scan(catalog_db, library.id, scan.id, once=None)
    async with worker(catalog_url, catalog_db).running():
        await asyncio.sleep(0.3)
        cancelled = await scanning.cancel_scan(catalog_db, library.id, scan.id)
        assert cancelled.state is ScanState.CANCELLED
        with pytest.raises(errors.WrongStateError):
            await scanning.resume_scan(catalog_db, library.id, scan.id, once=None)
        assert counts(await run_scan(catalog_db, library))["added"] == 1


async def test_pausing_is_safe_to_repeat(catalog_db: Database, tmp_path: Path) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    scan = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
    once = Once("somebody", uuid4(), b"pause")
    for _ in range(2):
        found = await scanning.pause_scan(catalog_db, library.id, scan.id, once=once)
        assert found.state is ScanState.PAUSED


# --- schedule ---

AGO = Query(text("UPDATE catalog.media_libraries SET created_at = created_at - interval '2 hours'"))


async def test_a_scan_begins_when_it_is_due_and_once(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    media.film(tmp_path / "films" / "A (2001).mkv")
    library = await make_library(catalog_db, tmp_path / "films")
    never = await make_library(catalog_db, tmp_path / "never", scan_interval=timedelta())
    assert await scanning.start_due_scans(catalog_db) == []
    assert never.next_scan_at is None
    await catalog_db.run(AGO)
    # Five replicas look at the same time.
    begun = await asyncio.gather(*(scanning.start_due_scans(catalog_db) for _ in range(5)))
    (scan,) = (scan for scans in begun for scan in scans)
    assert (scan.library_id, scan.trigger) == (library.id, Trigger.SCHEDULE)
    assert await scanning.start_due_scans(catalog_db) == []
    async with worker(catalog_url, catalog_db).running():
        assert counts(await until_ended(catalog_db, scan))["added"] == 1
    assert await scanning.start_due_scans(catalog_db) == []
    found = await libraries.get_library(catalog_db, library.id)
    assert found.next_scan_at == scan.created_at + library.scan_interval


async def test_a_scan_that_fails_is_due_again_after_the_interval(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    (tmp_path / "films").rmdir()
    await catalog_db.run(AGO)
    (scan,) = await scanning.start_due_scans(catalog_db)
    async with worker(catalog_url, catalog_db).running():
        assert (await until_ended(catalog_db, scan)).state is ScanState.FAILED
    assert await scanning.start_due_scans(catalog_db) == []
    assert (await libraries.get_library(catalog_db, library.id)).last_scan_at is None


async def test_a_paused_scan_is_not_overtaken_by_the_schedule(
    catalog_db: Database, tmp_path: Path
) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    scan = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
    await scanning.pause_scan(catalog_db, library.id, scan.id, once=None)
    begun = Query(
        text("UPDATE catalog.media_libraries SET scan_begun_at = now() - interval '2 hours'")
    )
    await catalog_db.run(begun)
    assert await scanning.start_due_scans(catalog_db) == []
    await scanning.cancel_scan(catalog_db, library.id, scan.id)
    assert len(await scanning.start_due_scans(catalog_db)) == 1


async def test_workers_keep_to_the_schedule(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    media.film(tmp_path / "films" / "A (2001).mkv")
    await make_library(catalog_db, tmp_path / "films")
    await catalog_db.run(AGO)
    stopping = asyncio.Event()
    watchers = [Watcher(catalog_db, look_seconds=0.1, watching=False) for _ in range(2)]
    tasks = [asyncio.create_task(watcher.work(stopping)) for watcher in watchers]
    async with worker(catalog_url, catalog_db).running(), asyncio.timeout(20):
        while not await paths(catalog_db):
            await asyncio.sleep(0.05)
    stopping.set()
    await asyncio.gather(*tasks)
    scans = Query(text("SELECT count(*) FROM catalog.scans"))
    assert await catalog_db.value(scans) == 1
