"""What a media request is and how it goes through its life (BEHAVIOUR 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from reelhouse_kit.names import ResourceName

MEDIA_REQUEST = ResourceName("requests.reelhouse/MediaRequest", "mediaRequests/{media_request}")

TOPIC = "mediaRequests"


class State(StrEnum):
    """Where a request is in its life."""

    PENDING = "pending"
    AWAITING_APPROVAL = "awaiting_approval"
    DENIED = "denied"
    SEARCHING = "searching"
    DOWNLOADING = "downloading"
    PROCESSING = "processing"
    DOWNLOADED = "downloaded"
    AVAILABLE = "available"
    FAILED = "failed"
    CANCELLED = "cancelled"
    AWAITING_SEARCH = "awaiting_search"
    AWAITING_IMPORT = "awaiting_import"
    AWAITING_RELEASE = "awaiting_release"
    WARN = "warn"


S = State
TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        S.AWAITING_APPROVAL: frozenset(
            {S.PENDING, S.DOWNLOADING, S.DENIED, S.CANCELLED, S.AVAILABLE}
        ),
        S.AWAITING_RELEASE: frozenset({S.PENDING, S.DOWNLOADING, S.CANCELLED, S.AVAILABLE}),
        S.PENDING: frozenset({S.SEARCHING, S.DOWNLOADING, S.FAILED, S.CANCELLED, S.AVAILABLE}),
        S.SEARCHING: frozenset(
            {S.PENDING, S.DOWNLOADING, S.AWAITING_SEARCH, S.FAILED, S.CANCELLED, S.AVAILABLE}
        ),
        S.AWAITING_SEARCH: frozenset(
            {S.PENDING, S.SEARCHING, S.DOWNLOADING, S.CANCELLED, S.AVAILABLE}
        ),
        S.DOWNLOADING: frozenset({S.PROCESSING, S.FAILED, S.CANCELLED, S.AVAILABLE}),
        S.PROCESSING: frozenset({S.DOWNLOADED, S.AWAITING_IMPORT, S.WARN, S.FAILED, S.AVAILABLE}),
        S.AWAITING_IMPORT: frozenset({S.PROCESSING, S.WARN, S.FAILED, S.AVAILABLE}),
        S.WARN: frozenset({S.PROCESSING, S.AVAILABLE}),
        S.DOWNLOADED: frozenset({S.AVAILABLE}),
        # It was in the library and is no longer.
        S.AVAILABLE: frozenset({S.DOWNLOADED}),
        S.FAILED: frozenset({S.PENDING, S.DOWNLOADING, S.AVAILABLE}),
        S.DENIED: frozenset(),
        S.CANCELLED: frozenset(),
    }
)
"""What may follow what. All that is on its way becomes available when it is in the library."""

ACTIVE = frozenset(State) - {S.DENIED, S.AVAILABLE, S.FAILED, S.CANCELLED, S.WARN}
"""While a request is in one of these, nobody else can ask for the same."""


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """A request, as stored."""

    id: UUID
    user_id: UUID
    audiobook_id: UUID
    status: State
    progress: int
    priority: int
    error_message: str
    search_attempts: int
    download_attempts: int
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    revision: int
    catalog_title: str

    @property
    def resource(self) -> str:
        """Its resource name."""
        return MEDIA_REQUEST.format(self.id)


def may_become(state: State) -> list[State]:
    """Returns the states that a request may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]
