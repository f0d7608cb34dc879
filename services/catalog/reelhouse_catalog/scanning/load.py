"""How busy the machine is with other things than this process and its children."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from reelhouse_catalog.scanning.throttle import Load, Pace
from reelhouse_kit import log

_LOOK_SECONDS = 1.0
_logger = log.get(__name__)


class Meter:
    """Measures load between two looks."""

    def __init__(self) -> None:
        self._own = psutil.Process()
        self._before = self._times()

    def look(self) -> Load:
        """Returns the load since the last look."""
        busy, total, own = self._times()
        busy_before, total_before, own_before = self._before
        self._before = (busy, total, own)
        passed = total - total_before
        # The times of children that ended in between are missing: then it is others' rather.
        others = (busy - busy_before) - max(0.0, own - own_before)
        cpu = 100 * others / passed if passed > 0 else 0.0
        return Load(min(100.0, max(0.0, cpu)), psutil.virtual_memory().percent)

    def _times(self) -> tuple[float, float, float]:
        """Returns the seconds that all cores were busy, that passed on them, and that were ours."""
        times = psutil.cpu_times()
        total = sum(times[:8])  # the guests' are in the users' already
        waiting = times.idle + getattr(times, "iowait", 0.0)
        own = 0.0
        for process in (self._own, *self._own.children(recursive=True)):
            try:
                used = process.cpu_times()
            except psutil.Error:
                continue
            own += used.user + used.system
        return total - waiting, total, own


class Governor:
    """Keeps a scan to the pace that the machine's load allows."""

    def __init__(self, most_workers: int) -> None:
        self.pace = Pace.first(most_workers)

    def holds(self, worker: int) -> bool:
        """Tells whether a worker, counted from 0, is to wait with what it does next."""
        return worker >= self.pace.workers or self.pace.braked(time.monotonic())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Looks at the load while the block runs."""
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _look(self) -> None:
        meter = await asyncio.to_thread(Meter)
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            load = await asyncio.to_thread(meter.look)
            before, now = self.pace, time.monotonic()
            self.pace = before.after(load, now)
            if self.pace.braked(now) and not before.braked(now):
                _logger.warning("scan pauses for load", cpu=load.cpu, memory=load.memory)
