"""Looks at a library's folder for a plan. Touches nothing. Blocks: for threads."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass

from reelhouse_catalog.disk.folders import Root, above, split
from reelhouse_catalog.file_operations.drafting import folded
from reelhouse_catalog.file_operations.model import Conflict, Identity

_CONFLICTS = {
    errno.EXDEV: Conflict.OUTSIDE_LIBRARY,
    errno.ELOOP: Conflict.OUTSIDE_LIBRARY,
    errno.ENOTDIR: Conflict.PARENT_NOT_FOLDER,
    errno.ENAMETOOLONG: Conflict.NAME_TOO_LONG,
}
_MOST_WALKED = 2000
"""Folders that are looked into for one that holds media."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder as it is, or the nearest above that is there."""

    path: bytes
    device: int
    free_bytes: int
    read_only: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What is in a folder: names, and what they have in common with others."""

    names: dict[bytes, bool]
    """Each with whether it is a folder, or a link to one."""
    alike: dict[bytes, list[bytes]]


def conflict_of(error: OSError) -> Conflict:
    """Returns what stands in the way where a place cannot be looked at."""
    return _CONFLICTS.get(error.errno or 0, Conflict.PERMISSION)


def identity_of(status: os.stat_result) -> Identity:
    """Returns what tells a file from others."""
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


class Survey:
    """A look at a library's folder. What was seen once is not looked at again."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._listings: dict[bytes, Listing | None] = {}
        self._places: dict[bytes, Place] = {}

    def status(self, path: bytes) -> os.stat_result | None:
        """Returns what is at a path, links not followed; None where nothing is.

        Raises:
            OSError: It cannot be told.
        """
        return self._root.status(path)

    def link(self, path: bytes) -> bytes:
        """Returns where a link leads.

        Raises:
            OSError: It cannot be told.
        """
        folder, name = split(path)
        return os.readlink(name, dir_fd=self._root.folder(folder))

    def listing(self, folder: bytes) -> Listing | None:
        """Returns what is in a folder; None where there is none.

        Raises:
            OSError: It cannot be told.
        """
        if folder not in self._listings:
            self._listings[folder] = self._list(folder)
        return self._listings[folder]

    def _list(self, folder: bytes) -> Listing | None:
        try:
            entries = self._root.names(folder)
        except FileNotFoundError:
            return None
        found = Listing({}, {})
        for entry in entries:
            name = os.fsencode(entry.name)
            is_folder = False
            with suppress(OSError):
                is_folder = entry.is_dir()
            found.names[name] = is_folder
            found.alike.setdefault(folded(name), []).append(name)
        return found

    def place(self, folder: bytes) -> Place:
        """Returns a folder, or the nearest above it that is there.

        Raises:
            OSError: It cannot be told; ENOTDIR where a file stands in its way.
        """
        found = self._places.get(folder)
        if found is None:
            found = self._places[folder] = self._find(folder)
        return found

    def _find(self, folder: bytes) -> Place:
        try:
            opened = self._root.folder(folder)
        except FileNotFoundError:
            return self.place(split(folder)[0])
        system = os.fstatvfs(opened)
        try:
            writable = os.access(b".", os.W_OK | os.X_OK, dir_fd=opened, effective_ids=True)
        except OSError:
            writable = False
        return Place(
            folder,
            os.fstat(opened).st_dev,
            system.f_bavail * system.f_frsize,
            bool(system.f_flag & os.ST_RDONLY),
            writable,
        )

    def top_of_device(self, folder: bytes) -> bytes:
        """Returns the highest folder, from the one given up, on the same file system.

        Raises:
            OSError: It cannot be told.
        """
        device = self.place(folder).device
        top = folder
        for upper in [*above(folder + b"/x"), b""][1:] if folder else []:
            if self.place(upper).device != device:
                break
            top = upper
        return top

    def holds(self, folder: bytes, extensions: frozenset[bytes]) -> bool:
        """Tells whether a folder, or one below it, holds files with these extensions.

        One that is too large to tell is said to.
        """
        waiting = [folder]
        for _ in range(_MOST_WALKED):
            if not waiting:
                return False
            at = waiting.pop()
            listing = self.listing(at)
            for name, is_folder in listing.names.items() if listing else ():
                if name.startswith(b"."):
                    continue
                if is_folder:
                    status = self.status(at + b"/" + name)
                    if status is not None and stat.S_ISLNK(status.st_mode):
                        return True
                    waiting.append(at + b"/" + name)
                elif has_extension(name, extensions):
                    return True
        return True


def has_extension(name: bytes, extensions: frozenset[bytes]) -> bool:
    """Tells whether a name ends with one of some extensions, given in lower case."""
    return name.rpartition(b".")[2].lower() in extensions
