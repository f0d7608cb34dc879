"""What every schema needs done now and then, by whichever replica comes to it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from reelhouse_kit import log
from reelhouse_kit.db import Database, Session
from reelhouse_kit.migrations import partitions

EVERY = 3600.0
"""Seconds between two rounds. What they do is done once however many replicas do it."""
Purge = Callable[[Session], Awaitable[None]]
"""Forgets what a capability needs no longer."""
_logger = log.get(__name__)


@asynccontextmanager
async def maintained(database: Database, *purges: Purge) -> AsyncIterator[None]:
    """Makes partitions ahead of time and forgets what is old while the block runs."""
    task = asyncio.create_task(_maintain(database, purges))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _maintain(database: Database, purges: tuple[Purge, ...]) -> None:
    ensure = partitions.ensure(database.schema)
    while True:
        try:
            async with database.transaction() as session:
                await session.run(ensure)
                for purge in purges:
                    await purge(session)
            pause = EVERY
        except Exception as error:  # noqa: BLE001 # the database comes back
            _logger.warning("maintenance failed", error=repr(error))
            pause = 10
        await asyncio.sleep(pause * random.uniform(0.9, 1.1))  # noqa: S311 # jitter
