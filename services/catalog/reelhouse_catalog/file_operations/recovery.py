"""Settles what workers left half done, and what only a person can decide."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

from reelhouse_catalog.file_operations import following, journal_store, store
from reelhouse_catalog.file_operations.following import Followed
from reelhouse_catalog.file_operations.journal_store import Settlement
from reelhouse_catalog.file_operations.model import (
    LIVE,
    RECOVER,
    BatchState,
    Doing,
    Operation,
    OperationState,
    state_after,
)
from reelhouse_catalog.file_operations.usecases import (
    begin,
    change_state,
    locked,
    required,
    required_operation,
)
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.schema import jobs
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database, Session, atomic

_MOST_RECOVERED = 1000
_RECOVER_AGAIN_SECONDS = 5.0
_logger = log.get(__name__)


@atomic
async def recover(session: Session, library_id: UUID | None) -> list[UUID]:
    """Begins to settle what workers left half done. Returns the batches.

    Raises:
        NotFoundError: There is no such library.
    """
    if library_id is not None and await libraries.get(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    begun = []
    for batch_id, job_id in await store.unsettled_batches(session, library_id, _MOST_RECOVERED):
        if job_id is not None and await jobs.is_live(session, job_id):
            continue
        batch = await store.lock_batch(session, batch_id)
        if batch is None or batch.job_id != job_id:
            continue  # another replica was quicker
        if batch.state is BatchState.INCOMPLETE:
            await change_state(session, batch, BatchState.APPLYING)
        await begin(session, batch_id, RECOVER)
        begun.append(batch_id)
    return begun


async def recover_at_start(database: Database, stopping: asyncio.Event) -> None:
    """Begins to settle what workers left half done, as soon as the database answers."""
    while not stopping.is_set():
        try:
            await recover(database, None)
        except Exception as error:  # noqa: BLE001 # the database comes back
            _logger.warning("cannot recover", error=repr(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(_RECOVER_AGAIN_SECONDS):
                    await stopping.wait()
        else:
            return


@atomic
async def resolve(session: Session, batch_id: UUID, operation_id: UUID, *, done: bool) -> Operation:
    """Notes what a person says of an operation that is undecided.

    Raises:
        NotFoundError: There is no such operation.
        WrongStateError: It is not undecided.
    """
    batch = await locked(session, batch_id)
    operation = await required_operation(session, batch_id, operation_id)
    if operation.state is not OperationState.UNDECIDED or operation.doing is None:
        raise errors.WrongStateError(operation.resource, operation.state.upper(), "resolve it")
    after = _resolved(operation.doing, done=done)
    await journal_store.settle(session, [Settlement(operation, after)])
    identity = operation.placed or operation.source
    if done and identity is not None:
        followed = Followed(operation, operation.doing, identity)
        await following.follow(session, operation.library_id, [followed])
    if batch.state not in LIVE:
        renewed = await required(session, batch_id)
        state = state_after(renewed.counts, undone=operation.doing is Doing.UNDO)
        if state is not renewed.state:
            await change_state(session, renewed, state)
    return await required_operation(session, batch_id, operation_id)


def _resolved(doing: Doing, *, done: bool) -> OperationState:
    if not done:
        return OperationState.FAILED if doing is Doing.APPLY else OperationState.COMPLETED
    return {
        Doing.APPLY: OperationState.COMPLETED,
        Doing.UNDO: OperationState.ROLLED_BACK,
        Doing.PURGE: OperationState.PURGED,
    }[doing]
