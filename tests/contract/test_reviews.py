"""Scores and review items, from a scan to a person's decision, over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import (
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    review_item_pb2,
    review_service_pb2,
    review_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from tests.contract import expect
from tests.media import Media
from tests.suite import Client, Suite

Item = review_item_pb2.ReviewItem
File = media_file_pb2.MediaFile
pb = review_service_pb2
FILLING = b"\0" * 1_100_000
"""Makes a test's film as large as films are; what follows the last frame is no part of it."""


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(review_service_pb2_grpc, "ReviewService", "admin")


def large(path: Path) -> Path:
    path.write_bytes(path.read_bytes() + FILLING)
    return path


@pytest.fixture
async def library(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[str]:
    """Yields a scanned library: an episode, one nobody recognizes, a broken and a small one."""
    root = tmp_path / "tv"
    large(media.film(root / "Harbor Lights" / "Harbor Lights - S01E01.mp4"))
    large(media.film(root / "home video.mp4", hertz=220))
    media.film(root / "Harbor Lights" / "Harbor Lights - S01E02.mp4", hertz=230)
    (root / "Harbor Lights" / "Harbor Lights - S01E03.mp4").write_bytes(b"no film")
    async with suite.workers():
        yield await suite.library(root, "TV")


async def pending(admin: Client, **values: object) -> dict[str, Item]:
    """Returns the pending items by reason."""
    request = pb.ListReviewItemsRequest(state=Item.STATE_PENDING, **values)  # type: ignore[arg-type]
    found = (await admin.ListReviewItems(request)).review_items
    return {Item.Reason.Name(item.reason).removeprefix("REASON_"): item for item in found}


async def episodes(suite: Suite) -> list[str]:
    titles = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
    (title,) = (await titles.ListTitles(title_service_pb2.ListTitlesRequest())).titles
    listing = title_service_pb2.ListEpisodesRequest(parent=title.name)
    return [episode.name for episode in (await titles.ListEpisodes(listing)).episodes]


async def test_scores_and_items_come_from_the_scan(
    suite: Suite, admin: Client, library: str
) -> None:
    files = await suite.files()
    good = files["Harbor Lights - S01E01.mp4"]
    assert (good.score, good.readiness, good.approved) == (1.0, File.READINESS_READY, True)
    stranger = files["home video.mp4"]
    assert (stranger.score, stranger.approved) == (0.9, True)
    broken = files["Harbor Lights - S01E03.mp4"]
    assert (broken.score, broken.readiness, broken.approved) == (0.0, File.READINESS_NEW, False)
    found = await pending(admin)
    assert {reason: item.media_file for reason, item in found.items()} == {
        "UNMATCHED": stranger.name,
        "TOO_SMALL": files["Harbor Lights - S01E02.mp4"].name,
        "PROBE_FAILED": broken.name,
    }
    assert {item.library for item in found.values()} == {library}
    assert found["UNMATCHED"].confidence == 0.9
    scan = await suite.scan(library)
    assert (scan.stats.auto_ready_threshold, scan.stats.review_threshold) == (0.8, 0.5)
    assert await pending(admin) == found  # nothing was opened: nothing is asked again

    stats = await admin.GetReviewStats(pb.GetReviewStatsRequest())
    assert (stats.pending_count, stats.overdue) == (3, False)
    assert {count.reason for count in stats.counts} == {
        Item.REASON_UNMATCHED,
        Item.REASON_TOO_SMALL,
        Item.REASON_PROBE_FAILED,
    }
    assert 0 <= stats.oldest_pending_age.ToSeconds() < 60
    assert stats.oldest_pending_time == min(
        (item.create_time for item in found.values()), key=lambda time: time.ToNanoseconds()
    )


async def test_filters_and_pages(admin: Client, library: str) -> None:
    assert set(await pending(admin, reason=Item.REASON_UNMATCHED)) == {"UNMATCHED"}
    assert len(await pending(admin, library=library)) == 3
    assert await pending(admin, library=f"libraries/{uuid4()}") == {}
    file = (await pending(admin))["TOO_SMALL"].media_file
    assert set(await pending(admin, media_file=file)) == {"TOO_SMALL"}
    names, token = [], ""
    while True:
        request = pb.ListReviewItemsRequest(page_size=1, page_token=token, library=library)
        page = await admin.ListReviewItems(request)
        names += [item.name for item in page.review_items]
        token = page.next_page_token
        if not token:
            break
    assert names == sorted(names)
    assert len(names) == 3


async def test_resolving_links_the_file_for_good(
    suite: Suite, admin: Client, library: str, media: Media, tmp_path: Path
) -> None:
    first, second, *_ = await episodes(suite)
    item = (await pending(admin))["UNMATCHED"]
    request = pb.ResolveReviewItemRequest(
        name=item.name, episode=second, notes="I know it", request_id=str(uuid4())
    )
    resolved = await admin.ResolveReviewItem(request)
    assert (resolved.state, resolved.resolution) == (Item.STATE_RESOLVED, Item.RESOLUTION_LINK)
    assert (resolved.episode, resolved.notes) == (second, "I know it")
    assert resolved.reviewer == suite.people["admin"].resource
    assert resolved.HasField("resolve_time")
    assert await admin.ResolveReviewItem(request) == resolved
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.ResolveReviewItem(pb.ResolveReviewItemRequest(name=item.name, episode=first))
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await admin.RejectReviewItem(pb.RejectReviewItemRequest(name=item.name))
    file = (await suite.files())["home video.mp4"]
    assert [link.episode for link in file.links] == [second]
    assert (file.pinned, file.confidence, file.approved) == (True, 1.0, True)
    assert "UNMATCHED" not in await pending(admin)

    # Another content, a full scan: a person's word stays, the approval does not.
    large(media.film(tmp_path / "tv" / "home video.mp4", seconds=2, hertz=999))
    await suite.scan(library)
    file = (await suite.files())["home video.mp4"]
    assert [link.episode for link in file.links] == [second]
    assert (file.readiness, file.approved) == (File.READINESS_ENRICHING, False)
    await suite.scan(library)
    file = (await suite.files())["home video.mp4"]
    assert (file.readiness, file.approved) == (File.READINESS_READY, True)


async def test_what_cannot_be_resolved(
    suite: Suite, admin: Client, library: str, media: Media, tmp_path: Path
) -> None:
    (first, *_) = await episodes(suite)
    item = (await pending(admin))["UNMATCHED"]
    title = first.rpartition("/episodes/")[0]
    for wrong in (
        pb.ResolveReviewItemRequest(name=item.name),
        pb.ResolveReviewItemRequest(name=item.name, episode=first, track=f"{title}/tracks/x"),
    ):
        with expect.error(expect.INVALID, "INVALID_FIELDS"):
            await admin.ResolveReviewItem(wrong)
    for target in (f"{title}/episodes/{uuid4()}", f"titles/{uuid4()}/episodes/{uuid4()}"):
        with expect.error(expect.NOT_FOUND):
            await admin.ResolveReviewItem(
                pb.ResolveReviewItemRequest(name=item.name, episode=target)
            )
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.ResolveReviewItem(
            pb.ResolveReviewItemRequest(name=item.name, episode=first, etag='"99"')
        )
    media.film(tmp_path / "films" / "Night Train (2019).mkv")
    await suite.library(tmp_path / "films")
    films = (await suite.files())["Night Train (2019).mkv"].links[0].episode
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.ResolveReviewItem(pb.ResolveReviewItemRequest(name=item.name, episode=films))
    assert (await admin.GetReviewItem(pb.GetReviewItemRequest(name=item.name))) == item


async def test_one_of_many_resolves(suite: Suite, admin: Client, library: str) -> None:
    (first, *_) = await episodes(suite)
    item = (await pending(admin))["UNMATCHED"]
    calls = (
        admin.ResolveReviewItem(pb.ResolveReviewItemRequest(name=item.name, episode=first))
        for _ in range(5)
    )
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert len([answer for answer in answers if isinstance(answer, Item)]) == 1


async def test_rejecting_is_for_this_content(
    suite: Suite, admin: Client, library: str, media: Media, tmp_path: Path
) -> None:
    item = (await pending(admin))["TOO_SMALL"]
    rejected = await admin.RejectReviewItem(
        pb.RejectReviewItemRequest(name=item.name, notes="It is a trailer")
    )
    assert (rejected.state, rejected.notes) == (Item.STATE_REJECTED, "It is a trailer")
    probe = media_file_service_pb2.ProbeMediaFileRequest(name=item.media_file)
    files = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")
    await files.ProbeMediaFile(probe)
    assert "TOO_SMALL" not in await pending(admin)
    broken = (await pending(admin))["PROBE_FAILED"]
    await admin.RejectReviewItem(pb.RejectReviewItemRequest(name=broken.name))
    await files.ProbeMediaFile(media_file_service_pb2.ProbeMediaFileRequest(name=broken.media_file))
    assert "PROBE_FAILED" not in await pending(admin)
    path = tmp_path / "tv" / "Harbor Lights" / "Harbor Lights - S01E02.mp4"
    media.film(path, seconds=2, hertz=777)
    await files.ProbeMediaFile(probe)
    again = (await pending(admin))["TOO_SMALL"]
    assert again.name != item.name

    # The reason goes away: the scan says so.
    large(path)
    await suite.scan(library)
    settled = await admin.GetReviewItem(pb.GetReviewItemRequest(name=again.name))
    assert (settled.state, settled.resolution, settled.reviewer) == (
        Item.STATE_RESOLVED,
        Item.RESOLUTION_SCAN,
        "",
    )
    stats = await admin.GetReviewStats(pb.GetReviewStatsRequest())
    counts = {(count.state, count.reason): count.count for count in stats.counts}
    assert counts[Item.STATE_REJECTED, Item.REASON_TOO_SMALL] == 1
    assert counts[Item.STATE_RESOLVED, Item.REASON_TOO_SMALL] == 1


async def test_asking_for_a_look(suite: Suite, admin: Client, library: str) -> None:
    file = (await suite.files())["Harbor Lights - S01E01.mp4"]
    create = pb.CreateReviewItemRequest(
        review_item=Item(media_file=file.name, notes="The sound is late"),
        request_id=str(uuid4()),
    )
    made = await admin.CreateReviewItem(create)
    assert (made.reason, made.confidence) == (Item.REASON_MANUAL, 1.0)
    assert await admin.CreateReviewItem(create) == made
    create.request_id = ""
    with expect.error(expect.EXISTS, "REVIEW_ITEM_EXISTS"):
        await admin.CreateReviewItem(create)
    change = Item(name=made.name, notes="It is not", etag=made.etag)
    changed = await admin.UpdateReviewItem(pb.UpdateReviewItemRequest(review_item=change))
    assert changed.notes == "It is not"
    with expect.error(expect.ABORTED, "ETAG_MISMATCH"):
        await admin.UpdateReviewItem(pb.UpdateReviewItemRequest(review_item=change))
    other = (await suite.files())["home video.mp4"].name
    with expect.error(expect.INVALID, "INVALID_FIELDS"):
        await admin.UpdateReviewItem(
            pb.UpdateReviewItemRequest(
                review_item=Item(name=made.name, media_file=other),
                update_mask=FieldMask(paths=["media_file"]),
            )
        )
    # Scans settle what scans asked, never what people asked.
    files = suite.stub(media_file_service_pb2_grpc, "MediaFileService", "admin")
    await files.ProbeMediaFile(media_file_service_pb2.ProbeMediaFileRequest(name=file.name))
    assert (await pending(admin))["MANUAL"].name == made.name
