"""What can be done with device profiles."""

from __future__ import annotations

import re

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.errors import Violation
from reelhouse_kit.names import SEGMENT
from reelhouse_playback.device_profiles import store
from reelhouse_playback.device_profiles.builtin import BUILTIN_PROFILES
from reelhouse_playback.device_profiles.jellyfin import ProfileError, parse_profile
from reelhouse_playback.device_profiles.model import DeviceProfile
from reelhouse_playback.device_profiles.store import StoredProfile

TYPE = "playback.reelhouse/DeviceProfile"
_PREFIX = "deviceProfiles/"


def name_of(profile_id: str) -> str:
    """Returns the resource name of a profile."""
    return _PREFIX + profile_id


async def get_device_profile(database: Database, name: str) -> StoredProfile:
    """Returns a profile, built-in or imported.

    Raises:
        NotFoundError: There is none.
    """
    profile_id = name.removeprefix(_PREFIX)
    built_in = BUILTIN_PROFILES.get(profile_id)
    if built_in is not None:
        return StoredProfile(profile_id, built_in, True)
    found = await store.get(database, profile_id)
    if found is None:
        raise errors.NotFoundError(TYPE, name)
    return found


async def list_device_profiles(
    database: Database, after: tuple[bool, str] | None, limit: int
) -> list[StoredProfile]:
    """Returns some profiles after a key of (imported, id): the built-in ones come first."""
    imported, last = after or (False, "")
    found: list[StoredProfile] = []
    if not imported:
        found = [
            StoredProfile(profile_id, profile, True)
            for profile_id, profile in sorted(BUILTIN_PROFILES.items())
            if profile_id > last
        ][:limit]
        last = ""
    if len(found) < limit:
        found += await store.page(database, last or None, limit - len(found))
    return found


async def import_device_profile(database: Database, profile_id: str, text: str) -> StoredProfile:
    """Adds a profile from Jellyfin's JSON, or replaces the one with this id.

    Raises:
        InvalidArgumentError: The id or the JSON will not do; says where.
        FailedPreconditionError: The id is that of a built-in profile.
    """
    if not re.fullmatch(SEGMENT, profile_id):
        raise errors.invalid(
            "device_profile_id", "is not made of lower-case letters, digits and hyphens"
        )
    if profile_id in BUILTIN_PROFILES:
        name = name_of(profile_id)
        raise errors.FailedPreconditionError(
            "DEVICE_PROFILE_BUILT_IN", f"{name} is built in and stays as it is", name=name
        )
    try:
        profile = parse_profile(text)
    except ProfileError as error:
        raise errors.InvalidArgumentError(
            [Violation("json", f"{path}: {what}") for path, what in error.problems],
            "DEVICE_PROFILE_INVALID",
        ) from None
    return await _put(database, profile_id, profile)


@atomic
async def _put(session: Session, profile_id: str, profile: DeviceProfile) -> StoredProfile:
    return await store.put(session, profile_id, profile)
