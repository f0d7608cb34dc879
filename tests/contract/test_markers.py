"""Markers over gRPC, and what probing makes of chapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    library_service_pb2,
    library_service_pb2_grpc,
    marker_pb2,
    marker_service_pb2,
    marker_service_pb2_grpc,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Client, Suite

Marker = marker_pb2.Marker
pb = marker_service_pb2
CHAPTERS = [(0, 2, "Opening"), (2, 5, "Zwölf"), (5, 6, "End")]


def ms(millis: int) -> Duration:
    return Duration(seconds=millis // 1000, nanos=millis % 1000 * 1_000_000)


def marker(start: int, end: int, kind: Marker.Kind.ValueType = Marker.KIND_INTRO) -> Marker:
    return Marker(kind=kind, start_offset=ms(start), end_offset=ms(end))


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(marker_service_pb2_grpc, "MarkerService", "admin")


@pytest.fixture
async def book(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[str]:
    """Yields the name of a file with three chapters; the workers run."""
    media.chapters(tmp_path / "books" / "Author" / "Book" / "book.mka", CHAPTERS)
    async with suite.workers():
        await suite.library(tmp_path / "books", "AUDIOBOOK")
        yield (await suite.files())["book.mka"].name


async def listed(client: Client, parent: str, **values: object) -> list[tuple[int, int, str]]:
    request = pb.ListMarkersRequest(parent=parent, **values)  # type: ignore[arg-type]
    return [
        (m.start_offset.ToMilliseconds(), m.end_offset.ToMilliseconds(), m.display_name)
        for m in (await client.ListMarkers(request)).markers
    ]


async def test_chapters_come_from_the_file(
    suite: Suite, admin: Client, book: str, media: Media, tmp_path: Path
) -> None:
    expected = [(start * 1000, end * 1000, title) for start, end, title in CHAPTERS]
    assert await listed(admin, book) == expected
    made = await admin.CreateMarker(pb.CreateMarkerRequest(parent=book, marker=marker(1000, 2500)))
    by_hand = marker(0, 10, Marker.KIND_CHAPTER)
    await admin.CreateMarker(pb.CreateMarkerRequest(parent=book, marker=by_hand))
    # Opened again, the file's chapters replace all chapters, and nothing else.
    media.chapters(tmp_path / "books" / "Author" / "Book" / "book.mka", [(0, 4, "All")])
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    (library,) = (
        await libraries.ListLibraries(library_service_pb2.ListLibrariesRequest())
    ).libraries
    await suite.scan(library.name)
    assert await listed(admin, book) == [(0, 4000, "All"), (1000, 2500, "")]
    assert await admin.GetMarker(pb.GetMarkerRequest(name=made.name)) == made


async def test_create_get_list_update_delete(suite: Suite, admin: Client, book: str) -> None:
    wanted = marker(500, 1500)
    wanted.display_name = "Intro"
    wanted.payload.update({"by": "hand", "score": 0.5, "tags": ["a", None, True]})
    create = pb.CreateMarkerRequest(parent=book, marker=wanted, request_id=str(uuid4()))
    made = await admin.CreateMarker(create)
    assert made.payload == wanted.payload
    assert await admin.CreateMarker(create) == made
    alice = suite.stub(marker_service_pb2_grpc, "MarkerService", "alice")
    assert await alice.GetMarker(pb.GetMarkerRequest(name=made.name)) == made
    assert await listed(alice, book, kind=Marker.KIND_INTRO) == [(500, 1500, "Intro")]

    change = Marker(name=made.name, end_offset=ms(1700), etag=made.etag)
    changed = await admin.UpdateMarker(pb.UpdateMarkerRequest(marker=change))
    assert changed.end_offset == ms(1700)
    assert (changed.display_name, changed.payload) == ("Intro", wanted.payload)
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.UpdateMarker(pb.UpdateMarkerRequest(marker=change))
    mask = FieldMask(paths=["payload", "display_name"])
    cleared = await admin.UpdateMarker(
        pb.UpdateMarkerRequest(marker=Marker(name=made.name), update_mask=mask)
    )
    assert not cleared.payload.fields
    assert not cleared.display_name
    with expect.error(expect.INVALID):
        mask = FieldMask(paths=["*"])
        await admin.UpdateMarker(
            pb.UpdateMarkerRequest(marker=Marker(name=made.name), update_mask=mask)
        )
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.DeleteMarker(pb.DeleteMarkerRequest(name=made.name, etag=made.etag))
    await admin.DeleteMarker(pb.DeleteMarkerRequest(name=made.name, etag=cleared.etag))
    with expect.error(expect.NOT_FOUND):
        await admin.GetMarker(pb.GetMarkerRequest(name=made.name))


@pytest.mark.parametrize(("start", "end"), [(2000, 1000), (5000, 9000), (0, 86_400_000)])
async def test_bounds(admin: Client, book: str, start: int, end: int) -> None:
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.CreateMarker(pb.CreateMarkerRequest(parent=book, marker=marker(start, end)))
    made = await admin.CreateMarker(pb.CreateMarkerRequest(parent=book, marker=marker(0, 10)))
    change = Marker(name=made.name, start_offset=ms(start), end_offset=ms(end))
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.UpdateMarker(pb.UpdateMarkerRequest(marker=change))
    only_start = Marker(name=made.name, start_offset=ms(11))
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.UpdateMarker(pb.UpdateMarkerRequest(marker=only_start))


async def test_payloads_that_cannot_be_kept(admin: Client, book: str) -> None:
    for value in ("x" * 20_000, "a\x00b", float("nan"), float("inf")):
        wanted = marker(0, 10)
        wanted.payload.update({"value": value})
        with expect.error(expect.INVALID):
            await admin.CreateMarker(pb.CreateMarkerRequest(parent=book, marker=wanted))


async def test_pages(admin: Client, book: str) -> None:
    for start in (300, 100, 200, 100):
        await admin.CreateMarker(
            pb.CreateMarkerRequest(parent=book, marker=marker(start, 400, Marker.KIND_AVAIL))
        )
    found, token = [], ""
    while True:
        request = pb.ListMarkersRequest(
            parent=book, page_size=1, page_token=token, kind=Marker.KIND_AVAIL
        )
        page = await admin.ListMarkers(request)
        found += [m.start_offset.ToMilliseconds() for m in page.markers]
        token = page.next_page_token
        if not token:
            break
    assert found == [100, 100, 200, 300]
