"""Heartbeats in the database: many sessions and their users' progress in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    Uuid,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Query, Session, rows_of
from reelhouse_playback.schema import playback_sessions, user_media_progress
from reelhouse_playback.sessions.model import TOLD_EVERY, State
from reelhouse_playback.sessions.store import ACTIVE

_row = playback_sessions.c
_progress = user_media_progress.c
_TOLD_EVERY: Any = literal_column(f"interval '{TOLD_EVERY.total_seconds():.0f} seconds'")


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What became of a session since it was last written. `sequence` None: it is not numbered."""

    id: UUID
    position_ms: int
    watched_ms: int
    sequence: int | None
    heard_at: datetime
    completed: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """A session whose heartbeat was written.

    `newly_completed` and `told` say that this heartbeat completed the item, and that its position
    is to be told.
    """

    id: UUID
    user_id: UUID
    state: State
    newly_completed: bool
    told: bool


def _write() -> Query:
    given = rows_of(
        id=Uuid(),
        position_ms=BigInteger(),
        watched_ms=BigInteger(),
        sequence=BigInteger(),
        heard_at=DateTime(timezone=True),
        completed=Boolean(),
    )
    # Locked in the order of ids, so that replicas that write the same sessions wait for each
    # other; what is locked is looked at again as it is then. A report that is older than what is
    # known, or of a session that is over, changes nothing.
    locked = (
        select(given, _row.completed.label("was_completed"))
        .join(playback_sessions, _row.id == given.c.id)
        .where(
            ACTIVE,
            or_(
                given.c.sequence > _row.sequence,
                given.c.sequence.is_(None) & (given.c.heard_at > _row.last_activity),
            ),
        )
        .order_by(_row.id)
        .with_for_update(of=playback_sessions)
        .cte("locked")
    )
    due = locked.c.heard_at >= _row.told_at + _TOLD_EVERY
    heard = (
        update(playback_sessions)
        .where(_row.id == locked.c.id)
        .values(
            position_ms=locked.c.position_ms,
            watched_ms=_row.watched_ms + locked.c.watched_ms,
            sequence=func.coalesce(locked.c.sequence, _row.sequence),
            last_activity=func.greatest(_row.last_activity, locked.c.heard_at),
            completed=_row.completed | locked.c.completed,
            told_at=case((due, locked.c.heard_at), else_=_row.told_at),
            revision=_row.revision + 1,
        )
        .returning(
            _row.id,
            _row.user_id,
            _row.item,
            _row.media_file_id,
            _row.title_id,
            _row.item_kind,
            _row.position_ms,
            _row.duration_ms,
            _row.last_activity,
            _row.state,
            (locked.c.completed & ~locked.c.was_completed).label("newly_completed"),
            (_row.told_at == locked.c.heard_at).label("told"),
        )
        .cte("heard")
    )
    # Two devices of a user may play the same thing: the one heard last is right.
    newest = (
        select(
            heard.c.user_id,
            heard.c.item,
            heard.c.media_file_id,
            heard.c.title_id,
            heard.c.item_kind,
            heard.c.position_ms,
            heard.c.duration_ms,
            heard.c.last_activity,
        )
        .ext(postgresql.distinct_on(heard.c.user_id, heard.c.item))
        .order_by(heard.c.user_id, heard.c.item, heard.c.last_activity.desc())
    )
    values = postgresql.insert(user_media_progress).from_select(
        [
            "user_id",
            "item",
            "media_file_id",
            "title_id",
            "item_kind",
            "position_ms",
            "duration_ms",
            "updated_at",
        ],
        newest,
    )
    kept = (
        values.on_conflict_do_update(
            index_elements=[_progress.user_id, _progress.item],
            set_={
                "media_file_id": values.excluded.media_file_id,
                "title_id": values.excluded.title_id,
                "item_kind": values.excluded.item_kind,
                "position_ms": values.excluded.position_ms,
                "duration_ms": values.excluded.duration_ms,
                "updated_at": values.excluded.updated_at,
            },
            where=values.excluded.updated_at >= _progress.updated_at,
        )
        .returning(literal_column("1"))
        .cte("kept")
    )
    return Query(
        select(
            heard.c.id,
            heard.c.user_id,
            heard.c.state,
            heard.c.newly_completed,
            heard.c.told,
        ).add_cte(kept)
    )


_WRITE = _write()


async def write(session: Session, heartbeats: Sequence[Heartbeat]) -> list[Heard]:
    """Writes where sessions are, and how far their users are in what they play.

    Returns those whose heartbeat counted: not those that are over, gone, or further elsewhere.
    """
    rows = await session.all(
        _WRITE,
        id=[one.id for one in heartbeats],
        position_ms=[one.position_ms for one in heartbeats],
        watched_ms=[one.watched_ms for one in heartbeats],
        sequence=[one.sequence for one in heartbeats],
        heard_at=[one.heard_at for one in heartbeats],
        completed=[one.completed for one in heartbeats],
    )
    return [_heard(row) for row in rows]


def _heard(row: Any) -> Heard:
    return Heard(
        row["id"], row["user_id"], State(row["state"]), row["newly_completed"], row["told"]
    )
