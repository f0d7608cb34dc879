"""What a marker is, and within which bounds. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from reelhouse_kit.errors import Violation
from reelhouse_kit.names import ResourceName

MARKER = ResourceName("catalog.reelhouse/Marker", "mediaFiles/{media_file}/markers/{marker}")
MAX_CHAPTERS = 1000
MAX_NAME = 500
MAX_PAYLOAD = 16 * 1024
"""Bytes of a payload as JSON."""
_LONGEST_MS = 365 * 86_400_000
"""Where chapters end at the latest in a file whose length is not known."""


class MarkerKind(StrEnum):
    """What a marker marks."""

    CHAPTER = "chapter"
    AVAIL = "avail"
    BUMPER = "bumper"
    INTRO = "intro"
    OUTRO = "outro"


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker, as it is stored."""

    id: UUID
    media_file_id: UUID
    kind: MarkerKind
    start_ms: int
    end_ms: int
    name: str
    payload: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return MARKER.format(self.media_file_id, self.id)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter, as the file has it."""

    start_ms: int
    end_ms: int
    name: str


def bounds_problems(start_ms: int, end_ms: int, duration_ms: int | None) -> list[Violation]:
    """Returns what is wrong with a marker's bounds: 0 <= start <= end <= duration."""
    found = []
    if start_ms < 0:
        found.append(Violation("marker.start_offset", "is negative"))
    if end_ms < start_ms:
        found.append(Violation("marker.end_offset", "is before start_offset"))
    if duration_ms is not None and end_ms > duration_ms:
        found.append(
            Violation("marker.end_offset", f"is after the end of the file, {duration_ms} ms")
        )
    return found


def chapters(found: Iterable[Mapping[str, Any]], duration_ms: int | None) -> list[Chapter]:
    """Returns a file's chapters within its bounds, in order; what cannot be one is left out.

    Args:
        found: What probing gave: start_ms, end_ms and name of each.
        duration_ms: How long the file is, if that is known.
    """
    limit = _LONGEST_MS if duration_ms is None else duration_ms
    kept: list[Chapter] = []
    for chapter in found:
        start, end = max(0, int(chapter["start_ms"])), min(limit, int(chapter["end_ms"]))
        if start <= end and len(kept) < MAX_CHAPTERS:
            kept.append(Chapter(start, end, str(chapter["name"])[:MAX_NAME]))
    return sorted(kept, key=lambda chapter: (chapter.start_ms, chapter.end_ms))
