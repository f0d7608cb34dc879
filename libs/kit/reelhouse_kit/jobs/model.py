"""What a job is and how it goes through its life."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

LEASE = timedelta(seconds=12)
"""How long a claim holds without being renewed."""
RENEW_EVERY = LEASE / 3
TRUST = LEASE * 0.75
"""A worker that could not renew for this long stops its work itself, before others take over."""
_FIRST_DELAY = 2.0
_LONGEST_DELAY = 900.0


class Status(StrEnum):
    """Where a job is in its life."""

    PENDING = "pending"
    """Waits for a worker."""
    DELAYED = "delayed"
    """Waits for its time after a failed attempt."""
    ACTIVE = "active"
    """A worker is at it."""
    COMPLETED = "completed"
    FAILED = "failed"
    """Its handler gave up on it."""
    STUCK = "stuck"
    """Its workers died as often as it may be tried."""
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.PENDING: frozenset({Status.ACTIVE, Status.CANCELLED}),
        Status.DELAYED: frozenset({Status.ACTIVE, Status.PENDING, Status.CANCELLED}),
        Status.ACTIVE: frozenset(
            {
                Status.COMPLETED,
                Status.FAILED,
                Status.STUCK,
                Status.CANCELLED,
                Status.DELAYED,
                Status.PENDING,
            }
        ),
        Status.FAILED: frozenset({Status.PENDING}),
        Status.STUCK: frozenset({Status.PENDING}),
        Status.CANCELLED: frozenset({Status.PENDING}),
        Status.COMPLETED: frozenset(),
    }
)
"""What may follow what. A job that ended without completing can be retried."""

WAITING = (Status.PENDING, Status.DELAYED)
LIVE = (Status.PENDING, Status.DELAYED, Status.ACTIVE)


class JobError(Exception):
    """A handler's word that its work failed.

    Args:
        code: Names the kind of failure, for programs.
        message: Says what happened, for people.
        retry: Whether another attempt may help.
    """

    def __init__(self, code: str, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry = retry


class LeaseLostError(Exception):
    """Another worker may have the job: this one must stop and write nothing more."""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` and `worker` are its fence."""

    id: UUID
    type: str
    payload: dict[str, Any]
    subject: str
    attempt: int
    max_attempts: int
    worker: UUID

    @property
    def last_attempt(self) -> bool:
        """Whether there is no attempt after this one."""
        return self.attempt >= self.max_attempts


def retry_delay(attempt: int) -> timedelta:
    """Returns how long to wait after a failed attempt: doubling from 2 s, with full jitter."""
    longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (attempt - 1))
    return timedelta(seconds=random.uniform(longest / 2, longest))  # noqa: S311 # jitter
