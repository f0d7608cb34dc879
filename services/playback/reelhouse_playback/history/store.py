"""History and statistics in the database. Row-level security keeps users to their own."""

from __future__ import annotations

from datetime import UTC, date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Interval,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.history.model import Grouping, HistoryEntry, WatchStat
from reelhouse_playback.schema import (
    playback_history,
    playback_sessions,
    user_media_progress,
    user_series,
    watch_days,
)

_history = playback_history.c
_day = watch_days.c
_sessions = playback_sessions.c
_LIMIT = bindparam("limit", type_=Integer)
_ENTRY = tuple(column for column in playback_history.c if column.name != "created_at")
_ADD = Query(
    insert(playback_history).values({column.name: bindparam(column.name) for column in _ENTRY})
)
_counted = postgresql.insert(watch_days).values(
    {column.name: bindparam(column.name) for column in watch_days.c}
)
_COUNT = Query(
    _counted.on_conflict_do_update(
        index_elements=[_day.user_id, _day.day, _day.subject],
        set_={
            name: watch_days.c[name] + _counted.excluded[name]
            for name in ("play_count", "completed_count", "watched_ms")
        },
    )
)
_OVER: Any = literal_column("state IN ('stopped', 'ended')")
_older = cast(bindparam("older", type_=Interval), Interval)
_age = func.now() - _older
_OLD_SESSIONS = Query(
    delete(playback_sessions)
    .where(
        _sessions.id.in_(
            select(_sessions.id)
            .where(_OVER, _sessions.end_time < _age)
            .order_by(_sessions.end_time)
            .limit(_LIMIT)
            .with_for_update(skip_locked=True)
        )
    )
    .returning(_sessions.id, _sessions.user_id)
)
_DROP_HISTORY = Query(
    select(func.playback.drop_partitions(literal_column("'playback_history'"), _older))
)
_DROP_DAYS = Query(delete(watch_days).where(_day.day < cast(_age, Date)))
_DELETE_SESSIONS = Query(
    delete(playback_sessions)
    .where(_sessions.user_id == bindparam("user_id"))
    .returning(_sessions.id)
)
_DELETE = tuple(
    Query(delete(table).where(table.c.user_id == bindparam("user_id")))
    for table in (playback_history, user_media_progress, user_series, watch_days)
)


async def add(session: Session, entry: HistoryEntry) -> None:
    """Adds that a user played something, and counts it."""
    await session.run(_ADD, **{column.name: getattr(entry, column.name) for column in _ENTRY})
    await session.run(
        _COUNT,
        user_id=entry.user_id,
        day=entry.played_at.astimezone(UTC).date(),
        subject=entry.subject,
        play_count=1,
        completed_count=int(entry.completed),
        watched_ms=entry.duration_watched_ms,
    )


async def page(database: Database, user_id: UUID, page: Page) -> list[HistoryEntry]:
    """Returns a page of what a user played, newest first."""
    rows = await database.all(
        _page(after=page.after is not None),
        user_id=user_id,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [HistoryEntry(**row) for row in rows]


@lru_cache
def _page(*, after: bool) -> Query:
    statement = (
        select(*_ENTRY)
        .where(_history.user_id == bindparam("user_id"))
        .order_by(_history.id.desc())
        .limit(_LIMIT)
    )
    if after:
        statement = statement.where(_history.id < bindparam("after", type_=Uuid))
    return Query(statement)


async def stats(
    database: Database,
    user_id: UUID | None,
    first: date,
    last: date,
    grouping: Grouping,
    *,
    limit: int,
) -> list[WatchStat]:
    """Returns what a user watched from a day to a day, or what all did where that is None.

    By day in order; by title or user with the most watched first. The first one is of all
    together, with the key None.
    """
    rows = await database.all(
        _stats(grouping, user=user_id is not None),
        user_id=user_id,
        first=first,
        last=last,
        limit=limit + 1,
    )
    return [WatchStat(**row) for row in rows]


@lru_cache
def _stats(grouping: Grouping, *, user: bool) -> Query:
    key = _day[grouping]
    watched = cast(func.sum(_day.watched_ms), BigInteger)
    order = key.asc() if grouping is Grouping.DAY else watched.desc()
    statement = (
        select(
            key.label("key"),
            cast(func.sum(_day.play_count), BigInteger).label("play_count"),
            cast(func.sum(_day.completed_count), BigInteger).label("completed_count"),
            watched.label("watched_ms"),
        )
        .where(_day.day.between(bindparam("first", type_=Date), bindparam("last", type_=Date)))
        .group_by(func.rollup(key))
        .having(func.count() > 0)
        .order_by(func.grouping(key).desc(), order, key)
        .limit(_LIMIT)
    )
    if user:
        statement = statement.where(_day.user_id == bindparam("user_id", type_=Uuid))
    return Query(statement)


def statements() -> list[Query]:
    """Returns the statements that are made when they are wanted."""
    made = [_stats(grouping, user=user) for grouping in Grouping for user in (True, False)]
    return [*made, _page(after=True), _page(after=False)]


async def drop_sessions(session: Session, older: object, limit: int) -> list[tuple[UUID, UUID]]:
    """Deletes some sessions that have been over for long. Returns their ids and users."""
    rows = await session.all(_OLD_SESSIONS, older=older, limit=limit)
    return [(row["id"], row["user_id"]) for row in rows]


async def drop_history(session: Session, older: object) -> None:
    """Drops the months of history that hold nothing younger, and what they added up to."""
    await session.value(_DROP_HISTORY, older=older)
    await session.run(_DROP_DAYS, older=older)


async def delete_everything(session: Session, user_id: UUID) -> list[UUID]:
    """Deletes all that is known of what a user watched. Returns the ids of their sessions."""
    rows = await session.all(_DELETE_SESSIONS, user_id=user_id)
    for query in _DELETE:
        await session.run(query, user_id=user_id)
    return [row["id"] for row in rows]
