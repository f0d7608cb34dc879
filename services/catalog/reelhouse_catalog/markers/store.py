"""Markers in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.markers.model import Chapter, Marker, MarkerKind
from reelhouse_catalog.schema import markers, media_files
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_marker = markers.c
_BY_ID = (
    _marker.id == bindparam("id"),
    _marker.media_file_id == bindparam("media_file_id"),
)
_GET = Query(select(markers).where(*_BY_ID))
_LOCK = Query(select(markers).where(*_BY_ID).with_for_update())
_FILE = Query(
    select(media_files.c.duration_ms)
    .where(media_files.c.id == bindparam("id"))
    # Read locked: the file keeps its length until the marker is written.
    .with_for_update(read=True)
)
_VALUES = {
    "kind": bindparam("kind"),
    "start_ms": bindparam("start_ms"),
    "end_ms": bindparam("end_ms"),
    "name": bindparam("name"),
    "payload": bindparam("payload", type_=JSONB),
}
_INSERT = Query(
    insert(markers)
    .values(id=bindparam("id"), media_file_id=bindparam("media_file_id"), **_VALUES)
    .returning(markers)
)
_UPDATE = Query(
    update(markers)
    .where(*_BY_ID)
    .values(**_VALUES, updated_at=func.now(), revision=_marker.revision + 1)
    .returning(markers)
)
_DELETE = Query(delete(markers).where(*_BY_ID))
_FORGET_CHAPTERS = Query(
    delete(markers).where(
        _marker.media_file_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        _marker.kind == text("'chapter'"),
    )
)
_given = rows_of(
    id=Uuid(), media_file_id=Uuid(), start_ms=BigInteger(), end_ms=BigInteger(), name=Text()
)
_ADD_CHAPTERS = Query(
    insert(markers).from_select(
        ["id", "media_file_id", "start_ms", "end_ms", "name", "kind"],
        select(_given, literal_column("'chapter'")),
    )
)


def _marker_of(row: Any) -> Marker:
    return Marker(**{**row, "kind": MarkerKind(row["kind"])})


async def get(source: Database | Session, file_id: UUID, marker_id: UUID) -> Marker | None:
    """Returns a marker."""
    row = await source.one(_GET, id=marker_id, media_file_id=file_id)
    return _marker_of(row) if row else None


async def lock(session: Session, file_id: UUID, marker_id: UUID) -> Marker | None:
    """Returns a marker that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=marker_id, media_file_id=file_id)
    return _marker_of(row) if row else None


async def file_of(session: Session, file_id: UUID) -> Any:
    """Returns the duration_ms of a file, which stays until the transaction ends."""
    return await session.one(_FILE, id=file_id)


async def page(
    database: Database, file_id: UUID, kind: MarkerKind | None, page: Page
) -> list[Marker]:
    """Returns a page of the markers of a file, in the order they begin."""
    start, after = page.after or (None, None)
    rows = await database.all(
        _list(kind=kind is not None, after=page.after is not None),
        media_file_id=file_id,
        kind=kind,
        after_start=start,
        after=after,
        limit=page.limit,
    )
    return [_marker_of(row) for row in rows]


@lru_cache
def _list(*, kind: bool, after: bool) -> Query:
    statement = (
        select(markers)
        .where(_marker.media_file_id == bindparam("media_file_id"))
        .order_by(_marker.start_ms, _marker.id)
        .limit(bindparam("limit", type_=Integer))
    )
    if kind:
        statement = statement.where(_marker.kind == bindparam("kind"))
    if after:
        statement = statement.where(
            tuple_(_marker.start_ms, _marker.id)
            > tuple_(bindparam("after_start", type_=BigInteger), bindparam("after", type_=Uuid))
        )
    return Query(statement)


async def insert_marker(
    session: Session, marker_id: UUID, file_id: UUID, values: Mapping[str, object]
) -> Marker:
    """Adds a marker."""
    return _marker_of(await session.one(_INSERT, id=marker_id, media_file_id=file_id, **values))


async def update_marker(session: Session, marker: Marker, values: Mapping[str, object]) -> Marker:
    """Changes a marker."""
    row = await session.one(_UPDATE, id=marker.id, media_file_id=marker.media_file_id, **values)
    return _marker_of(row)


async def delete_marker(session: Session, marker: Marker) -> None:
    """Removes a marker."""
    await session.run(_DELETE, id=marker.id, media_file_id=marker.media_file_id)


async def forget_chapters(session: Session, files: Sequence[UUID]) -> None:
    """Removes the chapters of files, and no other marker."""
    await session.run(_FORGET_CHAPTERS, ids=list(files))


async def add_chapters(session: Session, found: Sequence[tuple[UUID, Chapter]]) -> None:
    """Adds chapters to files."""
    await session.run(
        _ADD_CHAPTERS,
        id=[new_id() for _ in found],
        media_file_id=[file for file, _ in found],
        start_ms=[chapter.start_ms for _, chapter in found],
        end_ms=[chapter.end_ms for _, chapter in found],
        name=[chapter.name for _, chapter in found],
    )
