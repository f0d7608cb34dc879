"""What follows when a person says what a file is a copy of."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from reelhouse_catalog.media_files import store as media_files
from reelhouse_catalog.media_files.usecases import get_media_file
from reelhouse_catalog.reviews import store
from reelhouse_catalog.reviews.model import ANSWERED_BY_LINK, REVIEW_ITEM
from reelhouse_catalog.reviews.scoring import Facts, Holds, Readiness, ingest_score
from reelhouse_catalog.schema import outbox
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event

TOPIC = "reviewItems"


async def tell(session: Session, items: Iterable[UUID], change: Change) -> None:
    """Tells of a change of review items."""
    await outbox.append(session, *(Event(TOPIC, REVIEW_ITEM.format(i), change) for i in items))


async def answer_by_link(
    session: Session, file_id: UUID, *, by: str, episode_id: UUID | None, track_id: UUID | None
) -> None:
    """Approves a file that can be played, and answers what was asked about it.

    It is sure now what the file holds.

    Raises:
        NotFoundError: There is no such file.
    """
    file = await get_media_file(session, file_id)
    playable = not file.probe_error and file.readiness != Readiness.RETIRED
    await media_files.set_linked(
        session,
        file_id,
        score=ingest_score(
            Facts(
                size_bytes=file.size_bytes,
                duration_ms=file.duration_ms,
                video_codec=file.video_codec,
                audio_codec=file.audio_codec,
                container=file.container,
                video=track_id is None,
                holds=Holds.EPISODE if track_id is None else Holds.TRACK,
                broken=bool(file.probe_error),
            )
        ),
        readiness=Readiness.READY if playable else file.readiness,
        approved=playable,
    )
    answered = await store.answer(
        session, file_id, ANSWERED_BY_LINK, by=by, episode_id=episode_id, track_id=track_id
    )
    await tell(session, answered, Change.UPDATED)
