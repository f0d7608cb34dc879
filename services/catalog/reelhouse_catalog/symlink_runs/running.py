"""What the jobs of all kinds of run have in common."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ParamSpec, TypeVar
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.symlink_runs import store
from reelhouse_catalog.symlink_runs.model import ENDED, RunState, Stats, SymlinkRun
from reelhouse_catalog.symlink_runs.usecases import TOPIC, change_state
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import Job, JobError, Run

P = ParamSpec("P")
R = TypeVar("R")
_REPORT_SECONDS = 0.5
DISK_SECONDS = 300.0
"""How long some looks at a disk may take together: a dead network mount answers never."""


async def on_disk(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs something that asks the disk in a thread of its own, and does not wait for ever.

    A thread of the pool that hangs would be missed by all others, and by the end of the process.

    Raises:
        JobError: It takes too long.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()

    def settle(result: R | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: R | None = None
        failed: BaseException | None = None
        try:
            result = work(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 # raised again where it is waited for
            failed = error
        # The loop may be closed by the time a mount answers.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, result, failed)

    threading.Thread(target=run, name="symlinks", daemon=True).start()
    try:
        async with asyncio.timeout(DISK_SECONDS):
            return await done
    except TimeoutError:
        raise JobError(
            "SYMLINK_DISK_STUCK", f"a disk did not answer within {DISK_SECONDS:.0f} seconds"
        ) from None


class Progress:
    """Tells how far a run is, twice a second at most."""

    def __init__(self, run: Run, symlink_run: SymlinkRun, stats: Stats) -> None:
        self._run = run
        self._symlink_run = symlink_run
        self._stats = stats
        self._next = 0.0

    async def note(self) -> None:
        """Notes the counts if it is time to."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _REPORT_SECONDS
            async with self._run.transaction() as session:
                await self.write(session)

    async def write(self, session: Session) -> None:
        """Writes the counts, and tells of it."""
        await store.write_stats(session, self._symlink_run.id, self._stats.as_dict())
        await outbox.append(session, Event(TOPIC, self._symlink_run.resource, Change.UPDATED))


class RunHandler(ABC):
    """Runs the jobs of one kind of run."""

    @abstractmethod
    async def work(self, run: Run, library: Library, symlink_run: SymlinkRun) -> None:
        """Does a run and completes it and its job; run again, it goes on or begins again."""

    async def run(self, run: Run) -> None:
        """Does a job."""
        library, symlink_run = await self._begin(run)
        await self.work(run, library, symlink_run)

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the run as its job ended."""
        found = await store.get(session, UUID(job.payload["library"]), UUID(job.payload["run"]))
        if found is not None and found.state not in ENDED:
            state = RunState.FAILED if error else RunState.CANCELLED
            await change_state(session, found, state, error)

    @staticmethod
    async def _begin(run: Run) -> tuple[Library, SymlinkRun]:
        library_id = UUID(run.job.payload["library"])
        async with run.transaction() as session:
            library = await libraries.get(session, library_id)
            found = await store.get(session, library_id, UUID(run.job.payload["run"]))
            if library is None or found is None:
                raise JobError("LIBRARY_GONE", "the library was deleted")
            if found.state is RunState.PENDING:
                found = await change_state(session, found, RunState.RUNNING)
            return library, found


async def complete(session: Session, symlink_run: SymlinkRun, stats: Stats) -> None:
    """Ends a run well, in the transaction that ends its job."""
    await store.write_stats(session, symlink_run.id, stats.as_dict())
    await change_state(session, symlink_run, RunState.COMPLETED)
