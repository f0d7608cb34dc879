"""What an ingest and an item are, and the rules they go by. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_catalog.sources.remote import ItemKind, Selection
from reelhouse_kit.names import ResourceName

INGEST = ResourceName("catalog.reelhouse/Ingest", "sources/{source}/ingests/{ingest}")
ITEM = ResourceName(
    "catalog.reelhouse/SourceItem", "sources/{source}/collections/{collection}/items/{item}"
)
KEPT_INGESTS = 50
"""Of each source; older ones are forgotten with their entries."""


class IngestState(StrEnum):
    """Where an ingest is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[IngestState, frozenset[IngestState]] = MappingProxyType(
    {
        IngestState.PENDING: frozenset(
            {IngestState.RUNNING, IngestState.FAILED, IngestState.CANCELLED}
        ),
        IngestState.RUNNING: frozenset(
            {IngestState.COMPLETED, IngestState.FAILED, IngestState.CANCELLED}
        ),
        IngestState.COMPLETED: frozenset(),
        IngestState.FAILED: frozenset(),
        IngestState.CANCELLED: frozenset(),
    }
)
"""What may follow what."""
ENDED = frozenset({IngestState.COMPLETED, IngestState.FAILED, IngestState.CANCELLED})


def may_become(state: IngestState) -> list[IngestState]:
    """Returns the states that an ingest may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


@dataclass(slots=True)
class Stats:
    """What an ingest did so far; the fields are those of Ingest.Stats."""

    discovered_count: int = 0
    ingested_count: int = 0
    updated_count: int = 0
    skipped_count: int = 0
    linked_count: int = 0
    pending_count: int = 0
    unmapped_count: int = 0
    error_count: int = 0
    duplicate_count: int = 0
    gone_count: int = 0
    collection_count: int = 0
    done_collection_count: int = 0
    total_count: int = 0
    limit_reached: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Returns the counts by name."""
        return asdict(self)


@dataclass(slots=True)
class Cursor:
    """How far an ingest is; written with every batch.

    `done` lists the collections that are done with, `at` is where the present one goes on,
    `told` how many items of it the source told of, `entries` how many entries there are.
    """

    done: list[str] = field(default_factory=list)
    at: dict[str, Any] | None = None
    told: int = 0
    entries: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Returns it for the database."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Ingest:
    """An ingest, as it is stored."""

    id: UUID
    source_id: UUID
    collection_id: UUID | None
    job_id: UUID
    state: IngestState
    dry_run: bool
    max_new: int
    selection: Selection
    cursor: dict[str, Any]
    stats: dict[str, Any]
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return INGEST.format(self.source_id, self.id)


class Action(StrEnum):
    """What is done with an item."""

    CREATE = "create"
    LINK = "link"
    UPDATE = "update"
    SKIP = "skip"
    WRONG = "wrong"


PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "NO_IDENTIFIER": "the source gives it neither a key nor a path",
        "NO_FILE": "the source has no file of it",
        "UNMAPPED": "no path mapping is for its path",
        "DUPLICATE": "the source told of it before",
        "COLLECTION_EMPTY": "the source suddenly tells of nothing here; nothing was marked as gone",
    }
)
"""Why nothing, or nothing good, is done with an item."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is done with one item."""

    action: Action
    provider_key: str = ""
    display_name: str = ""
    server_path: str = ""
    local_path: str = ""
    media_file_id: UUID | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry, as it is stored."""

    number: int
    action: Action
    provider_key: str
    display_name: str
    server_path: str
    local_path: str
    media_file_id: UUID | None
    error_code: str
    error_message: str


class ItemState(StrEnum):
    """How an item stands; the database works it out from the other columns."""

    PENDING = "pending"
    LINKED = "linked"
    UNMAPPED = "unmapped"
    GROUP = "group"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What the catalog has of an item, as far as an ingest needs it."""

    id: UUID
    canonical_key: str
    fingerprint: bytes
    local_path: str
    media_file_id: UUID | None
    ingest_id: UUID | None
    gone: bool


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item, as it is stored."""

    id: UUID
    collection_id: UUID
    source_id: UUID
    canonical_key: str
    provider_key: str
    parent_key: str
    kind: ItemKind
    state: ItemState
    display_name: str
    year: int | None
    season_number: int | None
    number: int | None
    server_path: str
    local_path: str
    media_file_id: UUID | None
    file: dict[str, Any]
    raw: dict[str, Any] | None
    seen_at: datetime
    linked_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def resource(self) -> str:
        """Its resource name."""
        return ITEM.format(self.source_id, self.collection_id, self.id)
