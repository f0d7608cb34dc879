"""Does the works of one batch in groups: journal, disk, journal.

The intents of a group are committed before its first system call, and what became of it after the
last one, with the catalog's rows. A worker that is lost anywhere in between leaves what `settle`
understands.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from reelhouse_catalog.disk.errors import DiskError, StoppedError
from reelhouse_catalog.disk.faults import Point, reached
from reelhouse_catalog.disk.folders import Root, split
from reelhouse_catalog.file_operations import catalog_store, journal_store, store
from reelhouse_catalog.file_operations.following import Followed, follow
from reelhouse_catalog.file_operations.hands import Hands, Made, Ready
from reelhouse_catalog.file_operations.journal_store import Intent, Settlement
from reelhouse_catalog.file_operations.model import (
    BATCH,
    TOPIC,
    Doing,
    Identity,
    Operation,
    OperationState,
)
from reelhouse_catalog.file_operations.work import (
    BEGUN,
    DONE,
    MADE,
    MOST_AT_ONCE,
    Finding,
    How,
    Work,
    doing_of,
    groups,
    work_of,
)
from reelhouse_catalog.schema import outbox
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import JobError, LeaseLostError, Run
from reelhouse_kit.jobs.model import TRUST

T = TypeVar("T")
_REPORT_SECONDS = 0.5
_State = OperationState


@dataclass(slots=True)
class _Result:
    """What became of a work in a group."""

    ready: Ready
    error: DiskError | None = None
    made: Made | None = None
    begun: bool = False
    done: bool = False
    undecided: bool = False
    checksum: bytes | None = None

    @property
    def work(self) -> Work:
        return self.ready.work


class Runner:
    """Does works of one library.

    Args:
        run: The job.
        library_id: The library.
        batch_id: Whose progress to report; None for none.
        root: The library's folder, locked.
        verify: Whether renames are verified.
    """

    def __init__(
        self, run: Run, library_id: UUID, batch_id: UUID | None, root: Root, *, verify: bool
    ) -> None:
        self._run = run
        self._library = library_id
        self._batch = batch_id
        self._verify = verify
        self._hands = Hands(root, self._told, verify=verify)
        self._stop = threading.Event()
        self._done_bytes = self._done_count = self._flight = 0
        self._late = False
        self._failed: set[UUID] = set()
        self._renewed: dict[UUID, Identity] = {}
        self.failure: DiskError | None = None
        """Why what comes next would fail, too."""

    def _told(self, count: int) -> None:
        """Takes progress, in whatever thread."""
        self._flight += count
        # A worker that may have lost its lease touches nothing more.
        if time.monotonic() - self._run.renewed > TRUST.total_seconds():
            self._late = True
        if self._late or self._stop.is_set():
            raise StoppedError

    # --- groups ---

    async def do(self, works: Iterable[Work]) -> None:
        """Does works in their order. Cancelled, it ends what is cut off before it raises.

        Raises:
            JobError: What comes next would fail, too.
            LeaseLostError: The lease could not be renewed for too long.
        """
        for group in groups(works):
            await self._surely(self._do_group(group))
            if self._late:
                raise LeaseLostError
            if self.failure is not None:
                raise JobError(self.failure.code, self.failure.message)

    async def _surely(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            self._stop.set()
            await asyncio.wait({task})
            if not task.cancelled():
                task.exception()  # the cancellation matters more; the next run looks at the disk
            raise

    async def _do_group(self, group: Sequence[Work]) -> None:
        group = [self._as_it_is(work) for work in group]
        ready, refused = await self._thread(lambda: self._prepare(group))
        expected = await self._expected([one.work for one in ready])
        ready = await self._intend(ready, refused)
        reached(Point.INTENDED)
        results = await self._thread(lambda: self._first_half(ready, expected))
        await self._note_made([result for result in results if result.made])
        await self._thread(lambda: self._second_half(results))
        reached(Point.SYNCED)
        await self._settle(results)
        reached(Point.COMMITTED)

    def _as_it_is(self, work: Work) -> Work:
        """Returns a work with its file as it was brought back: of one that was put aside."""
        one = work.operation
        renewed = self._renewed.get(one.sidecar_of) if one.parked and one.sidecar_of else None
        return replace(work, identity=renewed) if renewed else work

    def _prepare(self, group: Sequence[Work]) -> tuple[list[Ready], list[tuple[Work, DiskError]]]:
        self._hands.forget()
        ready: list[Ready] = []
        refused: list[tuple[Work, DiskError]] = []
        for work in group:
            try:
                ready.append(self._hands.prepare(work))
            except DiskError as error:
                refused.append((work, error))
                self._failed.add(work.id)
        return ready, refused

    async def _expected(self, works: Sequence[Work]) -> dict[UUID, bytes]:
        """Returns what files should hold, by operation, as far as that is known."""
        found = {
            work.id: work.operation.checksum
            for work in works
            if work.doing is Doing.UNDO and work.operation.checksum
        }
        files: dict[UUID, Work] = {}
        for work in works:
            file = work.operation.media_file_id
            read = work.how is How.COPY or (self._verify and work.how is How.SHIFT)
            if file is not None and work.doing is Doing.APPLY and read:
                files[file] = work
        if files:
            async with self._run.transaction() as session:
                known = await catalog_store.hashes(session, list(files))
            for file, (digest, size, mtime_ns) in known.items():
                work = files[file]
                if (size, mtime_ns) == (work.identity.size, work.identity.mtime_ns):
                    found[work.id] = digest
        return found

    async def _intend(
        self, ready: Sequence[Ready], refused: Sequence[tuple[Work, DiskError]]
    ) -> list[Ready]:
        async with self._run.transaction() as session:
            applied = [one for one in ready if one.work.doing is Doing.APPLY]
            if applied:
                intents = [
                    Intent(one.work.operation, one.source_folders, one.made_folders)
                    for one in applied
                ]
                await journal_store.intend(session, intents)
            for doing in (Doing.UNDO, Doing.PURGE):
                begun = [one.work.operation for one in ready if one.work.doing is doing]
                if begun:
                    await journal_store.begin(session, begun, BEGUN[doing])
            await self._refuse(session, refused)
        self._count(len(refused), 0)
        return [replace(one, work=_in_state(one.work, BEGUN[one.work.doing])) for one in ready]

    async def _refuse(self, session: Session, refused: Sequence[tuple[Work, DiskError]]) -> None:
        failed = [
            Settlement(work.operation, _State.FAILED, code=error.code, message=error.message)
            for work, error in refused
            if work.operation.state is _State.PLANNED
        ]
        if failed:
            await journal_store.settle(session, failed)
        others = [
            (work.operation, error.code, error.message)
            for work, error in refused
            if work.operation.state is not _State.PLANNED
        ]
        if others:
            await journal_store.refuse(session, others)

    # --- on the disk, in a thread ---

    def _first_half(self, ready: Sequence[Ready], expected: dict[UUID, bytes]) -> list[_Result]:
        results = [_Result(one) for one in ready]
        for result in results:
            self._flight = 0
            try:
                self._told(0)
                self._begin(result, expected.get(result.work.id))
                result.begun = True
            except StoppedError:
                break
            except DiskError as error:
                result.error = error
                self._failed.add(result.work.id)
                if error.stops:
                    self.failure = error
                    break
            if result.done:
                self._count(1, result.work.operation.size)
        self._sync_ends(result.work for result in results if result.done)
        return results

    def _begin(self, result: _Result, expected: bytes | None) -> None:
        work = result.work
        if work.doing is Doing.APPLY and work.operation.sidecar_of in self._failed:
            raise DiskError("MEDIA_FILE_NOT_DONE", "the media file that it belongs to failed")
        self._hands.make_folders(result.ready)
        if work.how is How.SHIFT:
            if work.doing is Doing.UNDO:
                self._hands.check_content(work, expected)
            result.checksum = self._hands.shift(work, expected)
            result.done = True
        elif work.how is How.REMOVE:
            self._hands.check_content(work, expected)
        else:
            result.made = self._hands.make(work, expected)

    def _second_half(self, results: Sequence[_Result]) -> None:
        placed = []
        for result in results:
            if result.made is not None:
                try:
                    self._hands.place(result.work)
                    placed.append(result)
                except DiskError as error:
                    self._fail(result, error)
        self._hands.sync({split(result.work.end)[0] for result in placed})
        removing = [result for result in results if result.begun and result.work.how is How.REMOVE]
        for result in [*placed, *removing]:
            self._take_away(result)
        self._hands.sync(
            {split(one.work.start)[0] for one in results if one.done and one.work.removes}
        )

    def _take_away(self, result: _Result) -> None:
        work = result.work
        try:
            if work.removes:
                self._hands.take_away(work)
            result.done = True
            self._count(1, work.operation.size)
        except DiskError as error:
            self._fail(result, error)
            if work.how is not How.REMOVE:
                try:
                    self._hands.withdraw(work)
                except DiskError:
                    result.undecided = True

    def _fail(self, result: _Result, error: DiskError) -> None:
        result.error = error
        self._failed.add(result.work.id)
        if error.stops:
            self.failure = error

    def _sync_ends(self, works: Iterable[Work]) -> None:
        folders: set[bytes] = set()
        for work in works:
            folders.add(split(work.start)[0])
            folders.add(split(work.end)[0])
        self._hands.sync(folders)

    # --- the journal again ---

    async def _note_made(self, results: Sequence[_Result]) -> None:
        for doing, state in MADE.items():
            made = [one for one in results if one.work.doing is doing and one.made]
            if not made:
                continue
            async with self._run.transaction() as session:
                await journal_store.note_made(
                    session,
                    [
                        (one.work.operation, one.made.identity, one.made.checksum)
                        for one in made
                        if one.made
                    ],
                    state,
                )
            for one in made:
                work = _in_state(one.work, state)
                identity = one.made.identity if one.made else None
                one.ready = replace(one.ready, work=replace(work, made=identity))
                if doing is Doing.UNDO and identity is not None:
                    self._renewed[one.work.id] = identity
            reached(Point.STAGED)

    async def _settle(self, results: Sequence[_Result]) -> None:
        async with self._run.transaction() as session:
            if results:
                await journal_store.settle(session, [_settlement(result) for result in results])
                await follow(
                    session,
                    self._library,
                    [_followed(result.work) for result in results if result.done],
                )
            await self._report(session)

    async def settle(self, operations: Sequence[Operation]) -> None:
        """Completes or takes back what a lost worker left half done, by what the disk shows."""
        works = [
            work
            for operation in operations
            if (work := work_of(operation, doing_of(operation.state))) is not None
        ]
        for start in range(0, len(works), MOST_AT_ONCE):
            await self._surely(self._settle_group(works[start : start + MOST_AT_ONCE]))

    async def _settle_group(self, works: Sequence[Work]) -> None:
        results = await self._thread(lambda: [self._look(work) for work in works])
        reached(Point.SYNCED)
        async with self._run.transaction() as session:
            await journal_store.settle(session, [_settlement(result) for result in results])
            await follow(
                session, self._library, [_followed(one.work) for one in results if one.done]
            )
            await self._report(session)
        reached(Point.COMMITTED)

    def _look(self, work: Work) -> _Result:
        result = _Result(Ready(work, (), ()))
        self._hands.forget()
        try:
            finding = self._hands.look(work)
            if finding is Finding.UNDECIDED:
                result.undecided = True
                result.error = DiskError(
                    "FILE_OPERATION_UNDECIDED",
                    "what is at the old and the new place fits nothing that was done",
                )
            else:
                result.done = self._hands.go_on(work, finding)
        except DiskError as error:
            result.undecided = True
            result.error = error
        if result.done:
            self._count(1, work.operation.size)
        return result

    def _count(self, count: int, size: int) -> None:
        self._done_count += count
        self._done_bytes += size
        self._flight = 0

    async def _report(self, session: Session) -> None:
        if self._batch is not None:
            done = self._done_bytes + self._flight
            await store.note_progress(session, self._batch, done, self._done_count)
            event = Event(TOPIC, BATCH.format(self._batch), Change.UPDATED)
            await outbox.append(session, event)

    async def _thread(self, work: Callable[[], T]) -> T:
        """Does something in a thread, and reports how far it is meanwhile."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_REPORT_SECONDS)
                if not task.done():
                    async with self._run.transaction() as session:
                        await self._report(session)
        except BaseException:
            # Whatever it is, the thread ends first: the folder is not to be let go of before.
            self._stop.set()
            await asyncio.wait({task})
            raise
        return task.result()


def _in_state(work: Work, state: OperationState) -> Work:
    return replace(work, operation=replace(work.operation, state=state))


def _settlement(result: _Result) -> Settlement:
    work = result.work
    error = result.error
    code, message = (error.code, error.message) if error else (None, None)
    doing = None
    if result.done:
        state = DONE[work.doing]
    elif result.undecided:
        state, doing = _State.UNDECIDED, work.doing
    elif work.doing is not Doing.APPLY:
        state = _State.COMPLETED
    else:
        state = _State.FAILED if error else _State.PLANNED
    return Settlement(work.operation, state, doing, code, message, result.checksum)


def _followed(work: Work) -> Followed:
    return Followed(work.operation, work.doing, work.made or work.identity)
