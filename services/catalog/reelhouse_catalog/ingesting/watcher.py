"""Links items that wait for their files, as scans bring the files."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from reelhouse_catalog.ingesting.handing import HandOver, hand_over_all
from reelhouse_catalog.ingesting.linking import link_all, link_files
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.media_files.telling import TOPIC as FILES_TOPIC
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.outbox import Change, Recorded

_WAIT = 30.0
_logger = log.get(__name__)


class Linker:
    """Follows the media files. Several may do so at once: a link is made once."""

    def __init__(self, database: Database, hub: Hub, hand_over: HandOver | None = None) -> None:
        self._database = database
        self._hub = hub
        self._hand_over = hand_over

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Links while the block runs."""
        task = asyncio.create_task(self._follow_for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot link items", error=repr(error))
            await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 # jitter

    async def _follow(self) -> None:
        async with self._hub.watching() as now:
            position = now
            # What came while nobody followed; from here on the events tell.
            await link_all(self._database)
            await hand_over_all(self._database, self._hand_over)
            while True:
                found, position = await self._hub.next(position, _WAIT)
                files = list(_files(found))
                if await link_files(self._database, files):
                    await hand_over_all(self._database, self._hand_over)


def _files(found: Iterable[Recorded]) -> Iterable[UUID]:
    """Yields the media files that events tell of, each once."""
    names = dict.fromkeys(
        recorded.event.name
        for recorded in found
        if recorded.event.topic == FILES_TOPIC and recorded.event.change is not Change.DELETED
    )
    for name in names:
        try:
            yield MEDIA_FILE.parse_one(name)
        except errors.NotFoundError:
            continue
