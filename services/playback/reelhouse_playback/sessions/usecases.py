"""What can be done with sessions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from reelhouse_playback.history import store as history
from reelhouse_playback.history.model import HistoryEntry
from reelhouse_playback.progress import store as progress
from reelhouse_playback.progress.model import Completion
from reelhouse_playback.schema import once as once_store
from reelhouse_playback.schema import outbox
from reelhouse_playback.sessions import store
from reelhouse_playback.sessions.model import (
    MEDIA_FILE,
    OVER,
    SESSION,
    TOPIC,
    TRANSITIONS,
    State,
    StreamLimits,
    bit_rate_of,
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
    stored_wishes: Mapping[str, Any],
    device_id: str,
    device_profile: str,
    start_ms: int | None,
    by: Principal,
    limits: StreamLimits,
    once: Once | None,
) -> PlaybackSession:
    """Starts playing, and what must be made for it.

    Asking for the same transcode twice gives the same, so a repeated call makes nothing twice.

    Raises:
        ResourceExhaustedError: As much is played as is allowed.
    """
    user_id = by.user_id
    if user_id is None:
        raise errors.PermissionDeniedError(
            "PERMISSION_DENIED", "only users play things", level="USER"
        )
    everything = database.for_everybody()
    if once is None:
        # Nothing is made for who may not play it. What counts is looked at again below.
        async with everything.transaction() as session:
            await _check_limits(session, user_id, limits)
    made = await transcode.create(media_file, decision) if decision.transcode_mode else ""
    values = {
        "user_id": user_id,
        "media_file_id": media_file.id,
        "item": media_file.item,
        "item_kind": media_file.item_kind,
        "device_id": device_id,
        "device_profile": device_profile,
        "method": decision.method,
        "decision": stored_decision,
        "wishes": stored_wishes,
        "bit_rate": bit_rate_of(media_file.facts, decision),
        "transcode": made,
        "mime_type": media_file.mime_type,
        "duration_ms": media_file.duration_ms,
        "title_id": media_file.title_id,
        "series": media_file.series,
        "more_items": media_file.more_items,
    }
    return await _start(everything, values, start_ms, limits, once)


@atomic
async def _start(
    session: Session,
    values: Mapping[str, Any],
    start_ms: int | None,
    limits: StreamLimits,
    once: Once | None,
) -> PlaybackSession:
    session_id, user_id = new_id(), values["user_id"]
    done = await once_store.claim(session, once, session_id)
    if done is not None:
        return await required(session, done)
    if limits.in_all or limits.per_user:
        await store.lock_limits(session, user_id, in_all=bool(limits.in_all))
    await _check_limits(session, user_id, limits)
    duration_ms = values["duration_ms"]
    if start_ms is None:
        before = await progress.get(session, user_id, values["item"])
        start_ms = before.resume_ms if before else 0
    started = await store.insert_session(
        session, session_id, position_ms=bounded(start_ms, duration_ms), **values
    )
    await outbox.append(session, Event(TOPIC, started.resource, Change.CREATED, user_id))
    return started


async def _check_limits(session: Session, user_id: UUID, limits: StreamLimits) -> None:
    for scope, limit, owner in (
        ("user", limits.per_user, user_id),
        ("server", limits.in_all, None),
    ):
        if limit and await store.count_active(session, owner, limit) >= limit:
            raise errors.ResourceExhaustedError(
                "STREAM_LIMIT_REACHED",
                f"{limit} sessions of the {scope} play already, which is the most allowed",
                retry_after=30,
                scope=scope,
                limit=limit,
            )


async def select_streams(
    database: Database,
    transcode: TranscodeClient,
    *,
    session: PlaybackSession,
    media_file: MediaFile,
    decision: Decision,
    stored_decision: Mapping[str, Any],
    stored_wishes: Mapping[str, Any],
) -> PlaybackSession:
    """Goes on as was decided anew, with what must be made for it.

    Raises:
        WrongStateError: The session is over.
    """
    if session.state in OVER:
        raise errors.WrongStateError(session.resource, session.state.upper(), "select streams")
    made = await transcode.create(media_file, decision) if decision.transcode_mode else ""
    changed = await _select(
        database,
        session.id,
        method=decision.method,
        decision=stored_decision,
        wishes=stored_wishes,
        bit_rate=bit_rate_of(media_file.facts, decision),
        transcode=made,
        mime_type=media_file.mime_type,
    )
    before = session.transcode
    if before and before != made and not await store.plays_from(database.for_everybody(), before):
        await transcode.cancel(before)
    return changed


@atomic
async def _select(session: Session, /, session_id: UUID, **values: Any) -> PlaybackSession:
    found, _ = await _locked(session, session_id, "select streams")
    changed = await store.choose(session, session_id, **values)
    same = all(getattr(found, name) == value for name, value in values.items())
    if not same:
        event = Event(TOPIC, changed.resource, Change.UPDATED, changed.user_id)
        await outbox.append(session, event)
    return changed


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
async def seek(
    session: Session, session_id: UUID, position_ms: int, sequence: int | None
) -> PlaybackSession:
    """Goes on at another position.

    Raises:
        WrongStateError: The session is over.
    """
    found, now = await _locked(session, session_id, "seek")
    position_ms = bounded(position_ms, found.duration_ms)
    change = _Move(found.state, position_ms, sequence, jumped=True)
    return await _write(session, found, now, change)


@atomic
async def change_state(
    session: Session,
    session_id: UUID,
    state: State,
    action: str,
    *,
    position_ms: int | None = None,
    sequence: int | None = None,
) -> PlaybackSession:
    """Pauses, resumes, stops or ends a session. Stopping one that is over changes nothing.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    found, now = await store.lock(session, session_id)
    if found is None:
        raise _missing(session_id)
    if state in OVER and found.state in OVER:
        return found
    if state not in TRANSITIONS[found.state]:
        raise errors.WrongStateError(found.resource, found.state.upper(), action)
    position = found.position_ms if position_ms is None else position_ms
    change = _Move(state, bounded(position, found.duration_ms), sequence)
    return await _write(session, found, now, change)


@atomic
async def sweep(session: Session) -> int:
    """Stops sessions that nothing was heard of for too long. Returns how many."""
    ids = await store.idle(session)
    for session_id in ids:
        found, now = await store.lock(session, session_id)
        if found is not None:
            await _write(session, found, now, _Move(State.STOPPED, found.position_ms, silent=True))
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


@dataclass(frozen=True, slots=True)
class _Move:
    """Where a session goes. A jump is not watched; who is silent is nowhere else than before."""

    state: State
    position_ms: int
    sequence: int | None = None
    jumped: bool = False
    silent: bool = False


async def _write(
    session: Session, before: PlaybackSession, now: datetime, move: _Move
) -> PlaybackSession:
    """Writes session, progress and, at the end, history; they are never at odds."""
    over = move.state in OVER
    watched = 0 if move.jumped else newly_watched(before, move.position_ms, now)
    # Who only goes somewhere has not watched what lies before it.
    completed = not move.jumped and is_completed(
        before.item_kind, move.position_ms, before.duration_ms
    )
    after = await store.write(
        session,
        before.id,
        state=move.state,
        position_ms=move.position_ms,
        watched_ms=watched,
        over=over,
        completed=completed,
        sequence=move.sequence or 0,
    )
    if not move.silent:
        await progress.put(
            session,
            user_id=before.user_id,
            item=before.item,
            media_file_id=before.media_file_id,
            title_id=before.title_id,
            item_kind=before.item_kind,
            position_ms=move.position_ms,
            duration_ms=before.duration_ms,
        )
    if after.completed and not before.completed:
        await progress.complete(session, completions(after))
    if over and (after.watched_ms >= _LEAST_HISTORY or after.completed):
        entry = HistoryEntry(
            id=before.id,
            user_id=before.user_id,
            media_file_id=before.media_file_id,
            item=before.item,
            title_id=before.title_id,
            device_id=before.device_id,
            played_at=before.start_time,
            duration_watched_ms=after.watched_ms,
            completed=after.completed,
        )
        await history.add(session, entry)
    await outbox.append(session, Event(TOPIC, after.resource, Change.UPDATED, before.user_id))
    return after


def completions(session: PlaybackSession) -> list[Completion]:
    """Returns what a session completes: the item, and what else the file holds."""
    return [
        Completion(
            user_id=session.user_id,
            item=item,
            media_file_id=session.media_file_id,
            title_id=session.title_id,
            series=session.series,
            duration_ms=session.duration_ms,
            # One after the other, so that the last of them counts as the last.
            completed_at=session.last_activity + timedelta(microseconds=place),
        )
        for place, item in enumerate((session.item, *session.more_items))
    ]
