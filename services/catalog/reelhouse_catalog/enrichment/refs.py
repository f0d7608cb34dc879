"""References: what titles, and what they are made of, are at providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

PROVIDER_REF = ResourceName(
    "catalog.reelhouse/ProviderRef", "titles/{title}/providerRefs/{provider_ref}"
)
TARGETS = ("title", "season", "episode", "track", "media_file")


@dataclass(frozen=True, slots=True)
class NewRef:
    """A reference to keep. `target` is one of TARGETS, `target_id` its row."""

    target: str
    target_id: UUID
    provider: str
    provider_key: str
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ProviderRef:
    """A reference as it is kept, under the title that it belongs to."""

    id: UUID
    title: UUID
    season_id: UUID | None
    episode_id: UUID | None
    track_id: UUID | None
    media_file_id: UUID | None
    provider: str
    provider_key: str
    raw: Mapping[str, Any] | None
    created_at: datetime
    updated_at: datetime
