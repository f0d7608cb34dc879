"""What a library is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from reelhouse_kit.names import ResourceName
from reelhouse_naming import LibraryKind

LIBRARY = ResourceName("catalog.reelhouse/Library", "libraries/{library}")

DEFAULT_SCAN_INTERVAL = timedelta(hours=1)


class WatchState(StrEnum):
    """Whether a library's folder is watched for changes."""

    OFF = "off"
    PENDING = "pending"
    ACTIVE = "active"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of media of one kind, as it is stored."""

    id: UUID
    name: str
    kind: LibraryKind
    root_path: str
    scan_interval: timedelta
    last_scan_at: datetime | None
    scan_begun_at: datetime | None
    ignore_patterns: list[str]
    require_mount: bool
    mount_marker: str
    watch: bool
    watcher: UUID | None
    watch_until: datetime | None
    watch_error: str
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return LIBRARY.format(self.id)

    @property
    def next_scan_at(self) -> datetime | None:
        """When the next scan is due; None when it begins only when asked."""
        if not self.scan_interval:
            return None
        return (self.scan_begun_at or self.created_at) + self.scan_interval

    def watch_state(self, now: datetime) -> WatchState:
        """Returns whether its folder is watched."""
        if not self.watch:
            return WatchState.OFF
        if self.watch_error:
            return WatchState.FAILED
        watched = self.watch_until is not None and now < self.watch_until
        return WatchState.ACTIVE if watched else WatchState.PENDING


def overlapping(root: str, others: Iterable[Library]) -> Library | None:
    """Returns a library whose folder is `root`, contains it or lies in it."""
    for library in others:
        other = library.root_path
        if os.path.commonpath([root, other]) in (root, other):
            return library
    return None


def root_problem(path: str) -> str | None:
    """Returns what is wrong with the text of a root path."""
    if not path.startswith("/"):
        return "is not an absolute path"
    if path != os.path.normpath(path):
        return f"is not in its plain form, {os.path.normpath(path)}"
    return None


def marker_problem(path: str) -> str | None:
    """Returns what is wrong with the text of a mount marker's path."""
    if not path:
        return None
    if (
        path.startswith("/")
        or path != os.path.normpath(path)
        or path.split("/", maxsplit=1)[0] in ("..", ".")
    ):
        return "is not the plain path of a file below the library's folder"
    return None
