"""Where links lead: rewriting targets, and prefixes of paths. Exact bytes. No I/O."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_LINK_PATH = 2048
"""Bytes of a link's path that fit into an index; what is longer is passed over."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A folder as links call it, and what it is called here."""

    link: bytes
    local: bytes


def rewrites_of(stored: Iterable[dict[str, str]]) -> tuple[Rewrite, ...]:
    """Returns rewrites as the database has them."""
    return tuple(Rewrite(os.fsencode(r["link"]), os.fsencode(r["local"])) for r in stored)


def below(path: bytes, folder: bytes) -> bytes | None:
    """Returns the path below a folder, without a slash in front; None for one not in it.

    Whole names count: "/tv2/a" is not below "/tv". The folder itself gives an empty path.
    """
    folder = folder.rstrip(b"/")
    if path == folder:
        return b""
    return path[len(folder) + 1 :] if path.startswith(folder + b"/") else None


def under(path: bytes, folders: Iterable[bytes]) -> bool:
    """Tells whether a path lies in one of these folders."""
    return any(below(path, folder) for folder in folders)


def resolved(directory: bytes, target: bytes, rewrites: Sequence[Rewrite]) -> tuple[bytes, bool]:
    """Returns the absolute path that a link leads to here, and whether a rewrite says so.

    The first rewrite that fits counts.

    Args:
        directory: The absolute path of the folder that the link lies in.
        target: What the link says.
        rewrites: What is called otherwise here.
    """
    path = os.path.normpath(os.path.join(directory, target))
    # Two slashes at the beginning are kept by normpath, and mean nothing here.
    path = b"/" + path.lstrip(b"/")
    for rewrite in rewrites:
        rest = below(path, rewrite.link)
        if rest is not None:
            return os.path.join(rewrite.local, rest) if rest else rewrite.local, True
    return path, False


def as_link(path: bytes, rewrites: Sequence[Rewrite]) -> bytes:
    """Returns what a new link must say to lead to a file of here.

    A rewrite is gone back only where that leads to the same file again.
    """
    for rewrite in rewrites:
        rest = below(path, rewrite.local)
        if rest is not None:
            said = os.path.join(rewrite.link, rest) if rest else rewrite.link
            if resolved(b"/", said, rewrites) == (path, True):
                return said
    return path


def place(path: bytes) -> bytes:
    """Returns the first two folders of an absolute path: what is mounted together, mostly."""
    return b"/".join(path.split(b"/")[:3])
