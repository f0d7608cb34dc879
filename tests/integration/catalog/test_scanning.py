"""Scanning real folders of real media with real prober processes."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL, Library
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState
from reelhouse_catalog.schema import jobs
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_kit.jobs import Worker
from reelhouse_naming import LibraryKind
from tests.media import Media

FILES = Query(
    text("SELECT id, path, state, probe_error, duration_ms FROM catalog.media_files ORDER BY path")
)
TITLES = Query(
    text("SELECT id, kind, name, year, creators, revision FROM catalog.titles ORDER BY name")
)
LINKS = Query(
    text(
        "SELECT t.name, e.season_number, e.number, f.path FROM catalog.episode_assets a "
        "JOIN catalog.episodes e ON e.id = a.episode_id JOIN catalog.titles t ON t.id = e.title_id "
        "JOIN catalog.media_files f ON f.id = a.media_file_id ORDER BY 1, 2, 3, 4"
    )
)
TRACKS = Query(
    text(
        "SELECT t.name, k.disc, k.number, k.name AS track, f.path FROM catalog.track_assets a "
        "JOIN catalog.tracks k ON k.id = a.track_id JOIN catalog.titles t ON t.id = k.title_id "
        "JOIN catalog.media_files f ON f.id = a.media_file_id ORDER BY 1, 2, 3, 4"
    )
)

UNCOUNTED = ("directory", "ready", "enrichment", "review")

Scanner = Callable[..., Awaitable[Scan]]


@pytest.fixture
async def scan(catalog_db: Database, catalog_url: str) -> AsyncIterator[Scanner]:
    """Yields what scans a library with a worker and returns how the scan ended."""
    handler = ScanHandler(catalog_db, prober_count=2)
    worker = Worker(catalog_url, catalog_db, jobs, {scanning.JOB: handler})

    async def run(library: Library, *, full: bool = False) -> Scan:
        started = await scanning.start_scan(catalog_db, library.id, full=full, once=None)
        async with asyncio.timeout(40):
            while True:
                found = await scanning.get_scan(catalog_db, library.id, started.id)
                if found.state in ENDED:
                    return found
                await asyncio.sleep(0.02)

    async with worker.running():
        yield run


async def make_library(
    database: Database, root: Path, kind: LibraryKind = LibraryKind.MOVIE
) -> Library:
    root.mkdir(exist_ok=True)
    return await libraries.create_library(
        database,
        name=root.name,
        kind=kind,
        root_path=str(root),
        scan_interval=DEFAULT_SCAN_INTERVAL,
        once=None,
    )


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


async def test_films(catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "Night Train (2019)" / "Night Train (2019).mp4")
    media.film(root / "Night Train (2019)" / "Night Train (2019) - 720p.mkv", hertz=220)
    media.hevc_dts(root / "The.Glass.Harbor.2021.1080p.BluRay.x265-GRP.mkv")
    (root / "notes.txt").write_text("not media")
    library = await make_library(catalog_db, root)
    assert counts(await scan(library)) == {"found": 3, "added": 3, "processed": 3}

    titles = [(row["kind"], row["name"], row["year"]) for row in await catalog_db.all(TITLES)]
    assert titles == [("movie", "Night Train", 2019), ("movie", "The Glass Harbor", 2021)]
    linked = [(row["name"], row["path"]) for row in await catalog_db.all(LINKS)]
    assert len([name for name, _ in linked if name == "Night Train"]) == 2
    assert all(abs(row["duration_ms"] - 1000) < 100 for row in await catalog_db.all(FILES))


async def test_series(catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "series"
    show = root / "Harbor Lights"
    media.film(show / "Season 01" / "Harbor Lights - S01E01 - Arrival.mkv")
    media.film(show / "Season 01" / "Harbor Lights - S01E02-E03.mkv", hertz=220)
    media.film(show / "Season 02" / "Harbor Lights - 2x01.mkv", hertz=230)
    library = await make_library(catalog_db, root, LibraryKind.TV)
    assert counts(await scan(library))["added"] == 3
    found = [
        (row["name"], row["season_number"], row["number"]) for row in await catalog_db.all(LINKS)
    ]
    assert found == [
        ("Harbor Lights", 1, 1),
        ("Harbor Lights", 1, 2),
        ("Harbor Lights", 1, 3),
        ("Harbor Lights", 2, 1),
    ]


async def test_music_goes_by_its_tags(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "music"
    tags = {"artist": "The Breakwaters", "album": "Slack Water", "date": "2016"}
    media.sound(root / "x" / "a.flac", {**tags, "title": "Salt", "track": "1/2"})
    media.sound(root / "x" / "b.flac", {**tags, "title": "Home", "track": "2/2"}, hertz=220)
    media.sound(root / "Other Band" / "Untagged (2001)" / "03 - Third.mp3", hertz=230)
    library = await make_library(catalog_db, root, LibraryKind.MUSIC)
    assert counts(await scan(library))["added"] == 3
    titles = await catalog_db.all(TITLES)
    assert [(row["name"], row["year"], row["creators"]) for row in titles] == [
        ("Slack Water", 2016, ["The Breakwaters"]),
        ("Untagged", 2001, ["Other Band"]),
    ]
    tracks = [(row["number"], row["track"]) for row in await catalog_db.all(TRACKS)]
    assert tracks == [(1, "Salt"), (2, "Home"), (3, "Third")]


async def test_audiobooks_in_parts(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "books"
    for part in (1, 2):
        media.sound(
            root / "Ada Winter" / "The Lighthouse Keeper" / f"Part {part:02}.mp3",
            {
                "artist": "Ada Winter",
                "album": "The Lighthouse Keeper",
                "title": f"Part {part}",
                "track": str(part),
            },
            hertz=200 + part,
        )
    library = await make_library(catalog_db, root, LibraryKind.AUDIOBOOK)
    await scan(library)
    (title,) = await catalog_db.all(TITLES)
    assert (title["kind"], title["name"], title["creators"]) == (
        "audiobook",
        "The Lighthouse Keeper",
        ["Ada Winter"],
    )
    assert len(await catalog_db.all(TRACKS)) == 2


async def test_a_second_scan_opens_nothing(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001)" / "A (2001).mkv")
    media.film(root / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, root)
    await scan(library)
    before = await catalog_db.all(TITLES)
    again = await scan(library)
    assert counts(again) == {"found": 2, "unchanged": 2, "processed": 2}
    assert await catalog_db.all(TITLES) == before

    assert counts(await scan(library, full=True)) == {"found": 2, "updated": 2, "processed": 2}
    assert len(await catalog_db.all(LINKS)) == 2


async def test_changed_files_are_read_again(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    path = media.film(root / "A (2001).mkv")
    media.film(root / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, root)
    await scan(library)
    ids = {row["path"]: row["id"] for row in await catalog_db.all(FILES)}
    media.film(path, seconds=3)
    assert counts(await scan(library)) == {
        "found": 2,
        "updated": 1,
        "unchanged": 1,
        "processed": 2,
    }
    files = {row["path"]: row for row in await catalog_db.all(FILES)}
    assert {path: row["id"] for path, row in files.items()} == ids
    assert abs(files["A (2001).mkv"]["duration_ms"] - 3000) < 100


async def test_moved_files_keep_their_identity(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    old = media.film(root / "nt.mkv")
    library = await make_library(catalog_db, root)
    await scan(library)
    (before,) = await catalog_db.all(FILES)
    new = root / "Night Train (2019)" / "Night Train (2019).mkv"
    new.parent.mkdir()
    old.rename(new)
    assert counts(await scan(library)) == {"found": 1, "moved": 1, "processed": 1}
    (after,) = await catalog_db.all(FILES)
    assert after["id"] == before["id"]
    assert after["path"] == "Night Train (2019)/Night Train (2019).mkv"
    assert "Night Train" in {row["name"] for row in await catalog_db.all(LINKS)}


async def test_copies_are_files_of_their_own(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    first = media.film(root / "A (2001).mkv")
    library = await make_library(catalog_db, root)
    await scan(library)
    shutil.copyfile(first, root / "B (2002).mkv")
    os.link(first, root / "C (2003).mkv")
    assert counts(await scan(library))["added"] == 2
    assert len(await paths(catalog_db)) == 3


async def test_missing_files_keep_what_is_known_of_them(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    gone = media.film(root / "A (2001)" / "A (2001).mkv")
    media.film(root / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, root)
    await scan(library)
    shutil.move(gone, tmp_path / "elsewhere.mkv")
    gone.parent.rmdir()
    assert counts(await scan(library)) == {
        "found": 1,
        "missing": 1,
        "unchanged": 1,
        "processed": 1,
    }
    assert await paths(catalog_db, "missing") == ["A (2001)/A (2001).mkv"]
    assert len(await catalog_db.all(LINKS)) == 2

    gone.parent.mkdir()
    shutil.move(tmp_path / "elsewhere.mkv", gone)
    await scan(library)
    assert await paths(catalog_db, "missing") == []
    assert len(await catalog_db.all(FILES)) == 2


async def test_an_empty_or_vanished_root_is_no_deletion(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    library = await make_library(catalog_db, root)
    await scan(library)
    root.rename(tmp_path / "unmounted")
    failed = await scan(library)
    assert failed.state is ScanState.FAILED
    assert failed.error_code == "LIBRARY_ROOT_UNREADABLE"
    assert failed.error_message
    assert "not a readable folder" in failed.error_message
    root.mkdir()
    failed = await scan(library)
    assert failed.state is ScanState.FAILED
    assert failed.error_code == "LIBRARY_ROOT_EMPTY"
    assert failed.error_message
    assert "is it mounted" in failed.error_message
    assert await paths(catalog_db) == ["A (2001).mkv"]


async def test_a_folder_that_cannot_be_read_is_no_deletion(
    catalog_db: Database,
    scan: Scanner,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "films"
    media.film(root / "A" / "A (2001).mkv")
    media.film(root / "A" / "deeper" / "D (2004).mkv", hertz=230)
    media.film(root / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, root)
    await scan(library)

    scandir = os.scandir
    closed = os.fsencode(root / "A")

    def refuse(path: Any) -> Any:
        if path == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # root may read everything
    assert "missing" not in counts(await scan(library))
    assert len(await paths(catalog_db)) == 3


async def test_broken_files_become_rows_with_their_error(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    root.mkdir()
    (root / "Broken (1999).mkv").write_bytes(b"\x1aE\xdf\xa3" + b"no film" * 1000)
    (root / "Empty (1999).mp4").touch()
    media.film(root / "Good (2001).mkv")
    whole = media.film(tmp_path / "whole.mp4").read_bytes()
    (root / "Cut (2002).mp4").write_bytes(whole[: len(whole) // 3])
    playlist = "#EXTM3U\n#EXTINF:3,\nfile:///etc/passwd\n"
    (root / "Playlist (2003).mkv").write_text(playlist)
    library = await make_library(catalog_db, root)
    assert counts(await scan(library)) == {
        "found": 5,
        "added": 5,
        "failed": 4,
        "processed": 5,
    }
    files = {row["path"]: row["probe_error"] for row in await catalog_db.all(FILES)}
    assert files.pop("Good (2001).mkv") == ""
    assert all(files.values())
    assert [row["name"] for row in await catalog_db.all(LINKS)] == ["Good"]


async def test_strange_names_are_kept_exactly(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    source = media.film(tmp_path / "source.mkv")
    root.mkdir()
    names = [
        b"Zw\xc3\xb6lf Fenster (2008).mkv",
        b"latin \xe9t\xe9 (2009).mkv",
        "Zwo\u0308lf Fenster (2010).mkv".encode(),
        b"new\nline (2011).mkv",
        b"quote'\" $(reboot) ; -y (2012).mkv",
        b"-rf (2013).mkv",
        b"\xf0\x9f\x8e\xac (2014).MKV",
    ]
    for name in names:
        shutil.copyfile(source, os.path.join(os.fsencode(root), name))
    library = await make_library(catalog_db, root)
    assert counts(await scan(library)) == {"found": 7, "added": 7, "processed": 7}
    stored = Query(text("SELECT filename FROM catalog.media_files"))
    assert sorted(row["filename"] for row in await catalog_db.all(stored)) == sorted(names)
    assert counts(await scan(library))["unchanged"] == 7


async def test_links_and_loops(
    catalog_db: Database, scan: Scanner, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "inside" / "A (2001).mkv")
    outside = media.film(tmp_path / "outside" / "B (2002).mkv", hertz=220)
    (root / "loop").symlink_to(root)
    (root / "inside" / "back").symlink_to(root / "inside")
    (root / "C (2003).mkv").symlink_to(outside)
    (root / "Gone (2004).mkv").symlink_to(tmp_path / "nowhere.mkv")
    os.mkfifo(root / "pipe.mkv")
    library = await make_library(catalog_db, root)
    await scan(library)
    assert await paths(catalog_db) == ["C (2003).mkv", "inside/A (2001).mkv"]


async def test_a_prober_that_hangs_or_dies_costs_one_file(
    catalog_db: Database,
    scan: Scanner,
    media: Media,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = tmp_path / "films"
    for number in range(6):
        media.film(root / f"Film {number} (200{number}).mkv")
    library = await make_library(catalog_db, root)
    prober = tmp_path / "prober.py"
    prober.write_text(
        "import os, sys, time\n"
        "from reelhouse_catalog.scanning import prober\n"
        "examine = prober.examine\n"
        "def stand_in(root, path, library):\n"
        "    if b'Film 2' in path: os.abort()\n"
        "    if b'Film 4' in path: time.sleep(60)\n"
        "    return examine(root, path, library)\n"
        "prober.examine = stand_in\n"
        "prober.main()\n"
    )
    monkeypatch.setattr("reelhouse_catalog.scanning.pool.COMMAND", (str(prober),))
    monkeypatch.setattr("reelhouse_catalog.scanning.pool.SECONDS_PER_FILE", 6.0)
    assert counts(await scan(library))["failed"] == 2
    problems = {row["path"]: row["probe_error"] for row in await catalog_db.all(FILES)}
    assert "SIGABRT" in problems["Film 2 (2002).mkv"]
    assert "longer than" in problems["Film 4 (2004).mkv"]
    assert len(await catalog_db.all(LINKS)) == 4


async def test_one_scan_of_a_library_at_a_time(catalog_db: Database, tmp_path: Path) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    results = await asyncio.gather(
        *(scanning.start_scan(catalog_db, library.id, full=False, once=None) for _ in range(5)),
        return_exceptions=True,
    )
    refused = [r for r in results if isinstance(r, errors.FailedPreconditionError)]
    assert [r.reason for r in refused] == ["SCAN_RUNNING"] * 4
    assert len([r for r in results if isinstance(r, Scan)]) == 1


async def test_a_scan_that_waits_is_cancelled_at_once(catalog_db: Database, tmp_path: Path) -> None:
    library = await make_library(catalog_db, tmp_path / "films")
    started = await scanning.start_scan(catalog_db, library.id, full=False, once=None)
    cancelled = await scanning.cancel_scan(catalog_db, library.id, started.id)
    assert cancelled.state is ScanState.CANCELLED
    with pytest.raises(errors.WrongStateError):
        await scanning.cancel_scan(catalog_db, library.id, started.id)
