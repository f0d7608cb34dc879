"""A worker that asks a slow source about titles, in a process of its own, to be killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from reelhouse_catalog.enriching import usecases, watcher
from reelhouse_catalog.enriching.handler import EnrichHandler
from reelhouse_catalog.enrichment.model import Finding, Metadata, Subject
from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Worker

# A table that is there, for a mark: one row for each time that findings were applied.
MARK = Query(
    text(
        "INSERT INTO catalog.idempotency_keys (caller, request_id, fingerprint, resource_id)"
        " VALUES (:title, :mark, ''::bytea, :mark)"
    )
)


class Slow:
    """Takes a moment for each title."""

    name = "slow"
    kinds = frozenset({"movie"})

    async def find(self, subject: Subject) -> Finding | None:
        await asyncio.sleep(0.05)
        return Finding(self.name, "1", 1.0, Metadata(display_name=subject.display_name))


async def known() -> dict[str, frozenset[str]]:
    return {"slow": Slow.kinds}


async def ask(_: str) -> Slow:
    return Slow()


async def apply(session: Session, title_id: UUID, _: Sequence[Finding]) -> None:
    await session.run(MARK, title=str(title_id), mark=new_id())


async def main(url: str) -> None:
    async with Database.open(url, schema="catalog", size=6) as database:
        watcher.EVERY = 0.1
        watching = watcher.EnrichmentWatcher(database, known, language="en", cache_bytes=10**6)
        handler = EnrichHandler(database, ask, apply, days=30, language="en")
        worker = Worker(url, database, jobs, {usecases.JOB: handler}, concurrency=2)
        print("working", flush=True)  # noqa: T201 # the test waits for it
        await asyncio.gather(watching.run(), worker.work(asyncio.Event()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
