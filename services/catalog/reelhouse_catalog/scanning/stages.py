"""What goes from one stage of a scan to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reelhouse_catalog.scanning.file_store import KnownDirectory, KnownFile
from reelhouse_catalog.scanning.model import Entry


@dataclass(slots=True)
class Folder:
    """A folder being dealt with: signed once nothing of it is left to write."""

    path: bytes
    signature: bytes
    count: int
    foreign: bool
    sidecars: Sequence[Entry] = ()
    left: int = 0
    complete: bool = True

    @property
    def known(self) -> KnownDirectory:
        """What is to be known of it: each folder with files in the catalog has a row."""
        done = self.complete and not self.left
        return KnownDirectory(self.path, self.signature if done else b"", self.count, self.foreign)


@dataclass(frozen=True, slots=True)
class Task:
    """A file to probe; `known` is what the catalog has of it."""

    entry: Entry
    known: KnownFile | None
    folder: Folder


@dataclass(frozen=True, slots=True)
class Result:
    """A file that was probed."""

    task: Task
    answer: dict[str, Any]
