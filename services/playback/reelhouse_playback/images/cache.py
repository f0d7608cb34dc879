"""Renditions on disk, made when first asked for."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from weakref import WeakValueDictionary

from reelhouse_kit.processes import leashed
from reelhouse_playback.images.model import UNREADABLE, Rendition

_MEMORY = 2 * 1024**3
_SECONDS = 30.0
_AT_ONCE = 2
_KEPT = 0.8
"""The share of the limit that is left after what was not used for longest is removed."""
_DRAFT = ".draft-"
_OLD_DRAFT = 3600.0
"""Seconds after which nobody writes a draft any more: whoever did was killed."""


class UnreadableImageError(Exception):
    """The original cannot be made smaller."""


class ImageCache:
    """Keeps renditions, up to a number of bytes."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._used: int | None = None
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def get(self, wanted: Rendition) -> bytes:
        """Returns the path of a rendition.

        Raises:
            UnreadableImageError: The original is no image, or too large.
            TimeoutError: It takes too long.
        """
        path = self._folder / wanted.key
        if await asyncio.to_thread(_use, path):
            return os.fsencode(path)
        lock = self._making.setdefault(wanted.key, asyncio.Lock())
        async with lock:
            if not await asyncio.to_thread(_use, path):
                async with asyncio.timeout(_SECONDS), self._slots:
                    await self._make(wanted, path)
        return os.fsencode(path)

    async def _make(self, wanted: Rendition, path: Path) -> None:
        draft = await asyncio.to_thread(_draft, self._folder)
        try:
            await _resize(wanted, draft)
            self._used = await asyncio.to_thread(self._settle, draft, path)
        finally:
            await asyncio.shield(asyncio.to_thread(draft.unlink, missing_ok=True))

    def _settle(self, draft: Path, path: Path) -> int:
        """Gives a rendition its name, and removes others if there are too many."""
        size = draft.stat().st_size
        draft.replace(path)
        used = self._used
        if used is None or used + size > self._limit:
            return _trim(self._folder, self._limit, keep=path)
        return used + size


async def _resize(wanted: Rendition, draft: Path) -> None:
    command = [sys.executable, "-m", "reelhouse_playback.images.resizer"]
    arguments = [str(wanted.width), wanted.form.value, wanted.path, os.fsencode(draft)]
    process = await asyncio.create_subprocess_exec(
        *leashed([*command, *arguments], memory=_MEMORY),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if code == UNREADABLE or code < 0:
        raise UnreadableImageError
    if code:
        raise RuntimeError(f"the resizer ended with status {code}")


def _use(path: Path) -> bool:
    """Notes that a file is used, if there is one. Its own time stays: answers are told by it."""
    try:
        found = path.stat()
        os.utime(path, ns=(time.time_ns(), found.st_mtime_ns))
    except FileNotFoundError:
        return False
    return True


def _draft(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    fd, name = tempfile.mkstemp(prefix=_DRAFT, dir=folder)
    os.close(fd)
    return Path(name)


def _trim(folder: Path, limit: int, *, keep: Path) -> int:
    """Removes what was not used for longest, if there is too much. Returns the bytes left."""
    found = []
    for entry in os.scandir(folder):
        status = entry.stat(follow_symlinks=False)
        if not entry.name.startswith(_DRAFT):
            found.append((status.st_atime_ns, status.st_size, entry.path))
        elif status.st_mtime < time.time() - _OLD_DRAFT:
            Path(entry.path).unlink(missing_ok=True)
    used = sum(size for _, size, _ in found)
    if used <= limit:
        return used
    for _, size, path in sorted(found):
        if used <= limit * _KEPT:
            break
        if path != str(keep):
            Path(path).unlink(missing_ok=True)
            used -= size
    return used
