"""The process that runs jobs."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg

from reelhouse_kit import log
from reelhouse_kit.db.database import (
    COMMAND_TIMEOUT,
    CONNECT_TIMEOUT,
    Database,
    Session,
    server_settings,
)
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs.model import (
    RENEW_EVERY,
    TRUST,
    Job,
    JobError,
    LeaseLostError,
    Status,
    retry_delay,
)
from reelhouse_kit.jobs.store import Jobs

POLL = 2.0
"""Seconds between looks for work when no notification comes, and between rescues."""
_logger = log.get(__name__)


class Handler(Protocol):
    """What a type of job does."""

    async def run(self, run: Run) -> None:
        """Does the job and ends it with `run.completing`. May run more than once.

        Raises:
            JobError: The work failed.
        """

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Takes note, in the same transaction, that the job ended without completing.

        `error` says why it failed; None for a job that was cancelled.
        """


class Run:
    """One attempt at a job."""

    def __init__(self, jobs: Jobs, database: Database, job: Job) -> None:
        self._jobs = jobs
        self._database = database
        self.job = job
        self.cancelled = False
        self.renewed = time.monotonic()
        self.completed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Runs a block in a transaction that can only commit while the job is this worker's.

        Raises:
            LeaseLostError: It is no longer.
        """
        async with self._database.transaction() as session:
            await self._jobs.hold(session, self.job)
            yield session

    @asynccontextmanager
    async def completing(self, result: dict[str, Any] | None = None) -> AsyncIterator[Session]:
        """Runs the last block of a job: what it writes and the job's end commit together.

        Raises:
            LeaseLostError: The job is no longer this worker's.
        """
        async with self._database.transaction() as session:
            await self._jobs.finish(session, self.job, Status.COMPLETED, result=result)
            yield session
        self.completed = True


class Worker:
    """Claims jobs and runs them, several at a time.

    Args:
        url: The database's address, for a connection of the worker's own.
        database: The database.
        jobs: The jobs of its schema.
        handlers: What each type of job does. All types of the schema belong here, also those that
            other workers claim: whoever finds that a job is lost tells its handler.
        concurrency: How many jobs it runs at once.
        only: The types of job that it claims; all that have a handler, if not given.
    """

    def __init__(
        self,
        url: str,
        database: Database,
        jobs: Jobs,
        handlers: Mapping[str, Handler],
        *,
        concurrency: int = 1,
        only: Collection[str] | None = None,
    ) -> None:
        self._types = list(handlers if only is None else only)
        self._url = url
        self._database = database
        self._jobs = jobs
        self._handlers = dict(handlers)
        self._concurrency = concurrency
        self._id = new_id()
        self._running: dict[asyncio.Task[None], Run] = {}
        self._wake = asyncio.Event()
        self._renew_now = asyncio.Event()

    async def work(self, stopping: asyncio.Event) -> None:
        """Works until told to stop; then hands back what is not done."""
        background = [
            asyncio.create_task(self._keep_leases()),
            asyncio.create_task(self._rescue()),
        ]
        ending = asyncio.create_task(stopping.wait())
        try:
            while not stopping.is_set():
                await self._claim()
                waking = asyncio.create_task(self._wake.wait())
                await asyncio.wait(
                    {waking, ending, *self._running},
                    timeout=POLL,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                waking.cancel()
                self._wake.clear()
        finally:
            for task in [*self._running, *background, ending]:
                task.cancel()
            await asyncio.gather(*self._running, *background, ending, return_exceptions=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Works while the block runs."""
        stopping = asyncio.Event()
        task = asyncio.create_task(self.work(stopping))
        try:
            yield
        finally:
            stopping.set()
            await task

    async def _claim(self) -> None:
        free = self._concurrency - len(self._running)
        if free <= 0:
            return
        try:
            async with self._database.transaction() as session:
                claimed = await self._jobs.claim(session, self._id, self._types, free)
        except Exception as error:  # noqa: BLE001 # the database comes back
            _logger.warning("cannot claim", error=repr(error))
            await asyncio.sleep(1)
            return
        for job in claimed:
            run = Run(self._jobs, self._database, job)
            task = asyncio.create_task(self._run(run))
            self._running[task] = run
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._wake.set()

    async def _run(self, run: Run) -> None:
        job = run.job
        handler = self._handlers[job.type]
        log.bind(job=str(job.id), subject=job.subject)
        _logger.info("job begins", type=job.type, attempt=job.attempt)
        try:
            await handler.run(run)
            if not run.completed:
                raise AssertionError(f"the handler of {job.type} did not complete its job")
            _logger.info("job completed", type=job.type)
        except asyncio.CancelledError:
            # Shielded: what becomes of the job is written even though this task is being ended.
            await asyncio.shield(self._write_off(run, handler))
            raise
        except LeaseLostError:
            _logger.warning("lease lost", type=job.type)
        except JobError as error:
            await _surely(self._failed(run, handler, error, None))
        except Exception:  # a defect or a lost database: try again later
            _logger.exception("job failed", type=job.type)
            failure = JobError("INTERNAL", f"the worker failed, see job {job.id}", retry=True)
            await _surely(self._failed(run, handler, failure, traceback.format_exc()))

    async def _write_off(self, run: Run, handler: Handler) -> None:
        """Writes what becomes of a job whose task was cancelled: by its user, or by a shutdown."""
        with contextlib.suppress(LeaseLostError):
            async with self._database.transaction() as session:
                if run.cancelled:
                    await self._jobs.finish(session, run.job, Status.CANCELLED)
                    await handler.ended(session, run.job, None)
                else:
                    await self._jobs.hand_back(session, run.job)

    async def _failed(self, run: Run, handler: Handler, error: JobError, stack: str | None) -> None:
        job = run.job
        detail: dict[str, Any] = {"code": error.code, "message": error.message, "stack": stack}
        _logger.warning("attempt failed", type=job.type, code=error.code, message=error.message)
        try:
            async with self._database.transaction() as session:
                if error.retry and not job.last_attempt:
                    await self._jobs.delay(session, job, retry_delay(job.attempt), **detail)
                else:
                    await self._jobs.finish(session, job, Status.FAILED, **detail)
                    await handler.ended(session, job, error)
        except LeaseLostError:
            _logger.warning("lease lost", type=job.type)
        except Exception as failure:  # noqa: BLE001 # the lease runs out and the job is rescued
            _logger.warning("cannot write the failure", type=job.type, error=repr(failure))

    async def _keep_leases(self) -> None:
        """Renews leases and listens, on a connection that no other work can block."""
        while True:
            try:
                connection = await asyncpg.connect(
                    self._url,
                    timeout=CONNECT_TIMEOUT,
                    command_timeout=COMMAND_TIMEOUT,
                    server_settings=server_settings(f"reelhouse-{self._database.schema}-leases"),
                )
                try:
                    await connection.add_listener(self._jobs.channel, lambda *_: self._notice())
                    await self._renew_until_broken(Session(connection))
                finally:
                    connection.terminate()
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot renew", error=repr(error))
                self._drop_untrusted()
                await asyncio.sleep(0.5)

    def _notice(self) -> None:
        self._wake.set()
        self._renew_now.set()

    async def _renew_until_broken(self, session: Session) -> None:
        while True:
            runs = {run.job.id: (task, run) for task, run in self._running.items()}
            asked = time.monotonic()
            jobs = [run.job for _, run in runs.values()]
            held = await self._jobs.renew(session, self._id, jobs)
            for job_id, (task, run) in runs.items():
                if job_id not in held:
                    task.cancel()  # it is another worker's now
                    continue
                run.renewed = asked
                if held[job_id] and not run.cancelled:
                    run.cancelled = True
                    task.cancel()
            self._renew_now.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEW_EVERY.total_seconds()):
                    await self._renew_now.wait()

    def _drop_untrusted(self) -> None:
        for task, run in self._running.items():
            if time.monotonic() - run.renewed > TRUST.total_seconds():
                task.cancel()

    async def _rescue(self) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    for job, status in await self._jobs.rescue(session):
                        _logger.warning("rescued", job=str(job.id), type=job.type, status=status)
                        handler = self._handlers.get(job.type)
                        if handler and status is not Status.PENDING:
                            lost = JobError("WORKER_LOST", "the worker stopped answering")
                            await handler.ended(
                                session, job, None if status is Status.CANCELLED else lost
                            )
            except Exception as error:  # noqa: BLE001 # the database comes back
                _logger.warning("cannot rescue", error=repr(error))
            await asyncio.sleep(POLL)


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """Does something to its end, also when it is cancelled meanwhile, as a failing job may be."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
