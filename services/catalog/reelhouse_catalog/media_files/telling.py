"""Tells others of changes of media files."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.schema import outbox
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event

TOPIC = "mediaFiles"


async def tell(session: Session, files: Iterable[UUID], change: Change = Change.UPDATED) -> None:
    """Tells of a change of files, in the transaction that makes it."""
    await outbox.append(session, *(Event(TOPIC, MEDIA_FILE.format(file), change) for file in files))
