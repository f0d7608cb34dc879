"""The jobs table of one schema, and all statements on it.

Times are the database's own: workers' clocks may differ. Reference for the statements and their
failure modes: Oban's claim in a CTE, River's rescuer, Solid Queue's fence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Interval,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db.database import Session
from reelhouse_kit.db.query import Query
from reelhouse_kit.db.tables import state, timestamp
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs.model import LEASE, LIVE, WAITING, Job, LeaseLostError, Status

RESCUE_PAGE = 100
RETRY_ATTEMPTS = 3
"""Further attempts of a job that is retried. Attempts count on: their numbers are fences."""


def _is(column: Column[Any], *statuses: Status) -> Any:
    return or_(*(column == text(f"'{status}'") for status in statuses))


class Jobs:
    """The jobs of one schema."""

    def __init__(self, metadata: MetaData) -> None:
        self.channel = f"{metadata.schema}_jobs"
        status, status_check = state("status", list(Status), default=Status.PENDING)
        table = self.table = Table(
            "jobs",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("type", Text, nullable=False),
            status,
            Column("priority", SmallInteger, nullable=False, server_default=text("0")),
            Column("attempts", Integer, nullable=False, server_default=text("0")),
            Column("max_attempts", Integer, nullable=False, server_default=text("3")),
            Column("subject", Text, nullable=False, server_default=text("''")),
            Column("payload", JSONB, nullable=False),
            Column("result", JSONB),
            Column("error_code", Text),
            Column("error_message", Text),
            Column("stack_trace", Text),
            Column("unique_key", Text),
            Column("worker", Uuid),
            timestamp("run_at", now=True),
            timestamp("lease_until"),
            timestamp("cancel_requested_at"),
            timestamp("created_at", now=True),
            timestamp("updated_at", now=True),
            timestamp("started_at"),
            timestamp("completed_at"),
            status_check,
            CheckConstraint("(status = 'active') = (worker IS NOT NULL)", name="owned"),
            CheckConstraint(
                "(status IN ('completed', 'failed', 'stuck', 'cancelled'))"
                " = (completed_at IS NOT NULL)",
                name="ended",
            ),
            CheckConstraint("attempts <= max_attempts", name="attempts"),
            # Higher priorities run first.
            Index(
                "ix_jobs_claim",
                text("priority DESC"),
                "run_at",
                "id",
                postgresql_where=text("status IN ('pending', 'delayed')"),
            ),
            Index("ix_jobs_lease_until", "lease_until", postgresql_where=text("status = 'active'")),
            Index(
                "uq_jobs_unique_key",
                "unique_key",
                unique=True,
                postgresql_where=text("status IN ('pending', 'delayed', 'active')"),
            ),
            Index("ix_jobs_status", "status"),
            Index("ix_jobs_type", "type"),
            Index("ix_jobs_subject", "subject"),
            Index("ix_jobs_created_at", text("created_at DESC")),
            # A queue's rows change often: room for updates in place, and vacuum in time.
            postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.01},
        )
        job = table.c
        ids: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
        columns = (
            job.id,
            job.type,
            job.payload,
            job.subject,
            job.attempts,
            job.max_attempts,
            job.worker,
        )
        released = {"worker": None, "lease_until": None, "updated_at": func.now()}
        lease = func.now() + cast(bindparam("lease"), Interval)
        fence = (
            job.id == bindparam("job"),
            job.worker == bindparam("owner"),
            job.attempts == bindparam("attempt"),
            _is(job.status, Status.ACTIVE),
        )
        self._notify = Query(select(func.pg_notify(self.channel, "")))
        self._insert = Query(
            insert(table).values(
                {
                    name: bindparam(name)
                    for name in (
                        "id",
                        "type",
                        "payload",
                        "subject",
                        "priority",
                        "max_attempts",
                        "unique_key",
                    )
                }
            )
        )
        self._live_key = Query(
            select(job.id).where(job.unique_key == bindparam("key"), _is(job.status, *LIVE))
        )
        claimable = (
            select(job.id)
            .where(
                job.type == any_(bindparam("types", type_=ARRAY(Text))),
                text("status IN ('pending', 'delayed')"),
                job.run_at <= func.now(),
            )
            .order_by(job.priority.desc(), job.run_at, job.id)
            .limit(bindparam("limit", type_=Integer))
            .with_for_update(skip_locked=True)
            # Locked in a CTE of its own: else the planner may update more rows than the limit.
            .cte("claimable")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        self._claim = Query(
            update(table)
            .where(job.id == claimable.c.id)
            .values(
                status=Status.ACTIVE,
                attempts=job.attempts + 1,
                worker=bindparam("owner", type_=Uuid),
                lease_until=lease,
                started_at=func.coalesce(job.started_at, func.now()),
                updated_at=func.now(),
            )
            .returning(*columns)
        )
        self._renew = Query(
            update(table)
            .where(
                job.id == ids,
                job.worker == bindparam("owner"),
                _is(job.status, Status.ACTIVE),
                job.lease_until > func.now(),
            )
            .values(lease_until=lease)
            .returning(job.id, job.attempts, job.cancel_requested_at)
        )
        self._hold = Query(select(job.id).where(*fence).with_for_update(read=True))
        self._finish = Query(
            update(table)
            .where(*fence)
            .values(
                status=bindparam("to"),
                result=bindparam("outcome", type_=JSONB),
                error_code=bindparam("code"),
                error_message=bindparam("message"),
                stack_trace=bindparam("stack"),
                completed_at=func.now(),
                **released,
            )
        )
        self._delay = Query(
            update(table)
            .where(*fence)
            .values(
                status=Status.DELAYED,
                run_at=func.now() + cast(bindparam("delay"), Interval),
                error_code=bindparam("code"),
                error_message=bindparam("message"),
                stack_trace=bindparam("stack"),
                **released,
            )
        )
        self._hand_back = Query(
            update(table)
            .where(*fence)
            .values(status=Status.PENDING, attempts=job.attempts - 1, **released)
        )
        overdue = (
            select(job.id)
            .where(_is(job.status, Status.ACTIVE), job.lease_until < func.now())
            .order_by(job.lease_until)
            .limit(RESCUE_PAGE)
            .with_for_update(skip_locked=True)
            .cte("overdue")
            .prefix_with("MATERIALIZED", dialect="postgresql")
        )
        exhausted = job.attempts >= job.max_attempts
        cancelled = job.cancel_requested_at.is_not(None)
        ended = or_(exhausted, cancelled)
        self._rescue = Query(
            update(table)
            .where(job.id == overdue.c.id)
            .values(
                status=case(
                    (cancelled, text("'cancelled'")),
                    (exhausted, text("'stuck'")),
                    else_=text("'pending'"),
                ),
                completed_at=case((ended, func.now())),
                error_code=text("'WORKER_LOST'"),
                error_message=text("'the worker stopped answering'"),
                **released,
            )
            .returning(*columns, job.status)
        )
        self._cancel_waiting = Query(
            update(table)
            .where(job.id == bindparam("job"), _is(job.status, *WAITING))
            .values(status=Status.CANCELLED, completed_at=func.now(), updated_at=func.now())
        )
        self._request_cancel = Query(
            update(table)
            .where(job.id == bindparam("job"), _is(job.status, Status.ACTIVE))
            .values(cancel_requested_at=func.coalesce(job.cancel_requested_at, func.now()))
        )
        self._is_live = Query(
            select(job.id).where(job.id == bindparam("job"), _is(job.status, *LIVE))
        )
        self._retry = Query(
            update(table)
            .where(
                job.id == bindparam("job"),
                _is(job.status, Status.FAILED, Status.STUCK, Status.CANCELLED),
            )
            .values(
                status=Status.PENDING,
                max_attempts=job.attempts + RETRY_ATTEMPTS,
                run_at=func.now(),
                completed_at=None,
                cancel_requested_at=None,
                error_code=None,
                error_message=None,
                stack_trace=None,
                updated_at=func.now(),
            )
        )
        self._waiting = Query(
            select(func.count())
            .select_from(table)
            .where(job.type == bindparam("type"), text("status IN ('pending', 'delayed')"))
        )

    async def enqueue(
        self,
        session: Session,
        job_type: str,
        payload: dict[str, Any],
        *,
        subject: str = "",
        priority: int = 0,
        max_attempts: int = 3,
        unique_key: str | None = None,
    ) -> UUID:
        """Adds a job in the caller's transaction: no job without its cause.

        Args:
            session: The transaction of what causes the job.
            job_type: Which handler runs it.
            payload: What the handler needs to know.
            subject: The name of the resource that the job works on.
            priority: Higher runs first.
            max_attempts: How often it is tried.
            unique_key: While a job with this key is live, that one's id is returned instead.
        """
        if unique_key is not None:
            live: UUID | None = await session.value(self._live_key, key=unique_key)
            if live is not None:
                return live
        job_id = new_id()
        await session.run(
            self._insert,
            id=job_id,
            type=job_type,
            payload=payload,
            subject=subject,
            priority=priority,
            max_attempts=max_attempts,
            unique_key=unique_key,
        )
        await session.run(self._notify)
        return job_id

    async def claim(
        self, session: Session, worker: UUID, types: Sequence[str], limit: int
    ) -> list[Job]:
        """Takes up to `limit` jobs for a worker, for the length of a lease."""
        rows = await session.all(
            self._claim, types=list(types), limit=limit, owner=worker, lease=LEASE
        )
        return [_job(row) for row in rows]

    async def renew(self, session: Session, worker: UUID, jobs: Sequence[Job]) -> dict[UUID, bool]:
        """Renews leases. Returns, for each job still held, whether it is to be cancelled."""
        attempts = {job.id: job.attempt for job in jobs}
        rows = await session.all(self._renew, ids=list(attempts), owner=worker, lease=LEASE)
        return {
            row["id"]: row["cancel_requested_at"] is not None
            for row in rows
            if row["attempts"] == attempts[row["id"]]
        }

    async def hold(self, session: Session, job: Job) -> None:
        """Keeps a job from changing hands until the transaction ends.

        Raises:
            LeaseLostError: It has changed hands.
        """
        if await session.one(self._hold, **_fence(job)) is None:
            raise LeaseLostError

    async def finish(
        self,
        session: Session,
        job: Job,
        status: Status,
        *,
        result: dict[str, Any] | None = None,
        code: str | None = None,
        message: str | None = None,
        stack: str | None = None,
    ) -> None:
        """Ends a job.

        Raises:
            LeaseLostError: It has changed hands.
        """
        values = {"to": status, "outcome": result, "code": code, "message": message, "stack": stack}
        _fenced(await session.run(self._finish, **_fence(job), **values))

    async def delay(
        self,
        session: Session,
        job: Job,
        delay: timedelta,
        *,
        code: str,
        message: str,
        stack: str | None = None,
    ) -> None:
        """Puts a job off after a failed attempt.

        Raises:
            LeaseLostError: It has changed hands.
        """
        values = {"delay": delay, "code": code, "message": message, "stack": stack}
        _fenced(await session.run(self._delay, **_fence(job), **values))

    async def hand_back(self, session: Session, job: Job) -> None:
        """Gives up a claim without counting the attempt: the worker stops.

        Raises:
            LeaseLostError: It has changed hands.
        """
        _fenced(await session.run(self._hand_back, **_fence(job)))
        await session.run(self._notify)

    async def rescue(self, session: Session) -> list[tuple[Job, Status]]:
        """Takes overdue jobs from their workers. Returns them with what has become of them."""
        rows = await session.all(self._rescue)
        if rows:
            await session.run(self._notify)
        return [(_job(row), Status(row["status"])) for row in rows]

    async def cancel(self, session: Session, job_id: UUID) -> bool:
        """Cancels a job. Returns whether it is so now; else its worker does it soon."""
        if await session.run(self._cancel_waiting, job=job_id):
            return True
        await session.run(self._request_cancel, job=job_id)
        await session.run(self._notify)
        return False

    async def is_live(self, session: Session, job_id: UUID) -> bool:
        """Tells whether a job waits or runs."""
        return await session.value(self._is_live, job=job_id) is not None

    async def retry(self, session: Session, job_id: UUID) -> bool:
        """Makes a job that ended without completing wait again, with new attempts."""
        retried = await session.run(self._retry, job=job_id)
        await session.run(self._notify)
        return retried == 1

    async def waiting(self, session: Session, job_type: str) -> int:
        """Returns how many jobs of a type wait."""
        count: int = await session.value(self._waiting, type=job_type)
        return count


def _job(row: Any) -> Job:
    return Job(
        row["id"],
        row["type"],
        row["payload"],
        row["subject"],
        row["attempts"],
        row["max_attempts"],
        row["worker"],
    )


def _fence(job: Job) -> dict[str, object]:
    return {"job": job.id, "owner": job.worker, "attempt": job.attempt}


def _fenced(count: int) -> None:
    if count == 0:
        raise LeaseLostError
