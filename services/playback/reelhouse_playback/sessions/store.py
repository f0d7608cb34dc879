"""Sessions in the database. Row-level security keeps users to their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Integer,
    Interval,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.schema import playback_sessions
from reelhouse_playback.sessions.model import HEARD, IDLE, ItemKind, State
from reelhouse_playback.sessions.model import Session as PlaybackSession

_row = playback_sessions.c
_SNAPSHOT_PAGE = 500
_SWEPT_AT_ONCE = 100
ACTIVE = text("state IN ('playing', 'paused')")
"""In this form the partial indexes are known to serve."""
_INSERT = Query(
    insert(playback_sessions)
    .values(
        {
            name: bindparam(name, type_=JSONB)
            if name in ("decision", "wishes")
            else bindparam(name)
            for name in (
                "id",
                "user_id",
                "media_file_id",
                "item",
                "item_kind",
                "device_id",
                "device_profile",
                "method",
                "decision",
                "wishes",
                "bit_rate",
                "transcode",
                "mime_type",
                "position_ms",
                "duration_ms",
                "title_id",
                "series",
                "more_items",
            )
        }
    )
    .returning(playback_sessions)
)
_GET = Query(select(playback_sessions).where(_row.id == bindparam("id")))
_GET_AT = Query(
    select(playback_sessions, func.clock_timestamp().label("now")).where(_row.id == bindparam("id"))
)
_LOCK = Query(
    select(playback_sessions, func.clock_timestamp().label("now"))
    .where(_row.id == bindparam("id"))
    .with_for_update()
)
_BATCH = Query(
    select(playback_sessions).where(_row.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)
_to = bindparam("to", type_=Text)
_WRITE = Query(
    update(playback_sessions)
    .where(_row.id == bindparam("session"))
    .values(
        state=_to,
        position_ms=bindparam("position"),
        watched_ms=_row.watched_ms + bindparam("watched", type_=Integer),
        sequence=func.greatest(_row.sequence, bindparam("sequence", type_=BigInteger)),
        completed=_row.completed | bindparam("completed", type_=Boolean),
        # Heartbeats may come while this transaction runs: what is said here is later than they are.
        last_activity=func.clock_timestamp(),
        pause_time=case((_to == State.PAUSED, func.clock_timestamp()), else_=_row.pause_time),
        end_time=case((bindparam("over", type_=Boolean), func.clock_timestamp()), else_=None),
        told_at=func.clock_timestamp(),
        revision=_row.revision + 1,
    )
    .returning(playback_sessions)
)
_CHOOSE = Query(
    update(playback_sessions)
    .where(_row.id == bindparam("session"))
    .values(
        method=bindparam("method"),
        decision=bindparam("decision", type_=JSONB),
        wishes=bindparam("wishes", type_=JSONB),
        bit_rate=bindparam("bit_rate"),
        transcode=bindparam("transcode"),
        mime_type=bindparam("mime_type"),
        last_activity=func.clock_timestamp(),
        revision=_row.revision + 1,
    )
    .returning(playback_sessions)
)
_PLAYS_FROM = Query(
    select(_row.id).where(ACTIVE, _row.transcode == bindparam("transcode")).limit(1)
)
# One lock for all users, and one per user; a class of locks of our own.
_LOCK_CLASS: Any = literal_column("1380664403")
_LOCK_ALL = Query(select(func.pg_advisory_xact_lock(_LOCK_CLASS, literal_column("0"))))
_LOCK_USER = Query(
    select(
        func.pg_advisory_xact_lock(
            _LOCK_CLASS, func.hashtext(cast(bindparam("user_id", type_=Uuid), Text))
        )
    )
)
# A player that went away without a word does not keep its user from others until it is idle.
_HEARD = _row.last_activity > func.now() - cast(bindparam("heard"), Interval)
_COUNT = Query(
    select(func.count()).select_from(
        select(_row.id).where(ACTIVE, _HEARD).limit(bindparam("limit", type_=Integer)).subquery()
    )
)
_COUNT_OF_USER = Query(
    select(func.count()).select_from(
        select(_row.id)
        .where(ACTIVE, _HEARD, _row.user_id == bindparam("user_id"))
        .limit(bindparam("limit", type_=Integer))
        .subquery()
    )
)
_IDLE = Query(
    select(_row.id)
    .where(ACTIVE, _row.last_activity < func.now() - cast(bindparam("idle"), Interval))
    .order_by(_row.id)
    .limit(_SWEPT_AT_ONCE)
    .with_for_update(skip_locked=True)
)


def _session_of(row: Any) -> PlaybackSession:
    values = {key: value for key, value in row.items() if key != "now"}
    values["state"] = State(values["state"])
    values["item_kind"] = ItemKind(values["item_kind"])
    return PlaybackSession(**values)


async def insert_session(session: Session, session_id: UUID, **values: object) -> PlaybackSession:
    """Adds a session that plays."""
    return _session_of(await session.one(_INSERT, id=session_id, **values))


async def get(source: Database | Session, session_id: UUID) -> PlaybackSession | None:
    """Returns a session."""
    row = await source.one(_GET, id=session_id)
    return _session_of(row) if row else None


async def get_at(source: Database, session_id: UUID) -> tuple[PlaybackSession | None, Any]:
    """Returns a session, with the database's time."""
    row = await source.one(_GET_AT, id=session_id)
    return (_session_of(row), row["now"]) if row else (None, None)


async def lock(session: Session, session_id: UUID) -> tuple[PlaybackSession | None, Any]:
    """Returns, with the database's time, a session that nobody else changes until the end."""
    row = await session.one(_LOCK, id=session_id)
    return (_session_of(row), row["now"]) if row else (None, None)


async def batch(database: Database, ids: Sequence[UUID]) -> list[PlaybackSession]:
    """Returns those of these sessions that exist."""
    return [_session_of(row) for row in await database.all(_BATCH, ids=list(ids))]


async def write(
    session: Session,
    session_id: UUID,
    *,
    state: State,
    position_ms: int,
    watched_ms: int,
    over: bool,
    completed: bool,
    sequence: int,
) -> PlaybackSession:
    """Writes where a session is, and what more of it was really played."""
    row = await session.one(
        _WRITE,
        session=session_id,
        to=state,
        position=position_ms,
        watched=watched_ms,
        over=over,
        completed=completed,
        sequence=sequence,
    )
    return _session_of(row)


async def choose(session: Session, session_id: UUID, **values: object) -> PlaybackSession:
    """Writes how a session is played from now on."""
    return _session_of(await session.one(_CHOOSE, session=session_id, **values))


async def plays_from(database: Database, transcode: str) -> bool:
    """Tells whether an active session plays from a transcode."""
    return await database.value(_PLAYS_FROM, transcode=transcode) is not None


async def lock_limits(session: Session, user_id: UUID, *, in_all: bool) -> None:
    """Makes whoever starts a session wait for others who do, until the end of the transaction."""
    if in_all:
        await session.value(_LOCK_ALL)
    await session.value(_LOCK_USER, user_id=user_id)


async def count_active(session: Session, user_id: UUID | None, limit: int) -> int:
    """Returns how many sessions of a user, or of all, are active and were heard of lately.

    Never more than `limit`.
    """
    if user_id is None:
        return int(await session.value(_COUNT, heard=HEARD, limit=limit))
    return int(await session.value(_COUNT_OF_USER, user_id=user_id, heard=HEARD, limit=limit))


async def idle(session: Session) -> list[UUID]:
    """Returns, locked, some sessions that nothing was heard of for too long."""
    return [row["id"] for row in await session.all(_IDLE, idle=IDLE)]


async def page(
    database: Database, user_id: UUID | None, page: Page, *, active: bool
) -> list[PlaybackSession]:
    """Returns a page of sessions, newest first; those of one user unless that is None."""
    rows = await database.all(
        _list(user=user_id is not None, active=active, after=page.after is not None),
        user_id=user_id,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_session_of(row) for row in rows]


@lru_cache
def _list(*, user: bool, active: bool, after: bool) -> Query:
    statement = (
        select(playback_sessions).order_by(_row.id.desc()).limit(bindparam("limit", type_=Integer))
    )
    if user:
        statement = statement.where(_row.user_id == bindparam("user_id"))
    if active:
        statement = statement.where(ACTIVE)
    if after:
        statement = statement.where(_row.id < bindparam("after"))
    return Query(statement)


async def everything_active(
    database: Database, user_id: UUID | None
) -> AsyncIterator[PlaybackSession]:
    """Yields all active sessions of a user, or of all, page by page."""
    after: tuple[UUID] | None = None
    while True:
        found = await page(database, user_id, Page(_SNAPSHOT_PAGE, after, ""), active=True)
        for session in found[:_SNAPSHOT_PAGE]:
            yield session
        if len(found) <= _SNAPSHOT_PAGE:
            return
        after = (found[_SNAPSHOT_PAGE - 1].id,)
