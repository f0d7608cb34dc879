"""Workers that die or freeze: every job has its effect once, whatever happens to them."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query
from reelhouse_kit.processes import leashed

SCRIPT = Path(__file__).with_name("job_worker.py")
LEFT = Query(text("SELECT count(*) FROM catalog.jobs WHERE status <> 'completed'"))
EFFECTS = Query(text("SELECT caller, count(*) AS n FROM catalog.idempotency_keys GROUP BY caller"))


@asynccontextmanager
async def process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a worker process while the block runs."""
    running = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(SCRIPT), url]),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert running.stdout is not None
        assert await running.stdout.readline() == b"working\n"
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def add(database: Database, count: int, **payload: object) -> None:
    async with database.transaction() as session:
        for _ in range(count):
            await jobs.enqueue(session, "count", dict(payload), max_attempts=50)


async def until_none_left(database: Database) -> None:
    async with asyncio.timeout(40):
        while await database.value(LEFT):
            await asyncio.sleep(0.1)


async def test_killed_workers_lose_and_repeat_nothing(
    catalog_db: Database, catalog_url: str
) -> None:
    await add(catalog_db, 300)
    dice = random.Random(7)
    killed = 0

    async def live() -> None:
        nonlocal killed
        while await catalog_db.value(LEFT):
            async with process(catalog_url) as running:
                await asyncio.sleep(dice.uniform(0.2, 0.9))
                running.send_signal(signal.SIGKILL)
                killed += 1

    workers = [asyncio.create_task(live()) for _ in range(2)]
    await until_none_left(catalog_db)
    await asyncio.gather(*workers)
    effects = await catalog_db.all(EFFECTS)
    assert len(effects) == 300
    assert {row["n"] for row in effects} == {1}
    assert killed >= 4


async def test_a_frozen_worker_cannot_finish_what_another_took(
    catalog_db: Database, catalog_url: str
) -> None:
    async with process(catalog_url) as frozen:
        await add(catalog_db, 1, seconds=0.5)
        active = Query(text("SELECT count(*) FROM catalog.jobs WHERE status = 'active'"))
        async with asyncio.timeout(10):
            while not await catalog_db.value(active):
                await asyncio.sleep(0.01)
        frozen.send_signal(signal.SIGSTOP)
        async with process(catalog_url):
            await until_none_left(catalog_db)
            frozen.send_signal(signal.SIGCONT)
            await asyncio.sleep(1)
    effects = await catalog_db.all(EFFECTS)
    assert [row["n"] for row in effects] == [1]
    attempts = Query(text("SELECT attempts FROM catalog.jobs"))
    assert await catalog_db.value(attempts) == 2
