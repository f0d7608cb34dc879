"""Walks a second library, and looks where its files really are."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from reelhouse_catalog.relinking.model import is_candidate
from reelhouse_catalog.symlinks.targets import MAX_LINK_PATH, Rewrite, resolved, under
from reelhouse_naming import LibraryKind

_MOST_LINKS = 40
"""Links one behind the other; more is a circle."""
_DEEPEST = 64


def files(base: bytes, library: LibraryKind) -> Iterator[list[bytes]]:
    """Yields the media files of each folder, by their paths below the base.

    Links to files are files; links to folders are not followed. Folders that cannot be read are
    passed over: what is not seen is not chosen.
    """
    pending = [b""]
    while pending:
        path = pending.pop()
        prefix = path + b"/" if path else b""
        found: list[bytes] = []
        below: list[bytes] = []
        try:
            with os.scandir(os.path.join(base, path)) as entries:
                for entry in entries:
                    if entry.name.startswith(b"."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        below.append(prefix + entry.name)
                    elif is_candidate(entry.name, library):
                        found.append(prefix + entry.name)
        except OSError:
            continue
        kept = [name for name in found if len(base) + 1 + len(name) <= MAX_LINK_PATH]
        yield sorted(kept)
        if path.count(b"/") < _DEEPEST:
            pending += sorted(below, reverse=True)


def real_file(
    path: bytes, rewrites: Sequence[Rewrite], prefixes: Sequence[bytes]
) -> tuple[bytes, bool]:
    """Returns where a file really is, and whether that is a regular file in an allowed folder."""
    try:
        for _ in range(_MOST_LINKS):
            folder = os.path.realpath(os.path.dirname(path), strict=True)
            path = os.path.join(folder, os.path.basename(path))
            if not os.path.islink(path):
                break
            path, _ = resolved(folder, os.readlink(path), rewrites)
        else:
            return path, False
        regular = stat.S_ISREG(os.stat(path, follow_symlinks=False).st_mode)
    except (OSError, ValueError):
        return path, False
    return path, regular and under(path, map(os.path.realpath, prefixes))
