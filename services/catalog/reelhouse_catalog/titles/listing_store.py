"""Lists and searches of titles in the database."""

from __future__ import annotations

import functools
import operator
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
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles.model import Filter, Order, Title, TitleKind
from reelhouse_catalog.titles.searching import MAX_MISSPELLED, like_prefix, misspelled
from reelhouse_catalog.titles.store import TITLE_ROW, title_of
from reelhouse_kit.db import Database, Query
from reelhouse_kit.rpc.paging import Page

_title = titles.c
_LIMIT = bindparam("limit", type_=Integer)
_SNAPSHOT_PAGE = 500
_LIVE = _title.merged_into.is_(None)
_PREFIXED = 200
_MATCHED = 500
_NEAR = 300
"""How many candidates of a search are ranked, by how they are found."""

# By PostgreSQL's default of 0.6 "silnt" is nothing like "silent".
_TOLERANT = Query(
    select(
        func.set_config(
            literal_column("'pg_trgm.word_similarity_threshold'"),
            literal_column("'0.45'"),
            literal_column("true"),
        )
    )
)

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


async def search(
    database: Database,
    text: str,
    query: str,
    page: Page,
    *,
    library_id: UUID | None,
    kind: TitleKind | None,
    near: bool,
) -> list[tuple[Title, float]]:
    """Returns a page of the titles that match, with scores, best first.

    Args:
        database: The database.
        text: What to look for, normalized.
        query: The same as a tsquery.
        page: The page.
        library_id: Only titles of this library.
        kind: Only titles of this kind.
        near: Whether names that are only like the text are found, too.
    """
    score, title_id = page.after or (None, None)
    given = tuple(n for n, v in (("library_id", library_id), ("kind", kind)) if v is not None)
    likely = misspelled(text) if near else []
    statement = _search(given, len(likely) if near else None, page.after is not None)
    values = {
        **{f"word{index}": word for index, word in enumerate(likely)},
        "text": text,
        "words": query,
        "prefix": like_prefix(text),
        "library_id": library_id,
        "kind": kind,
        "score": score,
        "after": title_id,
        "limit": page.limit,
    }
    if near:
        async with database.transaction() as session:
            await session.value(_TOLERANT)
            rows = await session.all(statement, **values)
    else:
        rows = await database.all(statement, **values)
    return [
        (title_of({k: v for k, v in row.items() if k != "score"}), row["score"]) for row in rows
    ]


@lru_cache
def _search(given: tuple[str, ...], misspelled_count: int | None, after: bool) -> Query:
    """Returns the search: candidates by index, of each kind so many, then ranked.

    Names that begin with the text come first among the candidates: of a short text there are more
    than can be ranked. With a number of words that may be misspelled, names that are like the text,
    or have something like each of those words, are candidates, too.
    """
    text = bindparam("text", type_=Text)
    words = cast(bindparam("words", type_=Text), TSQUERY)
    name = _title.search_text
    where = (_LIVE, *(_CONDITIONS[n] for n in given))
    begins = (
        select(_title.id)
        .where(name.like(bindparam("prefix", type_=Text)), *where)
        .order_by(name, _title.id)
        .limit(_PREFIXED)
    )
    matches = select(_title.id).where(_title.search_vector.bool_op("@@")(words), *where)
    parts: list[Any] = [begins, matches.limit(_MATCHED)]
    likely = [bindparam(f"word{index}", type_=Text) for index in range(misspelled_count or 0)]
    if misspelled_count is not None:
        parts.append(select(_title.id).where(text.bool_op("<%")(name), *where).limit(_NEAR))
    if likely:
        each = (word.bool_op("<%")(name) for word in likely)
        parts.append(select(_title.id).where(*each, *where).limit(_NEAR))
    found = union(*(select(part.subquery().c.id) for part in parts)).subquery()
    # A word that is meant is found in a long name; the name as a whole decides between those.
    of_words = func.word_similarity(text, name)
    if likely:
        total = functools.reduce(operator.add, (func.word_similarity(w, name) for w in likely))
        of_words = func.greatest(of_words, total / literal_column(f"{len(likely)}.0"))
    of_name = func.similarity(text, name)
    likeness = of_words * literal_column("0.7") + of_name * literal_column("0.3")
    weights: Any = literal_column("'{0.05, 0.1, 0.5, 1.0}'::float4[]")
    rank = func.ts_rank(weights, _title.search_vector, words)
    score = cast(
        likeness * literal_column("0.7")
        + func.least(rank, literal_column("1")) * literal_column("0.3"),
        Double,
    ).label("score")
    statement = TITLE_ROW.add_columns(score).join(found, found.c.id == _title.id)
    if after:
        last = bindparam("score", type_=Double)
        statement = statement.where(
            or_(score < last, and_(score == last, _title.id > bindparam("after", type_=Uuid)))
        )
    return Query(statement.order_by(score.desc(), _title.id).limit(_LIMIT))


def statements() -> Sequence[Query]:
    """Returns statements of every form, for the test that each is served by indexes."""
    return (
        *(
            _list(given, has_files, order, after)
            for given in ((), *((name,) for name in _CONDITIONS))
            for has_files in (None, True, False)
            for order in Order
            for after in (False, True)
        ),
        *(
            _search(given, count, after)
            for given in ((), ("kind",), ("library_id",))
            for count in (None, 0, 1, MAX_MISSPELLED)
            for after in (False, True)
        ),
    )
