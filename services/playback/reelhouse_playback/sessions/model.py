"""What a session is and how it goes through its life (BEHAVIOUR 2.4). No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

SESSION = ResourceName("playback.reelhouse/Session", "sessions/{session}")
USER = ResourceName("requests.reelhouse/User", "users/{user}")
MEDIA_FILE = ResourceName("catalog.reelhouse/MediaFile", "mediaFiles/{media_file}")

TOPIC = "sessions"

IDLE = timedelta(minutes=30)
"""A session that nothing is heard of for this long is stopped."""
TOLD_EVERY = timedelta(seconds=30)
"""Changes of position alone are told no more often than this."""
_END = 1_000
"""Milliseconds before the end that count as the end: players stop a little early."""
_SLACK = 2_000
"""Milliseconds that a report may be ahead of the clock: it was on its way."""


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
    transcode: str
    mime_type: str
    position_ms: int
    duration_ms: int | None
    watched_ms: int
    start_time: datetime
    last_activity: datetime
    end_time: datetime | None
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


def newly_watched(session: Session, position_ms: int, now: datetime) -> int:
    """Returns how many milliseconds were really played since the session was last heard of.

    What the clock does not allow for was a jump, and so was going back.
    """
    if session.state is not State.PLAYING:
        return 0
    moved = position_ms - session.position_ms
    elapsed = int((now - session.last_activity) / timedelta(milliseconds=1))
    return moved if 0 < moved <= elapsed + _SLACK else 0


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
