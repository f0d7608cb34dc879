"""How far users are in what they play."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reelhouse_playback.sessions.model import ItemKind, resume_ms

CONTINUE_FROM = 0.1
"""The share of an item from which on it counts as begun (BEHAVIOUR 2.4). It counts until it is
completed: there is no gap in which it is neither."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a user is in an item."""

    user_id: UUID
    item: str
    media_file_id: UUID | None
    title_id: UUID | None
    item_kind: ItemKind
    position_ms: int
    duration_ms: int | None
    completed: bool
    completed_at: datetime | None
    play_count: int
    updated_at: datetime

    @property
    def resume_ms(self) -> int:
        """Where playing goes on: at the start for who was all but at the end."""
        return resume_ms(self.item_kind, self.position_ms, self.duration_ms)


@dataclass(frozen=True, slots=True)
class Completion:
    """That a user has seen or heard an item. `series`: its title goes on with another episode."""

    user_id: UUID
    item: str
    media_file_id: UUID | None
    title_id: UUID | None
    series: bool
    duration_ms: int | None
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """A series that a user is in, with the episode of it that they completed last."""

    user_id: UUID
    title_id: UUID
    item: str
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class Watchable:
    """Something that can be marked as watched, as the catalog knows it."""

    item: str
    media_file_id: UUID | None
    title_id: UUID | None
    series: bool
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode that comes after another one, as the catalog knows it."""

    item: str
    season_number: int | None
    number: int | None
    display_name: str
    media_file_id: UUID | None


@dataclass(frozen=True, slots=True)
class NextUp:
    """What a user watches next of a series."""

    series: Series
    episode: Episode
    progress: Progress | None
