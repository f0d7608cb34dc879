"""Symbolic links and their settings in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.schema import (
    symlink_settings,
    symlinks,
)
from reelhouse_catalog.symlinks.model import (
    Filter,
    Identity,
    Known,
    LinkKind,
    LinkStatus,
    Seen,
    Symlink,
)
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

Attempts = Literal["relink_attempts", "search_attempts"]
"""What is counted until a person must look: new targets, or questions to others."""
_link = symlinks.c
_settings = symlink_settings.c
_GET = Query(
    select(symlinks).where(_link.id == bindparam("id"), _link.library_id == bindparam("library_id"))
)
_LOCK = Query(
    select(symlinks)
    .where(_link.id == bindparam("id"), _link.library_id == bindparam("library_id"))
    .with_for_update()
)
_BATCH = Query(select(symlinks).where(_link.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_KNOWN_COLUMNS = (_link.id, _link.path, _link.last_target, _link.resolved_target, _link.status)
_KNOWN = Query(
    select(*_KNOWN_COLUMNS).where(
        _link.library_id == bindparam("library_id"),
        _link.directory == any_(bindparam("directories", type_=ARRAY(BYTEA))),
    )
)
_THERE = Query(
    select(*_KNOWN_COLUMNS)
    .where(
        _link.library_id == bindparam("library_id"),
        _link.id > bindparam("after", type_=Uuid),
        _link.status != text("'vanished'"),
    )
    .order_by(_link.id)
    .limit(bindparam("limit", type_=Integer))
)
_given = rows_of(
    id=Uuid(),
    path=BYTEA(),
    directory=BYTEA(),
    target=BYTEA(),
    resolved=BYTEA(),
    status=Text(),
    kind=Text(),
    name=Text(),
    title_norm=Text(),
    year=Integer(),
    tmdb_id=Integer(),
    season=Integer(),
    episode=Integer(),
    unit=Text(),
)
_INSERTED = (
    "id",
    "path",
    "directory",
    "last_target",
    "resolved_target",
    "status",
    "kind",
    "name",
    "title_norm",
    "year",
    "tmdb_id",
    "season",
    "episode",
    "unit",
)
_insert = postgresql.insert(symlinks).from_select(
    [*_INSERTED, "last_status", "library_id"],
    select(_given, _given.c.status, bindparam("library_id", type_=Uuid)),
)
_new = _insert.excluded
_UPSERT = Query(
    _insert.on_conflict_do_update(
        index_elements=["library_id", "path"],
        set_={
            **{
                name: getattr(_new, name)
                for name in _INSERTED
                if name not in ("id", "path", "directory")
            },
            "last_status": _link.status,
            "last_seen_at": func.now(),
            "changed_at": func.now(),
            "vanished_at": None,
            "revision": _link.revision + 1,
        },
    ).returning(symlinks)
)
_AFRESH = {
    "relink_attempts": 0,
    "relink_tried_at": None,
    "search_attempts": 0,
    "searched_at": None,
    "manual_reason": "",
    "manual_at": None,
}
_CLEAR = Query(
    update(symlinks).where(_link.id == any_(bindparam("ids", type_=ARRAY(Uuid)))).values(**_AFRESH)
)
_ids = any_(bindparam("ids", type_=ARRAY(Uuid)))
_VANISH = Query(
    update(symlinks)
    .where(_link.id == _ids, _link.status != text("'vanished'"))
    .values(
        status="vanished",
        last_status=_link.status,
        # It was there when the library was last scanned.
        last_seen_at=func.greatest(
            _link.last_seen_at,
            select(_settings.scanned_at)
            .where(_settings.library_id == bindparam("library_id"))
            .scalar_subquery(),
        ),
        changed_at=func.now(),
        vanished_at=func.now(),
        revision=_link.revision + 1,
    )
    .returning(symlinks)
)
_FORGET = Query(delete(symlinks).where(_link.id == _ids).returning(symlinks))
_IGNORE = Query(
    update(symlinks)
    .where(_link.id == bindparam("link"))
    .values(ignored=bindparam("ignored"), changed_at=func.now(), revision=_link.revision + 1)
    .returning(symlinks)
)
_RESET = Query(
    update(symlinks)
    .where(_link.id == bindparam("link"))
    .values(**_AFRESH, changed_at=func.now(), revision=_link.revision + 1)
    .returning(symlinks)
)


def _broken(attempts: Any) -> Query:
    return Query(
        select(symlinks)
        .where(
            _link.library_id == bindparam("library_id"),
            _link.status == text("'broken'"),
            ~_link.ignored,
            _link.unit.is_not(None),
            attempts < bindparam("attempts", type_=Integer),
            _link.id > bindparam("after", type_=Uuid),
        )
        .order_by(_link.id)
        .limit(bindparam("limit", type_=Integer))
    )


_BROKEN = {name: _broken(_link[name]) for name in ("relink_attempts", "search_attempts")}


def _tried(attempts: str, at: str) -> Query:
    return Query(
        update(symlinks)
        .where(_link.id == _ids)
        .values({attempts: _link[attempts] + 1, at: func.now(), "revision": _link.revision + 1})
        .returning(symlinks)
    )


_TRIED = {
    "relink_attempts": _tried("relink_attempts", "relink_tried_at"),
    "search_attempts": _tried("search_attempts", "searched_at"),
}
_MANUAL = Query(
    update(symlinks)
    .where(_link.id == _ids, _link.manual_reason == text("''"))
    .values(
        manual_reason=bindparam("reason"),
        manual_at=func.now(),
        changed_at=func.now(),
        revision=_link.revision + 1,
    )
    .returning(symlinks)
)


def link_of(row: Any) -> Symlink:
    """Returns a row as a link."""
    kinds = {
        "status": LinkStatus(row["status"]),
        "last_status": LinkStatus(row["last_status"]),
        "kind": LinkKind(row["kind"]),
    }
    return Symlink(**{**row, **kinds})


def _known_of(row: Any) -> Known:
    return Known(
        row["id"],
        row["path"],
        row["last_target"],
        row["resolved_target"],
        LinkStatus(row["status"]),
    )


async def get(source: Database | Session, library_id: UUID, link_id: UUID) -> Symlink | None:
    """Returns a link."""
    row = await source.one(_GET, id=link_id, library_id=library_id)
    return link_of(row) if row else None


async def lock(session: Session, library_id: UUID, link_id: UUID) -> Symlink | None:
    """Returns a link that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=link_id, library_id=library_id)
    return link_of(row) if row else None


async def batch(source: Database | Session, ids: Sequence[UUID]) -> dict[UUID, Symlink]:
    """Returns links by their ids."""
    return {row["id"]: link_of(row) for row in await source.all(_BATCH, ids=list(ids))}


async def known_in(
    source: Database | Session, library_id: UUID, directories: Iterable[bytes]
) -> dict[bytes, Known]:
    """Returns what is known of the links of some folders, by their paths."""
    rows = await source.all(_KNOWN, library_id=library_id, directories=list(directories))
    return {row["path"]: _known_of(row) for row in rows}


async def known_after(
    source: Database | Session, library_id: UUID, after: UUID, limit: int
) -> list[Known]:
    """Returns a page of the links that have not vanished."""
    rows = await source.all(_THERE, library_id=library_id, after=after, limit=limit)
    return [_known_of(row) for row in rows]


async def write(
    session: Session, library_id: UUID, seen: Sequence[tuple[Seen, Identity]]
) -> list[Symlink]:
    """Adds and changes links. One that is whole begins anew: no attempts, nothing to look at."""
    rows = await session.all(
        _UPSERT,
        library_id=library_id,
        id=[new_id() for _ in seen],
        path=[link.path for link, _ in seen],
        directory=[link.directory for link, _ in seen],
        target=[link.target for link, _ in seen],
        resolved=[link.resolved for link, _ in seen],
        status=[str(link.status) for link, _ in seen],
        kind=[str(identity.kind) for _, identity in seen],
        **{
            name: [getattr(identity, name) for _, identity in seen]
            for name in ("name", "title_norm", "year", "tmdb_id", "season", "episode", "unit")
        },
    )
    written = [link_of(row) for row in rows]
    whole = [link.id for link in written if link.status is LinkStatus.OK]
    if whole:
        await session.run(_CLEAR, ids=whole)
    return written


async def vanish(session: Session, library_id: UUID, ids: Sequence[UUID]) -> list[Symlink]:
    """Notes that links are gone. Returns those that were there."""
    rows = await session.all(_VANISH, ids=list(ids), library_id=library_id)
    return [link_of(row) for row in rows]


async def forget(session: Session, ids: Sequence[UUID]) -> list[Symlink]:
    """Removes links that are no longer looked at."""
    return [link_of(row) for row in await session.all(_FORGET, ids=list(ids))]


async def write_ignored(session: Session, link_id: UUID, *, ignored: bool) -> Symlink:
    """Notes whether a person wants a link left as it is."""
    return link_of(await session.one(_IGNORE, link=link_id, ignored=ignored))


async def reset(session: Session, link_id: UUID) -> Symlink:
    """Forgets what was tried with a link."""
    return link_of(await session.one(_RESET, link=link_id))


async def broken(
    source: Database | Session,
    library_id: UUID,
    *,
    attempts: Attempts,
    most: int,
    after: UUID,
    limit: int,
) -> list[Symlink]:
    """Returns a page of the broken links that may be repaired: not tried `most` times yet."""
    rows = await source.all(
        _BROKEN[attempts], library_id=library_id, attempts=most, after=after, limit=limit
    )
    return [link_of(row) for row in rows]


async def count_attempt(session: Session, ids: Sequence[UUID], attempts: Attempts) -> list[Symlink]:
    """Counts an attempt at links."""
    return [link_of(row) for row in await session.all(_TRIED[attempts], ids=list(ids))]


async def hand_to_person(session: Session, ids: Sequence[UUID], reason: str) -> list[Symlink]:
    """Puts links on the list of those that a person must look at. Returns those that were not."""
    return [link_of(row) for row in await session.all(_MANUAL, ids=list(ids), reason=reason)]


async def page(database: Database, where: Filter, page: Page) -> list[Symlink]:
    """Returns a page of links, oldest first."""
    query = _list(
        library=where.library_id is not None,
        status=where.status is not None,
        manual=where.manual,
        after=page.after is not None,
    )
    rows = await database.all(
        query,
        library_id=where.library_id,
        status=where.status,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [link_of(row) for row in rows]


@lru_cache
def _list(*, library: bool, status: bool, manual: bool, after: bool) -> Query:
    statement = select(symlinks).order_by(_link.id).limit(bindparam("limit", type_=Integer))
    for wanted, condition in (
        (library, _link.library_id == bindparam("library_id")),
        (status, _link.status == bindparam("status")),
        (manual, _link.manual_reason != text("''")),
        (after, _link.id > bindparam("after")),
    ):
        if wanted:
            statement = statement.where(condition)
    return Query(statement)
