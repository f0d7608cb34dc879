"""What can be done with history."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.history import store
from reelhouse_playback.history.model import HistoryEntry
from reelhouse_playback.schema import outbox
from reelhouse_playback.sessions.model import SESSION, TOPIC

_EXPORTED = 500
_PURGED = 500


async def export(
    database: Database, user_id: UUID, after: UUID | None
) -> AsyncIterator[list[HistoryEntry]]:
    """Yields all that a user played, newest first, some entries at a time."""
    while True:
        key = (after,) if after is not None else None
        found = await store.page(database, user_id, Page(_EXPORTED, key, ""))
        if found[:_EXPORTED]:
            yield found[:_EXPORTED]
        if len(found) <= _EXPORTED:
            return
        after = found[_EXPORTED - 1].id


@atomic
async def delete_watch_data(session: Session, user_id: UUID) -> None:
    """Deletes all that is known of what a user watched."""
    ids = await store.delete_everything(session, user_id)
    names = (SESSION.format(session_id) for session_id in ids)
    await outbox.append(session, *(Event(TOPIC, name, Change.DELETED, user_id) for name in names))


@atomic
async def purge_sessions(session: Session, older: timedelta) -> bool:
    """Deletes some sessions that have been over for so long. Returns whether there may be more."""
    gone = await store.drop_sessions(session, older, _PURGED)
    events = (
        Event(TOPIC, SESSION.format(session_id), Change.DELETED, user_id)
        for session_id, user_id in gone
    )
    await outbox.append(session, *events)
    return len(gone) == _PURGED


@atomic
async def purge_history(session: Session, older: timedelta) -> None:
    """Drops history, and what it adds up to, that is older; history by whole months."""
    await store.drop_history(session, older)
