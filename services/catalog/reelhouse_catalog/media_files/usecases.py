"""What can be done with media files."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.media_files import store
from reelhouse_catalog.media_files.model import MEDIA_FILE, MediaFile
from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event

TOPIC = "mediaFiles"


async def get_media_file(database: Database | Session, file_id: UUID) -> MediaFile:
    """Returns a media file.

    Raises:
        NotFoundError: There is none.
    """
    media_file = await store.get(database, file_id)
    if media_file is None:
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
    return media_file


async def batch_get_media_files(database: Database, ids: Sequence[UUID]) -> list[MediaFile]:
    """Returns media files in the order asked.

    Raises:
        NotFoundError: One of them does not exist.
    """
    found = await store.batch(database, ids)
    if len(found) < len(ids):
        there = {media_file.id for media_file in found}
        missing = next(file_id for file_id in ids if file_id not in there)
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(missing))
    return found


@atomic
async def set_canonical(session: Session, file_id: UUID) -> MediaFile:
    """Makes a file the one to play of those with the same episode or track.

    Raises:
        NotFoundError: There is no such file.
        FailedPreconditionError: It belongs to no title.
    """
    await get_media_file(session, file_id)
    alike = await store.alike(session, file_id)
    if not alike:
        name = MEDIA_FILE.format(file_id)
        raise errors.FailedPreconditionError(
            "MEDIA_FILE_UNLINKED", f"{name} belongs to no title", name=name
        )
    changed = await store.set_canonical(session, file_id, alike)
    await outbox.append(
        session, *(Event(TOPIC, MEDIA_FILE.format(file), Change.UPDATED) for file in changed)
    )
    return await get_media_file(session, file_id)
