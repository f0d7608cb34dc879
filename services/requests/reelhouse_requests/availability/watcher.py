"""Follows the catalog's titles. One replica does it at a time; where it left off is stored."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse_kit import errors, log
from reelhouse_kit.db import Database
from reelhouse_kit.ids import new_id
from reelhouse_requests.availability import store
from reelhouse_requests.availability.usecases import take_note, take_note_of_deletion
from reelhouse_requests.clients.catalog import CatalogClient, CatalogUpdate

CURSOR = "catalog.titles"
_logger = log.get(__name__)


class LostError(Exception):
    """Another replica follows the catalog now."""


class Watcher:
    """Takes note of audiobooks as they come to the catalog and go."""

    def __init__(self, database: Database, catalog: CatalogClient) -> None:
        self._database = database.for_everybody()
        self._catalog = catalog
        self._id = new_id()

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Follows the catalog while the block runs."""
        task = asyncio.create_task(self._follow_for_ever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            try:
                async with self._database.transaction() as session:
                    await store.release(session, CURSOR, self._id)
            except Exception as error:  # noqa: BLE001 # the lease runs out by itself
                _logger.warning("cursor not released", error=repr(error))

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    token = await store.claim(session, CURSOR, self._id)
                if token is not None:
                    await self._follow(token)
            except (LostError, errors.RetryableError) as error:
                _logger.info("following the catalog again", reason=str(error))
            except (errors.OutOfRangeError, errors.InvalidArgumentError):
                await self._start_over()
            except Exception as error:  # noqa: BLE001 # whatever it is, it is tried again
                code = getattr(error, "code", None)
                if code is errors.Code.OUT_OF_RANGE:
                    await self._start_over()
                else:
                    _logger.warning("cannot follow the catalog", error=repr(error))
            await asyncio.sleep(random.uniform(0.5, 1.5))  # noqa: S311 # jitter

    async def _start_over(self) -> None:
        """Forgets where it left off: all titles are looked at again."""
        async with self._database.transaction() as session:
            await store.move(session, CURSOR, self._id, "")

    async def _follow(self, token: str) -> None:
        async for update in self._catalog.watch_audiobooks(token):
            token = update.token or token
            await self._apply(update, token)

    async def _apply(self, update: CatalogUpdate, token: str) -> None:
        # The note and how far was read are one: none is lost or taken twice.
        async with self._database.transaction() as session:
            if not await store.move(session, CURSOR, self._id, token):
                raise LostError
            if update.title is not None:
                await take_note(session, update.title)
            elif update.deleted:
                await take_note_of_deletion(session, update.deleted)
