"""What progress and history are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reelhouse_kit.names import ResourceName

HISTORY_ENTRY = ResourceName(
    "playback.reelhouse/HistoryEntry", "users/{user}/history/{history_entry}"
)

CONTINUE_FROM = 0.1
"""The share of an item from which on it counts as begun (BEHAVIOUR 2.4). It counts until it is
completed: there is no gap in which it is neither."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a user is in an item."""

    user_id: UUID
    item: str
    media_file_id: UUID
    position_ms: int
    duration_ms: int | None
    completed: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One time that a user played something."""

    id: UUID
    user_id: UUID
    media_file_id: UUID
    item: str
    played_at: datetime
    duration_watched_ms: int
    completed: bool
