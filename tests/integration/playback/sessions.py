"""Sessions to report progress of, without a catalog."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from reelhouse_kit.auth.principal import Principal, Role
from reelhouse_kit.db import Database, Query
from reelhouse_kit.ids import new_id
from reelhouse_playback.sessions import store
from reelhouse_playback.sessions.model import ItemKind, Session

HOUR = 3_600_000


def viewer(user_id: UUID) -> Principal:
    """Returns a user as a caller."""
    return Principal(Role.USER, f"users/{user_id}")


async def start(database: Database, user_id: UUID, **fields: Any) -> Session:
    """Adds a session that plays an hour of something."""
    values: dict[str, Any] = {
        "media_file_id": uuid4(),
        "item": f"mediaFiles/{uuid4()}",
        "item_kind": ItemKind.VIDEO,
        "device_id": "",
        "device_profile": "deviceProfiles/generic",
        "method": "direct",
        "decision": {},
        "wishes": {},
        "bit_rate": None,
        "transcode": "",
        "mime_type": "video/mp4",
        "position_ms": 0,
        "duration_ms": HOUR,
        "title_id": None,
        "series": False,
        "more_items": [],
        **fields,
    }
    async with database.for_everybody().transaction() as session:
        return await store.insert_session(session, new_id(), user_id=user_id, **values)


async def stored(database: Database, session: Session) -> Session:
    """Returns a session as the database knows it."""
    found = await store.get(database.for_everybody(), session.id)
    assert found is not None
    return found


async def age(database: Database, seconds: float) -> None:
    """Makes all sessions older."""
    query = Query(
        text(
            "UPDATE playback.playback_sessions SET"
            " start_time = start_time - make_interval(secs => :seconds),"
            " last_activity = last_activity - make_interval(secs => :seconds),"
            " told_at = told_at - make_interval(secs => :seconds)"
        )
    )
    await database.for_everybody().run(query, seconds=seconds)
