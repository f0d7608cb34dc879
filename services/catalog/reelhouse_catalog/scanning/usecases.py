"""What can be done with scans."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.scanning import store
from reelhouse_catalog.scanning.model import ENDED, SCAN, Scan, ScanState
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
async def start_scan(session: Session, library_id: UUID, *, full: bool, once: Once | None) -> Scan:
    """Adds a scan and the job that does it.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: A scan of it is under way.
    """
    scan_id = new_id()
    done = await once_store.claim(session, once, scan_id)
    if done is not None:
        return await _required(session, library_id, done)
    library = await libraries.lock(session, library_id)
    if library is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    live = await store.live(session, library_id)
    if live is not None:
        raise errors.FailedPreconditionError(
            "SCAN_RUNNING", f"{live.resource} is under way", scan=live.resource
        )
    payload = {"library": str(library_id), "scan": str(scan_id)}
    subject = SCAN.format(library_id, scan_id)
    job_id = await jobs.enqueue(session, JOB, payload, subject=subject)
    scan = await store.insert_scan(session, scan_id, library_id, job_id, full=full)
    await outbox.append(session, Event(TOPIC, scan.resource, Change.CREATED))
    return scan


async def get_scan(database: Database, library_id: UUID, scan_id: UUID) -> Scan:
    """Returns a scan.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, library_id, scan_id)


@atomic
async def cancel_scan(session: Session, library_id: UUID, scan_id: UUID) -> Scan:
    """Stops a scan; one that a worker is at stops within seconds.

    Raises:
        WrongStateError: It has ended.
    """
    scan = await _required(session, library_id, scan_id)
    if scan.state in ENDED:
        raise errors.WrongStateError(scan.resource, scan.state.upper(), "cancel it")
    if await jobs.cancel(session, scan.job_id):
        return await change_state(session, scan, ScanState.CANCELLED)
    return scan


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


async def _required(source: Database | Session, library_id: UUID, scan_id: UUID) -> Scan:
    scan = await store.get(source, library_id, scan_id)
    if scan is None:
        raise errors.NotFoundError(SCAN.type, SCAN.format(library_id, scan_id))
    return scan
