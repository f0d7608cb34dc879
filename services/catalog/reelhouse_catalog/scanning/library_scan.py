"""One scan of a library: walk, compare, probe in other processes, write.

The three stages run at once, joined by queues of bounded length: the walk goes as fast as the
probers and the database take what it finds.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import local
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import store
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
from reelhouse_catalog.scanning.store import KnownFile
from reelhouse_catalog.scanning.usecases import TOPIC, change_state
from reelhouse_catalog.scanning.walk import Directory, walk
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.titles import placing
from reelhouse_catalog.titles.model import Placement
from reelhouse_kit import log
from reelhouse_kit.concurrency import concurrently
from reelhouse_kit.db import Database, Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError, Run

FILES_TOPIC = "mediaFiles"
_WALKED_AT_ONCE = 64
_QUEUED = 1024
_PROBED_AT_ONCE = 16
_WRITTEN_AT_ONCE = 200
_REPORT_SECONDS = 0.5
_logger = log.get(__name__)


@dataclass(slots=True)
class Folder:
    """A folder being dealt with: signed once nothing of it is left to write."""

    path: bytes
    signature: bytes
    count: int
    sidecars: Sequence[Entry] = ()
    left: int = 0
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Task:
    """A file to probe; `known` is what the catalog has of it."""

    entry: Entry
    known: KnownFile | None
    folder: Folder


@dataclass(frozen=True, slots=True)
class Result:
    """A file that was probed."""

    task: Task
    answer: dict[str, Any]


class LibraryScan:
    """One scan of one library."""

    def __init__(
        self,
        database: Database,
        run: Run,
        library: Library,
        scan: Scan,
        pool: Sequence[Prober],
    ) -> None:
        self._database = database
        self._run = run
        self._library = library
        self._scan = scan
        self._pool = pool
        self._root = os.fsencode(library.root_path)
        self._stats = Stats()
        self._reported: dict[str, Any] = {}
        self._report_at = 0.0
        self._directories: dict[bytes, tuple[bytes, int]] = {}
        self._seen: set[bytes] = set()
        self._unreadable: list[bytes] = []
        self._gone: list[UUID] = []
        self._found_again: set[UUID] = set()
        self._tasks: asyncio.Queue[Task | None] = asyncio.Queue(_QUEUED)
        self._results: asyncio.Queue[Result | Folder | None] = asyncio.Queue(_QUEUED)

    async def scan(self) -> None:
        """Brings what the catalog knows of the library up to what is there."""
        self._directories = await store.directories(self._database, self._library.id)
        await concurrently(self._walk(), self._probe_all(), self._write_all())
        await self._finish()

    # --- walk and compare ---

    async def _walk(self) -> None:
        directories = walk(self._root, extensions(self._library.kind))
        while batch := await asyncio.to_thread(_take, directories, _WALKED_AT_ONCE):
            await self._compare(batch)
        if not self._stats.found_count:
            await self._guard_mount()
        self._stats.walk_complete = True
        for _ in self._pool:
            await self._tasks.put(None)

    async def _guard_mount(self) -> None:
        """Refuses to believe in an empty folder: a mount that is gone looks the same."""
        known = await store.present_count(self._database, self._library.id)
        if known:
            raise JobError(
                "LIBRARY_ROOT_EMPTY",
                f"{self._library.root_path} holds no media, but the catalog knows {known} files in "
                "it; is it mounted? Nothing was changed",
            )

    async def _compare(self, batch: Sequence[Directory]) -> None:
        changed: list[tuple[Directory, Folder]] = []
        for directory in batch:
            self._stats.directory_count += 1
            if directory.error:
                path = shown_path(directory.path)
                _logger.warning("folder not readable", path=path, error=directory.error)
                self._unreadable.append(directory.path)
                continue
            self._seen.add(directory.path)
            count = len(directory.entries)
            self._stats.found_count += count
            signed = signature(itertools.chain(directory.entries, directory.sidecars))
            known = self._directories.get(directory.path)
            if known is None and not count and not directory.sidecars:
                continue
            if not self._scan.full and known is not None and known[0] == signed:
                self._stats.unchanged_count += count
                self._stats.processed_count += count
                continue
            folder = Folder(directory.path, signed, count, directory.sidecars)
            changed.append((directory, folder))
        if changed:
            await self._sort_out(changed)

    async def _sort_out(self, changed: Sequence[tuple[Directory, Folder]]) -> None:
        """Tells new, changed, unchanged and gone files of changed folders apart."""
        paths = [folder.path for _, folder in changed]
        known: dict[tuple[bytes, bytes], KnownFile] = {
            (file.directory, file.filename): file
            for file in await store.files_in(self._database, self._library.id, paths)
        }
        back: list[UUID] = []
        tasks: list[Task] = []
        for directory, folder in changed:
            for entry in directory.entries:
                file = known.pop((entry.directory, entry.filename), None)
                if file is not None and not self._scan.full and _same(file, entry):
                    self._stats.unchanged_count += 1
                    self._stats.processed_count += 1
                    if file.state == "missing":
                        back.append(file.id)
                else:
                    tasks.append(Task(entry, file, folder))
                    folder.left += 1
            if not folder.left:
                await self._results.put(folder)
        self._gone += [file.id for file in known.values() if file.state == "present"]
        if back:
            async with self._run.transaction() as session:
                await self._tell(session, await store.mark_back(session, back), Change.UPDATED)
        for task in tasks:
            await self._tasks.put(task)

    # --- probe ---

    async def _probe_all(self) -> None:
        await concurrently(*(self._probe(prober) for prober in self._pool))
        await self._results.put(None)

    async def _probe(self, prober: Prober) -> None:
        while (task := await self._tasks.get()) is not None:
            tasks = [task]
            while len(tasks) < _PROBED_AT_ONCE and not self._tasks.empty():
                following = self._tasks.get_nowait()
                if following is None:
                    self._tasks.put_nowait(None)  # for the loop above
                    break
                tasks.append(following)
            answers = prober.examine([t.entry.path for t in tasks])
            index = 0
            async for answer in answers:
                await self._results.put(Result(tasks[index], answer))
                index += 1

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
        results = [item for item in batch if isinstance(item, Result)]
        folders = [item for item in batch if isinstance(item, Folder)]
        results = await self._without_vanished(results)
        moved = await self._moved(results)
        self._found_again.update(moved.values())
        new: list[dict[str, object]] = []
        changed: list[dict[str, object]] = []
        placements: dict[UUID, Placement | None] = {}
        for result in results:
            task = result.task
            old = task.known.id if task.known else moved.get(task.entry.path)
            row = self._row(result, old or new_id())
            (changed if old else new).append(row)
            broken = bool(row["probe_error"])
            if not (broken and old):  # what cannot be read for now stays what it was
                placement = None if broken else _placement(result.answer)
                placements[row["id"]] = placement  # type: ignore[index] # always a UUID
                row["confidence"] = placement.confidence if placement else 0.0
                self._stats.unmatched_count += not broken and placement is None
            self._stats.failed_count += broken
            self._stats.moved_count += task.known is None and old is not None
            self._stats.added_count += old is None
            self._stats.updated_count += task.known is not None
        touched = {item.path: item for item in folders}
        for item in batch:
            if isinstance(item, Result):
                self._stats.processed_count += 1
                folder = item.task.folder
                folder.left -= 1
                touched[folder.path] = folder
        if not batch and not self._report_due():
            return
        done = [folder for _, folder in sorted(touched.items()) if not folder.left]
        beside = await asyncio.to_thread(
            lambda: [f for d in done for f in local.read_folder(self._root, d.path, d.sidecars)]
        )
        async with self._run.transaction() as session:
            await store.write_files(session, new, changed)
            await placing.place(
                session,
                self._library.id,
                placements,
                relink=[row["id"] for row in changed if row["id"] in placements],  # type: ignore[misc]
            )
            await store.sign(
                session,
                self._library.id,
                [
                    # Unfinished ones too: each folder with files in the catalog has a row.
                    (f.path, f.signature if f.complete and not f.left else b"", f.count)
                    for _, f in sorted(touched.items())
                ],
            )
            await local.note_folders(session, self._library.id, [d.path for d in done], beside)
            await self._tell(session, (row["id"] for row in new), Change.CREATED)
            await self._tell(session, (row["id"] for row in changed), Change.UPDATED)
            await self._report(session)

    async def _without_vanished(self, results: Sequence[Result]) -> list[Result]:
        """Leaves out files that went away, or could not be read for now, since they were seen."""
        suspects = [result for result in results if result.answer["fingerprint"] is None]
        if not suspects:
            return list(results)
        paths = [os.path.join(self._root, s.task.entry.path) for s in suspects]
        there = await asyncio.to_thread(lambda: [os.path.lexists(path) for path in paths])
        gone = set()
        for suspect, exists in zip(suspects, there, strict=True):
            suspect.task.folder.complete = False  # look again next time
            if not exists:
                gone.add(suspect.task.entry.path)
                if suspect.task.known is not None:
                    self._gone.append(suspect.task.known.id)
        return [result for result in results if result.task.entry.path not in gone]

    async def _moved(self, results: Sequence[Result]) -> dict[bytes, UUID]:
        """Returns which new files are known ones, by content, whose old place is empty."""
        new: dict[bytes, list[bytes]] = {}
        for result in results:
            if result.task.known is None and result.answer["fingerprint"]:
                fingerprint = bytes.fromhex(result.answer["fingerprint"])
                new.setdefault(fingerprint, []).append(result.task.entry.path)
        if not new:
            return {}
        candidates = await store.by_fingerprint(self._database, self._library.id, list(new))
        if not candidates:
            return {}
        paths = [os.path.join(self._root, folder, name) for _, _, folder, name in candidates]
        there = await asyncio.to_thread(lambda: [os.path.lexists(path) for path in paths])
        moved: dict[bytes, UUID] = {}
        for (fingerprint, file_id, folder, _), exists in zip(candidates, there, strict=True):
            waiting = new[fingerprint]
            # A folder that cannot be read now is not an empty place.
            if not exists and not self._is_unreadable(folder) and waiting:
                moved[waiting.pop(0)] = file_id
        return moved

    def _row(self, result: Result, file_id: UUID) -> dict[str, object]:
        entry, answer = result.task.entry, result.answer
        probe = answer["probe"]
        fingerprint = answer["fingerprint"]
        return {
            "id": file_id,
            "library_id": self._library.id,
            "directory": entry.directory,
            "filename": entry.filename,
            "path": shown_path(entry.path),
            "size_bytes": entry.size,
            "mtime_ns": entry.mtime_ns,
            "inode": _signed(entry.inode),
            "device": _signed(entry.device),
            "fingerprint": bytes.fromhex(fingerprint) if fingerprint else None,
            "mime_type": probe.get("mime_type", ""),
            "container": probe.get("container", ""),
            "duration_ms": probe.get("duration_ms"),
            "bit_rate": probe.get("bit_rate"),
            "width": probe.get("width"),
            "height": probe.get("height"),
            "video_codec": probe.get("video_codec", ""),
            "audio_codec": probe.get("audio_codec", ""),
            "streams": probe.get("streams", []),
            "tags": probe.get("tags", {}),
            "probe_error": answer["error"],
            "confidence": 0.0,
        }

    # --- end ---

    async def _finish(self) -> None:
        vanished = [
            path
            for path in self._directories
            if path not in self._seen and not self._is_unreadable(path)
        ]
        gone = list(self._gone)
        for some in _chunks(vanished, _QUEUED):
            files = await store.files_in(self._database, self._library.id, some)
            gone += [file.id for file in files if file.state == "present"]
        for ids in _chunks(gone, _QUEUED):
            async with self._run.transaction() as session:
                await self._mark_missing(session, ids)
                await self._report(session)
        for some in _chunks(vanished, _QUEUED):
            async with self._run.transaction() as session:
                await local.note_folders(session, self._library.id, some, [])
        more = True
        while more:
            async with self._run.transaction() as session:
                more = await local.refresh_stale(session, self._library.id)
        async with self._run.completing(self._stats.as_dict()) as session:
            await store.forget_directories(session, self._library.id, vanished)
            await store.write_stats(session, self._scan.id, self._stats.as_dict())
            await libraries.note_scan(session, self._library.id)
            await change_state(session, self._scan, ScanState.COMPLETED)

    async def _mark_missing(self, session: Session, ids: Sequence[UUID]) -> None:
        # One that was found elsewhere meanwhile is no longer at the place that is empty.
        still = [i for i in ids if i not in self._found_again]
        missing = await store.mark_missing(session, still)
        self._stats.missing_count += len(missing)
        await self._tell(session, missing, Change.UPDATED)
        await placing.told(session, await placing.titles_of(session, missing))

    def _is_unreadable(self, path: bytes) -> bool:
        return any(
            path == folder or path.startswith(folder + b"/") or not folder
            for folder in self._unreadable
        )

    async def _tell(self, session: Session, files: Iterable[Any], change: Change) -> None:
        await outbox.append(
            session, *(Event(FILES_TOPIC, f"mediaFiles/{file}", change) for file in files)
        )

    def _report_due(self) -> bool:
        return time.monotonic() >= self._report_at and self._stats.as_dict() != self._reported

    async def _report(self, session: Session) -> None:
        """Writes how far the scan is, but not more often than people look."""
        if self._report_due():
            self._reported = self._stats.as_dict()
            self._report_at = time.monotonic() + _REPORT_SECONDS
            await store.write_stats(session, self._scan.id, self._reported)
            await outbox.append(session, Event(TOPIC, self._scan.resource, Change.UPDATED))


def _same(file: KnownFile, entry: Entry) -> bool:
    return (
        file.size_bytes == entry.size
        and file.mtime_ns == entry.mtime_ns
        and file.inode == _signed(entry.inode)
        and file.fingerprint is not None
    )


def _signed(number: int) -> int:
    # Inodes and devices are unsigned; PostgreSQL's bigint is not.
    return number - 2**64 if number >= 2**63 else number


def _placement(answer: dict[str, Any]) -> Placement | None:
    return Placement.from_dict(answer["placement"]) if answer["placement"] else None


def _take(directories: Iterable[Directory], count: int) -> list[Directory]:
    return list(itertools.islice(directories, count))


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
