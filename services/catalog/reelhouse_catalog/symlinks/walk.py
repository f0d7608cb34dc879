"""Walks a library's folder for symbolic links, and looks where they lead."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reelhouse_catalog.scanning import ignoring
from reelhouse_catalog.scanning.ignoring import Rules
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.scanning.walk import with_files
from reelhouse_catalog.symlinks.model import LinkStatus, Seen
from reelhouse_catalog.symlinks.targets import MAX_LINK_PATH, Rewrite, resolved
from reelhouse_kit.jobs import JobError

_DEEPEST = 64
"""Folders below folders; more is a mistake."""
_NOWHERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL})
"""What says that a target is not there; other errors say that nobody knows."""


@dataclass(slots=True)
class Folder:
    """A folder with the links in it, or why it cannot be read."""

    path: bytes
    links: list[Seen] = field(default_factory=list)
    ignored: int = 0
    error: str = ""


def check_mounts(mounts: Iterable[str]) -> None:
    """Checks that folders that links lead to are there and hold something.

    Raises:
        JobError: One is not: its disk is not mounted.
    """
    for mount in mounts:
        try:
            with os.scandir(os.fsencode(mount)) as entries:
                if next(entries, None) is not None:
                    continue
        except OSError:
            pass
        raise JobError(
            "SYMLINK_TARGETS_NOT_MOUNTED",
            f"{mount} is not there or is empty, as if its disk were not mounted; nothing was "
            "changed",
        )


def status_of(link: bytes, here: bytes, *, rewritten: bool) -> LinkStatus:
    """Looks where a link leads.

    Args:
        link: The absolute path of the link.
        here: Where it leads by its text and the rewrites.
        rewritten: Whether that is another place than the system takes it for.
    """
    try:
        os.stat(here if rewritten else link)
    except OSError as error:
        return LinkStatus.BROKEN if error.errno in _NOWHERE else LinkStatus.MISSING
    except ValueError:
        return LinkStatus.BROKEN
    return LinkStatus.OK


def folders(root: bytes, patterns: Iterable[str], rewrites: Sequence[Rewrite]) -> Iterator[Folder]:
    """Yields every folder of a library with its links.

    Links to folders are links, and never followed: nothing goes in circles. What is hidden, and
    what the library passes over, is passed over.
    """
    pending: list[tuple[bytes, Rules]] = [(b"", Rules.of(patterns))]
    while pending:
        path, rules = pending.pop()
        folder = Folder(path)
        try:
            below, extended = _read(root, folder, rules, rewrites)
        except OSError as error:
            folder.error = error.strerror or str(error)
            folder.links.clear()
            yield folder
            continue
        yield folder
        if extended is not None and path.count(b"/") < _DEEPEST:
            pending += [(name, extended) for name in sorted(below, reverse=True)]


def _read(
    root: bytes, folder: Folder, rules: Rules, rewrites: Sequence[Rewrite]
) -> tuple[list[bytes], Rules | None]:
    """Reads a folder. Returns the folders in it and their rules; None when it is passed over."""
    prefix = folder.path + b"/" if folder.path else b""
    below: list[bytes] = []
    names: list[bytes] = []
    special: list[bytes] = []
    absolute = os.path.join(root, folder.path)
    with os.scandir(absolute) as entries:
        for entry in entries:
            name = entry.name
            if name == ignoring.NO_MEDIA or name in ignoring.FILES:
                special.append(entry.path)
            if name.startswith(b"."):
                continue
            if entry.is_symlink():
                names.append(name)
            elif entry.is_dir(follow_symlinks=False):
                below.append(prefix + name)
    extended = with_files(rules, folder.path, special)
    if extended is None:
        folder.ignored += len(names)
        return [], None
    kept = [path for path in below if not extended.ignore(shown_path(path), folder=True)]
    folder.ignored += len(below) - len(kept)
    for name in sorted(names):
        path = prefix + name
        if len(path) > MAX_LINK_PATH or extended.ignore(shown_path(path), folder=False):
            folder.ignored += 1
            continue
        link = os.path.join(absolute, name)
        try:
            target = os.readlink(link)
        except OSError:
            continue  # it vanished, or became a file
        here, rewritten = resolved(absolute, target, rewrites)
        folder.links.append(Seen(path, target, here, status_of(link, here, rewritten=rewritten)))
    return kept, extended


def still_there(root: bytes, paths: Sequence[bytes]) -> list[bool]:
    """Tells which of these links are there, whatever they lead to."""
    return [os.path.islink(os.path.join(root, path)) for path in paths]
