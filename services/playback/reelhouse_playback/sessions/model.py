"""What a session is and how it goes through its life (BEHAVIOUR 2.4). No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Protocol
from uuid import UUID

from reelhouse_kit.names import ResourceName
from reelhouse_playback.decisions.facts import MediaFacts, StreamKind
from reelhouse_playback.decisions.model import Decision, Method, StreamAction

SESSION = ResourceName("playback.reelhouse/Session", "sessions/{session}")
USER = ResourceName("requests.reelhouse/User", "users/{user}")
MEDIA_FILE = ResourceName("catalog.reelhouse/MediaFile", "mediaFiles/{media_file}")

TOPIC = "sessions"

HEARD = timedelta(minutes=2)
"""A session that was not heard of for so long does not count as one that plays."""
IDLE = timedelta(minutes=30)
"""A session that nothing is heard of for this long is stopped."""
TOLD_EVERY = timedelta(seconds=30)
"""Changes of position alone are told no more often than this."""
_END = 1_000
"""Milliseconds before the end that count as the end: players stop a little early."""
_SLACK = 2_000
"""Milliseconds that a report may be ahead of the clock: it was on its way."""
_FASTEST = 2
"""What moves faster than so many times the clock was a jump."""
_MILLISECOND = timedelta(milliseconds=1)


class State(StrEnum):
    """Where a session is in its life."""

    PLAYING = "playing"
    PAUSED = "paused"
    STOPPED = "stopped"
    ENDED = "ended"


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PLAYING: frozenset({State.PAUSED, State.STOPPED, State.ENDED}),
        State.PAUSED: frozenset({State.PLAYING, State.STOPPED}),
        State.STOPPED: frozenset(),
        State.ENDED: frozenset(),
    }
)
"""What may follow what."""

OVER = frozenset({State.STOPPED, State.ENDED})


class ItemKind(StrEnum):
    """What is played, as far as it matters to when it is completed."""

    VIDEO = "video"
    TRACK = "track"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """How many sessions may be active at the same time; 0: any number."""

    per_user: int = 0
    in_all: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A session, as stored."""

    id: UUID
    user_id: UUID
    media_file_id: UUID
    item: str
    item_kind: ItemKind
    device_id: str
    device_profile: str
    method: str
    state: State
    decision: dict[str, Any]
    wishes: dict[str, Any]
    bit_rate: int | None
    transcode: str
    mime_type: str
    position_ms: int
    duration_ms: int | None
    watched_ms: int
    title_id: UUID | None
    series: bool
    more_items: list[str]
    completed: bool
    sequence: int
    start_time: datetime
    last_activity: datetime
    pause_time: datetime | None
    end_time: datetime | None
    told_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return SESSION.format(self.id)


def bounded(position_ms: int, duration_ms: int | None) -> int:
    """Returns a position within the media."""
    return min(position_ms, duration_ms) if duration_ms is not None else position_ms


def at_end(position_ms: int, duration_ms: int | None) -> bool:
    """Tells whether a position is the end of the media."""
    return bool(duration_ms) and position_ms >= (duration_ms or 0) - _END


class Playing(Protocol):
    """What is known of a session when something new is heard of it."""

    @property
    def state(self) -> State:
        """Where it is in its life."""

    @property
    def position_ms(self) -> int:
        """Where it is in the media."""

    @property
    def watched_ms(self) -> int:
        """What was played so far."""

    @property
    def start_time(self) -> datetime:
        """When it began."""

    @property
    def last_activity(self) -> datetime:
        """When it was last heard of."""


def newly_watched(session: Playing, position_ms: int, now: datetime) -> int:
    """Returns how many milliseconds were really played since the session was last heard of.

    What the clock does not allow for was a jump, and so was going back. Who plays faster watches
    for as long as the clock says. All of a session is never more than the time since it began.
    """
    if session.state is not State.PLAYING:
        return 0
    moved = position_ms - session.position_ms
    elapsed = (now - session.last_activity) // _MILLISECOND
    if not 0 < moved <= _FASTEST * elapsed + _SLACK:
        return 0
    played = moved if moved <= elapsed + _SLACK else elapsed
    whole = (now - session.start_time) // _MILLISECOND
    return max(0, min(played, whole - session.watched_ms))


def bit_rate_of(facts: MediaFacts, decision: Decision) -> int | None:
    """Returns how many bits per second playing takes; None where that is not known."""
    if decision.method is not Method.TRANSCODE:
        return facts.bit_rate
    parts = (
        (
            decision.video_action,
            facts.find(StreamKind.VIDEO, decision.video_stream_index),
            decision.max_video_bit_rate,
        ),
        (
            decision.audio_action,
            facts.find(StreamKind.AUDIO, decision.audio_stream_index),
            decision.max_audio_bit_rate,
        ),
    )
    total = 0
    for action, stream, limit in parts:
        if action is StreamAction.NONE:
            continue
        rate = stream.bit_rate if stream else None
        if action is StreamAction.ENCODE:
            rate = min(rate, limit) if rate and limit else limit
        if rate is None:
            return None
        total += rate
    return total


def resume_ms(kind: ItemKind, position_ms: int, duration_ms: int | None) -> int:
    """Returns where to go on for somebody who got this far: at the start, if that was all."""
    return 0 if is_completed(kind, position_ms, duration_ms) else position_ms


def is_completed(kind: ItemKind, position_ms: int, duration_ms: int | None) -> bool:
    """Tells whether somebody who got this far has seen or heard the item (BEHAVIOUR 2.4)."""
    if not duration_ms:
        return False
    share = position_ms / duration_ms
    if kind is ItemKind.VIDEO:
        return share >= 0.9  # noqa: PLR2004 # the rule
    if kind is ItemKind.TRACK:
        enough = position_ms >= 30_000 and share >= 0.5  # noqa: PLR2004 # the rule
        return share >= 0.7 or enough or position_ms >= 90_000  # noqa: PLR2004 # the rule
    return share >= 0.8  # noqa: PLR2004 # the rule
