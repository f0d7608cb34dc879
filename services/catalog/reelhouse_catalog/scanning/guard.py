"""Whether a library's folder is what it is to be: a mount that is gone is never deletion."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reelhouse_catalog.libraries.model import Library
from reelhouse_kit.jobs import JobError


@dataclass(frozen=True, slots=True)
class Root:
    """What a library's folder was when a scan began."""

    device: int
    inode: int


def inspect(library: Library) -> Root:
    """Returns what a library's folder is now.

    Raises:
        JobError: It is not there, or its disk is not mounted.
    """
    root = os.fsencode(library.root_path)
    try:
        with os.scandir(root):
            status = os.stat(root)
    except OSError:
        raise JobError(
            "LIBRARY_ROOT_UNREADABLE", f"{library.root_path} is not a readable folder"
        ) from None
    if library.require_mount and not _mounted(root):
        raise JobError(
            "LIBRARY_NOT_MOUNTED",
            f"neither {library.root_path} nor a folder above it is a mount point; nothing was "
            "changed",
        )
    if library.mount_marker:
        marker = os.path.join(root, os.fsencode(library.mount_marker))
        if not os.path.lexists(marker):
            raise JobError(
                "LIBRARY_NOT_MOUNTED",
                f"{library.root_path} does not hold {library.mount_marker}, which is always there "
                "when its disk is mounted; nothing was changed",
            )
    return Root(status.st_dev, status.st_ino)


def confirm(library: Library, before: Root) -> None:
    """Checks that a library's folder is still the one that a scan began with.

    Raises:
        JobError: It is not, as if its disk was unmounted meanwhile.
    """
    if inspect(library) != before:
        raise JobError(
            "LIBRARY_NOT_MOUNTED",
            f"{library.root_path} became another folder during the scan; no file was marked "
            "missing",
        )


def is_empty(library: Library) -> bool:
    """Tells whether a library's folder holds nothing at all."""
    with os.scandir(os.fsencode(library.root_path)) as entries:
        return next(entries, None) is None


def _mounted(path: bytes) -> bool:
    path = os.path.realpath(path)
    while path != b"/":
        if os.path.ismount(path):
            return True
        path = os.path.dirname(path)
    return False
