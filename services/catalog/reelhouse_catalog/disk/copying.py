"""Copies of files, verified by checksum."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from contextlib import suppress

from reelhouse_catalog.disk import calls, faults
from reelhouse_catalog.disk.errors import StoppedError
from reelhouse_catalog.disk.faults import Point, reached

CHUNK = 4 * 1024 * 1024
"""Bytes that are read at once."""
_CANNOT = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY)
Told = Callable[[int], None]
"""Takes how many more bytes were dealt with. Raises StoppedError to stop."""


def copy(source: int, target: int, told: Told) -> bytes:
    """Copies an open file into an empty one. Returns the SHA-256 of what was read.

    Shares the content where the file system can, lets the kernel copy where it can.

    Raises:
        OSError: It cannot be read or written.
        StoppedError: It was told to stop.
    """
    if calls.reflink(source, target):
        return digest(source, told)
    found = hashlib.sha256()
    in_kernel = not faults.lacks("copy_file_range")
    at = 0
    while chunk := os.pread(source, CHUNK, at):
        found.update(chunk)
        written = 0
        if in_kernel:
            try:
                written = os.copy_file_range(source, target, len(chunk), at, at)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                in_kernel = False
        while written < len(chunk):
            written += os.pwrite(target, memoryview(chunk)[written:], at + written)
        at += len(chunk)
        reached(Point.PART_WRITTEN)
        told(len(chunk))
    return found.digest()


def digest(file: int, told: Told, *, from_disk: bool = False) -> bytes:
    """Returns the SHA-256 of an open file.

    Args:
        file: The file.
        told: Takes progress.
        from_disk: Whether to read what is on the disk, as far as the kernel lets go of the copy
            that it has in memory.

    Raises:
        OSError: It cannot be read.
        StoppedError: It was told to stop.
    """
    if from_disk:
        with suppress(OSError):
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    found = hashlib.sha256()
    at = 0
    while chunk := os.pread(file, CHUNK, at):
        found.update(chunk)
        at += len(chunk)
        told(len(chunk))
    return found.digest()


def carry_over(source: int, target: int) -> None:
    """Gives a copy what the file has beside its content: owner, mode, attributes and times.

    What the server may not set, or the other file system does not have, is left out; times never.

    Raises:
        OSError: The times cannot be set.
    """
    status = os.fstat(source)
    with suppress(PermissionError, OSError):
        os.fchown(target, status.st_uid, status.st_gid)
    with suppress(PermissionError):
        os.fchmod(target, status.st_mode & 0o7777)
    with suppress(OSError):
        for name in os.listxattr(source):
            with suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


__all__ = ["StoppedError", "Told", "carry_over", "copy", "digest"]
