"""What can be done with sessions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_playback.clients.catalog import CatalogClient, MediaFile
from reelhouse_playback.clients.transcode import TranscodeClient
from reelhouse_playback.decisions.model import Decision, ServerAbilities, Wishes, decide
from reelhouse_playback.device_profiles.model import DeviceProfile
from reelhouse_playback.progress import store as progress
from reelhouse_playback.progress.model import HistoryEntry
from reelhouse_playback.schema import once as once_store
from reelhouse_playback.schema import outbox
from reelhouse_playback.sessions import store
from reelhouse_playback.sessions.model import (
    MEDIA_FILE,
    OVER,
    SESSION,
    TOLD_EVERY,
    TOPIC,
    TRANSITIONS,
    State,
    at_end,
    bounded,
    is_completed,
    newly_watched,
)
from reelhouse_playback.sessions.model import Session as PlaybackSession

_SERVER = ServerAbilities(extracts_subtitles=False, encoders=frozenset({"h264", "aac"}))
"""What transcode can make, as far as decisions go."""
_LEAST_HISTORY = 1_000
"""Milliseconds: who pressed play by mistake has not played anything."""


async def decide_playback(
    catalog: CatalogClient, media_file_id: UUID, profile: DeviceProfile, wishes: Wishes
) -> tuple[MediaFile, Decision]:
    """Decides how a device would play a file.

    Raises:
        FailedPreconditionError: The file is broken or missing.
    """
    media_file = await catalog.get_media_file(media_file_id)
    why = media_file.problem or ("" if media_file.there else "it is missing")
    decision = decide(media_file.facts, profile, wishes, _SERVER)
    if not why and not decision.playable:
        why = "the device's profile has no form for it"
    if why:
        name = MEDIA_FILE.format(media_file_id)
        raise errors.FailedPreconditionError(
            "NOT_PLAYABLE", f"{name} cannot be played: {why}", media_file=name
        )
    return media_file, decision


async def start_session(
    database: Database,
    transcode: TranscodeClient,
    *,
    media_file: MediaFile,
    decision: Decision,
    stored_decision: Mapping[str, Any],
    device_id: str,
    device_profile: str,
    start_ms: int | None,
    by: Principal,
    once: Once | None,
) -> PlaybackSession:
    """Starts playing, and what must be made for it.

    Asking for the same transcode twice gives the same, so a repeated call makes nothing twice.
    """
    user_id = by.user_id
    if user_id is None:
        raise errors.PermissionDeniedError(
            "PERMISSION_DENIED", "only users play things", level="USER"
        )
    made = await transcode.create(media_file, decision) if decision.transcode_mode else ""
    values = {
        "media_file_id": media_file.id,
        "item": media_file.item,
        "item_kind": media_file.item_kind,
        "device_id": device_id,
        "device_profile": device_profile,
        "method": decision.method,
        "decision": stored_decision,
        "transcode": made,
        "mime_type": media_file.mime_type,
        "duration_ms": media_file.duration_ms,
    }
    return await _start(database.for_caller(by), values, user_id, start_ms, once)


@atomic
async def _start(
    session: Session,
    values: Mapping[str, Any],
    user_id: UUID,
    start_ms: int | None,
    once: Once | None,
) -> PlaybackSession:
    session_id = new_id()
    done = await once_store.claim(session, once, session_id)
    if done is not None:
        return await required(session, done)
    if start_ms is None:
        before = await progress.get(session, user_id, values["item"])
        start_ms = before.position_ms if before and not before.completed else 0
    started = await store.insert_session(
        session,
        session_id,
        user_id=user_id,
        position_ms=bounded(start_ms, values["duration_ms"]),
        **values,
    )
    await outbox.append(session, Event(TOPIC, started.resource, Change.CREATED, user_id))
    return started


async def required(source: Database | Session, session_id: UUID) -> PlaybackSession:
    """Returns a session.

    Raises:
        NotFoundError: There is none, or it is somebody else's.
    """
    found = await store.get(source, session_id)
    if found is None:
        raise _missing(session_id)
    return found


def _missing(session_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(SESSION.type, SESSION.format(session_id))


@atomic
async def report(session: Session, session_id: UUID, position_ms: int) -> PlaybackSession:
    """Takes note of where a session is; at the end of the media it ends.

    Raises:
        WrongStateError: It is over.
    """
    found, now = await _locked(session, session_id, "report progress")
    position_ms = bounded(position_ms, found.duration_ms)
    ends = found.state is State.PLAYING and at_end(position_ms, found.duration_ms)
    return await _write(session, found, now, State.ENDED if ends else found.state, position_ms)


@atomic
async def seek(session: Session, session_id: UUID, position_ms: int) -> PlaybackSession:
    """Goes on at another position.

    Raises:
        WrongStateError: The session is over.
    """
    found, now = await _locked(session, session_id, "seek")
    position_ms = bounded(position_ms, found.duration_ms)
    return await _write(session, found, now, found.state, position_ms, jumped=True)


@atomic
async def change_state(
    session: Session, session_id: UUID, state: State, position_ms: int | None, action: str
) -> PlaybackSession:
    """Pauses, resumes or stops a session. Stopping one that is over changes nothing.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    found, now = await store.lock(session, session_id)
    if found is None:
        raise _missing(session_id)
    if state is State.STOPPED and found.state in OVER:
        return found
    if state not in TRANSITIONS[found.state]:
        raise errors.WrongStateError(found.resource, found.state.upper(), action)
    position = found.position_ms if position_ms is None else position_ms
    return await _write(session, found, now, state, bounded(position, found.duration_ms))


@atomic
async def sweep(session: Session) -> int:
    """Stops sessions that nothing was heard of for too long. Returns how many."""
    ids = await store.idle(session)
    for session_id in ids:
        found, now = await store.lock(session, session_id)
        if found is not None:
            await _write(session, found, now, State.STOPPED, found.position_ms)
    return len(ids)


async def _locked(
    session: Session, session_id: UUID, action: str
) -> tuple[PlaybackSession, datetime]:
    found, now = await store.lock(session, session_id)
    if found is None:
        raise _missing(session_id)
    if found.state in OVER:
        raise errors.WrongStateError(found.resource, found.state.upper(), action)
    return found, now


async def _write(
    session: Session,
    before: PlaybackSession,
    now: datetime,
    state: State,
    position_ms: int,
    *,
    jumped: bool = False,
) -> PlaybackSession:
    """Writes session, progress and, at the end, history; they are never at odds."""
    over = state in OVER
    watched = 0 if jumped else newly_watched(before, position_ms, now)
    after = await store.write(
        session, before.id, state=state, position_ms=position_ms, watched_ms=watched, over=over
    )
    completed = is_completed(before.item_kind, position_ms, before.duration_ms)
    await progress.put(
        session,
        user_id=before.user_id,
        item=before.item,
        media_file_id=before.media_file_id,
        position_ms=position_ms,
        duration_ms=before.duration_ms,
        completed=completed,
    )
    if over and (after.watched_ms >= _LEAST_HISTORY or completed):
        entry = HistoryEntry(
            id=before.id,
            user_id=before.user_id,
            media_file_id=before.media_file_id,
            item=before.item,
            played_at=before.start_time,
            duration_watched_ms=after.watched_ms,
            completed=completed,
        )
        await progress.add_history(session, entry)
    if state is not before.state or jumped or now - before.last_activity >= TOLD_EVERY:
        await outbox.append(session, Event(TOPIC, after.resource, Change.UPDATED, before.user_id))
    return after
