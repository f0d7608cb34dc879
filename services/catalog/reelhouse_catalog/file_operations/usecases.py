"""What can be done with batches and operations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from reelhouse_catalog.disk.folders import split
from reelhouse_catalog.file_operations import (
    bin_store,
    catalog_store,
    following,
    journal_store,
    planning,
    store,
)
from reelhouse_catalog.file_operations.drafting import Draft
from reelhouse_catalog.file_operations.following import Followed
from reelhouse_catalog.file_operations.journal_store import Settlement
from reelhouse_catalog.file_operations.model import (
    BATCH,
    LIVE,
    MAX_OPERATIONS,
    OPERATION,
    TOPIC,
    Batch,
    BatchState,
    Doing,
    Operation,
    OperationState,
    Wish,
    state_after,
)
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY, Library
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning.model import extensions
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once

JOB = "file_operations"
PURGE_JOB = "purge_recycle_bin"
RECOVER = "recover"
"""What a job does besides applying and undoing: it settles what is half done, and no more."""
_MOST_RECOVERED = 1000
_RECOVER_AGAIN_SECONDS = 5.0
_logger = log.get(__name__)


async def plan(
    database: Database,
    library_id: UUID,
    wishes: Sequence[Wish],
    *,
    once: Once | None = None,
    with_sidecars: bool = True,
    verify: bool = False,
    keep_empty_folders: bool = False,
) -> Batch:
    """Works out what fulfils wishes, with all conflicts, and stores it. Touches nothing.

    Args:
        database: The database.
        library_id: The library; the wishes' own.
        wishes: What is wanted.
        once: The request that asks for it.
        with_sidecars: Whether subtitles, NFO files and images go with their file.
        verify: Whether renames are verified by checksum, too.
        keep_empty_folders: Whether folders that are emptied stay.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: Its folder is not there.
        InvalidArgumentError: There are too many wishes, or none.
    """
    library = await libraries.get(database, library_id)
    if library is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    _check_wishes(library_id, wishes)
    drafts = await asyncio.to_thread(_drafts, library, wishes, with_sidecars)
    if len(drafts) > MAX_OPERATIONS:
        raise _too_many(len(drafts))
    await _identify(database, library_id, drafts)
    return await _store(
        database,
        library_id,
        drafts,
        once,
        verify=verify,
        keep_empty_folders=keep_empty_folders,
    )


def _check_wishes(library_id: UUID, wishes: Sequence[Wish]) -> None:
    if not wishes:
        raise errors.invalid("plan", "holds no changes")
    if len(wishes) > MAX_OPERATIONS:
        raise _too_many(len(wishes))
    if any(wish.library_id != library_id for wish in wishes):
        raise errors.invalid("plan", "holds changes of another library")


def _too_many(count: int) -> errors.Error:
    return errors.invalid("plan", f"makes {count} operations, more than {MAX_OPERATIONS}")


def _drafts(library: Library, wishes: Sequence[Wish], with_sidecars: bool) -> list[Draft]:
    try:
        guard.inspect(library)
        options = planning.Options(
            os.fsencode(library.root_path), extensions(library.kind), with_sidecars
        )
        return planning.plan(wishes, options)
    except JobError as error:
        raise errors.FailedPreconditionError(
            error.code, error.message, name=library.resource
        ) from None
    except OSError as error:
        raise errors.FailedPreconditionError(
            "LIBRARY_ROOT_UNREADABLE",
            f"{library.root_path} cannot be read: {error.strerror}",
            name=library.resource,
        ) from None


async def _identify(database: Database, library_id: UUID, drafts: Sequence[Draft]) -> None:
    """Finds the media files of drafts, by path where they are not given."""
    aside = {draft.owner: draft.source for draft in drafts if draft.parked}
    unknown = [draft for draft in drafts if draft.media_file_id is None]
    if not unknown:
        return
    paths = {draft: aside.get(draft.id, draft.source) for draft in unknown}
    found = await catalog_store.at(
        database, library_id, [split(path) for path in dict.fromkeys(paths.values())]
    )
    by_path = {(row.directory, row.filename): row.id for row in found}
    for draft, path in paths.items():
        draft.media_file_id = by_path.get(split(path))


@atomic
async def _store(
    session: Session,
    library_id: UUID,
    drafts: Sequence[Draft],
    once: Once | None,
    *,
    verify: bool,
    keep_empty_folders: bool,
) -> Batch:
    batch_id = new_id()
    done = await once_store.claim(session, once, batch_id)
    if done is not None:
        return await _required(session, done)
    if await libraries.lock(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    await store.insert_batch(
        session,
        batch_id,
        library_id,
        drafts,
        verify=verify,
        keep_empty_folders=keep_empty_folders,
    )
    batch = await _required(session, batch_id)
    await outbox.append(session, Event(TOPIC, batch.resource, Change.CREATED))
    return batch


async def media_paths(
    database: Database, library_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """Returns the paths of media files of a library, below its root; of those that there are."""
    return await catalog_store.paths_of(database, library_id, ids)


async def get_batch(database: Database, batch_id: UUID) -> Batch:
    """Returns a batch.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, batch_id)


async def get_operation(database: Database, batch_id: UUID, operation_id: UUID) -> Operation:
    """Returns an operation.

    Raises:
        NotFoundError: There is none.
    """
    return await _required_operation(database, batch_id, operation_id)


@atomic
async def apply(
    session: Session, batch_id: UUID, *, skip_conflicts: bool, once: Once | None
) -> Batch:
    """Begins to do what a batch says, or what is left of it.

    Raises:
        NotFoundError: There is no such batch.
        WrongStateError: It is neither planned nor incomplete.
        FailedPreconditionError: It has conflicts that are not to be skipped.
    """
    if await once_store.claim(session, once, batch_id) is not None:
        return await _required(session, batch_id)
    batch = await _locked(session, batch_id)
    skipped = skip_conflicts or batch.skip_conflicts
    if batch.conflict_count and not skipped:
        raise errors.FailedPreconditionError(
            "FILE_OPERATIONS_CONFLICT",
            f"{batch.conflict_count} operations have conflicts; skip_conflicts leaves them out",
            name=batch.resource,
            count=batch.conflict_count,
        )
    await change_state(session, batch, BatchState.APPLYING)
    if skipped:
        await journal_store.skip_conflicts(session, batch_id)
    return await _begin(session, batch_id, Doing.APPLY, skip_conflicts=skipped)


@atomic
async def cancel(session: Session, batch_id: UUID) -> Batch:
    """Gives a planned batch up, or stops the worker that is at it.

    Raises:
        NotFoundError: There is no such batch.
        WrongStateError: It has ended.
    """
    # The job first, then the batch: workers lock them in this order.
    batch = await _required(session, batch_id)
    if batch.state in LIVE and batch.job_id is not None:
        stopped = await jobs.cancel(session, batch.job_id)
        locked = await _locked(session, batch_id)
        if stopped and locked.state in LIVE:
            return await change_state(session, locked, BatchState.INCOMPLETE)
        return locked
    locked = await _locked(session, batch_id)
    if locked.state is not BatchState.PLANNED:
        raise errors.WrongStateError(locked.resource, locked.state.upper(), "cancel it")
    return await change_state(session, locked, BatchState.CANCELLED)


@atomic
async def roll_back(session: Session, batch_id: UUID, once: Once | None) -> Batch:
    """Begins to undo all of a batch that was done.

    Raises:
        NotFoundError: There is no such batch.
        WrongStateError: It is neither applied nor incomplete.
    """
    if await once_store.claim(session, once, batch_id) is not None:
        return await _required(session, batch_id)
    batch = await _locked(session, batch_id)
    await change_state(session, batch, BatchState.ROLLING_BACK)
    return await _begin(session, batch_id, Doing.UNDO)


@atomic
async def roll_back_one(
    session: Session, batch_id: UUID, operation_id: UUID, once: Once | None
) -> Batch:
    """Begins to undo one operation, with those that went with it.

    Raises:
        NotFoundError: There is no such operation.
        WrongStateError: It is not completed, or a worker deals with its batch.
    """
    if await once_store.claim(session, once, batch_id) is not None:
        return await _required(session, batch_id)
    batch = await _locked(session, batch_id)
    operation = await _required_operation(session, batch_id, operation_id)
    if operation.state is not OperationState.COMPLETED:
        raise errors.WrongStateError(operation.resource, operation.state.upper(), "undo it")
    await change_state(session, batch, BatchState.ROLLING_BACK)
    return await _begin(session, batch_id, Doing.UNDO, operation=operation_id)


@atomic
async def resolve(session: Session, batch_id: UUID, operation_id: UUID, *, done: bool) -> Operation:
    """Notes what a person says of an operation that is undecided.

    Raises:
        NotFoundError: There is no such operation.
        WrongStateError: It is not undecided.
    """
    batch = await _locked(session, batch_id)
    operation = await _required_operation(session, batch_id, operation_id)
    if operation.state is not OperationState.UNDECIDED or operation.doing is None:
        raise errors.WrongStateError(operation.resource, operation.state.upper(), "resolve it")
    after = _resolved(operation.doing, done=done)
    await journal_store.settle(session, [Settlement(operation, after)])
    identity = operation.placed or operation.source
    if done and identity is not None:
        followed = Followed(operation, operation.doing, identity)
        await following.follow(session, operation.library_id, [followed])
    if batch.state not in LIVE:
        renewed = await _required(session, batch_id)
        state = state_after(renewed.counts, undone=operation.doing is Doing.UNDO)
        if state is not renewed.state:
            await change_state(session, renewed, state)
    return await _required_operation(session, batch_id, operation_id)


def _resolved(doing: Doing, *, done: bool) -> OperationState:
    if not done:
        return OperationState.FAILED if doing is Doing.APPLY else OperationState.COMPLETED
    return {
        Doing.APPLY: OperationState.COMPLETED,
        Doing.UNDO: OperationState.ROLLED_BACK,
        Doing.PURGE: OperationState.PURGED,
    }[doing]


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
        await _begin(session, batch_id, RECOVER)
        begun.append(batch_id)
    return begun


@atomic
async def purge_bin(
    session: Session, library_id: UUID, min_age: timedelta, once: Once | None
) -> tuple[int, int]:
    """Begins to remove files from a recycle bin. Returns how many, and their bytes.

    Raises:
        NotFoundError: There is no such library.
    """
    if await libraries.get(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    before = datetime.now(UTC) - min_age
    size = await bin_store.bin_size(session, library_id, before)
    if await once_store.claim(session, once, library_id) is None and size[0]:
        await _enqueue_purge(session, library_id, before)
    return size


def purging(days: int) -> Callable[[Session], Awaitable[None]]:
    """Returns what begins to remove files that have been in recycle bins for so many days."""

    async def purge_old(session: Session) -> None:
        before = datetime.now(UTC) - timedelta(days=days)
        for library_id in await bin_store.bins(session, before):
            await _enqueue_purge(session, library_id, before)

    return purge_old


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


async def require_library(database: Database, library_id: UUID) -> None:
    """Checks that there is a library.

    Raises:
        NotFoundError: There is none.
    """
    if await libraries.get(database, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))


async def change_state(
    session: Session, batch: Batch, state: BatchState, error: JobError | None = None
) -> Batch:
    """Puts a batch into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    stays = batch.state is state and state not in LIVE
    if not stays and not await store.move_batch(session, batch.id, state, error=error):
        raise errors.WrongStateError(batch.resource, batch.state.upper(), f"make it {state}")
    await outbox.append(session, Event(TOPIC, batch.resource, Change.UPDATED))
    return await _required(session, batch.id)


async def _begin(
    session: Session,
    batch_id: UUID,
    doing: str,
    *,
    skip_conflicts: bool | None = None,
    operation: UUID | None = None,
) -> Batch:
    payload = {"batch": str(batch_id), "doing": str(doing)}
    if operation is not None:
        payload["operation"] = str(operation)
    job_id = await jobs.enqueue(
        session, JOB, payload, subject=BATCH.format(batch_id), max_attempts=10
    )
    await store.begin_batch(session, batch_id, job_id, skip_conflicts=skip_conflicts)
    return await _required(session, batch_id)


async def _enqueue_purge(session: Session, library_id: UUID, before: datetime) -> None:
    payload = {"library": str(library_id), "before": before.isoformat()}
    key = f"{PURGE_JOB}:{library_id}"
    await jobs.enqueue(
        session, PURGE_JOB, payload, subject=LIBRARY.format(library_id), unique_key=key
    )


async def _locked(session: Session, batch_id: UUID) -> Batch:
    batch = await store.lock_batch(session, batch_id)
    if batch is None:
        raise errors.NotFoundError(BATCH.type, BATCH.format(batch_id))
    return batch


async def _required(source: Database | Session, batch_id: UUID) -> Batch:
    batch = await store.get_batch(source, batch_id)
    if batch is None:
        raise errors.NotFoundError(BATCH.type, BATCH.format(batch_id))
    return batch


async def _required_operation(
    source: Database | Session, batch_id: UUID, operation_id: UUID
) -> Operation:
    operation = await store.get(source, batch_id, operation_id)
    if operation is None:
        raise errors.NotFoundError(OPERATION.type, OPERATION.format(batch_id, operation_id))
    return operation
