"""What can be done with verifications."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.media_files.usecases import get_media_file
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.verifications import store
from reelhouse_catalog.verifications.model import (
    ENDED,
    VERIFICATION,
    Verification,
    VerificationState,
)
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.paging import Page

TOPIC = "verifications"
JOB = "verify_media_file"


@atomic
async def verify_media_file(session: Session, file_id: UUID, once: Once | None) -> Verification:
    """Adds a verification and the job that does it.

    Raises:
        NotFoundError: There is no such file.
        FailedPreconditionError: A verification of it is under way.
    """
    verification_id = new_id()
    done = await once_store.claim(session, once, verification_id)
    if done is not None:
        return await _required(session, file_id, done)
    known = await store.lock_file(session, file_id)
    if known is None:
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
    live = await store.live(session, file_id)
    if live is not None:
        raise errors.FailedPreconditionError(
            "VERIFICATION_RUNNING", f"{live.resource} is under way", verification=live.resource
        )
    payload = {"media_file": str(file_id), "verification": str(verification_id)}
    subject = VERIFICATION.format(file_id, verification_id)
    job_id = await jobs.enqueue(session, JOB, payload, subject=subject)
    expected, size = known
    verification = await store.insert_verification(
        session, verification_id, file_id, job_id, total_bytes=size, expected=expected
    )
    await outbox.append(session, Event(TOPIC, verification.resource, Change.CREATED))
    return verification


async def get_verification(
    database: Database, file_id: UUID, verification_id: UUID
) -> Verification:
    """Returns a verification.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, file_id, verification_id)


async def list_verifications(database: Database, file_id: UUID, page: Page) -> list[Verification]:
    """Returns a page of the verifications of a file, newest first.

    Raises:
        NotFoundError: There is no such file.
    """
    found = await store.page(database, file_id, page)
    if not found:
        await get_media_file(database, file_id)
    return found


@atomic
async def cancel_verification(
    session: Session, file_id: UUID, verification_id: UUID
) -> Verification:
    """Stops a verification; one that a worker is at stops within seconds.

    Raises:
        WrongStateError: It has ended.
    """
    verification = await _required(session, file_id, verification_id)
    if verification.state in ENDED:
        raise errors.WrongStateError(verification.resource, verification.state.upper(), "cancel it")
    if await jobs.cancel(session, verification.job_id):
        return await change_state(session, verification, VerificationState.CANCELLED)
    return verification


async def change_state(
    session: Session,
    verification: Verification,
    state: VerificationState,
    error: JobError | None = None,
) -> Verification:
    """Puts a verification into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    moved = await store.move(session, verification.id, state, error=error)
    if moved is None:
        raise errors.WrongStateError(
            verification.resource, verification.state.upper(), f"make it {state}"
        )
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


async def _required(
    source: Database | Session, file_id: UUID, verification_id: UUID
) -> Verification:
    verification = await store.get(source, file_id, verification_id)
    if verification is None:
        raise errors.NotFoundError(VERIFICATION.type, VERIFICATION.format(file_id, verification_id))
    return verification
