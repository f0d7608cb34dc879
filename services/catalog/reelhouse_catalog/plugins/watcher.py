"""Checks plugins, and tells scanner plugins of files. Never in the way of a scan.

Scanner plugins learn of a file when its scan has committed it: they are told of files in the order
of their ids, which is that of time, each up to a horizon that lies a little in the past.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from reelhouse_catalog.plugins import said_store, store, usecases
from reelhouse_catalog.plugins.client import PluginClients
from reelhouse_catalog.plugins.model import CALL_SECONDS, INSPECT_ATTEMPTS, FileFacts, Plugin
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database

EVERY = 2.0
HORIZON_SECONDS = 30.0
"""No transaction that adds files is open for longer."""
_BATCH = 20
_CHECKS = 16
_LEASE = timedelta(seconds=_BATCH * CALL_SECONDS + 60)
_logger = log.get(__name__)


class PluginWatcher:
    """Keeps plugins watched. Any number of replicas share the work."""

    def __init__(
        self, database: Database, clients: PluginClients, *, horizon: float | None = None
    ) -> None:
        self._database = database
        self._clients = clients
        self._horizon = HORIZON_SECONDS if horizon is None else horizon

    async def run(self) -> None:
        """Watches until cancelled."""
        await asyncio.gather(self._repeat(self.check_due), self._repeat(self.inspect_due))

    async def _repeat(self, work: Callable[[], Awaitable[int]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot watch plugins", error=repr(error))
            await asyncio.sleep(EVERY * random.uniform(0.8, 1.2))  # noqa: S311 # jitter

    async def check_due(self) -> int:
        """Checks the plugins whose time it is, all at once. Returns how many."""
        due = await store.take_checks(self._database, _CHECKS)
        results = await asyncio.gather(
            *(usecases.check(self._database, self._clients, plugin) for plugin in due),
            return_exceptions=True,
        )
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, errors.NotFoundError):
                _logger.warning("cannot check a plugin", error=repr(result))
        return len(due)

    async def inspect_due(self) -> int:
        """Tells scanner plugins of files, as long as there are any. Returns of how many."""
        count = 0
        while True:
            plugin = await store.take_inspection(self._database, _LEASE)
            if plugin is None:
                return count
            count += await self._inspect(plugin)

    async def _inspect(self, plugin: Plugin) -> int:
        """Tells one plugin of the next files."""
        until = _id_of_time(time.time() - self._horizon)
        found = await said_store.files_after(self._database, plugin.inspected_to, until, _BATCH)
        to, failures = plugin.inspected_to, plugin.inspect_failures
        count, pause = 0, timedelta(0) if len(found) == _BATCH else timedelta(seconds=EVERY * 2)
        for facts, present in found:
            resting = self._clients.resting(plugin.address)
            if resting or (failures and not await self._answers(plugin)):
                # Nothing that this file could help.
                pause = timedelta(seconds=max(resting, 5.0))
                break
            wait = await self._tell(plugin, facts) if present else None
            if wait is not None:
                failures += 1
                if failures < INSPECT_ATTEMPTS:
                    pause = timedelta(seconds=wait)
                    break
                _logger.warning("left out", plugin=plugin.name, media_file=str(facts.id))
            to, failures = facts.id, 0
            count += 1
        await store.inspected(self._database, plugin.id, to, failures, pause)
        return count

    async def _answers(self, plugin: Plugin) -> bool:
        try:
            await self._clients.describe(plugin.address)
        except errors.Error:
            return False
        return True

    async def _tell(self, plugin: Plugin, facts: FileFacts) -> float | None:
        """Tells a plugin of a file. Returns the seconds to wait before it is told again."""
        try:
            said = await self._clients.inspect(plugin, facts)
        except errors.RetryableError as error:
            _logger.info("plugin failed", plugin=plugin.name, reason=error.reason)
            # A lie is not told better the next time.
            return None if error.reason == "PLUGIN_INVALID" else min(error.retry_after, 30.0)
        listed = {one.metadata_type: one for one in said}
        async with self._database.transaction() as session:
            await said_store.say_of_file(
                session,
                plugin,
                facts.id,
                [(one.metadata_type, one.metadata, one.confidence) for one in listed.values()],
            )
        return None


def _id_of_time(seconds: float) -> UUID:
    """Returns the smallest UUIDv7 of a time."""
    return UUID(int=(int(seconds * 1000) << 80))
