"""Walks a library's folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from reelhouse_catalog.enrichment.sidecars import EXTENSIONS, MAX_IN_FOLDER, kind_of
from reelhouse_catalog.scanning.model import Entry

_DEEPEST = 64
"""Folders below folders; more is a loop or a mistake."""


@dataclass(slots=True)
class Directory:
    """A folder with the media files in it and what lies beside them, or why it cannot be read."""

    path: bytes
    entries: list[Entry] = field(default_factory=list)
    sidecars: list[Entry] = field(default_factory=list)
    error: str = ""


def walk(root: bytes, extensions: frozenset[bytes]) -> Iterator[Directory]:
    """Yields every folder below a root, each before those in it.

    Links to folders are followed, but never into a folder that the walk is in already. Hidden files
    and folders, and links that lead nowhere, are passed over. A folder that cannot be read is
    yielded with its error.
    """
    above: frozenset[tuple[int, int]] = frozenset()
    pending: list[tuple[bytes, frozenset[tuple[int, int]]]] = [(b"", above)]
    while pending:
        path, above = pending.pop()
        directory = Directory(path)
        folders: list[bytes] = []
        try:
            status = os.stat(os.path.join(root, path) if path else root)
            own = (status.st_dev, status.st_ino)
            if own in above or path.count(b"/") > _DEEPEST:
                continue
            _read(root, directory, folders, extensions)
        except OSError as error:
            directory.error = error.strerror or str(error)
            yield directory
            continue
        yield directory
        within = above | {own}
        folders.sort(reverse=True)
        pending += [(path + b"/" + name if path else name, within) for name in folders]


def _read(
    root: bytes, directory: Directory, folders: list[bytes], extensions: frozenset[bytes]
) -> None:
    path = directory.path
    with os.scandir(os.path.join(root, path) if path else root) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(b"."):
                continue
            try:
                if entry.is_dir():
                    folders.append(name)
                    continue
                extension = name.rpartition(b".")[2].lower()
                if extension in extensions:
                    found = directory.entries
                elif extension in EXTENSIONS and kind_of(name):
                    found = directory.sidecars
                    if len(found) >= MAX_IN_FOLDER:
                        continue
                else:
                    continue
                status = entry.stat()
            except OSError:
                continue  # it vanished, or is a link that leads nowhere
            if stat.S_ISREG(status.st_mode):
                found.append(
                    Entry(
                        path,
                        name,
                        status.st_size,
                        status.st_mtime_ns,
                        status.st_ino,
                        status.st_dev,
                    )
                )
