"""Imported device profiles in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Text, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db import Database, Query, Session
from reelhouse_playback.device_profiles.jellyfin import dump_profile, load_profile
from reelhouse_playback.device_profiles.model import DeviceProfile
from reelhouse_playback.schema import device_profiles

_row = device_profiles.c
_values = postgresql.insert(device_profiles).values(
    id=bindparam("id"), profile=bindparam("profile", type_=JSONB)
)
_PUT = Query(
    _values.on_conflict_do_update(
        index_elements=[_row.id],
        set_={
            "profile": _values.excluded.profile,
            "updated_at": func.now(),
            "revision": _row.revision + 1,
        },
    ).returning(device_profiles)
)
_GET = Query(select(device_profiles).where(_row.id == bindparam("id")))
_after = bindparam("after", type_=Text)
_LIST = Query(
    select(device_profiles)
    .where(or_(_after.is_(None), _row.id > _after))
    .order_by(_row.id)
    .limit(bindparam("limit", type_=Integer))
)


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A profile with its id; the times of built-in ones are None."""

    id: str
    profile: DeviceProfile
    built_in: bool
    created_at: datetime | None = None
    updated_at: datetime | None = None
    revision: int = 0


def _profile_of(row: Any) -> StoredProfile:
    return StoredProfile(
        row["id"],
        load_profile(row["profile"]),
        False,
        row["created_at"],
        row["updated_at"],
        row["revision"],
    )


async def put(session: Session, profile_id: str, profile: DeviceProfile) -> StoredProfile:
    """Adds a profile or replaces the one with this id."""
    return _profile_of(await session.one(_PUT, id=profile_id, profile=dump_profile(profile)))


async def get(database: Database, profile_id: str) -> StoredProfile | None:
    """Returns an imported profile."""
    row = await database.one(_GET, id=profile_id)
    return _profile_of(row) if row else None


async def page(database: Database, after: str | None, limit: int) -> list[StoredProfile]:
    """Returns some imported profiles, by id."""
    return [_profile_of(row) for row in await database.all(_LIST, after=after, limit=limit)]
