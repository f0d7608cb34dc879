from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
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
pb = library_service_pb2


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(library_service_pb2_grpc, "LibraryService", "admin")


def films(path: Path, **values: object) -> Library:
    path.mkdir(exist_ok=True)
    fields = {"display_name": "Films", "kind": Library.KIND_MOVIE, "root_path": str(path)}
    return Library(**{**fields, **values})  # type: ignore[arg-type]


async def test_create_get_list_update_delete(admin: Client, tmp_path: Path) -> None:
    made = await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / "a")))
    assert made.scan_interval.seconds == 3600
    assert await admin.GetLibrary(pb.GetLibraryRequest(name=made.name)) == made
    listed = await admin.ListLibraries(pb.ListLibrariesRequest())
    assert list(listed.libraries) == [made]

    change = Library(name=made.name, display_name="Movies", etag=made.etag)
    changed = await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change))
    assert (changed.display_name, changed.root_path) == ("Movies", made.root_path)
    assert changed.etag != made.etag
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change))

    await admin.DeleteLibrary(pb.DeleteLibraryRequest(name=made.name))
    with expect.error(expect.NOT_FOUND, "RESOURCE_NOT_FOUND"):
        await admin.GetLibrary(pb.GetLibraryRequest(name=made.name))


async def test_masks(admin: Client, tmp_path: Path) -> None:
    made = await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / "a")))
    change = Library(
        name=made.name,
        display_name="Ignored",
        kind=Library.KIND_TV,
        scan_interval=Duration(seconds=60),
    )
    mask = FieldMask(paths=["scan_interval"])
    changed = await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change, update_mask=mask))
    assert (changed.display_name, changed.scan_interval.seconds) == ("Films", 60)
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        mask = FieldMask(paths=["kind"])
        await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change, update_mask=mask))


async def test_folders_do_not_overlap(admin: Client, tmp_path: Path) -> None:
    await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / "a")))
    (tmp_path / "a" / "b").mkdir()
    for path in (tmp_path / "a", tmp_path / "a" / "b", tmp_path):
        with expect.error(expect.EXISTS, "LIBRARY_ROOT_TAKEN"):
            await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(path)))
    beside = await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / "ab")))
    with expect.error(expect.EXISTS, "LIBRARY_ROOT_TAKEN"):
        change = Library(name=beside.name, root_path=str(tmp_path / "a"))
        await admin.UpdateLibrary(pb.UpdateLibraryRequest(library=change))


async def test_a_race_for_one_folder_has_one_winner(admin: Client, tmp_path: Path) -> None:
    library = films(tmp_path / "a")
    calls = (admin.CreateLibrary(pb.CreateLibraryRequest(library=library)) for _ in range(8))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert len([result for result in results if isinstance(result, Library)]) == 1


@pytest.mark.parametrize("path", ["relative", "/a/../b", "/a//b", "/a/"])
async def test_root_paths_are_plain_and_absolute(admin: Client, path: str) -> None:
    library = Library(display_name="x", kind=Library.KIND_MOVIE, root_path=path)
    with expect.error(expect.INVALID):
        await admin.CreateLibrary(pb.CreateLibraryRequest(library=library))


async def test_the_folder_must_be_there(admin: Client) -> None:
    library = Library(display_name="x", kind=Library.KIND_MOVIE, root_path="/nonexistent")
    with expect.error(expect.PRECONDITION, "LIBRARY_ROOT_UNREADABLE"):
        await admin.CreateLibrary(pb.CreateLibraryRequest(library=library))


async def test_a_repeated_request_makes_one_library(admin: Client, tmp_path: Path) -> None:
    request = pb.CreateLibraryRequest(library=films(tmp_path / "a"), request_id=str(uuid4()))
    first = await admin.CreateLibrary(request)
    assert await admin.CreateLibrary(request) == first
    request.library.display_name = "Other"
    with expect.error(expect.INVALID, "REQUEST_ID_REUSED"):
        await admin.CreateLibrary(request)


async def test_pages(admin: Client, tmp_path: Path) -> None:
    made = [
        await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / str(n))))
        for n in range(5)
    ]
    found: list[Library] = []
    token = ""
    while True:
        page = await admin.ListLibraries(pb.ListLibrariesRequest(page_size=2, page_token=token))
        found += page.libraries
        token = page.next_page_token
        if not token:
            break
    assert found == made


async def test_scans_from_start_to_end(
    suite: Suite, admin: Client, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    library = await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(root)))
    media.film(root / "A (2001).mkv")
    started = await admin.ScanLibrary(pb.ScanLibraryRequest(name=library.name))
    assert started.state == scan_pb2.Scan.STATE_PENDING
    with expect.error(expect.PRECONDITION, "SCAN_RUNNING"):
        await admin.ScanLibrary(pb.ScanLibraryRequest(name=library.name))
    async with suite.workers():
        watch = admin.WatchScan(pb.WatchScanRequest(name=started.name))
        states = [response.scan.state async for response in watch]
    assert states[0] == scan_pb2.Scan.STATE_PENDING
    assert states[-1] == scan_pb2.Scan.STATE_COMPLETED
    scan = await admin.GetScan(pb.GetScanRequest(name=started.name))
    assert (scan.stats.found_count, scan.stats.added_count) == (1, 1)
    for parent in (library.name, "libraries/-"):
        listed = await admin.ListScans(pb.ListScansRequest(parent=parent))
        assert [found.name for found in listed.scans] == [started.name]
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.CancelScan(pb.CancelScanRequest(name=started.name))
    with expect.error(expect.PRECONDITION, "LIBRARY_NOT_EMPTY"):
        await admin.DeleteLibrary(pb.DeleteLibraryRequest(name=library.name))
    await admin.DeleteLibrary(pb.DeleteLibraryRequest(name=library.name, force=True))
    assert (root / "A (2001).mkv").exists()


async def test_cancelling_a_scan_that_waits(admin: Client, tmp_path: Path) -> None:
    library = await admin.CreateLibrary(pb.CreateLibraryRequest(library=films(tmp_path / "a")))
    started = await admin.ScanLibrary(pb.ScanLibraryRequest(name=library.name))
    cancelled = await admin.CancelScan(pb.CancelScanRequest(name=started.name))
    assert cancelled.state == scan_pb2.Scan.STATE_CANCELLED
    assert (await admin.ScanLibrary(pb.ScanLibraryRequest(name=library.name))).name != started.name
