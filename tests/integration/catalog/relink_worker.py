"""A worker for drills that kills itself: `python relink_worker.py URL POINT COUNT`.

POINT is a step of replacing a link; the process dies by SIGKILL when it is reached for the COUNTth
time. "never" is none.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from reelhouse_catalog.relinking import relink, replacing, store
from reelhouse_catalog.schema import jobs
from reelhouse_kit import log
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Worker, worker
from reelhouse_kit.jobs import store as job_store
from tests.integration.catalog.links import handlers

LEASE = timedelta(seconds=1)
STEPS: dict[str, tuple[Any, str]] = {
    "intend": (store, "insert_entries"),
    "replace": (replacing, "replace"),
    "symlink": (os, "symlink"),
    "chown": (os, "chown"),
    "exchange": (replacing, "exchange"),
    "unlink": (os, "unlink"),
    "fsync": (os, "fsync"),
    "finish": (store, "finish_entries"),
    "settle": (replacing, "settle"),
}
POINTS = [f"{when} {step}" for step in STEPS for when in ("before", "after")]


def arm(point: str, count: int) -> None:
    """Makes the process die at a step."""
    when, _, step = point.partition(" ")
    module, name = STEPS[step]
    real: Callable[..., Any] = getattr(module, name)
    left = count

    def reached() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(*arguments: Any, **options: Any) -> Any:
        if when == "before":
            reached()
        result = real(*arguments, **options)
        if when == "after" and not asyncio.iscoroutine(result):
            reached()
        if asyncio.iscoroutine(result):
            return waited(result)
        return result

    async def waited(work: Any) -> Any:
        result = await work
        if when == "after":
            reached()
        return result

    setattr(module, name, wrapped)


async def main(url: str, point: str, count: int) -> None:
    """Works until it is killed."""
    short: tuple[tuple[object, str, object], ...] = (
        (job_store, "LEASE", LEASE),
        (worker, "RENEW_EVERY", LEASE / 3),
        (worker, "TRUST", LEASE * 0.75),
        (worker, "POLL", 0.2),
        # So that there is more than one batch.
        (relink, "_REPLACED_AT_ONCE", 4),
    )
    for module, name, value in short:
        setattr(module, name, value)
    log.configure("warning")
    if point != "never":
        arm(point, count)
    async with Database.open(url, schema="catalog", size=4) as database:
        await Worker(url, database, jobs, handlers(database)).work(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
