"""What each source said of each title, and when to ask again."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment.model import Finding, Provider, Subject

Sources = Callable[[], Awaitable[Mapping[str, frozenset[str]]]]
"""Returns who can be asked now, by name, with the kinds of title that each knows."""
Ask = Callable[[str], Awaitable[Provider | None]]
"""Returns a source by its name; None for one that cannot be asked any more."""
Apply = Callable[[Any, UUID, Sequence[Finding]], Awaitable[object]]
"""Stores what was found for a title, in the transaction given."""

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(days=1)
NOT_FOUND_DAYS = 7
"""After so many days at most, what was not found is looked for again."""


class EnrichmentState(StrEnum):
    """How far asking one source about one title has come."""

    PENDING = "pending"
    """Waits for a worker."""
    RUNNING = "running"
    """A worker is asking."""
    FOUND = "found"
    NOT_FOUND = "not_found"
    FAILED = "failed"
    """It could not be asked; it will be again."""


LIVE = frozenset({EnrichmentState.PENDING, EnrichmentState.RUNNING})
ANSWERS = frozenset({EnrichmentState.FOUND, EnrichmentState.NOT_FOUND, EnrichmentState.FAILED})
TRANSITIONS: Mapping[EnrichmentState, frozenset[EnrichmentState]] = MappingProxyType(
    {
        EnrichmentState.PENDING: frozenset({EnrichmentState.RUNNING, EnrichmentState.FAILED}),
        # Running again: its worker died, and another has the job now.
        EnrichmentState.RUNNING: ANSWERS | {EnrichmentState.RUNNING},
        EnrichmentState.FOUND: frozenset({EnrichmentState.PENDING}),
        EnrichmentState.NOT_FOUND: frozenset({EnrichmentState.PENDING}),
        EnrichmentState.FAILED: frozenset({EnrichmentState.PENDING}),
    }
)
"""What may follow what."""


def before(state: EnrichmentState) -> list[str]:
    """Returns the states that may come before one."""
    return [str(former) for former, after in TRANSITIONS.items() if state in after]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What one source said of one title, as it is stored."""

    title_id: UUID
    source: str
    state: EnrichmentState
    key: str
    confidence: float | None
    attempts: int
    error_code: str
    error_message: str
    due_at: datetime | None
    asked_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """How asking a source ended."""

    source: str
    state: EnrichmentState
    again: timedelta
    """When to ask again."""
    finding: Finding | None = None
    error_code: str = ""
    error_message: str = ""
    counted: bool = False
    """Whether it counts as a failure of the source with this title."""


def fingerprint(subject: Subject) -> bytes:
    """Returns a hash of all that a source is told: equal for equal questions."""
    document = {**asdict(subject), "external_ids": sorted(subject.external_ids.items())}
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).digest()


def retry_delay(attempts: int, asked_for: float = 0.0) -> timedelta:
    """Returns how long to wait after failures: doubling from 5 minutes to a day, with jitter.

    Args:
        attempts: How often it failed in a row, this time included.
        asked_for: The seconds that the source wants to be left alone at least.
    """
    longest = min(FIRST_RETRY * float(2 ** min(attempts - 1, 20)), LONGEST_RETRY)
    spread = longest * random.uniform(0.75, 1.0)  # noqa: S311 # jitter
    return max(spread, timedelta(seconds=asked_for))


def refresh_delay(days: int) -> timedelta:
    """Returns when to ask anew: after days, spread so that not all titles come at once."""
    return timedelta(days=days) * random.uniform(0.9, 1.1)  # noqa: S311 # jitter
