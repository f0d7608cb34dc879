"""Puts a link in the place of another: at every moment one of the two is there.

The new link is made beside the old one under a name of its own, and the two change places in one
step; what came out is looked at before it is taken away. Where the file system cannot do that, the
new link is renamed over the old one right after a look at it.

Folders are opened one by one from the library's, never through a link: nothing is written outside.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from reelhouse_catalog.disk.calls import MISSING, exchange

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class ChangedError(Exception):
    """What is there is not the link that was to be replaced. It was left as it is."""


class Found(StrEnum):
    """What an interrupted replacement had come to."""

    NEW = "new"
    OLD = "old"
    OTHER = "other"
    """Neither the old link nor the new one is there."""


def replace(root: bytes, path: bytes, expected: bytes, target: bytes, temporary: bytes) -> None:
    """Makes a link lead to another target.

    Args:
        root: The library's folder.
        path: The link, relative to it.
        expected: What the link says now.
        target: What it is to say.
        temporary: A name in the link's folder that nobody else uses.

    Raises:
        ChangedError: It says something else, or is no link.
        OSError: The disk does not allow it. Nothing was changed.
    """
    name = os.path.basename(path)
    with _folder_of(root, path) as folder:
        status = _link_status(name, folder)
        if status is None or _read(name, folder) != expected:
            raise ChangedError
        _clear(temporary, folder, (expected, target))
        os.symlink(target, temporary, dir_fd=folder)
        try:
            _keep_owner(temporary, folder, status)
            _swap(name, temporary, folder, expected)
        except BaseException:
            _clear(temporary, folder, (target,))
            raise
        os.fsync(folder)


def settle(root: bytes, path: bytes, expected: bytes, target: bytes, temporary: bytes) -> Found:
    """Finds out, after a crash, what became of a replacement, and clears away what it left.

    What is not certain to be ours is not touched.
    """
    name = os.path.basename(path)
    try:
        with _folder_of(root, path) as folder:
            said, beside = _read(name, folder), _read(temporary, folder)
            if said == target and beside not in (expected, target) and _exists(temporary, folder):
                # Something else than the old link came out, and was not put back.
                exchange(folder, name, temporary)
                said = _read(name, folder)
            _clear(temporary, folder, (expected, target))
            os.fsync(folder)
    except FileNotFoundError:
        return Found.OTHER
    if said == target:
        return Found.NEW
    return Found.OLD if said == expected else Found.OTHER


def _swap(name: bytes, temporary: bytes, folder: int, expected: bytes) -> None:
    try:
        exchange(folder, name, temporary)
    except OSError as error:
        if error.errno not in MISSING:
            raise
        if _read(name, folder) != expected:
            raise ChangedError from None
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        return
    if _read(temporary, folder) == expected:
        os.unlink(temporary, dir_fd=folder)
        return
    # Somebody was quicker: what they put there goes back to its place.
    exchange(folder, name, temporary)
    raise ChangedError


@contextmanager
def _folder_of(root: bytes, path: bytes) -> Iterator[int]:
    """Opens the folder that a link lies in; no part of the way may be a link."""
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in path.split(b"/")[:-1]:
            if part in (b"", b".", b".."):
                raise ChangedError
            try:
                below = os.open(part, _FLAGS, dir_fd=folder)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    raise ChangedError from None
                raise
            os.close(folder)
            folder = below
        yield folder
    finally:
        os.close(folder)


def _read(name: bytes, folder: int) -> bytes | None:
    try:
        return os.readlink(name, dir_fd=folder)
    except OSError:
        return None


def _exists(name: bytes, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _link_status(name: bytes, folder: int) -> os.stat_result | None:
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return status if stat.S_ISLNK(status.st_mode) else None


def _keep_owner(name: bytes, folder: int, status: os.stat_result) -> None:
    # Links belong to whom they belonged, where we may say so.
    with contextlib.suppress(OSError):
        os.chown(name, status.st_uid, status.st_gid, dir_fd=folder, follow_symlinks=False)


def _clear(name: bytes, folder: int, ours: tuple[bytes, ...]) -> None:
    """Takes a link of ours away."""
    if _read(name, folder) in ours:
        os.unlink(name, dir_fd=folder)
