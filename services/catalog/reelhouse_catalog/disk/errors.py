"""What the system's errors mean for files."""

from __future__ import annotations

import errno


class DiskError(Exception):
    """Something that could not be done with a file.

    Args:
        code: Names the kind of failure, for programs.
        message: Says what happened, for people.
        stops: Whether what comes next would fail as well.
    """

    def __init__(self, code: str, message: str, *, stops: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.stops = stops


class StoppedError(Exception):
    """Long work was told to stop."""


def of(error: OSError) -> DiskError:  # noqa: PLR0911 # one per kind
    """Returns what a system error means."""
    number = error.errno
    said = error.strerror or str(error)
    if number in (errno.ENOENT, errno.ENOTDIR):
        return DiskError("SOURCE_VANISHED", f"the file or its folder is not there: {said}")
    if number == errno.EEXIST:
        return DiskError("TARGET_EXISTS", "something is at the new place")
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DiskError("DISK_FULL", f"there is no room for the file: {said}", stops=True)
    if number == errno.EROFS:
        return DiskError("DISK_READ_ONLY", "the file system is mounted read-only", stops=True)
    if number in (errno.EACCES, errno.EPERM):
        return DiskError("DISK_PERMISSION", f"the server may not do that: {said}")
    if number == errno.ENAMETOOLONG:
        return DiskError("NAME_TOO_LONG", "the name is longer than the file system allows")
    if number in (errno.EXDEV, errno.ELOOP):
        return DiskError("OUTSIDE_LIBRARY", f"the path leads out of the library: {said}")
    return DiskError("DISK_FAILED", f"the disk failed: {said}", stops=True)
