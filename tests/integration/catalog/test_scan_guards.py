"""What scans pass over, and mounts that go away."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning.model import Scan, ScanState
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from tests.integration.catalog.scanning import counts, make_library, paths, run_scan, worker
from tests.media import Media


@pytest.fixture(autouse=True)
async def working(catalog_db: Database, catalog_url: str) -> AsyncIterator[None]:
    async with worker(catalog_url, catalog_db).running():
        yield


def assert_failed(scan: Scan, code: str) -> None:
    assert (scan.state, scan.error_code) == (ScanState.FAILED, code), scan.error_message


# --- ignoring ---


async def test_patterns_of_the_library(catalog_db: Database, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    for number, name in enumerate(("A (2001).mkv", "Extras/B.mkv", "C.sample.mkv", "D/E.mkv")):
        media.film(root / name, hertz=200 + number)
    library = await make_library(catalog_db, root, ignore_patterns=["Extras/", "*.sample.mkv"])
    found = counts(await run_scan(catalog_db, library))
    assert (found["added"], found["ignored"]) == (2, 2)
    assert await paths(catalog_db) == ["A (2001).mkv", "D/E.mkv"]

    # What is ignored from now on is missing; what is no longer, is back.
    changed = await libraries.update_library(
        catalog_db, library.id, {"ignore_patterns": ["/D"]}, ""
    )
    await run_scan(catalog_db, changed)
    assert await paths(catalog_db) == ["A (2001).mkv", "C.sample.mkv", "Extras/B.mkv"]
    assert await paths(catalog_db, "missing") == ["D/E.mkv"]


async def test_files_that_say_what_to_ignore(
    catalog_db: Database, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    names = (
        "plain/A.mkv",
        "jellyfin/whole/B.mkv",
        "jellyfin/whole/deeper/B2.mkv",
        "jellyfin/some/C.mkv",
        "jellyfin/some/D.mkv",
        "plex/E.mkv",
        "plex/other/F.mkv",
        "android/G.mkv",
        "own/H.mkv",
        "own/I.mkv",
        "trap/J.mkv",
    )
    for number, name in enumerate(names):
        media.film(root / name, hertz=200 + number)
    (root / "jellyfin/whole/.ignore").write_text(" \n")
    (root / "jellyfin/some/.ignore").write_text("D.mkv\n")
    (root / "plex/.plexignore").write_text("# comment\nother/*\n")
    (root / "android/.nomedia").touch()
    (root / "own/.reelhouseignore").write_text("*.mkv\n!I.mkv\n")
    os.mkfifo(root / "trap/.ignore")
    library = await make_library(catalog_db, root)
    await run_scan(catalog_db, library)
    assert await paths(catalog_db) == [
        "jellyfin/some/C.mkv",
        "own/I.mkv",
        "plain/A.mkv",
        "plex/E.mkv",
        "trap/J.mkv",
    ]


async def test_a_library_that_is_ignored_as_a_whole_is_no_lost_mount(
    catalog_db: Database, media: Media, tmp_path: Path
) -> None:
    media.film(tmp_path / "films" / "A.mkv")
    library = await make_library(catalog_db, tmp_path / "films")
    await run_scan(catalog_db, library)
    library = await libraries.update_library(
        catalog_db, library.id, {"ignore_patterns": ["*.mkv"]}, ""
    )
    assert counts(await run_scan(catalog_db, library)) == {"ignored": 1, "missing": 1}


async def test_bad_settings_are_all_told_at_once(catalog_db: Database, tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgumentError) as caught:
        await make_library(
            catalog_db,
            tmp_path / "films",
            ignore_patterns=["ok", "[z-a]", "!"],
            mount_marker="../outside",
        )
    assert [violation.field for violation in caught.value.violations] == [
        "library.mount_marker",
        "library.ignore_patterns[1]",
        "library.ignore_patterns[2]",
    ]


# --- mounts ---


async def test_a_marker_that_is_gone_is_a_mount_that_is_gone(
    catalog_db: Database, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    media.film(root / "B (2002).mkv", hertz=220)
    (root / ".mounted").touch()
    library = await make_library(catalog_db, root, mount_marker=".mounted")
    assert counts(await run_scan(catalog_db, library))["added"] == 2
    (root / ".mounted").unlink()
    (root / "A (2001).mkv").unlink()
    assert_failed(await run_scan(catalog_db, library), "LIBRARY_NOT_MOUNTED")
    partial = await run_scan(catalog_db, library, folders=[b""])
    assert_failed(partial, "LIBRARY_NOT_MOUNTED")
    assert len(await paths(catalog_db)) == 2
    (root / ".mounted").touch()
    assert counts(await run_scan(catalog_db, library))["missing"] == 1


@pytest.fixture
def disk() -> Iterator[Path]:
    """Yields a folder on another file system: one in memory, which every Linux has mounted."""
    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="reelhouse-test-") as folder:
        yield Path(folder)


async def test_a_required_mount(
    catalog_db: Database,
    media: Media,
    disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    media.film(disk / "films" / "A (2001).mkv")
    media.film(disk / "films" / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, disk / "films", require_mount=True)
    assert counts(await run_scan(catalog_db, library))["added"] == 2
    (disk / "films" / "A (2001).mkv").unlink()
    monkeypatch.setattr(os.path, "ismount", lambda _: False)
    assert_failed(await run_scan(catalog_db, library), "LIBRARY_NOT_MOUNTED")
    assert len(await paths(catalog_db)) == 2


async def test_a_mount_inside_a_library_that_is_gone_is_no_deletion(
    catalog_db: Database, media: Media, tmp_path: Path, disk: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    media.film(disk / "B (2002).mkv", hertz=220)
    media.film(disk / "deeper" / "C (2003).mkv", hertz=230)
    media.film(disk / "gone" / "D (2004).mkv", hertz=240)
    (root / "disk").symlink_to(disk)  # to a scan it is as good as a mount
    library = await make_library(catalog_db, root)
    assert counts(await run_scan(catalog_db, library))["added"] == 4
    # While it is mounted, what is deleted is deleted.
    (disk / "gone" / "D (2004).mkv").unlink()
    (disk / "gone").rmdir()
    assert counts(await run_scan(catalog_db, library))["missing"] == 1
    # Without its disk the mount point is an empty folder.
    (root / "disk").unlink()
    (root / "disk").mkdir()
    for full in (False, True):
        found = counts(await run_scan(catalog_db, library, full=full))
        assert (found.get("missing"), found["unreadable"]) == (None, 1)
    assert len(await paths(catalog_db)) == 3
    # A mount point that is taken away is deliberate.
    (root / "disk").rmdir()
    assert counts(await run_scan(catalog_db, library))["missing"] == 2


async def test_a_link_to_a_folder_that_is_gone_is_no_deletion(
    catalog_db: Database, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    elsewhere = tmp_path / "elsewhere"
    media.film(elsewhere / "B" / "B (2002).mkv", hertz=220)
    (root / "link").symlink_to(elsewhere)
    library = await make_library(catalog_db, root)
    assert counts(await run_scan(catalog_db, library))["added"] == 2
    elsewhere.rename(tmp_path / "unmounted")
    assert "missing" not in counts(await run_scan(catalog_db, library))
    (root / "link").unlink()
    assert counts(await run_scan(catalog_db, library))["missing"] == 1


async def test_a_root_that_changes_during_a_scan_marks_nothing(
    catalog_db: Database, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "films"
    media.film(root / "A (2001).mkv")
    media.film(root / "B (2002).mkv", hertz=220)
    library = await make_library(catalog_db, root)
    await run_scan(catalog_db, library)
    (root / "A (2001).mkv").unlink()
    swapped = threading.Event()
    inspect = guard.inspect

    def swap_after_the_first(*args: object) -> guard.Root:
        found = inspect(*args)  # type: ignore[arg-type]
        if not swapped.is_set():
            swapped.set()
            root.rename(tmp_path / "unmounted")
            root.mkdir()
            media.film(root / "B (2002).mkv", hertz=220)
        return found

    monkeypatch.setattr(guard, "inspect", swap_after_the_first)
    assert_failed(await run_scan(catalog_db, library), "LIBRARY_NOT_MOUNTED")
    assert len(await paths(catalog_db)) == 2


# --- some folders only ---


async def test_some_folders_only(catalog_db: Database, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "A" / "A (2001).mkv")
    media.film(root / "B" / "B (2002).mkv", hertz=220)
    media.film(root / "B" / "deeper" / "C (2003).mkv", hertz=230)
    library = await make_library(catalog_db, root)
    await run_scan(catalog_db, library)
    for path in root.rglob("*.mkv"):
        path.unlink()
    media.film(root / "A" / "New (2009).mkv", hertz=300)

    found = await run_scan(catalog_db, library, folders=[b"B"])
    assert counts(found) == {"missing": 1}
    assert (found.stats["directory_count"], found.folders) == (1, [b"B"])
    assert await paths(catalog_db, "missing") == ["B/B (2002).mkv"]
    before = await libraries.get_library(catalog_db, library.id)
    (root / "B" / "deeper").rmdir()
    (root / "B").rmdir()
    assert counts(await run_scan(catalog_db, library, folders=[b"B/", b"Nowhere/"])) == {
        "missing": 1
    }
    assert counts(await run_scan(catalog_db, library, folders=[b"A"])) == {
        "found": 1,
        "added": 1,
        "missing": 1,
        "processed": 1,
    }
    # Only whole scans count as scans of the library.
    assert await libraries.get_library(catalog_db, library.id) == before


async def test_some_folders_of_an_empty_root_are_no_deletion(
    catalog_db: Database, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "A" / "A (2001).mkv")
    library = await make_library(catalog_db, root)
    await run_scan(catalog_db, library)
    root.rename(tmp_path / "unmounted")
    root.mkdir()
    assert_failed(await run_scan(catalog_db, library, folders=[b"A/"]), "LIBRARY_ROOT_EMPTY")
    assert await paths(catalog_db) == ["A/A (2001).mkv"]
