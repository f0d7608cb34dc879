from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Job, JobError, LeaseLostError, Run, Status, Worker, worker
from reelhouse_kit.jobs.model import TRANSITIONS

ROW = Query(text("SELECT * FROM catalog.jobs WHERE id = CAST(:id AS uuid)"))
EXPIRE = Query(text("UPDATE catalog.jobs SET lease_until = now() - interval '1 second'"))
DUE = Query(text("UPDATE catalog.jobs SET run_at = now() WHERE status = 'delayed'"))


async def enqueue(database: Database, **options: Any) -> UUID:
    async with database.transaction() as session:
        return await jobs.enqueue(session, "work", options.pop("payload", {}), **options)


async def claim(database: Database, limit: int = 1) -> list[Job]:
    async with database.transaction() as session:
        return await jobs.claim(session, new_id(), ["work"], limit)


async def rescue(database: Database) -> list[Status]:
    async with database.transaction() as session:
        return [status for _, status in await jobs.rescue(session)]


async def status_of(database: Database, job_id: UUID) -> Status:
    row = await database.one(ROW, id=str(job_id))
    assert row is not None
    return Status(row["status"])


async def test_each_job_is_claimed_once(catalog_db: Database) -> None:
    wanted = {await enqueue(catalog_db) for _ in range(40)}
    claimed = await asyncio.gather(*(claim(catalog_db, 5) for _ in range(12)))
    ids = [job.id for batch in claimed for job in batch]
    assert len(ids) == 40
    assert set(ids) == wanted


async def test_higher_priorities_and_older_jobs_first(catalog_db: Database) -> None:
    low = await enqueue(catalog_db, priority=-1)
    first = await enqueue(catalog_db)
    second = await enqueue(catalog_db)
    high = await enqueue(catalog_db, priority=9)
    order = [(await claim(catalog_db))[0].id for _ in range(4)]
    assert order == [high, first, second, low]


async def test_a_live_job_with_a_key_is_alone(catalog_db: Database) -> None:
    first = await enqueue(catalog_db, unique_key="k")
    assert await enqueue(catalog_db, unique_key="k") == first
    (job,) = await claim(catalog_db)
    assert await enqueue(catalog_db, unique_key="k") == first
    async with catalog_db.transaction() as session:
        await jobs.finish(session, job, Status.COMPLETED)
    assert await enqueue(catalog_db, unique_key="k") != first


async def test_who_lost_the_lease_writes_nothing(catalog_db: Database) -> None:
    job_id = await enqueue(catalog_db)
    (stale,) = await claim(catalog_db)
    await catalog_db.run(EXPIRE)
    assert await rescue(catalog_db) == [Status.PENDING]
    (fresh,) = await claim(catalog_db)
    assert (fresh.id, fresh.attempt) == (job_id, 2)

    writes: list[Callable[[Session], Any]] = [
        lambda s: jobs.hold(s, stale),
        lambda s: jobs.finish(s, stale, Status.COMPLETED),
        lambda s: jobs.finish(s, stale, Status.FAILED, code="x", message="x"),
        lambda s: jobs.delay(s, stale, timedelta(0), code="x", message="x"),
        lambda s: jobs.hand_back(s, stale),
    ]
    for write in writes:
        with pytest.raises(LeaseLostError):
            async with catalog_db.transaction() as session:
                await write(session)
    async with catalog_db.transaction() as session:
        assert await jobs.renew(session, stale.worker, [stale]) == {}
        assert await jobs.renew(session, fresh.worker, [fresh]) == {job_id: False}
        await jobs.finish(session, fresh, Status.COMPLETED, result={"n": 1})
    assert await status_of(catalog_db, job_id) is Status.COMPLETED


async def test_a_held_job_does_not_change_hands(catalog_db: Database) -> None:
    await enqueue(catalog_db)
    (job,) = await claim(catalog_db)
    await catalog_db.run(EXPIRE)
    async with catalog_db.transaction() as session:
        await jobs.hold(session, job)
        assert await rescue(catalog_db) == []
    assert await rescue(catalog_db) == [Status.PENDING]


async def test_a_job_whose_workers_die_is_stuck_in_the_end(catalog_db: Database) -> None:
    job_id = await enqueue(catalog_db, max_attempts=2)
    for expected in (Status.PENDING, Status.STUCK):
        assert len(await claim(catalog_db)) == 1
        await catalog_db.run(EXPIRE)
        assert await rescue(catalog_db) == [expected]
    assert await claim(catalog_db) == []
    async with catalog_db.transaction() as session:
        assert await jobs.retry(session, job_id)
    assert len(await claim(catalog_db)) == 1


async def test_cancelling(catalog_db: Database) -> None:
    waiting = await enqueue(catalog_db)
    async with catalog_db.transaction() as session:
        assert await jobs.cancel(session, waiting)
    assert await status_of(catalog_db, waiting) is Status.CANCELLED

    active = await enqueue(catalog_db)
    (job,) = await claim(catalog_db)
    async with catalog_db.transaction() as session:
        assert not await jobs.cancel(session, active)
        assert await jobs.renew(session, job.worker, [job]) == {active: True}
    await catalog_db.run(EXPIRE)
    assert await rescue(catalog_db) == [Status.CANCELLED]


OPERATIONS = ("claim", "finish", "fail", "delay", "hand_back", "expire", "cancel", "retry", "due")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.sampled_from(OPERATIONS), max_size=25))
async def test_only_allowed_transitions_happen(catalog_db: Database, steps: list[str]) -> None:
    await catalog_db.run(Query(text("DELETE FROM catalog.jobs")))
    job_id = await enqueue(catalog_db)
    held: list[Job] = []
    for step in steps:
        before = await status_of(catalog_db, job_id)
        await _do(catalog_db, step, job_id, held)
        after = await status_of(catalog_db, job_id)
        assert after is before or after in TRANSITIONS[before], step


async def _do(database: Database, step: str, job_id: UUID, held: list[Job]) -> None:
    if step == "claim":
        held += await claim(database)
    elif step == "expire":
        await database.run(EXPIRE)
        await rescue(database)
    elif step == "due":
        await database.run(DUE)
    elif step in ("cancel", "retry"):
        async with database.transaction() as session:
            await getattr(jobs, step)(session, job_id)
    elif held:
        # Also with claims that were lost long ago.
        job = held[0] if step == "fail" else held[-1]
        try:
            async with database.transaction() as session:
                if step == "finish":
                    await jobs.finish(session, job, Status.COMPLETED)
                elif step == "fail":
                    await jobs.finish(session, job, Status.FAILED, code="x", message="x")
                elif step == "delay":
                    await jobs.delay(session, job, timedelta(hours=1), code="x", message="x")
                else:
                    await jobs.hand_back(session, job)
        except LeaseLostError:
            pass


class Handler:
    """Does what each job's payload says, and remembers."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.endings: list[tuple[str, str] | None] = []

    async def run(self, run: Run) -> None:
        self.begun.append(run.job.id)
        payload = run.job.payload
        await asyncio.sleep(payload.get("seconds", 0))
        if "error" in payload:
            raise JobError("BAD", payload["error"], retry=payload.get("retry", False))
        if "defect" in payload:
            raise LookupError(payload["defect"])
        async with run.completing({"answer": 42}):
            pass

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        self.endings.append((error.code, error.message) if error else None)


@pytest.fixture
def handler() -> Handler:
    return Handler()


async def until(condition: Callable[[], Any], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # the database changes, not this process
            await asyncio.sleep(0.02)


async def test_a_worker_runs_what_comes(
    catalog_db: Database, catalog_url: str, handler: Handler
) -> None:
    made = Worker(catalog_url, catalog_db, jobs, {"work": handler}, concurrency=4)
    async with made.running():
        ids = [await enqueue(catalog_db) for _ in range(20)]

        async def all_done() -> bool:
            states = [await status_of(catalog_db, job_id) for job_id in ids]
            return all(state is Status.COMPLETED for state in states)

        await until(all_done)
    row = await catalog_db.one(ROW, id=str(ids[0]))
    assert row is not None
    assert row["result"] == {"answer": 42}
    assert sorted(handler.begun) == sorted(ids)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"error": "no"}, Status.FAILED),
        ({"error": "no", "retry": True}, Status.DELAYED),
        ({"defect": "secret"}, Status.DELAYED),
    ],
)
async def test_failures(
    catalog_db: Database,
    catalog_url: str,
    handler: Handler,
    payload: dict[str, Any],
    expected: Status,
) -> None:
    async with Worker(catalog_url, catalog_db, jobs, {"work": handler}).running():
        job_id = await enqueue(catalog_db, payload=payload)

        async def settled() -> bool:
            return await status_of(catalog_db, job_id) is expected

        await until(settled)
    row = await catalog_db.one(ROW, id=str(job_id))
    assert row is not None
    assert "secret" not in row["error_message"]
    assert (handler.endings != []) is (expected is Status.FAILED)


async def test_cancelling_stops_a_running_job(
    catalog_db: Database, catalog_url: str, handler: Handler
) -> None:
    async with Worker(catalog_url, catalog_db, jobs, {"work": handler}).running():
        job_id = await enqueue(catalog_db, payload={"seconds": 60})

        async def begun() -> bool:
            return bool(handler.begun)

        await until(begun)
        async with catalog_db.transaction() as session:
            await jobs.cancel(session, job_id)

        async def cancelled() -> bool:
            return await status_of(catalog_db, job_id) is Status.CANCELLED

        await until(cancelled, 2)
    assert handler.endings == [None]


async def test_a_worker_that_stops_hands_back(
    catalog_db: Database, catalog_url: str, handler: Handler
) -> None:
    async with Worker(catalog_url, catalog_db, jobs, {"work": handler}).running():
        job_id = await enqueue(catalog_db, payload={"seconds": 60})

        async def begun() -> bool:
            return bool(handler.begun)

        await until(begun)
    assert await status_of(catalog_db, job_id) is Status.PENDING
    row = await catalog_db.one(ROW, id=str(job_id))
    assert row is not None
    assert row["attempts"] == 0
    assert handler.endings == []


async def test_leases_are_renewed_while_a_job_runs(
    catalog_db: Database,
    catalog_url: str,
    handler: Handler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lease = timedelta(seconds=0.6)
    monkeypatch.setattr("reelhouse_kit.jobs.store.LEASE", lease)
    monkeypatch.setattr(worker, "RENEW_EVERY", lease / 3)
    monkeypatch.setattr(worker, "POLL", 0.1)
    async with Worker(catalog_url, catalog_db, jobs, {"work": handler}).running():
        job_id = await enqueue(catalog_db, payload={"seconds": 2})

        async def done() -> bool:
            return await status_of(catalog_db, job_id) is Status.COMPLETED

        await until(done)
    assert len(handler.begun) == 1
