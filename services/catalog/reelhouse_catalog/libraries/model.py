"""What a library is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from reelhouse_kit.names import ResourceName
from reelhouse_naming import LibraryKind

LIBRARY = ResourceName("catalog.reelhouse/Library", "libraries/{library}")

DEFAULT_SCAN_INTERVAL = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of media of one kind, as it is stored."""

    id: UUID
    name: str
    kind: LibraryKind
    root_path: str
    scan_interval: timedelta
    last_scan_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return LIBRARY.format(self.id)


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
