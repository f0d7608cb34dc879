"""Which folders changed files affect. No I/O."""

from __future__ import annotations

import os
from collections.abc import Iterable
from enum import StrEnum

from reelhouse_catalog.scanning import ignoring

MAX_FOLDERS = 500
"""More folders than this are scanned with the whole library."""
_IGNORE_FILES = frozenset({ignoring.NO_MEDIA, *ignoring.FILES})


class Now(StrEnum):
    """What is at a path."""

    FILE = "file"
    FOLDER = "folder"
    GONE = "gone"


def folders_of(path: bytes, now: Now, extensions: frozenset[bytes]) -> set[bytes]:
    """Returns the folders to scan because something is new, other or gone at a path.

    Args:
        path: Where something changed, relative to the library's root.
        now: What is there after the change.
        extensions: Those of the library's media files.

    Returns:
        Folders relative to the root; with all below them where "/" is at the end. `b"/"` is the
        whole library.
    """
    parent, name = os.path.split(path)
    if name in _IGNORE_FILES:
        return {parent + b"/"}
    if not path or any(part.startswith(b".") for part in path.split(b"/")):
        return set()
    if now is Now.FOLDER:
        return {path + b"/", parent}
    is_media = name.rpartition(b".")[2].lower() in extensions
    if now is Now.FILE or is_media:
        return {parent} if is_media else set()
    # It may have been a folder.
    return {path + b"/", parent}


def merged(folders: Iterable[bytes]) -> list[bytes] | None:
    """Returns folders without those that others hold; None when all of the library is meant."""
    wanted = set(folders)
    if b"/" in wanted or len(wanted) > MAX_FOLDERS:
        return None
    deep = tuple(folder for folder in wanted if folder.endswith(b"/"))
    return sorted(
        folder
        for folder in wanted
        if not any(
            folder != other and (folder.startswith(other) or folder + b"/" == other)
            for other in deep
        )
    )
