"""Progress in the database. Row-level security keeps users to their own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    DateTime,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.progress.model import CONTINUE_FROM, Completion, Progress, Series
from reelhouse_playback.schema import user_media_progress, user_series
from reelhouse_playback.sessions.model import ItemKind

_progress = user_media_progress.c
_series = user_series.c
_LIMIT = bindparam("limit", type_=Integer)
_ITEMS = bindparam("items", type_=ARRAY(Text))
_values = postgresql.insert(user_media_progress).values(
    {
        name: bindparam(name)
        for name in (
            "user_id",
            "item",
            "media_file_id",
            "title_id",
            "item_kind",
            "position_ms",
            "duration_ms",
        )
    }
)
_PUT = Query(
    _values.on_conflict_do_update(
        index_elements=[_progress.user_id, _progress.item],
        set_={
            "media_file_id": _values.excluded.media_file_id,
            "title_id": _values.excluded.title_id,
            "item_kind": _values.excluded.item_kind,
            "position_ms": _values.excluded.position_ms,
            "duration_ms": _values.excluded.duration_ms,
            "updated_at": func.clock_timestamp(),
        },
    )
)
_GET = Query(
    select(user_media_progress).where(
        _progress.user_id == bindparam("user_id"), _progress.item == bindparam("item")
    )
)
_BATCH = Query(
    select(user_media_progress).where(
        _progress.user_id == bindparam("user_id"), _progress.item == any_(_ITEMS)
    )
)
_given = rows_of(
    user_id=Uuid(),
    item=Text(),
    media_file_id=Uuid(),
    title_id=Uuid(),
    series=Boolean(),
    duration_ms=BigInteger(),
    completed_at=DateTime(timezone=True),
)


def _complete(*, marked: bool) -> Query:
    """Returns the statement for items that were played to the end, or marked as if they were."""
    rows = (
        select(
            _given.c.user_id,
            _given.c.item,
            _given.c.media_file_id,
            _given.c.title_id,
            _given.c.duration_ms,
            literal_column("true"),
            _given.c.completed_at,
            literal_column("1"),
        )
        .ext(postgresql.distinct_on(_given.c.user_id, _given.c.item))
        .order_by(_given.c.user_id, _given.c.item, _given.c.completed_at.desc())
    )
    values = postgresql.insert(user_media_progress).from_select(
        [
            "user_id",
            "item",
            "media_file_id",
            "title_id",
            "duration_ms",
            "completed",
            "completed_at",
            "play_count",
        ],
        rows,
    )
    plays = _progress.play_count
    changes: dict[str, object] = {
        "title_id": values.excluded.title_id,
        "completed": literal_column("true"),
        "completed_at": values.excluded.completed_at,
        "play_count": func.greatest(plays, 1) if marked else plays + 1,
    }
    if marked:
        changes["position_ms"] = literal_column("0")
    return Query(
        values.on_conflict_do_update(
            index_elements=[_progress.user_id, _progress.item], set_=changes
        )
    )


_PLAYED = _complete(marked=False)
_MARKED = _complete(marked=True)
_newest = (
    select(_given.c.user_id, _given.c.title_id, _given.c.item, _given.c.completed_at)
    .where(_given.c.series)
    .ext(postgresql.distinct_on(_given.c.user_id, _given.c.title_id))
    .order_by(_given.c.user_id, _given.c.title_id, _given.c.completed_at.desc())
)
_last = postgresql.insert(user_series).from_select(
    ["user_id", "title_id", "item", "completed_at"], _newest
)
_FOLLOW = Query(
    _last.on_conflict_do_update(
        index_elements=[_series.user_id, _series.title_id],
        set_={"item": _last.excluded.item, "completed_at": _last.excluded.completed_at},
        where=_last.excluded.completed_at >= _series.completed_at,
    )
)
_UNMARK = Query(
    update(user_media_progress)
    .where(_progress.user_id == bindparam("owner"), _progress.item == any_(_ITEMS))
    .values(
        completed=literal_column("false"),
        completed_at=None,
        play_count=literal_column("0"),
        position_ms=literal_column("0"),
    )
    .returning(_progress.item)
)
_TITLES = bindparam("titles", type_=ARRAY(Uuid))
_UNFOLLOW = Query(
    delete(user_series).where(
        _series.user_id == bindparam("user_id"), _series.title_id == any_(_TITLES)
    )
)
_LAST_LEFT = Query(
    select(_progress.title_id, _progress.item, _progress.completed_at)
    .where(
        _progress.user_id == bindparam("user_id"),
        _progress.title_id == any_(_TITLES),
        literal_column("completed"),
    )
    .ext(postgresql.distinct_on(_progress.title_id))
    .order_by(_progress.title_id, _progress.completed_at.desc())
)
_FOLLOW_AGAIN = Query(
    postgresql.insert(user_series)
    .values({name: bindparam(name) for name in ("user_id", "title_id", "item", "completed_at")})
    .on_conflict_do_nothing()
)


def _progress_of(row: Any) -> Progress:
    return Progress(**{**row, "item_kind": ItemKind(row["item_kind"])})


async def put(session: Session, **values: object) -> None:
    """Writes how far a user is in an item."""
    await session.run(_PUT, **values)


async def get(source: Database | Session, user_id: UUID, item: str) -> Progress | None:
    """Returns how far a user is in an item; None where they never played it."""
    row = await source.one(_GET, user_id=user_id, item=item)
    return _progress_of(row) if row else None


async def batch(database: Database, user_id: UUID, items: Sequence[str]) -> dict[str, Progress]:
    """Returns how far a user is in these items, as far as they played them."""
    rows = await database.all(_BATCH, user_id=user_id, items=list(items))
    return {row["item"]: _progress_of(row) for row in rows}


async def complete(
    session: Session, completions: Sequence[Completion], *, marked: bool = False
) -> None:
    """Writes that users have seen or heard items, and what they completed last of their series.

    Marked items begin anew when they are played; playing adds to how often that was done.
    """
    values = {name: [getattr(one, name) for one in completions] for name in Completion.__slots__}
    await session.run(_MARKED if marked else _PLAYED, **values)
    if any(one.series for one in completions):
        await session.run(_FOLLOW, **values)


async def unmark(session: Session, user_id: UUID, items: Sequence[str]) -> int:
    """Writes that a user has not seen or heard items. Returns how many of them were begun."""
    return len(await session.all(_UNMARK, owner=user_id, items=list(items)))


async def follow_anew(session: Session, user_id: UUID, titles: Sequence[UUID]) -> None:
    """Finds out what a user completed last of some series, after less of them is completed."""
    await session.run(_UNFOLLOW, user_id=user_id, titles=list(titles))
    for row in await session.all(_LAST_LEFT, user_id=user_id, titles=list(titles)):
        await session.run(_FOLLOW_AGAIN, user_id=user_id, **row)


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
    return [_progress_of(row) for row in rows]


@lru_cache
def _begun(*, after: bool) -> Query:
    statement = (
        select(user_media_progress)
        .where(
            _progress.user_id == bindparam("user_id"),
            literal_column("NOT completed"),
            _progress.position_ms >= _progress.duration_ms * literal_column(str(CONTINUE_FROM)),
            _progress.position_ms > 0,
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


async def series(database: Database, user_id: UUID, page: Page) -> list[Series]:
    """Returns a page of the series that a user is in, the one they went on with last first."""
    completed_at, title_id = page.after or (None, None)
    rows = await database.all(
        _series_page(after=page.after is not None),
        user_id=user_id,
        completed_at=completed_at,
        after=title_id,
        limit=page.limit,
    )
    return [Series(**row) for row in rows]


@lru_cache
def _series_page(*, after: bool) -> Query:
    statement = (
        select(user_series)
        .where(_series.user_id == bindparam("user_id"))
        .order_by(_series.completed_at.desc(), _series.title_id)
        .limit(_LIMIT)
    )
    if after:
        last = bindparam("completed_at", type_=DateTime(timezone=True))
        statement = statement.where(
            (_series.completed_at < last)
            | ((_series.completed_at == last) & (_series.title_id > bindparam("after", type_=Uuid)))
        )
    return Query(statement)


def statements() -> list[Query]:
    """Returns the statements that are made when they are wanted."""
    return [make(after=after) for make in (_begun, _series_page) for after in (True, False)]
