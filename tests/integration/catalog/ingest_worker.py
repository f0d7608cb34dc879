"""A worker process for drills: `python ingest_worker.py URL KEYFILE`. Its leases are short."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from reelhouse_catalog.ingesting.handler import IngestHandler
from reelhouse_catalog.ingesting.usecases import JOB
from reelhouse_catalog.schema import jobs
from reelhouse_kit import log
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Worker, store, worker
from reelhouse_kit.secrets import Box

LEASE = timedelta(seconds=1)


async def main(url: str, key_file: str) -> None:
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
        handler = IngestHandler(database, Box.read(Path(key_file)))
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await Worker(url, database, jobs, {JOB: handler}).work(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
