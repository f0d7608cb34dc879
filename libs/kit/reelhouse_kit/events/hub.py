"""One reader of the outbox per process, whatever the number of watchers."""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from reelhouse_kit import log
from reelhouse_kit.db.database import (
    COMMAND_TIMEOUT,
    CONNECT_TIMEOUT,
    Database,
    Session,
    server_settings,
)
from reelhouse_kit.events.outbox import Outbox, Position, Recorded

BUFFERED = 10_000
"""Events kept in memory. A watcher that is further behind reads from the table."""
PAGE = 1000
POLL = 5.0
"""Seconds between looks when no notification comes: one may have been lost."""
_SOON = 0.05
"""Seconds between looks after a notification: older transactions may hold its events back."""
_logger = log.get(__name__)


class Hub:
    """Reads events as they come and lets watchers wait for them."""

    def __init__(self, url: str, database: Database, outbox: Outbox) -> None:
        self._url = url
        self._database = database
        self._outbox = outbox
        self._buffer: list[Recorded] = []
        self._floor = Position(0, 0)
        self._head = Position(0, 0)
        self._watchers = 0
        self._notified = asyncio.Event()
        self._moved = asyncio.Condition()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Reads while the block runs."""
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._read())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Position]:
        """Keeps the hub reading while the block runs, and yields the position of now."""
        async with self._database.connection() as session:
            now = await self._outbox.head(session)
        if self._watchers == 0:
            self._buffer, self._floor, self._head = [], now, now
        self._watchers += 1
        self._notified.set()
        try:
            yield now
        finally:
            self._watchers -= 1

    async def next(self, after: Position, wait: float) -> tuple[list[Recorded], Position]:
        """Returns events after a position, and the position after them.

        Empty when none came within `wait` seconds.
        """
        if after >= self._floor:
            if after >= self._head:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait), self._moved:
                        await self._moved.wait_for(lambda: self._head > after)
            if after >= self._floor:
                first = bisect.bisect_right(self._buffer, after, key=lambda r: r.position)
                found = self._buffer[first : first + PAGE]
                return found, found[-1].position if found else after
        head = self._head
        async with self._database.connection() as session:
            found = await self._outbox.read(session, after, PAGE)
        return found, found[-1].position if found else head

    async def _read(self) -> None:
        quiet = 0
        while True:
            # Look often right after a notification, then ever less.
            pause = POLL if quiet > 20 or not self._watchers else _SOON  # noqa: PLR2004
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._notified.wait()
            if self._notified.is_set():
                quiet = 0
                self._notified.clear()
            if not self._watchers:
                continue
            try:
                async with self._database.connection() as session:
                    found = await self._advance(session)
            except Exception as error:  # noqa: BLE001 # the database comes back, watchers wait
                _logger.warning("events not readable", error=repr(error))
                await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 # jitter
                continue
            quiet = 0 if found else quiet + 1

    async def _advance(self, session: Session) -> bool:
        events = await self._outbox.read(session, self._head, PAGE)
        if not events:
            return False
        self._buffer.extend(events)
        if len(self._buffer) > BUFFERED:
            self._buffer = self._buffer[-BUFFERED // 2 :]
            self._floor = self._buffer[0].position
        async with self._moved:
            self._head = events[-1].position
            self._moved.notify_all()
        if len(events) == PAGE:
            self._notified.set()
        return True

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except Exception as error:  # noqa: BLE001 # polling goes on meanwhile
                _logger.warning("not listening", error=repr(error))
            await asyncio.sleep(random.uniform(0.2, 1))  # noqa: S311 # jitter

    async def _listen_once(self) -> None:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT,
            server_settings=server_settings(f"reelhouse-{self._database.schema}-listen"),
        )
        try:

            def notify(*_: Any) -> None:
                self._notified.set()

            await connection.add_listener(self._outbox.channel, notify)
            self._notified.set()
            while True:
                # A dead server is noticed by asking it, not by waiting for it.
                await asyncio.sleep(15)
                await connection.fetchval("SELECT 1")
        finally:
            connection.terminate()
