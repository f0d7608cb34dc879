"""What history is, and what it adds up to."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from reelhouse_kit.names import ResourceName

HISTORY_ENTRY = ResourceName(
    "playback.reelhouse/HistoryEntry", "users/{user}/history/{history_entry}"
)
TITLE = ResourceName("catalog.reelhouse/Title", "titles/{title}")
_MEDIA_FILE = ResourceName("catalog.reelhouse/MediaFile", "mediaFiles/{media_file}")

MOST_DAYS = 3_660
"""The longest time that statistics are given for."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One time that a user played something."""

    id: UUID
    user_id: UUID
    media_file_id: UUID
    item: str
    title_id: UUID | None
    device_id: str
    played_at: datetime
    duration_watched_ms: int
    completed: bool

    @property
    def subject(self) -> str:
        """What statistics count it for: the title, or the file that belongs to none."""
        if self.title_id is not None:
            return TITLE.format(self.title_id)
        return _MEDIA_FILE.format(self.media_file_id)


class Grouping(StrEnum):
    """What statistics are told apart by."""

    DAY = "day"
    TITLE = "subject"
    USER = "user_id"


@dataclass(frozen=True, slots=True)
class WatchStat:
    """What was watched: of a user, of a title, or on a day."""

    key: UUID | str | date | None
    play_count: int
    completed_count: int
    watched_ms: int


class Format(StrEnum):
    """How history is exported."""

    JSON_LINES = "json_lines"
    CSV = "csv"


_COLUMNS = (
    "name",
    "play_time",
    "item",
    "title",
    "media_file",
    "device_id",
    "duration_watched_seconds",
    "completed",
)


def exported(entries: Sequence[HistoryEntry], form: Format, *, first: bool) -> bytes:
    """Returns entries as lines in UTF-8. CSV begins with its columns' names, if it is the first."""
    rows = [_values(entry) for entry in entries]
    if form is Format.JSON_LINES:
        lines = (json.dumps(dict(zip(_COLUMNS, row, strict=True))) + "\n" for row in rows)
        return "".join(lines).encode()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if first:
        writer.writerow(_COLUMNS)
    writer.writerows([_harmless(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _values(entry: HistoryEntry) -> tuple[str | float | bool, ...]:
    return (
        HISTORY_ENTRY.format(entry.user_id, entry.id),
        entry.played_at.isoformat(),
        entry.item,
        TITLE.format(entry.title_id) if entry.title_id else "",
        _MEDIA_FILE.format(entry.media_file_id),
        entry.device_id,
        entry.duration_watched_ms / 1000,
        entry.completed,
    )


def _harmless(value: str | float) -> str | float:
    """What a client named its device must not be a formula where the file is opened."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
