"""One scan of a library: walk, compare, probe in other processes, write.

The three stages run at once, joined by queues of bounded length: the walk goes as fast as the
probers and the database take what it finds.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import local
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.media_files.telling import tell
from reelhouse_catalog.reviews.scoring import Thresholds, Verdict
from reelhouse_catalog.scanning import file_store, guard, store
from reelhouse_catalog.scanning.file_store import KnownDirectory, KnownFile
from reelhouse_catalog.scanning.load import Governor
from reelhouse_catalog.scanning.model import (
    Entry,
    Scan,
    ScanState,
    Stats,
    extensions,
    shown_path,
    signature,
)
from reelhouse_catalog.scanning.pool import Prober
from reelhouse_catalog.scanning.recording import Found, Judge, record, signed
from reelhouse_catalog.scanning.stages import Folder, Result, Task
from reelhouse_catalog.scanning.usecases import TOPIC, change_state
from reelhouse_catalog.scanning.walk import Directory, Walk
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.titles import placing
from reelhouse_kit import log
from reelhouse_kit.concurrency import concurrently
from reelhouse_kit.db import Database, Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import JobError, Run

_WALKED_AT_ONCE = 64
_QUEUED = 1024
_LEAST_PROBED_AT_ONCE = 16
_PROBED_AT_ONCE = 48
_WRITTEN_AT_ONCE = 200
_REPORT_SECONDS = 0.5
_logger = log.get(__name__)


class LibraryScan:
    """One scan of one library, or of some of its folders."""

    def __init__(
        self,
        database: Database,
        run: Run,
        library: Library,
        scan: Scan,
        pool: Sequence[Prober],
        *,
        governor: Governor | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        self._database = database
        self._run = run
        self._library = library
        self._scan = scan
        self._pool = pool
        self._governor = governor
        self._root = os.fsencode(library.root_path)
        self._judge = Judge(library.kind, thresholds or Thresholds())
        self._stats = Stats.going_on(scan.stats)
        self._stats.auto_ready_threshold = self._judge.thresholds.auto_ready
        self._stats.review_threshold = self._judge.thresholds.review
        self._reported: dict[str, Any] = {}
        self._report_at = 0.0
        self._directories: dict[bytes, KnownDirectory] = {}
        self._seen: set[bytes] = set()
        self._unreadable: list[bytes] = []
        self._gone: list[KnownFile] = []
        self._found_again: set[UUID] = set()
        self._tasks: asyncio.Queue[Task | None] = asyncio.Queue(_QUEUED)
        self._results: asyncio.Queue[Result | Folder | None] = asyncio.Queue(_QUEUED)

    async def scan(self) -> None:
        """Brings what the catalog knows of the library up to what is there."""
        root = await asyncio.to_thread(guard.inspect, self._library)
        self._directories = await file_store.directories(
            self._database, self._library.id, self._scan.folders
        )
        await concurrently(self._walk(), self._probe_all(), self._write_all())
        await self._finish(root)

    # --- walk and compare ---

    async def _walk(self) -> None:
        directories = await asyncio.to_thread(self._begin_walk)
        while batch := await asyncio.to_thread(_take, directories, _WALKED_AT_ONCE):
            await self._compare(batch)
        if self._scan.folders is None and not self._stats.found_count:
            await self._refuse_empty()
        self._stats.walk_complete = True
        for _ in self._pool:
            await self._tasks.put(None)

    def _begin_walk(self) -> Iterator[Directory]:
        kinds = extensions(self._library.kind)
        walk = Walk(self._root, kinds, self._library.ignore_patterns)
        folders = self._scan.folders
        return walk.everything() if folders is None else walk.only(folders)

    async def _refuse_empty(self) -> None:
        """Refuses to believe in an empty folder: a mount that is gone looks the same."""
        known = await file_store.present_count(self._database, self._library.id)
        if known and not self._stats.ignored_count:
            raise JobError(
                "LIBRARY_ROOT_EMPTY",
                f"{self._library.root_path} holds no media, but the catalog knows {known} files in "
                "it; is it mounted? Nothing was changed",
            )

    async def _compare(self, batch: Sequence[Directory]) -> None:
        changed: list[tuple[Directory, Folder]] = []
        for directory in batch:
            self._stats.directory_count += 1
            self._stats.ignored_count += directory.ignored
            self._unreadable += directory.dead_links
            known = self._directories.get(directory.path)
            if known is not None and known.foreign_device and not directory.foreign:
                directory.error = "its disk is not mounted"
            if directory.error:
                path = shown_path(directory.path)
                _logger.warning("folder not readable", path=path, error=directory.error)
                self._unreadable.append(directory.path)
                self._stats.unreadable_count += 1
                continue
            self._seen.add(directory.path)
            count = len(directory.entries)
            self._stats.found_count += count
            content = signature(itertools.chain(directory.entries, directory.sidecars))
            if known is None and not count and not directory.sidecars:
                continue
            if not self._scan.full and known is not None and known.signature == content:
                self._stats.processed_count += count
                continue
            folder = Folder(directory.path, content, count, directory.foreign, directory.sidecars)
            changed.append((directory, folder))
        if changed:
            await self._sort_out(changed)

    async def _sort_out(self, changed: Sequence[tuple[Directory, Folder]]) -> None:
        """Tells new, changed, unchanged and gone files of changed folders apart."""
        paths = [folder.path for _, folder in changed]
        known: dict[tuple[bytes, bytes], KnownFile] = {
            (file.directory, file.filename): file
            for file in await file_store.files_in(self._database, self._library.id, paths)
        }
        back: list[UUID] = []
        tasks: list[Task] = []
        for directory, folder in changed:
            for entry in directory.entries:
                file = known.pop((entry.directory, entry.filename), None)
                if file is not None and self._is_done(file, entry):
                    self._stats.processed_count += 1
                    if file.state == "missing":
                        back.append(file.id)
                else:
                    tasks.append(Task(entry, file, folder))
                    folder.left += 1
            if not folder.left:
                await self._results.put(folder)
        self._gone += [file for file in known.values() if file.state == "present"]
        if back:
            async with self._run.transaction() as session:
                await tell(session, await file_store.mark_back(session, back), Change.UPDATED)
        for task in tasks:
            await self._tasks.put(task)

    def _is_done(self, file: KnownFile, entry: Entry) -> bool:
        """Tells whether a file need not be opened: nothing of it changed since it was last."""
        if not _same(file, entry):
            return False
        begun = self._scan.started_at
        # A full scan that goes on after a pause leaves what it opened before.
        return not self._scan.full or bool(begun and file.probed_at and file.probed_at >= begun)

    # --- probe ---

    async def _probe_all(self) -> None:
        await concurrently(*(self._probe(i, prober) for i, prober in enumerate(self._pool)))
        await self._results.put(None)

    async def _probe(self, index: int, prober: Prober) -> None:
        await self._wait_for_turn(index)
        while (task := await self._tasks.get()) is not None:
            tasks = [task]
            most = self._probed_at_once()
            while len(tasks) < most and not self._tasks.empty():
                following = self._tasks.get_nowait()
                if following is None:
                    self._tasks.put_nowait(None)  # for the loop above
                    break
                tasks.append(following)
            answers = prober.examine([t.entry.path for t in tasks])
            done = 0
            async for answer in answers:
                await self._results.put(Result(tasks[done], answer))
                done += 1
            await self._wait_for_turn(index)

    def _probed_at_once(self) -> int:
        batch = self._governor.pace.batch if self._governor else _PROBED_AT_ONCE
        # Not so many that the last prober works on while the others have nothing left to do.
        fair = max(_LEAST_PROBED_AT_ONCE, self._tasks.qsize() // len(self._pool))
        return min(batch, fair)

    async def _wait_for_turn(self, index: int) -> None:
        if self._governor is None:
            return
        await asyncio.sleep(self._governor.pace.delay_ms / 1000)
        while self._governor.holds(index):
            if self._stats.walk_complete and self._tasks.qsize() <= len(self._pool):
                return  # what is left is done at once
            await asyncio.sleep(0.1)

    # --- write ---

    async def _write_all(self) -> None:
        ended = False
        while not ended:
            batch: list[Result | Folder] = []
            until = time.monotonic() + _REPORT_SECONDS
            while len(batch) < _WRITTEN_AT_ONCE:
                try:
                    async with asyncio.timeout(max(0.0, until - time.monotonic())):
                        item = await self._results.get()
                except TimeoutError:
                    break
                if item is None:
                    ended = True
                    break
                batch.append(item)
            await self._write(batch)

    async def _write(self, batch: Sequence[Result | Folder]) -> None:
        touched = {item.path: item for item in batch if isinstance(item, Folder)}
        results = [item for item in batch if isinstance(item, Result)]
        found = await self._identified(await self._without_vanished(results))
        for result in results:
            self._stats.processed_count += 1
            folder = result.task.folder
            folder.left -= 1
            touched[folder.path] = folder
        if not batch and not self._report_due():
            return
        done = [folder for _, folder in sorted(touched.items()) if not folder.left]
        beside = await asyncio.to_thread(
            lambda: [f for d in done for f in local.read_folder(self._root, d.path, d.sidecars)]
        )
        async with self._run.transaction() as session:
            await record(session, self._library.id, found)
            folders = [folder.known for _, folder in sorted(touched.items())]
            await file_store.sign(session, self._library.id, folders)
            await local.note_folders(session, self._library.id, [d.path for d in done], beside)
            await self._report(session)

    async def _identified(self, results: Sequence[Result]) -> list[Found]:
        """Tells which files are known ones that moved, and counts."""
        moved = await self._moved(results) | await self._arrived(results)
        self._found_again.update(file.id for file in moved.values())
        found = []
        for result in results:
            task = result.task
            known = task.known or moved.get(task.entry.path)
            file = Found(task.entry, result.answer, known, self._judge)
            found.append(file)
            self._stats.unmatched_count += file.placed and not file.broken and not file.placement
            self._stats.failed_count += file.broken
            self._stats.moved_count += task.known is None and file.known is not None
            self._stats.added_count += file.known is None
            self._stats.updated_count += task.known is not None
            said = file.verdict
            self._stats.ready_count += said is Verdict.READY
            self._stats.enrichment_count += said is Verdict.ENRICHMENT
            self._stats.review_count += said is Verdict.REVIEW
        return found

    async def _without_vanished(self, results: Sequence[Result]) -> list[Result]:
        """Leaves out files that went away, or could not be read for now, since they were seen."""
        suspects = [result for result in results if result.answer["fingerprint"] is None]
        if not suspects:
            return list(results)
        there = await self._exist([suspect.task.entry.path for suspect in suspects])
        gone = set()
        for suspect, exists in zip(suspects, there, strict=True):
            suspect.task.folder.complete = False  # look again next time
            if not exists:
                gone.add(suspect.task.entry.path)
                if suspect.task.known is not None:
                    self._gone.append(suspect.task.known)
        return [result for result in results if result.task.entry.path not in gone]

    async def _moved(self, results: Sequence[Result]) -> dict[bytes, KnownFile]:
        """Returns which new files are known ones, by content, whose old place is empty."""
        new: dict[bytes, list[bytes]] = {}
        for result in results:
            if result.task.known is None and result.answer["fingerprint"]:
                fingerprint = bytes.fromhex(result.answer["fingerprint"])
                new.setdefault(fingerprint, []).append(result.task.entry.path)
        if not new:
            return {}
        candidates = await file_store.by_fingerprint(self._database, self._library.id, list(new))
        there = await self._exist([candidate.path for candidate in candidates])
        moved: dict[bytes, KnownFile] = {}
        for file, exists in zip(candidates, there, strict=True):
            waiting = new[file.fingerprint or b""]
            # A folder that cannot be read now is not an empty place.
            if not exists and not self._is_unreadable(file.directory) and waiting:
                moved[waiting.pop(0)] = file
        return moved

    async def _arrived(self, results: Sequence[Result]) -> dict[bytes, KnownFile]:
        """Returns which new files are known by now: file operations took them there meanwhile."""
        new = [result.task.entry for result in results if result.task.known is None]
        places = [(entry.directory, entry.filename) for entry in new]
        found = await file_store.at(self._database, self._library.id, places) if new else []
        return {file.path: file for file in found}

    async def _exist(self, paths: Sequence[bytes]) -> list[bool]:
        if not paths:
            return []
        whole = [os.path.join(self._root, path) for path in paths]
        return await asyncio.to_thread(lambda: [os.path.lexists(path) for path in whole])

    # --- end ---

    async def _finish(self, root: guard.Root) -> None:
        vanished = await asyncio.to_thread(self._vanished, root)
        gone = list(self._gone)
        for some in _chunks(vanished, _QUEUED):
            files = await file_store.files_in(self._database, self._library.id, some)
            gone += [file for file in files if file.state == "present"]
        if gone or vanished:
            await asyncio.to_thread(guard.confirm, self._library, root)
            if await asyncio.to_thread(guard.is_empty, self._library):
                await self._refuse_empty()
        for lost in _chunks(gone, _QUEUED):
            async with self._run.transaction() as session:
                await self._mark_missing(session, lost)
                await self._report(session)
        for some in _chunks(vanished, _QUEUED):
            async with self._run.transaction() as session:
                await local.note_folders(session, self._library.id, some, [])
        more = True
        while more:
            async with self._run.transaction() as session:
                more = await local.refresh_stale(session, self._library.id)
        async with self._run.completing(self._stats.as_dict()) as session:
            await file_store.forget_directories(session, self._library.id, vanished)
            await store.write_stats(session, self._scan.id, self._stats.as_dict())
            if self._scan.started_at is not None:
                least = self._judge.thresholds.auto_ready
                promoted = await file_store.promote(
                    session, self._library.id, before=self._scan.started_at, least=least
                )
                await tell(session, promoted, Change.UPDATED)
            if self._scan.folders is None:
                await libraries.note_scan(session, self._library.id)
            await change_state(session, self._scan, ScanState.COMPLETED)

    def _vanished(self, root: guard.Root) -> list[bytes]:
        """Returns the known folders that are gone, but none whose disk may be."""
        return [
            path
            for path, known in self._directories.items()
            if path not in self._seen
            and not self._is_unreadable(path)
            and not (known.foreign_device and self._is_unmounted(path, root.device))
        ]

    def _is_unmounted(self, path: bytes, device: int) -> bool:
        """Tells whether a folder of another disk is gone while its mount point is still there."""
        while path:
            try:
                return os.stat(os.path.join(self._root, path)).st_dev == device
            except OSError:
                path = os.path.dirname(path)
        return False

    async def _mark_missing(self, session: Session, files: Sequence[KnownFile]) -> None:
        # One that was found elsewhere meanwhile is no longer at the place that is empty.
        still = [file for file in files if file.id not in self._found_again]
        missing = await file_store.mark_missing(session, still)
        self._stats.missing_count += len(missing)
        await tell(session, missing, Change.UPDATED)
        await placing.told(session, await placing.titles_of(session, missing))

    def _is_unreadable(self, path: bytes) -> bool:
        return any(
            path == folder or path.startswith(folder + b"/") or not folder
            for folder in self._unreadable
        )

    def _report_due(self) -> bool:
        return time.monotonic() >= self._report_at and self._stats.as_dict() != self._reported

    async def _report(self, session: Session) -> None:
        """Writes how far the scan is, and tells of it, but not more often than people look."""
        # Always written: a scan that goes on after a pause counts on from here.
        await store.write_stats(session, self._scan.id, self._stats.as_dict())
        if self._report_due():
            self._reported = self._stats.as_dict()
            self._report_at = time.monotonic() + _REPORT_SECONDS
            await outbox.append(session, Event(TOPIC, self._scan.resource, Change.UPDATED))


def _same(file: KnownFile, entry: Entry) -> bool:
    return (
        file.size_bytes == entry.size
        and file.mtime_ns == entry.mtime_ns
        and file.inode == signed(entry.inode)
        and file.fingerprint is not None
    )


def _take(directories: Iterable[Directory], count: int) -> list[Directory]:
    return list(itertools.islice(directories, count))


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
