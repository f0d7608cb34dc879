"""The recycle bins in the database: operations whose files are in one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Uuid, bindparam, func, or_, select, text, tuple_

from reelhouse_catalog.file_operations.model import Operation
from reelhouse_catalog.file_operations.store import operation_of
from reelhouse_catalog.schema import file_operations
from reelhouse_kit.db import Database, Query, Session

_operation = file_operations.c
_limit = bindparam("limit", type_=Integer)
_TIME = DateTime(timezone=True)
_RECYCLED = text("operation_type = 'delete' AND status = 'completed'")
_BIN = Query(
    select(file_operations)
    .where(
        _operation.library_id == bindparam("library_id", type_=Uuid),
        _RECYCLED,
        or_(
            bindparam("after_id", type_=Uuid).is_(None),
            tuple_(_operation.completed_at, _operation.id)
            > tuple_(bindparam("after_at", type_=_TIME), bindparam("after_id", type_=Uuid)),
        ),
        or_(
            bindparam("before", type_=_TIME).is_(None),
            _operation.completed_at <= bindparam("before", type_=_TIME),
        ),
    )
    .order_by(_operation.completed_at, _operation.id)
    .limit(_limit)
)
_PURGING = Query(
    select(file_operations)
    .where(
        _operation.library_id == bindparam("library_id", type_=Uuid),
        text("status = 'purging'"),
    )
    .order_by(_operation.id)
)
_BIN_SIZE = Query(
    select(func.count(), func.coalesce(func.sum(_operation.size), 0)).where(
        _operation.library_id == bindparam("library_id", type_=Uuid),
        _RECYCLED,
        _operation.completed_at <= bindparam("before", type_=_TIME),
    )
)
_BINS = Query(
    select(_operation.library_id)
    .where(_RECYCLED, _operation.completed_at <= bindparam("before", type_=_TIME))
    .group_by(_operation.library_id)
)


async def recycled(
    source: Database | Session,
    library_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
    before: datetime | None = None,
) -> list[Operation]:
    """Returns operations whose files are in a recycle bin, since before a time, oldest first."""
    rows = await source.all(
        _BIN,
        library_id=library_id,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        before=before,
        limit=limit,
    )
    return [operation_of(row) for row in rows]


async def bin_size(
    source: Database | Session, library_id: UUID, before: datetime
) -> tuple[int, int]:
    """Returns how many files are in a recycle bin since before a time, and their bytes."""
    row = await source.one(_BIN_SIZE, library_id=library_id, before=before)
    return (row[0], int(row[1])) if row else (0, 0)


async def bins(session: Session, before: datetime) -> list[UUID]:
    """Returns the libraries whose recycle bins hold files since before a time."""
    return [row["library_id"] for row in await session.all(_BINS, before=before)]


async def purging(source: Database | Session, library_id: UUID) -> list[Operation]:
    """Returns operations whose files were being removed when a worker was lost."""
    rows = await source.all(_PURGING, library_id=library_id)
    return [operation_of(row) for row in rows]
