"""What can be done with media files."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.media_files import store
from reelhouse_catalog.media_files.model import MEDIA_FILE, MediaFile
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session


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
