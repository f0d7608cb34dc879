"""Pausing, resuming and what libraries say of scans, over gRPC."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    scan_pb2,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Client, Suite

Library = library_pb2.Library
Scan = scan_pb2.Scan
pb = library_service_pb2


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(library_service_pb2_grpc, "LibraryService", "admin")


async def library(admin: Client, root: Path, **values: object) -> Library:
    root.mkdir(exist_ok=True)
    wanted = Library(
        display_name="Films",
        kind=Library.KIND_MOVIE,
        root_path=str(root),
        **values,  # type: ignore[arg-type]
    )
    made: Library = await admin.CreateLibrary(pb.CreateLibraryRequest(library=wanted))
    return made


async def test_settings_of_a_library(admin: Client, tmp_path: Path) -> None:
    made = await library(admin, tmp_path / "a")
    assert (made.watch, made.watch_state) == (True, Library.WATCH_STATE_PENDING)
    assert made.next_scan_time.seconds == made.create_time.seconds + 3600
    change = Library(
        name=made.name,
        watch=False,
        ignore_patterns=["Extras/", "*.part"],
        require_mount=True,
        mount_marker="disk/.here",
    )
    changed = await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change))
    assert list(changed.ignore_patterns) == ["Extras/", "*.part"]
    assert (changed.require_mount, changed.mount_marker) == (True, "disk/.here")
    assert (changed.watch, changed.watch_state) == (False, Library.WATCH_STATE_OFF)
    mask = FieldMask(paths=["ignore_patterns", "watch", "scan_interval"])
    request = pb.UpdateLibraryRequest(library=Library(name=made.name), update_mask=mask)
    cleared = await admin.UpdateLibrary(request)
    assert (list(cleared.ignore_patterns), cleared.watch) == ([], True)
    assert cleared.mount_marker == "disk/.here"
    assert not cleared.HasField("next_scan_time")


async def test_bad_settings(admin: Client, tmp_path: Path) -> None:
    made = await library(admin, tmp_path / "a")
    for change in (
        Library(ignore_patterns=["!"]),
        Library(ignore_patterns=["x" * 501]),
        Library(ignore_patterns=["a"] * 101),
        Library(mount_marker="/etc/passwd"),
        Library(mount_marker="a/../../b"),
    ):
        change.name = made.name
        with expect.error(expect.INVALID, "INVALID_FIELDS"):
            await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change))


async def test_pause_and_resume(suite: Suite, admin: Client, media: Media, tmp_path: Path) -> None:
    media.film(tmp_path / "a" / "A (2001).mkv")
    made = await library(admin, tmp_path / "a")
    scan = await admin.ScanLibrary(pb.ScanLibraryRequest(name=made.name))
    assert (scan.trigger, list(scan.folders)) == (Scan.TRIGGER_MANUAL, [])
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.ResumeScan(pb.ResumeScanRequest(name=scan.name))
    pause = pb.PauseScanRequest(name=scan.name, request_id=str(uuid4()))
    paused = await admin.PauseScan(pause)
    assert paused.state == Scan.STATE_PAUSED
    assert paused.HasField("pause_time")
    assert await admin.PauseScan(pause) == paused
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.PauseScan(pb.PauseScanRequest(name=scan.name))
    async with suite.workers():
        await asyncio.sleep(0.3)
        resumed = await admin.ResumeScan(pb.ResumeScanRequest(name=scan.name))
        assert resumed.state == Scan.STATE_PENDING
        assert not resumed.HasField("pause_time")
        async for response in admin.WatchScan(pb.WatchScanRequest(name=scan.name)):
            scan = response.scan
    assert (scan.state, scan.stats.added_count) == (Scan.STATE_COMPLETED, 1)
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.PauseScan(pb.PauseScanRequest(name=scan.name))
