"""Libraries in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.schema import (
    file_operation_batches,
    file_operations,
    media_files,
    media_libraries,
    scans,
)
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_naming import LibraryKind

_library = media_libraries.c
_BY_ID = _library.id == bindparam("id")
_INSERT = Query(
    insert(media_libraries)
    .values(
        id=bindparam("id"),
        name=bindparam("name"),
        kind=bindparam("kind"),
        root_path=bindparam("root_path"),
        scan_interval=bindparam("scan_interval"),
        ignore_patterns=bindparam("ignore_patterns"),
        require_mount=bindparam("require_mount"),
        mount_marker=bindparam("mount_marker"),
        watch=bindparam("watch"),
    )
    .returning(media_libraries)
)
_GET = Query(select(media_libraries).where(_BY_ID))
_LOCK = Query(select(media_libraries).where(_BY_ID).with_for_update())
_ALL = Query(select(media_libraries))
_LIST = Query(
    select(media_libraries)
    .where(or_(bindparam("after", type_=Uuid).is_(None), _library.id > bindparam("after")))
    .order_by(_library.id)
    .limit(bindparam("limit", type_=Integer))
)
_UPDATE = Query(
    update(media_libraries)
    .where(_BY_ID)
    .values(
        name=bindparam("name"),
        root_path=bindparam("root_path"),
        scan_interval=bindparam("scan_interval"),
        ignore_patterns=bindparam("ignore_patterns"),
        require_mount=bindparam("require_mount"),
        mount_marker=bindparam("mount_marker"),
        watch=bindparam("watch"),
        updated_at=func.now(),
        revision=_library.revision + 1,
    )
    .returning(media_libraries)
)
_SCANNED = Query(update(media_libraries).where(_BY_ID).values(last_scan_at=func.now()))
_SCAN_BEGUN = Query(update(media_libraries).where(_BY_ID).values(scan_begun_at=func.now()))
_DUE = Query(
    select(_library.id)
    .where(
        _library.scan_interval > text("interval '0'"),
        func.coalesce(_library.scan_begun_at, _library.created_at) + _library.scan_interval
        <= func.now(),
        ~exists().where(
            scans.c.library_id == _library.id,
            text("scans.state IN ('pending', 'running', 'paused')"),
        ),
    )
    .order_by(_library.id)
)
_DELETE = Query(delete(media_libraries).where(_BY_ID))
_HAS_FILES = Query(
    select(text("1"))
    .select_from(media_files)
    .where(media_files.c.library_id == bindparam("id"))
    .limit(1)
)
_batch = file_operation_batches.c
_operation = file_operations.c
_LOCK_BATCHES = Query(
    select(_batch.id, _batch.state)
    .where(_batch.library_id == bindparam("id"))
    .order_by(_batch.id.desc())
    .with_for_update()
)
_UNSETTLED = Query(
    select(_batch.id)
    .where(
        _batch.library_id == bindparam("id"),
        exists().where(
            _operation.batch_id == _batch.id,
            _operation.status == any_(bindparam("unsettled", type_=ARRAY(Text))),
        ),
    )
    .order_by(_batch.id.desc())
    .limit(1)
)
_RECYCLED = Query(
    select(func.count().label("count")).where(
        _operation.library_id == bindparam("id"),
        text("operation_type = 'delete' AND status = 'completed'"),
    )
)
_LIVE = ("applying", "rolling_back")
_UNSETTLED_STATES = ("intended", "staged", "undo_intended", "undo_staged", "purging", "undecided")
_LOCK_ROOTS = Query(select(func.pg_advisory_xact_lock(func.hashtext("catalog.media_libraries"))))


def library_of(row: Any) -> Library:
    """Returns a row as a library."""
    return Library(**{**row, "kind": LibraryKind(row["kind"])})


async def insert_library(session: Session, library_id: UUID, **values: object) -> Library:
    """Adds a library."""
    return library_of(await session.one(_INSERT, id=library_id, **values))


async def get(source: Database | Session, library_id: UUID) -> Library | None:
    """Returns a library."""
    row = await source.one(_GET, id=library_id)
    return library_of(row) if row else None


async def lock(session: Session, library_id: UUID) -> Library | None:
    """Returns a library that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=library_id)
    return library_of(row) if row else None


async def lock_roots(session: Session) -> list[Library]:
    """Returns all libraries; nobody adds one or moves a root until the transaction ends."""
    await session.one(_LOCK_ROOTS)
    return [library_of(row) for row in await session.all(_ALL)]


async def page(database: Database, page: Page) -> list[Library]:
    """Returns a page of libraries, oldest first."""
    after = page.after[0] if page.after else None
    return [library_of(row) for row in await database.all(_LIST, after=after, limit=page.limit)]


async def update_library(session: Session, library_id: UUID, **values: object) -> Library:
    """Changes a library."""
    return library_of(await session.one(_UPDATE, id=library_id, **values))


async def note_scan(session: Session, library_id: UUID) -> None:
    """Notes that a complete scan ended now."""
    await session.run(_SCANNED, id=library_id)


async def note_scan_begun(session: Session, library_id: UUID) -> None:
    """Notes that a scan of the whole folder is begun: the schedule counts from now."""
    await session.run(_SCAN_BEGUN, id=library_id)


async def due(source: Database | Session) -> list[UUID]:
    """Returns the libraries whose scan_interval is over and that no scan is under way of."""
    return [row["id"] for row in await source.all(_DUE)]


async def has_files(session: Session, library_id: UUID) -> bool:
    """Tells whether the catalog knows any file of a library."""
    return await session.one(_HAS_FILES, id=library_id) is not None


async def lock_live_batch(session: Session, library_id: UUID) -> UUID | None:
    """Returns a batch of file operations that is under way. Nobody begins one meanwhile."""
    rows = await session.all(_LOCK_BATCHES, id=library_id)
    return next((row["id"] for row in rows if row["state"] in _LIVE), None)


async def unsettled_batch(session: Session, library_id: UUID) -> UUID | None:
    """Returns a batch with operations that are half done or undecided."""
    row = await session.one(_UNSETTLED, id=library_id, unsettled=list(_UNSETTLED_STATES))
    return row["id"] if row else None


async def recycled_count(session: Session, library_id: UUID) -> int:
    """Returns how many files are in a library's recycle bin."""
    row = await session.one(_RECYCLED, id=library_id)
    return int(row["count"]) if row else 0


async def delete_library(session: Session, library_id: UUID) -> None:
    """Removes a library and, with it, all that is known of its files."""
    await session.run(_DELETE, id=library_id)
