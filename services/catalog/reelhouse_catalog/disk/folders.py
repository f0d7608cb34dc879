"""The folder of a library and those below it, and nothing outside of it.

Everything is found anew from the root's open folder, link by link as the kernel sees it at that
moment: a path that was checked before may lead elsewhere now.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from reelhouse_catalog.disk import faults
from reelhouse_catalog.disk.calls import FOLDER, open_beneath, rename_no_replace
from reelhouse_catalog.disk.faults import Point, reached

_KEPT_OPEN = 64


def split(path: bytes) -> tuple[bytes, bytes]:
    """Returns the folder and the name of a path."""
    folder, _, name = path.rpartition(b"/")
    return folder, name


def above(path: bytes) -> Iterator[bytes]:
    """Yields the folders above a path, the nearest first, without the root."""
    folder = split(path)[0]
    while folder:
        yield folder
        folder = split(folder)[0]


class Root:
    """A library's folder, open. Paths are bytes relative to it. Not for several threads at once.

    Folders below stay open between calls until `forget`, which is called often: one that is moved
    away meanwhile would be changed where it is then.
    """

    def __init__(self, path: bytes) -> None:
        self._root = os.open(path, FOLDER)
        self._open: dict[bytes, int] = {}

    @classmethod
    @contextmanager
    def open(cls, path: bytes) -> Iterator[Root]:
        """Opens a library's folder."""
        root = cls(path)
        try:
            yield root
        finally:
            root.close()

    def close(self) -> None:
        """Closes the folder. A lock goes with it."""
        self.forget()
        os.close(self._root)

    def forget(self) -> None:
        """Closes the folders below."""
        for folder in self._open.values():
            os.close(folder)
        self._open.clear()

    def lock(self) -> bool:
        """Tries to keep others off. Returns whether it did, or the file system knows no locks.

        The kernel ends the lock with the process, and keeps it while the process is frozen.
        """
        if faults.lacks("flock"):
            return True
        try:
            fcntl.flock(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # Some network file systems lock no folders. Names, leases and identities are left.
            if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL):
                raise
        return True

    def folder(self, path: bytes) -> int:
        """Returns a folder below, open; not to be closed.

        Raises:
            OSError: It is not there, is no folder, or lies outside.
        """
        found = self._open.get(path)
        if found is None:
            if len(self._open) >= _KEPT_OPEN:
                self.forget()
            found = self._open[path] = open_beneath(self._root, path, FOLDER)
        return found

    def status(self, path: bytes) -> os.stat_result | None:
        """Returns what is at a path, links not followed; None where nothing is.

        Raises:
            OSError: It cannot be told.
        """
        folder, name = split(path)
        try:
            return os.stat(name or b".", dir_fd=self.folder(folder), follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open_file(self, path: bytes, flags: int, mode: int = 0) -> int:
        """Opens a file, links not followed, nobody waited for.

        Raises:
            OSError: It cannot be opened.
        """
        folder, name = split(path)
        flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name, flags, mode, dir_fd=self.folder(folder))

    def names(self, path: bytes) -> list[os.DirEntry[str]]:
        """Returns what is in a folder. Names are text: `os.fsencode` gives their bytes.

        Raises:
            OSError: It cannot be read.
        """
        with os.scandir(self.folder(path)) as entries:
            return list(entries)

    def move(self, path: bytes, new_path: bytes) -> None:
        """Gives a file another path on the same file system; never replaces another.

        Raises:
            OSError: It cannot be moved.
            DiskError: The file system has no way to do that safely.
        """
        folder, name = split(path)
        new_folder, new_name = split(new_path)
        rename_no_replace(self.folder(folder), name, self.folder(new_folder), new_name)

    def remove(self, path: bytes) -> None:
        """Removes a file.

        Raises:
            OSError: It cannot be removed.
        """
        folder, name = split(path)
        os.unlink(name, dir_fd=self.folder(folder))

    def missing_above(self, path: bytes) -> list[bytes]:
        """Returns the folders above a path that are not there, the nearest first.

        Raises:
            OSError: It cannot be told, or something there is no folder.
        """
        missing = []
        for folder in above(path):
            try:
                self.folder(folder)
                break
            except FileNotFoundError:
                missing.append(folder)
        return missing

    def make_folder(
        self, path: bytes, mode: int | None = None, owner: tuple[int, int] | None = None
    ) -> None:
        """Makes a folder, unless it is there, and syncs the one above.

        Raises:
            OSError: It cannot be made.
        """
        folder, name = split(path)
        parent = self.folder(folder)
        try:
            os.mkdir(name, dir_fd=parent)
        except FileExistsError:
            return
        made = self.folder(path)
        if owner is not None:
            with suppress(PermissionError):
                os.fchown(made, *owner)
        if mode is not None:
            os.fchmod(made, stat.S_IMODE(mode))
        os.fsync(parent)
        reached(Point.FOLDER_MADE)

    def remove_folders(self, paths: Iterable[bytes]) -> None:
        """Removes those of some folders that are there and empty."""
        changed: set[bytes] = set()
        self.forget()
        # The deepest first: removing one may empty the one above.
        for path in sorted(paths, key=lambda path: (-path.count(b"/"), path)):
            folder, name = split(path)
            with suppress(OSError):
                os.rmdir(name, dir_fd=self.folder(folder))
                changed.add(folder)
                reached(Point.FOLDER_REMOVED)
        self.forget()
        for folder in changed:
            # Some went themselves.
            with suppress(FileNotFoundError):
                self.sync(folder)

    def sync(self, path: bytes) -> None:
        """Makes what happened in a folder last.

        Raises:
            OSError: That failed.
        """
        os.fsync(self.folder(path))
