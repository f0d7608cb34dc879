"""What can be done with scans."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.libraries.usecases import begin_due
from reelhouse_catalog.scanning import store
from reelhouse_catalog.scanning.model import ENDED, SCAN, Scan, ScanState, Trigger
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once

TOPIC = "scans"
JOB = "scan_library"


@atomic
async def start_scan(
    session: Session,
    library_id: UUID,
    *,
    full: bool,
    once: Once | None,
    trigger: Trigger = Trigger.MANUAL,
    folders: Sequence[bytes] | None = None,
) -> Scan:
    """Adds a scan and the job that does it.

    Args:
        session: The transaction.
        library_id: What to scan.
        full: Whether to open also what looks unchanged.
        once: The request that asks for it.
        trigger: What makes it begin.
        folders: What to limit it to; with all below where "/" is at the end. None: nothing.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: A scan of it is under way.
    """
    scan_id = new_id()
    done = await once_store.claim(session, once, scan_id)
    if done is not None:
        return await _required(session, library_id, done)
    return await _start(session, library_id, scan_id, full=full, trigger=trigger, folders=folders)


async def _start(
    session: Session,
    library_id: UUID,
    scan_id: UUID,
    *,
    full: bool,
    trigger: Trigger,
    folders: Sequence[bytes] | None,
) -> Scan:
    library = await libraries.lock(session, library_id)
    if library is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    live = await store.live(session, library_id)
    if live is not None:
        raise errors.FailedPreconditionError(
            "SCAN_RUNNING", f"{live.resource} is under way", scan=live.resource
        )
    job_id = await _enqueue(session, library_id, scan_id)
    scan = await store.insert_scan(
        session, scan_id, library_id, job_id, full=full, trigger=trigger, folders=folders
    )
    if folders is None:
        await libraries.note_scan_begun(session, library_id)
    await outbox.append(session, Event(TOPIC, scan.resource, Change.CREATED))
    return scan


async def start_due_scans(database: Database) -> list[Scan]:
    """Begins the scans that are due by their library's scan_interval, each once. Returns them."""
    return await begin_due(database, libraries.due, _start_due)


async def _start_due(session: Session, library_id: UUID) -> Scan:
    return await _start(
        session, library_id, new_id(), full=False, trigger=Trigger.SCHEDULE, folders=None
    )


async def get_scan(database: Database, library_id: UUID, scan_id: UUID) -> Scan:
    """Returns a scan.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, library_id, scan_id)


@atomic
async def pause_scan(
    session: Session, library_id: UUID, scan_id: UUID, *, once: Once | None
) -> Scan:
    """Stops a scan until it is resumed; a worker that is at it lets go of it within seconds.

    Raises:
        WrongStateError: It is paused already, or has ended.
    """
    done = await once_store.claim(session, once, scan_id)
    if done is not None:
        return await _required(session, library_id, scan_id)
    scan, _ = await _stopped(session, library_id, scan_id)
    return await change_state(session, scan, ScanState.PAUSED)


@atomic
async def resume_scan(
    session: Session, library_id: UUID, scan_id: UUID, *, once: Once | None
) -> Scan:
    """Goes on with a paused scan.

    Raises:
        WrongStateError: It is not paused.
        FailedPreconditionError: Its worker has not let go of it yet.
    """
    done = await once_store.claim(session, once, scan_id)
    if done is not None:
        return await _required(session, library_id, scan_id)
    scan, _ = await _stopped(session, library_id, scan_id)
    if scan.state is not ScanState.PAUSED:
        raise errors.WrongStateError(scan.resource, scan.state.upper(), "resume it")
    # A worker that still writes and a second one would be in each other's way.
    if await jobs.is_live(session, scan.job_id):
        raise errors.FailedPreconditionError(
            "SCAN_PAUSING", "its worker has not let go of it yet; try again", scan=scan.resource
        )
    await store.give_job(session, scan_id, await _enqueue(session, library_id, scan_id))
    return await change_state(session, scan, ScanState.PENDING)


@atomic
async def cancel_scan(session: Session, library_id: UUID, scan_id: UUID) -> Scan:
    """Stops a scan; one that a worker is at stops within seconds.

    Raises:
        WrongStateError: It has ended.
    """
    scan, stopped = await _stopped(session, library_id, scan_id)
    if scan.state in ENDED:
        raise errors.WrongStateError(scan.resource, scan.state.upper(), "cancel it")
    if stopped or scan.state is ScanState.PAUSED:
        return await change_state(session, scan, ScanState.CANCELLED)
    return scan


async def _stopped(session: Session, library_id: UUID, scan_id: UUID) -> tuple[Scan, bool]:
    """Stops a scan's job. Returns the scan, locked, and whether no worker is at it.

    The job first, then the scan: workers lock them in this order.
    """
    scan = await _required(session, library_id, scan_id)
    stopped = await jobs.cancel(session, scan.job_id)
    locked = await store.lock(session, library_id, scan_id)
    if locked is None:
        raise errors.NotFoundError(SCAN.type, SCAN.format(library_id, scan_id))
    if locked.job_id != scan.job_id:
        raise errors.AbortedError("CONCURRENT_CHANGE", "the scan was resumed meanwhile; try again")
    return locked, stopped


async def change_state(
    session: Session, scan: Scan, state: ScanState, error: JobError | None = None
) -> Scan:
    """Puts a scan into a state and tells of it.

    Raises:
        WrongStateError: The scan's present state does not allow that.
    """
    moved = await store.move(session, scan.id, state, error=error)
    if moved is None:
        raise errors.WrongStateError(scan.resource, scan.state.upper(), f"make it {state}")
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


async def _enqueue(session: Session, library_id: UUID, scan_id: UUID) -> UUID:
    payload = {"library": str(library_id), "scan": str(scan_id)}
    return await jobs.enqueue(session, JOB, payload, subject=SCAN.format(library_id, scan_id))


async def _required(source: Database | Session, library_id: UUID, scan_id: UUID) -> Scan:
    scan = await store.get(source, library_id, scan_id)
    if scan is None:
        raise errors.NotFoundError(SCAN.type, SCAN.format(library_id, scan_id))
    return scan
