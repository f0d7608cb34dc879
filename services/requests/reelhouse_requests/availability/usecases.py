"""Keeps what is asked for in step with what the catalog has."""

from __future__ import annotations

from uuid import UUID

from reelhouse_kit import errors, log
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_requests.audiobooks import store as audiobooks
from reelhouse_requests.audiobooks import usecases as audiobook_usecases
from reelhouse_requests.audiobooks.model import (
    AUDIOBOOK,
    Audiobook,
    Availability,
    match_key,
    people,
)
from reelhouse_requests.audit import store as audit
from reelhouse_requests.clients.catalog import CatalogClient, CatalogTitle
from reelhouse_requests.media_requests import store as requests
from reelhouse_requests.media_requests.model import ACTIVE, MEDIA_REQUEST, TOPIC, State
from reelhouse_requests.schema import jobs, outbox

CHECK_JOB = "check_availability"
_logger = log.get(__name__)


class Checker:
    """Looks single audiobooks up in the catalog."""

    def __init__(self, database: Database, catalog: CatalogClient) -> None:
        self._database = database.for_everybody()
        self._catalog = catalog

    async def check(self, audiobook_id: UUID) -> None:
        """Notes that an audiobook is available if the catalog has it.

        That the catalog is away is no reason to refuse a wish: then it is looked up later.
        """
        try:
            await self.look_up(audiobook_id)
        except (errors.RetryableError, errors.DeadlineExceededError) as error:
            _logger.warning("availability unknown", audiobook=str(audiobook_id), error=str(error))
            await _check_later(self._database, audiobook_id)

    async def look_up(self, audiobook_id: UUID) -> None:
        """Notes that an audiobook is available if the catalog has it.

        Raises:
            UnavailableError: The catalog does not answer.
        """
        book = await audiobooks.get(self._database, audiobook_id)
        if book is None or book.availability_status is Availability.AVAILABLE:
            return
        for title in await self._catalog.search_audiobooks(book.title):
            if title.there and is_same(book, title):
                await note_title(self._database, title)
                return


@atomic
async def _check_later(session: Session, audiobook_id: UUID) -> None:
    await jobs.enqueue(
        session,
        CHECK_JOB,
        {"audiobook": str(audiobook_id)},
        subject=AUDIOBOOK.format(audiobook_id),
        max_attempts=100,
        unique_key=f"{CHECK_JOB}:{audiobook_id}",
    )


def is_same(book: Audiobook, title: CatalogTitle) -> bool:
    """Tells whether a title of the catalog is an audiobook: by ASIN, else by title and author."""
    if book.audible_id and title.asin:
        return book.audible_id == title.asin
    return book.match_key == match_key(title.name, title.creators)


@atomic
async def note_title(session: Session, title: CatalogTitle) -> None:
    """Takes note of a title as it is in the catalog now."""
    await take_note(session, title)


async def take_note(session: Session, title: CatalogTitle) -> None:
    """Does what `note_title` does, in a transaction that does more."""
    key = match_key(title.name, title.creators)
    # People join and split names of authors; the order of several does not matter to a key of one.
    keys = {key, match_key(title.name, people(", ".join(title.creators)))}
    known = await audiobooks.of_title(session, title.resource)
    if title.there:
        asins = [title.asin] if title.asin else []
        for book in await audiobooks.matching(session, asins, sorted(keys)):
            if is_same(book, title):
                await _available(session, book, title.resource)
    else:
        for book in known:
            await _vanished(session, book)


async def take_note_of_deletion(session: Session, title_name: str) -> None:
    """Takes note that a title is no longer in the catalog."""
    for book in await audiobooks.of_title(session, title_name):
        await _vanished(session, book)


async def _available(session: Session, book: Audiobook, title_name: str) -> None:
    if (book.availability_status, book.catalog_title) == (Availability.AVAILABLE, title_name):
        return
    await audiobooks.set_availability(session, book.id, Availability.AVAILABLE, title_name)
    await outbox.append(session, Event(audiobook_usecases.TOPIC, book.resource, Change.UPDATED))
    for request_id, user_id, state in await requests.of_audiobook(session, book.id):
        wanted = state in ACTIVE or state in (State.FAILED, State.WARN)
        if wanted and await requests.move(session, request_id, State.AVAILABLE):
            await _told(session, request_id, user_id, "media_request_available", title_name)


async def _vanished(session: Session, book: Audiobook) -> None:
    await audiobooks.set_availability(session, book.id, Availability.UNKNOWN, "")
    await outbox.append(session, Event(audiobook_usecases.TOPIC, book.resource, Change.UPDATED))
    for request_id, user_id, state in await requests.of_audiobook(session, book.id):
        if state is State.AVAILABLE and await requests.active_of(session, book.id) is None:
            await requests.move(session, request_id, State.DOWNLOADED)
            await _told(session, request_id, user_id, "media_request_vanished", "")


async def _told(
    session: Session, request_id: UUID, user_id: UUID, action: str, title_name: str
) -> None:
    name = MEDIA_REQUEST.format(request_id)
    await audit.append(session, action, name, catalog_title=title_name)
    await outbox.append(session, Event(TOPIC, name, Change.UPDATED, user_id))
