"""What a verification is. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from reelhouse_kit.names import ResourceName

VERIFICATION = ResourceName(
    "catalog.reelhouse/Verification", "mediaFiles/{media_file}/verifications/{verification}"
)


class VerificationState(StrEnum):
    """Where a verification is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[VerificationState, frozenset[VerificationState]] = MappingProxyType(
    {
        VerificationState.PENDING: frozenset(
            {VerificationState.RUNNING, VerificationState.FAILED, VerificationState.CANCELLED}
        ),
        VerificationState.RUNNING: frozenset(
            {VerificationState.COMPLETED, VerificationState.FAILED, VerificationState.CANCELLED}
        ),
        VerificationState.COMPLETED: frozenset(),
        VerificationState.FAILED: frozenset(),
        VerificationState.CANCELLED: frozenset(),
    }
)
"""What may follow what. One whose worker was lost stays running until another goes on."""
ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)


def may_become(state: VerificationState) -> list[VerificationState]:
    """Returns the states that a verification may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


class Outcome(StrEnum):
    """What a verification found."""

    HASHED = "hashed"
    MATCHED = "matched"
    MISMATCHED = "mismatched"


def outcome(expected: bytes | None, found: bytes | None) -> Outcome | None:
    """Returns what a hash says; None while there is none."""
    if found is None:
        return None
    if expected is None:
        return Outcome.HASHED
    return Outcome.MATCHED if expected == found else Outcome.MISMATCHED


@dataclass(frozen=True, slots=True)
class Verification:
    """A verification, as it is stored."""

    id: UUID
    media_file_id: UUID
    job_id: UUID
    state: VerificationState
    total_bytes: int
    done_bytes: int
    expected_sha256: bytes | None
    sha256: bytes | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return VERIFICATION.format(self.media_file_id, self.id)

    @property
    def outcome(self) -> Outcome | None:
        """What it found."""
        return outcome(self.expected_sha256, self.sha256)
