"""Audiobooks in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    any_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_requests.audiobooks.model import Audiobook, Availability
from reelhouse_requests.schema import audiobooks

_book = audiobooks.c
_COLUMNS = tuple(
    column
    for column in audiobooks.c
    if column.name
    not in ("plex_guid", "plex_library_id", "file_path", "file_format", "file_size_bytes")
)
_INSERT = Query(
    insert(audiobooks)
    .values(
        {
            name: bindparam(name, type_=JSONB) if name == "genres" else bindparam(name)
            for name in (
                "id",
                "audible_id",
                "title",
                "author",
                "narrator",
                "description",
                "cover_art_url",
                "duration_minutes",
                "release_date",
                "rating",
                "genres",
                "match_key",
            )
        }
    )
    .returning(*_COLUMNS)
)
_GET = Query(select(*_COLUMNS).where(_book.id == bindparam("id")))
_SAME = Query(
    select(_book.id).where(
        or_(
            _book.audible_id == bindparam("audible_id", type_=Text),
            _book.audible_id.is_(None)
            & bindparam("audible_id", type_=Text).is_(None)
            & (_book.match_key == bindparam("match_key")),
        )
    )
)
_MATCHING = Query(
    select(*_COLUMNS)
    .where(
        or_(
            _book.audible_id == any_(bindparam("asins", type_=ARRAY(Text))),
            _book.match_key == any_(bindparam("match_keys", type_=ARRAY(Text))),
        )
    )
    .order_by(_book.id)
    .with_for_update()
)
_OF_TITLE = Query(
    select(*_COLUMNS)
    .where(_book.catalog_title == bindparam("catalog_title"))
    .order_by(_book.id)
    .with_for_update()
)
_SET = Query(
    update(audiobooks)
    .where(_book.id == bindparam("book"))
    .values(
        availability_status=bindparam("status"),
        catalog_title=bindparam("title_name"),
        available_at=case(
            (
                bindparam("status") == text("'available'"),
                func.coalesce(_book.available_at, func.now()),
            ),
            else_=None,
        ),
        updated_at=func.now(),
        revision=_book.revision + 1,
    )
)


def _book_of(row: Any) -> Audiobook:
    return Audiobook(**{**row, "availability_status": Availability(row["availability_status"])})


async def insert_audiobook(session: Session, book_id: UUID, **values: object) -> Audiobook:
    """Adds an audiobook."""
    return _book_of(await session.one(_INSERT, id=book_id, **values))


async def get(source: Database | Session, book_id: UUID) -> Audiobook | None:
    """Returns an audiobook."""
    row = await source.one(_GET, id=book_id)
    return _book_of(row) if row else None


async def same(source: Database | Session, asin: str | None, match_key: str) -> UUID | None:
    """Returns the audiobook with this ASIN or, without one, with this title and author."""
    book_id: UUID | None = await source.value(_SAME, audible_id=asin, match_key=match_key)
    return book_id


async def matching(
    session: Session, asins: Sequence[str], match_keys: Sequence[str]
) -> list[Audiobook]:
    """Returns, locked, the audiobooks with one of these ASINs or match keys."""
    rows = await session.all(_MATCHING, asins=list(asins), match_keys=list(match_keys))
    return [_book_of(row) for row in rows]


async def of_title(session: Session, catalog_title: str) -> list[Audiobook]:
    """Returns, locked, the audiobooks that are this title in the catalog."""
    return [_book_of(row) for row in await session.all(_OF_TITLE, catalog_title=catalog_title)]


async def set_availability(
    session: Session, book_id: UUID, status: Availability, catalog_title: str
) -> None:
    """Notes whether an audiobook can be listened to, and as which title of the catalog."""
    await session.run(_SET, book=book_id, status=status, title_name=catalog_title)


async def page(database: Database, status: Availability | None, page: Page) -> list[Audiobook]:
    """Returns a page of audiobooks, oldest first."""
    rows = await database.all(
        _list(status=status is not None, after=page.after is not None),
        status=status,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_book_of(row) for row in rows]


@lru_cache
def _list(*, status: bool, after: bool) -> Query:
    statement = select(*_COLUMNS).order_by(_book.id).limit(bindparam("limit", type_=Integer))
    if status:
        statement = statement.where(_book.availability_status == bindparam("status"))
    if after:
        statement = statement.where(_book.id > bindparam("after"))
    return Query(statement)
