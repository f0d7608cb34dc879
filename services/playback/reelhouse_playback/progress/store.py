"""Progress and history in the database. Row-level security keeps users to their own."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.progress.model import CONTINUE_FROM, HistoryEntry, Progress
from reelhouse_playback.schema import playback_history, user_media_progress

_progress = user_media_progress.c
_history = playback_history.c
_LIMIT = bindparam("limit", type_=Integer)
_values = postgresql.insert(user_media_progress).values(
    {
        name: bindparam(name)
        for name in (
            "user_id",
            "item",
            "media_file_id",
            "position_ms",
            "duration_ms",
            "completed",
        )
    }
)
_PUT = Query(
    _values.on_conflict_do_update(
        index_elements=[_progress.user_id, _progress.item],
        set_={
            "media_file_id": _values.excluded.media_file_id,
            "position_ms": _values.excluded.position_ms,
            "duration_ms": _values.excluded.duration_ms,
            # What was seen once stays seen.
            "completed": _progress.completed | _values.excluded.completed,
            "updated_at": func.now(),
        },
    )
)
_GET = Query(
    select(user_media_progress).where(
        _progress.user_id == bindparam("user_id"), _progress.item == bindparam("item")
    )
)
_ADD_HISTORY = Query(
    insert(playback_history).values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "user_id",
                "media_file_id",
                "item",
                "played_at",
                "duration_watched_ms",
                "completed",
            )
        }
    )
)


async def put(session: Session, **values: object) -> None:
    """Writes how far a user is in an item."""
    await session.run(_PUT, **values)


async def get(source: Database | Session, user_id: UUID, item: str) -> Progress | None:
    """Returns how far a user is in an item; None where they never played it."""
    row = await source.one(_GET, user_id=user_id, item=item)
    return Progress(**row) if row else None


async def begun(database: Database, user_id: UUID, page: Page) -> list[Progress]:
    """Returns a page of what a user began and did not finish, last played first."""
    updated_at, item = page.after or (None, None)
    rows = await database.all(
        _begun(after=page.after is not None),
        user_id=user_id,
        updated_at=updated_at,
        after=item,
        limit=page.limit,
    )
    return [Progress(**row) for row in rows]


@lru_cache
def _begun(*, after: bool) -> Query:
    statement = (
        select(user_media_progress)
        .where(
            _progress.user_id == bindparam("user_id"),
            literal_column("NOT completed"),
            _progress.position_ms >= _progress.duration_ms * literal_column(str(CONTINUE_FROM)),
        )
        .order_by(_progress.updated_at.desc(), _progress.item)
        .limit(_LIMIT)
    )
    if after:
        last = bindparam("updated_at", type_=DateTime(timezone=True))
        statement = statement.where(
            (_progress.updated_at < last)
            | ((_progress.updated_at == last) & (_progress.item > bindparam("after", type_=Text)))
        )
    return Query(statement)


async def add_history(session: Session, entry: HistoryEntry) -> None:
    """Adds that a user played something."""
    await session.run(
        _ADD_HISTORY,
        id=entry.id,
        user_id=entry.user_id,
        media_file_id=entry.media_file_id,
        item=entry.item,
        played_at=entry.played_at,
        duration_watched_ms=entry.duration_watched_ms,
        completed=entry.completed,
    )


async def history(database: Database, user_id: UUID, page: Page) -> list[HistoryEntry]:
    """Returns a page of what a user played, newest first."""
    rows = await database.all(
        _history_page(after=page.after is not None),
        user_id=user_id,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [HistoryEntry(**row) for row in rows]


@lru_cache
def _history_page(*, after: bool) -> Query:
    columns = (column for column in playback_history.c if column.name != "created_at")
    statement = (
        select(*columns)
        .where(_history.user_id == bindparam("user_id"))
        .order_by(_history.id.desc())
        .limit(_LIMIT)
    )
    if after:
        statement = statement.where(_history.id < bindparam("after"))
    return Query(statement)
