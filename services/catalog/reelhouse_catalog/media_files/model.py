"""What a media file is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

MEDIA_FILE = ResourceName("catalog.reelhouse/MediaFile", "mediaFiles/{media_file}")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file in a library, as it is stored."""

    id: UUID
    library_id: UUID
    directory: bytes
    filename: bytes
    path: str
    state: str
    size_bytes: int
    mtime_ns: int
    fingerprint: bytes | None
    mime_type: str
    container: str
    duration_ms: int | None
    bit_rate: int | None
    width: int | None
    height: int | None
    video_codec: str
    audio_codec: str
    probe_error: str
    confidence: float
    score: float
    readiness: str
    approved: bool
    hash_sha256: bytes | None
    hashed_at: datetime | None
    probed_at: datetime | None
    discovered_at: datetime
    missing_at: datetime | None
    updated_at: datetime
    revision: int
    pinned: bool
    external_subtitles: list[dict[str, Any]]
    root_path: str
    links: list[dict[str, Any]]
    """Title and episode or track, by id, and whether this is the canonical file of it."""
    streams: list[dict[str, Any]]

    @property
    def path_bytes(self) -> bytes:
        """The exact path, relative to the library's root."""
        return self.directory + b"/" + self.filename if self.directory else self.filename

    @property
    def absolute_path(self) -> bytes:
        """The exact path on the servers."""
        return os.path.join(os.fsencode(self.root_path), self.path_bytes)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which media files to list."""

    library_id: UUID | None = None
    title_id: UUID | None = None
    state: str | None = None
    broken: bool = False
    unmatched: bool = False
