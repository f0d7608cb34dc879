"""The jobs that apply, undo and recover batches, and that empty recycle bins."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from uuid import UUID

from reelhouse_catalog.disk.folders import Root, split
from reelhouse_catalog.enrichment import local
from reelhouse_catalog.file_operations import bin_store, store
from reelhouse_catalog.file_operations.model import (
    LEFT_TO_DO,
    LIVE,
    RECOVER,
    RECYCLE_BIN,
    Batch,
    BatchState,
    Doing,
    Operation,
    OperationState,
    OperationType,
    state_after,
)
from reelhouse_catalog.file_operations.runner import Runner
from reelhouse_catalog.file_operations.usecases import change_state
from reelhouse_catalog.file_operations.work import Work, doing_of, work_of
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import guard
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run

_PAGE = 1000
_LOCK_SECONDS = 0.2
_State = OperationState


@asynccontextmanager
async def _opened(library: Library) -> AsyncIterator[Root]:
    """Opens a library's folder, and keeps other workers off it: they wait."""
    await asyncio.to_thread(guard.inspect, library)
    root = await asyncio.to_thread(Root, os.fsencode(library.root_path))
    try:
        # Nobody tells when the kernel lets go of a lock.
        while not root.lock():  # noqa: ASYNC110
            await asyncio.sleep(_LOCK_SECONDS)
        yield root
    finally:
        root.close()


async def _library(database: Database, library_id: UUID) -> Library:
    library = await libraries.get(database, library_id)
    if library is None:
        raise JobError("LIBRARY_GONE", "the library was deleted")
    return library


class BatchHandler:
    """Runs the jobs that deal with batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, run: Run) -> None:
        """Deals with a batch; run again, it settles what is half done and goes on."""
        batch = await store.get_batch(self._database, UUID(run.job.payload["batch"]))
        if batch is None:
            raise JobError("LIBRARY_GONE", "the library was deleted")
        library = await _library(self._database, batch.library_id)
        async with _opened(library) as root:
            runner = Runner(run, library.id, batch.id, root, verify=batch.verify)
            try:
                await self._settle(runner, batch.id)
                await self._do(runner, batch, run.job)
            except BaseException:
                # What was given up leaves no folders. This is no reason to fail another way.
                with suppress(Exception):
                    await asyncio.shield(self._tidy(root, batch))
                raise
            await self._tidy(root, batch)
        await self._refresh(run, library.id)
        async with run.completing() as session:
            after = await store.lock_batch(session, batch.id)
            doing = run.job.payload["doing"]
            if after is not None and (after.state in LIVE or doing == RECOVER):
                undone = doing == Doing.UNDO
                await change_state(session, after, state_after(after.counts, undone=undone))

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the batch's run as its job ended."""
        batch = await store.lock_batch(session, UUID(job.payload["batch"]))
        if batch is not None and batch.job_id == job.id and batch.state in LIVE:
            await change_state(session, batch, BatchState.INCOMPLETE, error)

    async def _do(self, runner: Runner, batch: Batch, job: Job) -> None:
        if job.payload["doing"] == Doing.APPLY:
            await self._apply(runner, batch)
        elif job.payload["doing"] == Doing.UNDO:
            only = job.payload.get("operation")
            await self._undo(runner, batch, UUID(only) if only else None)

    async def _settle(self, runner: Runner, batch_id: UUID) -> None:
        left = await store.unsettled(self._database, batch_id)
        forward = [one for one in left if doing_of(one.state) is Doing.APPLY]
        back = [one for one in left if doing_of(one.state) is not Doing.APPLY]
        await runner.settle([*forward, *reversed(back)])

    async def _apply(self, runner: Runner, batch: Batch) -> None:
        after: int | None = None
        while page := await store.operations(self._database, batch.id, after=after, limit=_PAGE):
            after = page[-1].number
            left = [one for one in page if one.state in LEFT_TO_DO and not one.conflicts]
            await runner.do(_works(left, Doing.APPLY))

    async def _undo(self, runner: Runner, batch: Batch, only: UUID | None) -> None:
        if only is not None:
            going = await store.going_with(self._database, only)
            done = [one for one in reversed(going) if one.state is _State.COMPLETED]
            await runner.do(_works(done, Doing.UNDO))
            return
        before: int | None = None
        while page := await store.last_first(
            self._database, batch.id, _State.COMPLETED, before=before, limit=_PAGE
        ):
            before = page[-1].number
            await runner.do(_works(page, Doing.UNDO))

    async def _tidy(self, root: Root, batch: Batch) -> None:
        """Removes folders that the batch emptied, or made and needs no longer."""
        folders: set[bytes] = set()
        after: int | None = None
        while page := await store.operations(self._database, batch.id, after=after, limit=_PAGE):
            after = page[-1].number
            for one in page:
                folders |= _to_tidy(one, keep=batch.keep_empty_folders)
        await asyncio.to_thread(root.remove_folders, folders)

    async def _refresh(self, run: Run, library_id: UUID) -> None:
        """Puts titles together anew whose files are at other places now."""
        more = True
        while more:
            async with run.transaction() as session:
                more = await local.refresh_stale(session, library_id)


class PurgeHandler:
    """Runs the jobs that remove files from recycle bins for good."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, run: Run) -> None:
        """Removes files that have been in a recycle bin since before a time."""
        library = await _library(self._database, UUID(run.job.payload["library"]))
        before = datetime.fromisoformat(run.job.payload["before"])
        bins = {RECYCLE_BIN}
        async with _opened(library) as root:
            runner = Runner(run, library.id, None, root, verify=False)
            left = await bin_store.purging(self._database, library.id)
            bins |= {split(one.new_path)[0] for one in left}
            await runner.settle(left)
            after: tuple[datetime, UUID] | None = None
            while page := await bin_store.recycled(
                self._database, library.id, after=after, limit=_PAGE, before=before
            ):
                last = page[-1]
                after = (last.completed_at, last.id) if last.completed_at else None
                await runner.do(_works(page, Doing.PURGE))
                bins |= {split(one.new_path)[0] for one in page}
            await asyncio.to_thread(root.remove_folders, bins)
        async with run.completing():
            pass

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Nothing is to be noted: what was not removed is removed by the next job."""


def _works(operations: list[Operation], doing: Doing) -> list[Work]:
    return [work for one in operations if (work := work_of(one, doing)) is not None]


def _to_tidy(operation: Operation, *, keep: bool) -> set[bytes]:
    """Returns the folders that an operation leaves to be removed if they are empty."""
    if operation.state in (_State.COMPLETED, _State.PURGED):
        left = operation.type.takes_away and not keep
        return {folder.path for folder in operation.source_folders} if left else set()
    if operation.state in (*LEFT_TO_DO, _State.ROLLED_BACK):
        folders = set(operation.made_folders)
        if operation.type is OperationType.DELETE:
            folder = split(operation.new_path)[0]
            folders |= {folder} if folder.endswith(RECYCLE_BIN) else set()
        return folders
    return set()
