"""What can be done with audiobooks."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_requests.audiobooks import store
from reelhouse_requests.audiobooks.model import AUDIOBOOK, Audiobook
from reelhouse_requests.schema import once as once_store
from reelhouse_requests.schema import outbox

TOPIC = "audiobooks"


async def create_audiobook(
    database: Database, values: Mapping[str, object], once: Once | None
) -> Audiobook:
    """Creates an audiobook; `values` holds it by column.

    Raises:
        AlreadyExistsError: It is there.
    """
    try:
        return await _create(database, values, once)
    except UniqueViolationError:  # somebody was quicker
        asin, key = values["audible_id"], str(values["match_key"])
        existing = await store.same(database, str(asin) if asin else None, key)
        raise _exists(existing) from None


@atomic
async def _create(session: Session, values: Mapping[str, object], once: Once | None) -> Audiobook:
    book_id = new_id()
    done = await once_store.claim(session, once, book_id)
    if done is not None:
        return await required(session, done)
    asin, key = values["audible_id"], str(values["match_key"])
    existing = await store.same(session, str(asin) if asin else None, key)
    if existing is not None:
        raise _exists(existing)
    book = await store.insert_audiobook(session, book_id, **values)
    await outbox.append(session, Event(TOPIC, book.resource, Change.CREATED))
    return book


def _exists(book_id: UUID | None) -> errors.AlreadyExistsError:
    name = AUDIOBOOK.format(book_id) if book_id else ""
    return errors.AlreadyExistsError(
        "AUDIOBOOK_EXISTS", f"the audiobook exists: {name}", audiobook=name
    )


async def required(source: Database | Session, book_id: UUID) -> Audiobook:
    """Returns an audiobook.

    Raises:
        NotFoundError: There is none.
    """
    book = await store.get(source, book_id)
    if book is None:
        raise errors.NotFoundError(AUDIOBOOK.type, AUDIOBOOK.format(book_id))
    return book
