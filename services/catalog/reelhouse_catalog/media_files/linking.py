"""Links a file to what a person says it is a copy of."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.media_files import store
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.media_files.usecases import TOPIC, get_media_file
from reelhouse_catalog.reviews.scoring import Facts, Holds, Readiness, ingest_score
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.titles import placement_store, placing
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event


async def link_file(
    session: Session, file_id: UUID, *, episode_id: UUID | None, track_id: UUID | None
) -> None:
    """Links a file to an episode or a track, instead of what it was linked to.

    It is sure then what the file holds, so the file is approved if it can be played; no scan
    changes the link afterwards. The caller has checked that episode or track exist.

    Raises:
        NotFoundError: There is no such file.
    """
    file = await get_media_file(session, file_id)
    left = set(await placing.titles_of(session, [file_id]))
    await placement_store.unlink(session, [file_id])
    if episode_id is not None:
        await placement_store.link_episodes(session, [(episode_id, file_id)])
    if track_id is not None:
        await placement_store.link_tracks(session, [(track_id, file_id)])
    await placing.told(session, left | set(await placing.titles_of(session, [file_id])))
    playable = not file.probe_error and file.readiness != Readiness.RETIRED
    await store.set_linked(
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
    await outbox.append(session, Event(TOPIC, MEDIA_FILE.format(file_id), Change.UPDATED))
