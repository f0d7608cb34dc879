"""Who watches which library."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Interval, bindparam, cast, func, or_, text, update

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.schema import media_libraries
from reelhouse_kit.db import Database, Query

_library = media_libraries.c
_OWNER = bindparam("owner", type_=_library.watcher.type)
_CLAIM = Query(
    update(media_libraries)
    .where(
        _library.watch,
        or_(
            _library.watcher == _OWNER,
            _library.watcher.is_(None),
            _library.watch_until < func.now(),
        ),
    )
    .values(watcher=_OWNER, watch_until=func.now() + cast(bindparam("lease"), Interval))
    .returning(media_libraries)
)
_NOTE = Query(
    update(media_libraries)
    .where(
        _library.id == bindparam("id"),
        _library.watcher == _OWNER,
        _library.watch_error != bindparam("error"),
    )
    .values(watch_error=bindparam("error"))
)
_RELEASE = Query(
    update(media_libraries).where(_library.watcher == _OWNER).values(watcher=None, watch_until=None)
)
_FORGET = Query(
    update(media_libraries).where(~_library.watch, text("watch_error <> ''")).values(watch_error="")
)


async def claim(database: Database, owner: UUID, lease: timedelta) -> list[Library]:
    """Takes all libraries that nobody else watches, and keeps those that are watched already.

    Returns:
        The libraries that `owner` is to watch until the lease is over.
    """
    await database.run(_FORGET)
    rows = await database.all(_CLAIM, owner=owner, lease=lease)
    return [libraries.library_of(row) for row in rows]


async def note(database: Database, owner: UUID, library_id: UUID, error: str) -> None:
    """Notes why a library cannot be watched; empty when it can."""
    await database.run(_NOTE, id=library_id, owner=owner, error=error)


async def release(database: Database, owner: UUID) -> None:
    """Lets others watch what `owner` watched."""
    await database.run(_RELEASE, owner=owner)
