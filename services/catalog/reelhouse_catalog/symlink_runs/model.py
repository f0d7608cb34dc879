"""What a run over a library's links is. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

RUN = ResourceName("catalog.reelhouse/SymlinkRun", "libraries/{library}/symlinkRuns/{symlink_run}")
KEPT = 50
"""How many runs of each kind a library keeps, the newest."""


class RunKind(StrEnum):
    """What a run does."""

    SCAN = "scan"
    RELINK = "relink"
    REPAIR = "repair"


class RunState(StrEnum):
    """Where a run is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """What made a run begin."""

    MANUAL = "manual"
    SCHEDULE = "schedule"


TRANSITIONS: Mapping[RunState, frozenset[RunState]] = MappingProxyType(
    {
        RunState.PENDING: frozenset({RunState.RUNNING, RunState.FAILED, RunState.CANCELLED}),
        RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED}),
        RunState.COMPLETED: frozenset(),
        RunState.FAILED: frozenset(),
        RunState.CANCELLED: frozenset(),
    }
)
"""What may follow what. One whose worker was lost stays running until another goes on."""
ENDED = frozenset(state for state, after in TRANSITIONS.items() if not after)


def may_become(state: RunState) -> list[RunState]:
    """Returns the states that a run may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


@dataclass(slots=True)
class Stats:
    """What a run found and did so far; the fields are those of SymlinkRun.Stats."""

    # Scans.
    directory_count: int = 0
    examined_count: int = 0
    ok_count: int = 0
    broken_count: int = 0
    missing_count: int = 0
    vanished_count: int = 0
    added_count: int = 0
    changed_count: int = 0
    ignored_count: int = 0
    unreadable_count: int = 0
    # Relinking, by the columns of CineSync's runs.
    indexed_count: int = 0
    checked_count: int = 0
    candidate_count: int = 0
    resolved_count: int = 0
    replaced_count: int = 0
    skipped_count: int = 0
    error_count: int = 0
    manual_count: int = 0
    # Repairs.
    sent_count: int = 0
    failed_count: int = 0
    postponed_count: int = 0
    # Scans, too: what they saw to be whole again.
    verified_count: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Returns the counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked to do."""

    kind: RunKind
    trigger: Trigger = Trigger.MANUAL
    dry_run: bool = False
    force: bool = False
    most: int = 0
    repair_roots: tuple[bytes, ...] = ()
    candidate_roots: tuple[str, ...] = ()
    allowed_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SymlinkRun:
    """A run, as it is stored."""

    id: UUID
    library_id: UUID
    job_id: UUID
    kind: RunKind
    state: RunState
    trigger: Trigger
    dry_run: bool
    force: bool
    most: int
    repair_roots: list[bytes]
    candidate_roots: list[str]
    allowed_prefixes: list[str]
    stats: dict[str, Any]
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return RUN.format(self.library_id, self.id)
