"""How far this service has read of what others tell, in the database."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Interval, bindparam, cast, func, or_, update
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Query, Session
from reelhouse_requests.schema import watch_cursors

LEASE = timedelta(seconds=30)

_cursor = watch_cursors.c
_lease = func.now() + cast(bindparam("lease"), Interval)
_ADD = Query(
    postgresql.insert(watch_cursors).values(name=bindparam("name")).on_conflict_do_nothing()
)
_CLAIM = Query(
    update(watch_cursors)
    .where(
        _cursor.name == bindparam("cursor"),
        or_(
            _cursor.owner == bindparam("worker"),
            _cursor.lease_until.is_(None),
            _cursor.lease_until < func.now(),
        ),
    )
    .values(owner=bindparam("worker"), lease_until=_lease)
    .returning(_cursor.resume_token)
)
_MOVE = Query(
    update(watch_cursors)
    .where(
        _cursor.name == bindparam("cursor"),
        _cursor.owner == bindparam("worker"),
        _cursor.lease_until > func.now(),
    )
    .values(resume_token=bindparam("token"), lease_until=_lease)
)
_RELEASE = Query(
    update(watch_cursors)
    .where(_cursor.name == bindparam("cursor"), _cursor.owner == bindparam("worker"))
    .values(owner=None, lease_until=None)
)


async def claim(session: Session, name: str, worker: UUID) -> str | None:
    """Takes a cursor and returns its token; None while another replica has it."""
    await session.run(_ADD, name=name)
    token: str | None = await session.value(_CLAIM, cursor=name, worker=worker, lease=LEASE)
    return token


async def move(session: Session, name: str, worker: UUID, token: str) -> bool:
    """Notes how far was read. Returns whether the cursor is still this worker's."""
    return await session.run(_MOVE, cursor=name, worker=worker, token=token, lease=LEASE) == 1


async def release(session: Session, name: str, worker: UUID) -> None:
    """Leaves a cursor to others."""
    await session.run(_RELEASE, cursor=name, worker=worker)
