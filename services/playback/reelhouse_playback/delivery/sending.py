"""Opens files and sends them to sockets, without a byte of them passing through Python.

Every system call that may wait for a disk runs in a thread; no thread ever waits for a client. The
event loop's own `sendfile` is not there in uvloop, and elsewhere waits for disks in the loop.
"""

from __future__ import annotations

import asyncio
import functools
import os
import stat
from collections.abc import Callable
from concurrent.futures import Executor
from types import TracebackType
from typing import Any, Self, TypeVar

STALL_SECONDS = 60.0
"""A client that takes nothing for so long is let go. Players that pause come back with a range."""
_AT_ONCE = 4 * 1024 * 1024
"""Bytes that a thread sends before it lets others have their turn."""
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
T = TypeVar("T")


class OpenFile:
    """A regular file, open for reading, and the size and times that it had then."""

    def __init__(self, executor: Executor, fd: int, found: os.stat_result) -> None:
        self._executor = executor
        self._fds = [fd]
        self._busy: asyncio.Future[Any] | None = None
        self.size = found.st_size
        self.mtime_ns = found.st_mtime_ns
        self.inode = found.st_ino

    @classmethod
    async def open(cls, executor: Executor, path: bytes) -> OpenFile:
        """Opens a file.

        Raises:
            OSError: It is not there, is no regular file or may not be read.
        """
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(executor, _open, path)
        try:
            fd, found = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise
        return cls(executor, fd, found)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._close()

    async def send(self, transport: asyncio.Transport, offset: int, count: int) -> None:
        """Sends bytes of the file after what was written to the transport and has left it.

        Raises:
            ConnectionError: The client is gone, takes nothing, or the file became shorter.
        """
        if transport.is_closing():
            raise ConnectionResetError("the client is gone")
        # A number of our own: the transport's may belong to somebody else once it is closed.
        sock = self._adopt(os.dup(transport.get_extra_info("socket").fileno()))
        end = offset + count
        while offset < end:
            sent, full = await self._in_thread(_send, sock, self._fds[0], offset, end - offset)
            offset += sent
            if full:
                await _writable(sock)
            elif not sent:
                raise ConnectionResetError("the file became shorter")
        os.close(self._fds.pop())

    def _adopt(self, fd: int) -> int:
        self._fds.append(fd)
        return fd

    async def _in_thread(self, function: Callable[..., T], *arguments: object) -> T:
        loop = asyncio.get_running_loop()
        call = functools.partial(function, *arguments)
        running: asyncio.Future[T] = loop.run_in_executor(self._executor, call)
        self._busy = running
        return await asyncio.shield(running)

    def _close(self) -> None:
        """Closes everything; where a thread is still at it, once that is done."""
        if self._busy is not None and not self._busy.done():
            self._busy.add_done_callback(self._close_after)
        else:
            _close_all(self._fds)

    def _close_after(self, ended: asyncio.Future[Any]) -> None:
        if not ended.cancelled():
            ended.exception()  # nobody is there to hear of it
        _close_all(self._fds)


def _open(path: bytes) -> tuple[int, os.stat_result]:
    fd = os.open(path, _FLAGS)
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(path)
    except BaseException:
        os.close(fd)
        raise
    return fd, found


def _close_opened(opening: asyncio.Future[tuple[int, os.stat_result]]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result()[0])


def _close_all(fds: list[int]) -> None:
    while fds:
        os.close(fds.pop())


def _send(sock: int, file: int, offset: int, count: int) -> tuple[int, bool]:
    """Sends what the socket takes now.

    Returns how many bytes that was, and whether the socket is full; neither at the file's end.
    """
    count = min(count, _AT_ONCE)
    sent = 0
    while sent < count:
        try:
            some = os.sendfile(sock, file, offset + sent, count - sent)
        except BlockingIOError:
            return sent, True
        if some == 0:
            break
        sent += some
    return sent, False


async def _writable(sock: int) -> None:
    """Waits until a socket takes something, or is broken."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_writer(sock, ready.set)
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await ready.wait()
    except TimeoutError:
        raise ConnectionAbortedError("the client takes nothing") from None
    finally:
        loop.remove_writer(sock)
