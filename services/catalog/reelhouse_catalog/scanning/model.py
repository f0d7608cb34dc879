"""What a scan is, and the rules it goes by. No I/O."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from reelhouse_kit.names import ResourceName
from reelhouse_naming import LibraryKind

SCAN = ResourceName("catalog.reelhouse/Scan", "libraries/{library}/scans/{scan}")


class ScanState(StrEnum):
    """Where a scan is in its life."""

    PENDING = "pending"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """What made a scan begin."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    WATCH = "watch"


TRANSITIONS: Mapping[ScanState, frozenset[ScanState]] = MappingProxyType(
    {
        ScanState.PENDING: frozenset(
            {ScanState.RUNNING, ScanState.PAUSED, ScanState.FAILED, ScanState.CANCELLED}
        ),
        ScanState.RUNNING: frozenset(
            {
                ScanState.PENDING,
                ScanState.PAUSED,
                ScanState.COMPLETED,
                ScanState.FAILED,
                ScanState.CANCELLED,
            }
        ),
        ScanState.PAUSED: frozenset({ScanState.PENDING, ScanState.CANCELLED}),
        ScanState.COMPLETED: frozenset(),
        ScanState.FAILED: frozenset(),
        ScanState.CANCELLED: frozenset(),
    }
)
"""What may follow what. A running scan waits again when its worker stops, or when it was paused."""

ENDED = frozenset({ScanState.COMPLETED, ScanState.FAILED, ScanState.CANCELLED})


def may_become(state: ScanState) -> list[ScanState]:
    """Returns the states that a scan may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


@dataclass(slots=True)
class Stats:
    """What a scan found so far; the fields are those of Scan.Stats."""

    directory_count: int = 0
    found_count: int = 0
    added_count: int = 0
    updated_count: int = 0
    moved_count: int = 0
    missing_count: int = 0
    failed_count: int = 0
    processed_count: int = 0
    walk_complete: bool = False
    unmatched_count: int = 0
    ignored_count: int = 0
    unreadable_count: int = 0
    ready_count: int = 0
    enrichment_count: int = 0
    review_count: int = 0
    auto_ready_threshold: float = 0.0
    review_threshold: float = 0.0

    @classmethod
    def going_on(cls, before: Mapping[str, Any]) -> Stats:
        """Returns the counts to go on with after a pause or a lost worker.

        What was written stays counted; what is looked at again is counted again.
        """
        return cls(**{name: before.get(name, 0) for name in _WRITTEN})

    def as_dict(self) -> dict[str, Any]:
        """Returns the counts by name."""
        written = self.added_count + self.updated_count + self.moved_count
        return asdict(self) | {"unchanged_count": max(0, self.processed_count - written)}


_WRITTEN = (
    "added_count",
    "updated_count",
    "moved_count",
    "missing_count",
    "failed_count",
    "unmatched_count",
    "ready_count",
    "enrichment_count",
    "review_count",
)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan, as it is stored."""

    id: UUID
    library_id: UUID
    job_id: UUID
    state: ScanState
    full: bool
    trigger: Trigger
    folders: list[bytes] | None
    """Only these folders, relative to the root; with all below them where "/" is at the end."""
    stats: dict[str, Any]
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return SCAN.format(self.library_id, self.id)


class Entry(NamedTuple):
    """A media file as it lies in its folder. Names are exact bytes, relative to the root.

    A tuple, because a scan makes one for every file each time.
    """

    directory: bytes
    filename: bytes
    size: int
    mtime_ns: int
    inode: int
    device: int

    @property
    def path(self) -> bytes:
        """The path relative to the library's root."""
        return self.directory + b"/" + self.filename if self.directory else self.filename


_SIGNED = itemgetter(1, 2, 3, 4)
"""The name, size, modification time and inode of an entry."""


def signature(entries: Iterable[Entry]) -> bytes:
    """Returns a hash that stays the same as long as no media file of a folder changes.

    Device numbers are left out: those of network mounts change with every boot.
    """
    lines = sorted(map(_SIGNED, entries))
    if not lines:
        return hashlib.blake2b(digest_size=16).digest()
    names, sizes, times, inodes = zip(*lines, strict=True)
    count = len(lines)
    # Names hold no zero byte, and there are as many as numbers: nothing else reads the same.
    content = struct.pack(f"=q{count}q{count}q{count}Q", count, *sizes, *times, *inodes)
    return hashlib.blake2b(content + b"\0".join(names), digest_size=16).digest()


def shown_path(path: bytes) -> str:
    r"""Returns a path for people: bytes that are not UTF-8, and control characters, as "\xNN"."""
    text = path.decode("utf-8", "backslashreplace")
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def within(path: bytes, folders: Iterable[bytes] | None) -> bool:
    """Tells whether a folder is among those that a scan is limited to; None means all."""
    return folders is None or any(
        path == folder.rstrip(b"/") or (folder.endswith(b"/") and path.startswith(folder))
        for folder in folders
    )


_VIDEO = frozenset(
    b"3gp asf avi divx dv evo f4v flv iso m1v m2t m2ts m2v m4v mk3d mkv mov mp4 mpe mpeg mpg mts"
    b" mxf nsv ogm ogv qt rm rmvb svi tp trp ts vob webm wmv wtv".split()
)
_AUDIO = frozenset(
    b"aac aax ac3 aif aifc aiff alac ape dff dsd dsf dts flac m4a m4b m4p mka mp2 mp3 mpc oga ogg"
    b" opus ra shn spx tak tta wav wma wv".split()
)
_EXTENSIONS: Mapping[LibraryKind, frozenset[bytes]] = MappingProxyType(
    {
        LibraryKind.MOVIE: _VIDEO,
        LibraryKind.TV: _VIDEO,
        LibraryKind.MUSIC: _AUDIO,
        LibraryKind.AUDIOBOOK: _AUDIO,
    }
)


def extensions(kind: LibraryKind) -> frozenset[bytes]:
    """Returns the lower-case extensions of the media files in a library of this kind."""
    return _EXTENSIONS[kind]
