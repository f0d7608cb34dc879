from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reelhouse.requests.v1 import (
    audiobook_pb2,
    audiobook_service_pb2,
    audiobook_service_pb2_grpc,
    media_request_pb2,
    media_request_service_pb2,
    media_request_service_pb2_grpc,
)
from tests.contract import expect
from tests.contract.methods import Answer
from tests.media import Media
from tests.suite import Client, Suite

Audiobook = audiobook_pb2.Audiobook
MediaRequest = media_request_pb2.MediaRequest
book_pb, pb = audiobook_service_pb2, media_request_service_pb2


class People:
    """Everybody's view of the requests."""

    def __init__(self, suite: Suite) -> None:
        def client(caller: str) -> Client:
            return suite.stub(media_request_service_pb2_grpc, "MediaRequestService", caller)

        self.alice, self.bob, self.admin = client("alice"), client("bob"), client("admin")
        self.books = suite.stub(audiobook_service_pb2_grpc, "AudiobookService", "alice")

    async def book(self, title: str = "The Lighthouse Keeper", **fields: Any) -> Audiobook:
        wanted = Audiobook(title=title, author="Ada Winter", **fields)
        create = book_pb.CreateAudiobookRequest(audiobook=wanted)
        created: Audiobook = await self.books.CreateAudiobook(create)
        return created


@pytest.fixture
def people(suite: Suite) -> People:
    return People(suite)


def wish(book: Audiobook, **fields: Any) -> pb.CreateMediaRequestRequest:
    return pb.CreateMediaRequestRequest(
        media_request=MediaRequest(audiobook=book.name, **fields), request_id=str(uuid4())
    )


async def test_audiobooks(people: People) -> None:
    made = await people.book(asin="b002v5d7qy", release_date="2020-02-29", rating=4.5)
    assert (made.asin, made.availability) == ("B002V5D7QY", Audiobook.AVAILABILITY_UNKNOWN)
    with expect.error(expect.EXISTS, "AUDIOBOOK_EXISTS"):
        await people.book(asin="B002V5D7QY")
    plain = await people.book()
    with expect.error(expect.EXISTS, "AUDIOBOOK_EXISTS"):
        await people.book("the  lighthouse-keeper!")
    listed = await people.books.ListAudiobooks(book_pb.ListAudiobooksRequest())
    assert [book.name for book in listed.audiobooks] == [made.name, plain.name]


async def test_all_that_is_wrong_with_an_audiobook(people: People) -> None:
    with pytest.raises(Exception) as caught:  # all are told at once
        await people.book("...", asin="short", release_date="yesterday")
    answer = Answer.of(caught.value)  # type: ignore[arg-type]
    assert set(answer.violations) == {
        "audiobook.title",
        "audiobook.asin",
        "audiobook.release_date",
    }


async def test_a_wish_is_approved_by_an_administrator(people: People) -> None:
    book = await people.book()
    request = wish(book)
    made = await people.alice.CreateMediaRequest(request)
    assert made.state == MediaRequest.STATE_AWAITING_APPROVAL
    assert await people.alice.CreateMediaRequest(request) == made
    with expect.error(expect.DENIED):
        await people.alice.ApproveMediaRequest(pb.ApproveMediaRequestRequest(name=made.name))
    approve = pb.ApproveMediaRequestRequest(name=made.name)
    approved = await people.admin.ApproveMediaRequest(approve)
    assert approved.state == MediaRequest.STATE_PENDING
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await people.admin.ApproveMediaRequest(approve)


async def test_denied_and_withdrawn(people: People) -> None:
    first = await people.alice.CreateMediaRequest(wish(await people.book()))
    deny = pb.DenyMediaRequestRequest(name=first.name, message="We have too many.")
    denied = await people.admin.DenyMediaRequest(deny)
    assert (denied.state, denied.message) == (MediaRequest.STATE_DENIED, "We have too many.")
    again = await people.alice.CreateMediaRequest(wish(await people.book("Another")))
    cancel = pb.CancelMediaRequestRequest(name=again.name)
    assert (await people.alice.CancelMediaRequest(cancel)).state == MediaRequest.STATE_CANCELLED
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await people.alice.CancelMediaRequest(cancel)


async def test_one_request_for_one_item_whoever_asks(people: People) -> None:
    book = await people.book()
    calls = [
        caller.CreateMediaRequest(wish(book))
        for caller in (people.alice, people.bob, people.alice, people.bob)
    ]
    results = await asyncio.gather(*calls, return_exceptions=True)
    made = [result for result in results if isinstance(result, MediaRequest)]
    assert len(made) == 1
    winner, other = (
        (people.alice, people.bob)
        if isinstance(results[0], MediaRequest) or isinstance(results[2], MediaRequest)
        else (people.bob, people.alice)
    )
    with expect.error(expect.EXISTS, "DUPLICATE_REQUEST"):
        await winner.CreateMediaRequest(wish(book))
    with expect.error(expect.EXISTS, "BEING_PROCESSED"):
        await other.CreateMediaRequest(wish(book))


async def test_users_see_their_own_only(people: People) -> None:
    made = await people.alice.CreateMediaRequest(wish(await people.book()))
    for call in (
        people.bob.GetMediaRequest(pb.GetMediaRequestRequest(name=made.name)),
        people.bob.CancelMediaRequest(pb.CancelMediaRequestRequest(name=made.name)),
    ):
        with expect.error(expect.NOT_FOUND):
            await call
    listing = pb.ListMediaRequestsRequest()
    for client, count in ((people.alice, 1), (people.bob, 0), (people.admin, 1)):
        assert len((await client.ListMediaRequests(listing)).media_requests) == count


async def test_an_administrators_wish_needs_no_approval(people: People) -> None:
    made = await people.admin.CreateMediaRequest(wish(await people.book()))
    assert made.state == MediaRequest.STATE_PENDING


async def test_what_a_scan_brings_becomes_available_and_the_asker_sees_it(
    suite: Suite, people: People, media: Media, tmp_path: Path
) -> None:
    made = await people.alice.CreateMediaRequest(wish(await people.book()))
    await people.admin.ApproveMediaRequest(pb.ApproveMediaRequestRequest(name=made.name))
    watching = people.alice.WatchMediaRequests(pb.WatchMediaRequestsRequest())
    of_bob = people.bob.WatchMediaRequests(pb.WatchMediaRequestsRequest())
    assert (await watching.read()).created.name == made.name

    root = tmp_path / "books"
    tags = {"artist": "Ada Winter", "album": "The Lighthouse Keeper", "title": "All"}
    part = media.sound(root / "Ada Winter" / "The Lighthouse Keeper" / "All.mp3", tags)
    async with suite.workers():
        library = await suite.library(root, "AUDIOBOOK")
        async with asyncio.timeout(15):
            while True:
                update = await watching.read()
                if update.updated.state == MediaRequest.STATE_AVAILABLE:
                    break
        assert update.updated.catalog_title.startswith("titles/")
        with expect.error(expect.PRECONDITION, "ALREADY_AVAILABLE"):
            await people.bob.CreateMediaRequest(wish(Audiobook(name=made.audiobook)))

        # And when it goes from the library, that is seen, too.
        part.unlink()
        media.sound(root / "Other" / "Book" / "x.mp3", hertz=300)
        await suite.scan(library)
        async with asyncio.timeout(15):
            while (await watching.read()).updated.state != MediaRequest.STATE_DOWNLOADED:
                pass
    first = await of_bob.read()
    assert first.WhichOneof("event") == "checkpoint"
    watching.cancel()
    of_bob.cancel()


async def test_what_is_there_already_need_not_be_asked_for(
    suite: Suite, people: People, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "books"
    media.sound(root / "Ada Winter" / "The Lighthouse Keeper" / "All.mp3")
    async with suite.workers():
        await suite.library(root, "AUDIOBOOK")
    # The audiobook is made after its title was told of: it is looked up.
    book = await people.book()
    with expect.error(expect.PRECONDITION, "ALREADY_AVAILABLE"):
        await people.alice.CreateMediaRequest(wish(book))
