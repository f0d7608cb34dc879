"""What can be done with runs over links."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.symlink_runs import store
from reelhouse_catalog.symlink_runs.model import ENDED, RUN, Plan, RunKind, RunState, SymlinkRun
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once

TOPIC = "symlinkRuns"
JOBS = {kind: f"{kind}_symlinks" for kind in RunKind}
"""The types of job that do runs."""


@atomic
async def start_run(
    session: Session, library_id: UUID, plan: Plan, *, once: Once | None
) -> SymlinkRun:
    """Adds a run and the job that does it.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: A run over it is under way.
    """
    run_id = new_id()
    done = await once_store.claim(session, once, run_id)
    if done is not None:
        return await _required(session, library_id, done)
    return await begin(session, library_id, plan, run_id)


async def begin(
    session: Session, library_id: UUID, plan: Plan, run_id: UUID | None = None
) -> SymlinkRun:
    """Adds a run in the caller's transaction; as `start_run`."""
    run_id = run_id or new_id()
    if await libraries.lock(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    live = await store.live(session, library_id)
    if live is not None:
        raise errors.FailedPreconditionError(
            "SYMLINK_RUN_RUNNING", f"{live.resource} is under way", symlink_run=live.resource
        )
    await store.prune(session, library_id, plan.kind)
    payload = {"library": str(library_id), "run": str(run_id)}
    subject = RUN.format(library_id, run_id)
    job_id = await jobs.enqueue(session, JOBS[plan.kind], payload, subject=subject)
    run = await store.insert_run(session, run_id, library_id, job_id, plan)
    await outbox.append(session, Event(TOPIC, run.resource, Change.CREATED))
    return run


async def get_run(database: Database, library_id: UUID, run_id: UUID) -> SymlinkRun:
    """Returns a run.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, library_id, run_id)


@atomic
async def cancel_run(session: Session, library_id: UUID, run_id: UUID) -> SymlinkRun:
    """Stops a run; one that a worker is at stops within seconds.

    Raises:
        WrongStateError: It has ended.
    """
    run = await _required(session, library_id, run_id)
    if run.state in ENDED:
        raise errors.WrongStateError(run.resource, run.state.upper(), "cancel it")
    if await jobs.cancel(session, run.job_id):
        return await change_state(session, run, RunState.CANCELLED)
    return run


async def change_state(
    session: Session, run: SymlinkRun, state: RunState, error: JobError | None = None
) -> SymlinkRun:
    """Puts a run into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    moved = await store.move(session, run.id, state, error=error)
    if moved is None:
        raise errors.WrongStateError(run.resource, run.state.upper(), f"make it {state}")
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


async def _required(source: Database | Session, library_id: UUID, run_id: UUID) -> SymlinkRun:
    run = await store.get(source, library_id, run_id)
    if run is None:
        raise errors.NotFoundError(RUN.type, RUN.format(library_id, run_id))
    return run
