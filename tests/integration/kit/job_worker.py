"""A worker process for drills: `python job_worker.py URL`. Its leases are short.

Each job counts one effect, in the transaction that completes it, after some time of work.
"""

from __future__ import annotations

import asyncio
import random
import sys
from datetime import timedelta

from sqlalchemy import text

from reelhouse_catalog.schema import jobs
from reelhouse_kit import log
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import Job, JobError, Run, Worker, store, worker

LEASE = timedelta(seconds=1)
_EFFECT = Query(
    text(
        "INSERT INTO catalog.idempotency_keys "
        "VALUES (:job, gen_random_uuid(), '', gen_random_uuid())"
    )
)


class Count:
    """Counts each job's effects as rows of a table that is at hand."""

    async def run(self, run: Run) -> None:
        """Works for a moment, then counts."""
        seconds = run.job.payload.get("seconds", random.uniform(0, 0.05))
        await asyncio.sleep(seconds)
        async with run.completing() as session:
            await session.run(_EFFECT, job=str(run.job.id))

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Does nothing."""


async def main(url: str) -> None:
    """Works until it is killed."""
    short: tuple[tuple[object, str, object], ...] = (
        (store, "LEASE", LEASE),
        (worker, "RENEW_EVERY", LEASE / 3),
        (worker, "TRUST", LEASE * 0.75),
        (worker, "POLL", 0.2),
    )
    for module, name, value in short:
        setattr(module, name, value)
    log.configure("warning")
    async with Database.open(url, schema="catalog", size=4) as database:
        made = Worker(url, database, jobs, {"count": Count()}, concurrency=3)
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await made.work(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
