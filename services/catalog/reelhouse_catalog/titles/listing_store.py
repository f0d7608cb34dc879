"""Lists of titles in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Double,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    exists,
    literal_column,
    or_,
    tuple_,
)

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles.model import Filter, Order, Title, TitleKind
from reelhouse_catalog.titles.store import TITLE_ROW, title_of
from reelhouse_kit.db import Database, Query
from reelhouse_kit.rpc.paging import Page

_title = titles.c
_LIMIT = bindparam("limit", type_=Integer)
_SNAPSHOT_PAGE = 500
_LIVE = _title.merged_into.is_(None)

_KEYS: Mapping[Order, tuple[Any, Any, bool]] = {
    # What it goes by, the type of it, and whether the greatest comes first.
    Order.SORT_NAME: (_title.sort_name, Text, False),
    Order.RELEASE_DATE: (_title.released, Date, True),
    Order.CREATE_TIME: (None, None, True),
    Order.RATING: (_title.rated, Double, True),
}


def _present(link: Any, item: Any, table: Any) -> Any:
    """Tells whether a title has a file that is there, by way of its episodes or tracks."""
    return (
        exists()
        .where(table.c.title_id == _title.id, item == table.c.id)
        .where(link.c.media_file_id == media_files.c.id)
        .where(media_files.c.state == literal_column("'present'"))
    )


_HAS_FILES = or_(
    _present(episode_assets, episode_assets.c.episode_id, episodes),
    _present(track_assets, track_assets.c.track_id, tracks),
)
_CONDITIONS: Mapping[str, Any] = {
    "library_id": _title.library_id == bindparam("library_id", type_=Uuid),
    "kind": _title.kind == bindparam("kind", type_=Text),
    "min_year": _title.year >= bindparam("min_year", type_=Integer),
    "max_year": _title.year <= bindparam("max_year", type_=Integer),
    "facets": _title.facets.bool_op("@>")(bindparam("facets", type_=ARRAY(Text))),
    "content_rating": and_(
        _title.content_rating == bindparam("content_rating", type_=Text),
        _title.content_rating != literal_column("''"),
    ),
}


async def page(database: Database, where: Filter, page: Page) -> list[Title]:
    """Returns a page of titles in the order of a filter."""
    given = tuple(name for name in _CONDITIONS if getattr(where, name))
    after = page.after or ()
    rows = await database.all(
        _list(given, where.has_files, where.order, page.after is not None),
        **{name: getattr(where, name) for name in given},
        key=after[0] if len(after) > 1 else None,
        after=after[-1] if after else None,
        limit=page.limit,
    )
    return [title_of(row) for row in rows]


@lru_cache
def _list(given: tuple[str, ...], has_files: bool | None, order: Order, after: bool) -> Query:
    column, kind, descending = _KEYS[order]
    statement = TITLE_ROW.where(_LIVE, *(_CONDITIONS[name] for name in given)).limit(_LIMIT)
    if has_files is not None:
        statement = statement.where(_HAS_FILES if has_files else ~_HAS_FILES)
    last = bindparam("after", type_=Uuid)
    by: list[Any] = [_title.id]
    at: list[Any] = [last]
    if column is not None:
        by.insert(0, column)
        at.insert(0, bindparam("key", type_=kind))
    statement = statement.order_by(*(c.desc() if descending else c for c in by))
    if after:
        key, beyond = tuple_(*by), tuple_(*at)
        statement = statement.where(key < beyond if descending else key > beyond)
    return Query(statement)


async def everything(
    database: Database, library_id: UUID | None, kind: TitleKind | None
) -> AsyncIterator[Title]:
    """Yields all titles, page by page: no statement runs for long."""
    after: tuple[str, UUID] | None = None
    while True:
        found = await page(
            database, Filter(library_id=library_id, kind=kind), Page(_SNAPSHOT_PAGE, after, "")
        )
        for title in found[:_SNAPSHOT_PAGE]:
            yield title
        if len(found) <= _SNAPSHOT_PAGE:
            return
        after = (found[_SNAPSHOT_PAGE - 1].sort_name, found[_SNAPSHOT_PAGE - 1].id)


def statements() -> Sequence[Query]:
    """Returns statements of every form, for the test that each is served by indexes."""
    return tuple(
        _list(given, has_files, order, after)
        for given in ((), *((name,) for name in _CONDITIONS))
        for has_files in (None, True, False)
        for order in Order
        for after in (False, True)
    )
