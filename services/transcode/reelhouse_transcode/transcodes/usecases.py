"""What can be done with transcodes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_transcode.clients.catalog import CatalogClient
from reelhouse_transcode.schema import jobs, outbox
from reelhouse_transcode.schema import once as once_store
from reelhouse_transcode.transcodes import store
from reelhouse_transcode.transcodes.model import (
    ENDED,
    MEDIA_FILE,
    TOPIC,
    TRANSCODE,
    Source,
    Spec,
    State,
    Transcode,
    content_hash,
    settled,
)

JOB = "transcode"


async def create_transcode(
    database: Database,
    catalog: CatalogClient,
    *,
    media_file_id: UUID,
    spec: Spec,
    priority: int,
    requester: str,
    store_dir: Path,
    queue_limit: int,
    once: Once | None,
) -> Transcode:
    """Asks for a transcode, or joins the same that is being made or is made.

    Raises:
        InvalidArgumentError: The spec does not fit the file.
        FailedPreconditionError: The file is broken or missing.
        ResourceExhaustedError: Too much waits already.
    """
    source = await catalog.get_source(media_file_id)
    check_source(source)
    full, problems = settled(spec, source)
    if problems:
        raise errors.InvalidArgumentError(problems)
    hash_hex = content_hash(source.fingerprint, full)
    await _drop_lost(database, hash_hex, store_dir)
    try:
        return await _create(
            database,
            source=source,
            spec=full,
            hash_hex=hash_hex,
            priority=priority,
            requester=requester,
            queue_limit=queue_limit,
            once=once,
        )
    except UniqueViolationError:  # somebody asked for the same at the same time
        existing = await store.live(database, hash_hex)
        if existing is None:
            raise
        return existing


def check_source(source: Source) -> None:
    """Raises unless a file can be transcoded.

    Raises:
        FailedPreconditionError: It is broken or missing.
    """
    if not source.there or source.problem:
        name = MEDIA_FILE.format(source.media_file_id)
        why = source.problem or "it is missing"
        raise errors.FailedPreconditionError(
            "NOT_TRANSCODABLE", f"{name} cannot be transcoded: {why}", media_file=name
        )


async def _drop_lost(database: Database, hash_hex: str, store_dir: Path) -> None:
    """Forgets a finished result that somebody removed from the store."""
    existing = await store.live(database, hash_hex)
    if existing is None or existing.status is not State.COMPLETED:
        return
    if not await asyncio.to_thread((store_dir / existing.output_path).exists):
        await _forget(database, existing.id)


@atomic
async def _forget(session: Session, transcode_id: UUID) -> None:
    await store.note_loss(session, transcode_id)
    await tell(session, transcode_id)


@atomic
async def _create(
    session: Session,
    *,
    source: Source,
    spec: Spec,
    hash_hex: str,
    priority: int,
    requester: str,
    queue_limit: int,
    once: Once | None,
) -> Transcode:
    transcode_id = new_id()
    done = await once_store.claim(session, once, transcode_id)
    if done is not None:
        replayed = await store.get(session, done)
        if replayed is not None:
            return replayed
    existing = await store.live(session, hash_hex)
    if existing is not None:
        if existing.status is State.COMPLETED:
            await store.note_hit(session, hash_hex)
        return existing
    if await jobs.waiting(session, JOB) >= queue_limit:
        raise errors.ResourceExhaustedError(
            "QUEUE_FULL", f"{queue_limit} transcodes wait", retry_after=30, limit=queue_limit
        )
    name = TRANSCODE.format(transcode_id)
    job_id = await jobs.enqueue(
        session, JOB, {"transcode": str(transcode_id)}, subject=name, priority=priority
    )
    transcode = await store.insert_transcode(
        session,
        transcode_id,
        media_file_id=source.media_file_id,
        job_id=job_id,
        content_hash=hash_hex,
        spec=spec,
        priority=priority,
        duration_ms=source.duration_ms,
        requester=requester,
    )
    await outbox.append(session, Event(TOPIC, name, Change.CREATED))
    return transcode


async def required(source: Database | Session, transcode_id: UUID) -> Transcode:
    """Returns a transcode.

    Raises:
        NotFoundError: There is none.
    """
    transcode = await store.get(source, transcode_id)
    if transcode is None:
        raise errors.NotFoundError(TRANSCODE.type, TRANSCODE.format(transcode_id))
    return transcode


@atomic
async def cancel_transcode(session: Session, transcode_id: UUID) -> Transcode:
    """Stops a transcode; one that is being made stops within a second.

    Raises:
        WrongStateError: It has ended.
    """
    transcode = await store.lock(session, transcode_id)
    if transcode is None:
        raise errors.NotFoundError(TRANSCODE.type, TRANSCODE.format(transcode_id))
    if transcode.status in ENDED:
        raise errors.WrongStateError(transcode.resource, transcode.status.upper(), "cancel it")
    if await jobs.cancel(session, transcode.job_id):
        return await change_state(session, transcode_id, State.CANCELLED)
    return transcode


@atomic
async def retry_transcode(session: Session, transcode_id: UUID) -> Transcode:
    """Makes a failed or cancelled transcode wait again.

    Raises:
        WrongStateError: It has neither failed nor been cancelled.
    """
    transcode = await store.lock(session, transcode_id)
    if transcode is None:
        raise errors.NotFoundError(TRANSCODE.type, TRANSCODE.format(transcode_id))
    if transcode.status not in (State.FAILED, State.CANCELLED):
        raise errors.WrongStateError(transcode.resource, transcode.status.upper(), "retry it")
    other = await store.live(session, transcode.content_hash)
    if other is not None:
        raise errors.WrongStateError(
            transcode.resource, transcode.status.upper(), f"retry it beside {other.resource}"
        )
    if not await jobs.retry(session, transcode.job_id):
        # Its job completed, and its result was lost since.
        raise errors.WrongStateError(
            transcode.resource, transcode.status.upper(), "retry it; create it anew"
        )
    return await change_state(session, transcode_id, State.PENDING)


async def change_state(
    session: Session,
    transcode_id: UUID,
    state: State,
    *,
    code: str | None = None,
    message: str | None = None,
) -> Transcode:
    """Puts a transcode into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    moved = await store.move(session, transcode_id, state, code=code, message=message)
    if moved is None:
        now = await required(session, transcode_id)
        raise errors.WrongStateError(now.resource, now.status.upper(), f"make it {state}")
    await tell(session, transcode_id)
    return moved


async def tell(session: Session, transcode_id: UUID) -> None:
    """Tells that a transcode changed."""
    await outbox.append(session, Event(TOPIC, TRANSCODE.format(transcode_id), Change.UPDATED))
