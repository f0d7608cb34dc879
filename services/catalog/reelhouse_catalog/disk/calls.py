"""Calls of Linux that Python does not have. All take open folders and plain names."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import stat

from reelhouse_catalog.disk import faults
from reelhouse_catalog.disk.errors import DiskError
from reelhouse_catalog.disk.faults import Point, reached

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_RENAME_NOREPLACE = 1
_RENAME_EXCHANGE = 2
_FICLONE = 0x40049409
_SYS_OPENAT2 = 437  # on every architecture
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_BENEATH = 0x08
MISSING = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
"""What a call answers that the kernel or the file system does not have."""
_libc = ctypes.CDLL(None, use_errno=True)
_renameat2 = getattr(_libc, "renameat2", None)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


class _OpenHow(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


def rename_no_replace(from_folder: int, name: bytes, to_folder: int, new_name: bytes) -> None:
    """Renames a file, and never replaces another.

    Where the file system cannot do that in one step, the file has both names for a moment.

    Raises:
        FileExistsError: Something has the new name.
        OSError: It cannot be renamed.
        DiskError: Neither way is there.
    """
    error = _rename(from_folder, name, to_folder, new_name, _RENAME_NOREPLACE)
    if not error:
        return
    if error not in MISSING:
        raise OSError(error, os.strerror(error))
    try:
        # Fails when there is something, which a look before a plain rename could not promise.
        os.link(name, new_name, src_dir_fd=from_folder, dst_dir_fd=to_folder, follow_symlinks=False)
    except OSError as failure:
        if failure.errno in (*MISSING, errno.EPERM, errno.EMLINK):
            raise DiskError(
                "RENAME_UNSUPPORTED",
                "this file system can neither rename without replacing nor make hard links",
                stops=True,
            ) from None
        raise
    reached(Point.LINKED)
    os.unlink(name, dir_fd=from_folder)


def exchange(folder: int, name: bytes, other: bytes) -> None:
    """Lets two files of a folder change their names in one step.

    Raises:
        OSError: They cannot; with a code of `MISSING` where there is no such call.
    """
    error = _rename(folder, name, folder, other, _RENAME_EXCHANGE)
    if error:
        raise OSError(error, os.strerror(error))


def _rename(from_folder: int, name: bytes, to_folder: int, new_name: bytes, flags: int) -> int:
    """Calls renameat2. Returns the code of its error; 0 if there was none."""
    if _renameat2 is None or faults.lacks("renameat2"):
        return errno.ENOSYS
    return ctypes.get_errno() if _renameat2(from_folder, name, to_folder, new_name, flags) else 0


def open_beneath(root: int, path: bytes, flags: int) -> int:
    """Opens what is at a path below a folder. No "..", link or mount of processes leads out of it.

    Raises:
        OSError: It cannot be opened; EXDEV or ELOOP for a path that leads out.
    """
    if not path:
        return os.open(b".", flags | os.O_CLOEXEC, dir_fd=root)
    if not faults.lacks("openat2"):
        how = _OpenHow(flags | os.O_CLOEXEC, 0, _RESOLVE_BENEATH | _RESOLVE_NO_MAGICLINKS)
        while True:
            opened = _syscall(_SYS_OPENAT2, root, path, ctypes.byref(how), ctypes.sizeof(how))
            if opened >= 0:
                return int(opened)
            error = ctypes.get_errno()
            if error in (errno.ENOSYS, errno.EPERM) and not os.path.isabs(path):
                break  # an old kernel, or a sandbox that does not know the call
            if error != errno.EAGAIN:  # a folder on the way was being renamed
                raise OSError(error, os.strerror(error))
    return _open_by_steps(root, path, flags)


def _open_by_steps(root: int, path: bytes, flags: int) -> int:
    """Opens a path folder by folder. Follows no link at all: where one leads is not known."""
    *folders, name = path.split(b"/")
    if b"" in folders or b".." in (*folders, name):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    at = os.dup(root)
    try:
        for folder in folders:
            inner = os.open(folder, FOLDER | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
    except OSError as error:
        # O_DIRECTORY of a link says ENOTDIR.
        if error.errno == errno.ENOTDIR and _is_link(at, error.filename):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from None
        raise
    finally:
        os.close(at)


def _is_link(folder: int, name: bytes | None) -> bool:
    if name is None:
        return False
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def reflink(source: int, target: int) -> bool:
    """Makes an empty file share the content of another. Returns whether the file system can."""
    if faults.lacks("reflink"):
        return False
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        return False
    return True
