"""Refresh tokens and failed sign-ins in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, bindparam, case, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from reelhouse_kit.db import Query, Session
from reelhouse_requests.schema import login_failures, refresh_tokens

REFRESH_LIFETIME = timedelta(days=7)
WINDOW = timedelta(minutes=15)
"""Failed sign-ins are counted for this long."""

_token = refresh_tokens.c
_failure = login_failures.c
_INSERT = Query(
    insert(refresh_tokens).values(
        id=bindparam("id"),
        family_id=bindparam("family_id"),
        user_id=bindparam("user_id"),
        token_hash=bindparam("token_hash"),
        expires_at=func.now() + cast(bindparam("lifetime"), Interval),
    )
)
_TAKE = Query(
    select(
        _token.id,
        _token.family_id,
        _token.user_id,
        _token.used_at,
        _token.revoked_at,
        (_token.expires_at <= func.now()).label("expired"),
    )
    .where(_token.token_hash == bindparam("hash"))
    .with_for_update()
)
_USE = Query(update(refresh_tokens).where(_token.id == bindparam("id")).values(used_at=func.now()))
_REVOKE_FAMILY = Query(
    update(refresh_tokens)
    .where(_token.family_id == bindparam("family_id"), _token.revoked_at.is_(None))
    .values(revoked_at=func.now())
)
_PURGE = Query(
    delete(refresh_tokens).where(_token.expires_at < func.now() - cast(bindparam("age"), Interval))
)
_PURGE_FAILURES = Query(
    delete(login_failures).where(_failure.since < func.now() - cast(bindparam("age"), Interval))
)
_old = _failure.since < func.now() - cast(bindparam("window"), Interval)
_counted = postgresql.insert(login_failures).values(key=bindparam("key"), count=1, since=func.now())
_COUNT = Query(
    _counted.on_conflict_do_update(
        index_elements=[_failure.key],
        set_={
            "count": case((_old, 1), else_=_failure.count + 1),
            "since": case((_old, func.now()), else_=_failure.since),
        },
    )
)
_FAILURES = Query(select(_failure.count).where(_failure.key == bindparam("key"), ~_old))
_CLEAR = Query(delete(login_failures).where(_failure.key == bindparam("key")))


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A refresh token, as stored."""

    id: UUID
    family_id: UUID
    user_id: UUID
    used_at: datetime | None
    revoked_at: datetime | None
    expired: bool


async def insert_token(
    session: Session, token_id: UUID, family_id: UUID, user_id: UUID, token_hash: bytes
) -> None:
    """Adds a refresh token."""
    await session.run(
        _INSERT,
        id=token_id,
        family_id=family_id,
        user_id=user_id,
        token_hash=token_hash,
        lifetime=REFRESH_LIFETIME,
    )


async def take(session: Session, token_hash: bytes) -> RefreshToken | None:
    """Returns a refresh token that nobody else uses until the transaction ends."""
    row: Any = await session.one(_TAKE, hash=token_hash)
    return RefreshToken(**row) if row else None


async def use(session: Session, token_id: UUID) -> None:
    """Notes that a refresh token was exchanged."""
    await session.run(_USE, id=token_id)


async def revoke_family(session: Session, family_id: UUID) -> None:
    """Makes all refresh tokens that descend from one sign-in useless."""
    await session.run(_REVOKE_FAMILY, family_id=family_id)


async def purge(session: Session) -> None:
    """Forgets refresh tokens that expired long ago, and failures that count no longer."""
    await session.run(_PURGE, age=REFRESH_LIFETIME)
    await session.run(_PURGE_FAILURES, age=WINDOW)


async def failures(session: Session, key: str) -> int:
    """Returns how many sign-ins failed of late."""
    count: int | None = await session.value(_FAILURES, key=key, window=WINDOW)
    return count or 0


async def count_failure(session: Session, key: str) -> None:
    """Counts a failed sign-in."""
    await session.run(_COUNT, key=key, window=WINDOW)


async def clear_failures(session: Session, key: str) -> None:
    """Forgets failed sign-ins after one that worked."""
    await session.run(_CLEAR, key=key)
