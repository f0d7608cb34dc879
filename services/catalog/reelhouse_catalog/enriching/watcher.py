"""Sees which titles are new, changed, or have not been asked about for long."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

from reelhouse_catalog.enriching import usecases
from reelhouse_catalog.enriching.model import Sources
from reelhouse_catalog.providers import store as responses
from reelhouse_kit import log
from reelhouse_kit.db import Database

EVERY = 5.0
_PRUNE_EVERY = 3600.0
_OLDEST = timedelta(days=60)
"""Answers older than this are not kept, whatever room there is."""
_logger = log.get(__name__)


class EnrichmentWatcher:
    """Keeps asking going. Any number of replicas share the work.

    Args:
        database: The catalog's database.
        sources: Tells who can be asked. As long as nobody can, nothing is written.
        language: The language of what is asked for.
        cache_bytes: The most bytes of answers that are kept.
    """

    def __init__(
        self, database: Database, sources: Sources, *, language: str, cache_bytes: int
    ) -> None:
        self._database = database
        self._sources = sources
        self._language = language
        self._cache_bytes = cache_bytes
        self._pruned = 0.0

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot watch titles", error=repr(error))
            await asyncio.sleep(EVERY * random.uniform(0.8, 1.2))  # noqa: S311 # jitter

    async def look(self) -> None:
        """Looks once."""
        known = await self._sources()
        if known:
            while await usecases.read_events(self._database, known, self._language):
                pass
            for source, kinds in known.items():
                while await usecases.sweep(self._database, source, kinds, self._language):
                    pass
            await usecases.start_due(self._database, known)
        now = asyncio.get_running_loop().time()
        if now - self._pruned > _PRUNE_EVERY or not self._pruned:
            self._pruned = now
            await responses.prune(self._database, most_bytes=self._cache_bytes, oldest=_OLDEST)
