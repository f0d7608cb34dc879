"""What a review item is, and when there is one. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from reelhouse_catalog.reviews.scoring import TOO_SMALL_BYTES, Facts, Holds, Verdict
from reelhouse_kit.names import ResourceName

REVIEW_ITEM = ResourceName("catalog.reelhouse/ReviewItem", "reviewItems/{review_item}")
MANY_PENDING = 100
LONG_PENDING = timedelta(days=7)


class ReviewState(StrEnum):
    """Where an item is in its life."""

    PENDING = "pending"
    RESOLVED = "resolved"
    REJECTED = "rejected"


TRANSITIONS: Mapping[ReviewState, frozenset[ReviewState]] = MappingProxyType(
    {
        ReviewState.PENDING: frozenset({ReviewState.RESOLVED, ReviewState.REJECTED}),
        ReviewState.RESOLVED: frozenset(),
        ReviewState.REJECTED: frozenset(),
    }
)
"""What may follow what."""


class Reason(StrEnum):
    """Why a file is to be looked at."""

    LOW_CONFIDENCE = "low_confidence"
    UNMATCHED = "unmatched"
    PROBE_FAILED = "probe_failed"
    NO_HASH = "no_hash"
    TOO_SMALL = "too_small"
    MANUAL = "manual"


ANSWERED_BY_LINK = (Reason.LOW_CONFIDENCE, Reason.UNMATCHED)
"""What is settled once a person says what a file holds."""


class Resolution(StrEnum):
    """How an item was settled."""

    NONE = ""
    LINK = "link"
    SCAN = "scan"


def reasons(facts: Facts, said: Verdict) -> frozenset[Reason]:
    """Returns why a file is to be looked at; empty for most."""
    found = set()
    if not facts.hashed:
        found.add(Reason.NO_HASH)
    if facts.broken:
        return frozenset({*found, Reason.PROBE_FAILED})
    if facts.video and facts.size_bytes < TOO_SMALL_BYTES:
        found.add(Reason.TOO_SMALL)
    if facts.holds is Holds.NOTHING and not facts.extra:
        found.add(Reason.UNMATCHED)
    if said is Verdict.REVIEW and not facts.extra:
        found.add(Reason.LOW_CONFIDENCE)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A review item, as it is stored."""

    id: UUID
    media_file_id: UUID
    library_id: UUID
    reason: Reason
    confidence: float
    state: ReviewState
    resolution: Resolution
    notes: str
    reviewer: str
    episode_id: UUID | None
    track_id: UUID | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    revision: int
    title_id: UUID | None = None
    """The title of the episode or track."""

    @property
    def resource(self) -> str:
        """Its resource name."""
        return REVIEW_ITEM.format(self.id)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which items to list."""

    state: ReviewState | None = None
    reason: Reason | None = None
    library_id: UUID | None = None
    media_file_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stats:
    """How many items there are, and since when the oldest waits."""

    counts: dict[tuple[ReviewState, Reason], int]
    oldest: datetime | None
    now: datetime

    @property
    def pending(self) -> int:
        """How many items wait."""
        return sum(n for (state, _), n in self.counts.items() if state is ReviewState.PENDING)

    @property
    def overdue(self) -> bool:
        """Whether too many wait, or one for too long."""
        late = self.oldest is not None and self.now - self.oldest > LONG_PENDING
        return self.pending > MANY_PENDING or late


@dataclass(frozen=True, slots=True)
class Judged:
    """What opening a file said of it."""

    media_file_id: UUID
    score: float
    reasons: frozenset[Reason]
    known: bool
    """Whether the catalog knew the file before."""
    changed: bool
    """Whether its content is another than before."""
