"""What can be done with batches and operations."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.disk.folders import split
from reelhouse_catalog.file_operations import (
    catalog_store,
    journal_store,
    planning,
    store,
)
from reelhouse_catalog.file_operations.drafting import Draft
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
)
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY, Library
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning.model import extensions
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once

JOB = "file_operations"


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
        return await required(session, done)
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
    batch = await required(session, batch_id)
    await outbox.append(session, Event(TOPIC, batch.resource, Change.CREATED))
    return batch


async def media_paths(
    database: Database, library_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """Returns the paths of media files of a library, below its root; of those that there are."""
    return await catalog_store.paths_of(database, library_id, ids)


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
        return await required(session, batch_id)
    batch = await locked(session, batch_id)
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
    return await begin(session, batch_id, Doing.APPLY, skip_conflicts=skipped)


@atomic
async def cancel(session: Session, batch_id: UUID) -> Batch:
    """Gives a planned batch up, or stops the worker that is at it.

    Raises:
        NotFoundError: There is no such batch.
        WrongStateError: It has ended.
    """
    # The job first, then the batch: workers lock them in this order.
    batch = await required(session, batch_id)
    stopped = True
    if batch.state in LIVE and batch.job_id is not None:
        stopped = await jobs.cancel(session, batch.job_id)
    batch = await locked(session, batch_id)
    if batch.state is BatchState.PLANNED:
        return await change_state(session, batch, BatchState.CANCELLED)
    if batch.state not in LIVE:
        raise errors.WrongStateError(batch.resource, batch.state.upper(), "cancel it")
    return await change_state(session, batch, BatchState.INCOMPLETE) if stopped else batch


@atomic
async def roll_back(session: Session, batch_id: UUID, once: Once | None) -> Batch:
    """Begins to undo all of a batch that was done.

    Raises:
        NotFoundError: There is no such batch.
        WrongStateError: It is neither applied nor incomplete.
    """
    if await once_store.claim(session, once, batch_id) is not None:
        return await required(session, batch_id)
    batch = await locked(session, batch_id)
    await change_state(session, batch, BatchState.ROLLING_BACK)
    return await begin(session, batch_id, Doing.UNDO)


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
        return await required(session, batch_id)
    batch = await locked(session, batch_id)
    operation = await required_operation(session, batch_id, operation_id)
    if operation.state is not OperationState.COMPLETED:
        raise errors.WrongStateError(operation.resource, operation.state.upper(), "undo it")
    await change_state(session, batch, BatchState.ROLLING_BACK)
    return await begin(session, batch_id, Doing.UNDO, operation=operation_id)


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
    return await required(session, batch.id)


async def begin(
    session: Session,
    batch_id: UUID,
    doing: str,
    *,
    skip_conflicts: bool | None = None,
    operation: UUID | None = None,
) -> Batch:
    """Adds the job that deals with a batch from now on."""
    payload = {"batch": str(batch_id), "doing": str(doing)}
    if operation is not None:
        payload["operation"] = str(operation)
    job_id = await jobs.enqueue(
        session, JOB, payload, subject=BATCH.format(batch_id), max_attempts=10
    )
    await store.begin_batch(session, batch_id, job_id, skip_conflicts=skip_conflicts)
    return await required(session, batch_id)


async def locked(session: Session, batch_id: UUID) -> Batch:
    """Returns a batch that nobody else changes until the transaction ends.

    Raises:
        NotFoundError: There is none.
    """
    batch = await store.lock_batch(session, batch_id)
    if batch is None:
        raise errors.NotFoundError(BATCH.type, BATCH.format(batch_id))
    return batch


async def required(source: Database | Session, batch_id: UUID) -> Batch:
    """Returns a batch.

    Raises:
        NotFoundError: There is none.
    """
    batch = await store.get_batch(source, batch_id)
    if batch is None:
        raise errors.NotFoundError(BATCH.type, BATCH.format(batch_id))
    return batch


async def required_operation(
    source: Database | Session, batch_id: UUID, operation_id: UUID
) -> Operation:
    """Returns an operation.

    Raises:
        NotFoundError: There is none.
    """
    operation = await store.get(source, batch_id, operation_id)
    if operation is None:
        raise errors.NotFoundError(OPERATION.type, OPERATION.format(batch_id, operation_id))
    return operation
