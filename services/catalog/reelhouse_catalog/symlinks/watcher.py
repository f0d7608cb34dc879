"""Begins scans of links when they are due, and asks servers again that did not answer."""

from __future__ import annotations

import asyncio
import random

from reelhouse_catalog.repairs import usecases as repairs
from reelhouse_catalog.symlinks import usecases
from reelhouse_kit import log
from reelhouse_kit.db import Database

_LOOK_SECONDS = 10.0
_logger = log.get(__name__)


class SymlinkSchedule:
    """Looks which libraries are due. Several workers may do so: each run is begun once."""

    def __init__(self, database: Database, *, look_seconds: float = _LOOK_SECONDS) -> None:
        self._database = database
        self._look = look_seconds

    async def work(self, stopping: asyncio.Event) -> None:
        """Begins scans until told to stop."""
        while not stopping.is_set():
            try:
                begun = await usecases.start_due_scans(self._database)
                begun += await repairs.start_due_repairs(self._database)
                for run in begun:
                    _logger.info("run over links was due", run=run.resource)
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot look for due runs over links", error=repr(error))
            pause = self._look * random.uniform(0.8, 1.2)  # noqa: S311 # jitter
            try:
                async with asyncio.timeout(pause):
                    await stopping.wait()
            except TimeoutError:
                pass
