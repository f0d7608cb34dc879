"""Watches libraries' folders, and begins scans of what changed and of what is due.

One worker watches a library: it holds a lease on it, as on a job. What inotify loses — too many
changes at once, a folder that was unmounted — the schedule finds.
"""

from __future__ import annotations

import asyncio
import os
import random
import stat
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from watchfiles import watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.model import Trigger, extensions
from reelhouse_catalog.watching import model, store
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError

LEASE = timedelta(seconds=30)
_STEP_MS, _DEBOUNCE_MS, _IDLE_MS = 250, 1000, 1000
_LONGEST_WAIT = 60.0
"""Seconds after which changes are scanned although there are more all the time."""
_TRY_AGAIN = 60.0
"""Seconds until a folder that could not be watched is tried again."""
_MAX_CHANGES = 10_000
"""Changes at once after which some may be lost: inotify's queue has 16,384 places by default."""
_logger = log.get(__name__)


class Watcher:
    """Watches all libraries that no other worker watches."""

    def __init__(
        self,
        database: Database,
        *,
        settle_seconds: float = 5.0,
        look_seconds: float = 5.0,
        watching: bool = True,
    ) -> None:
        self._database = database
        self._watching = watching
        self._settle = settle_seconds
        self._look = look_seconds
        self._owner = new_id()
        self._tasks: dict[UUID, tuple[object, asyncio.Task[None]]] = {}

    async def work(self, stopping: asyncio.Event) -> None:
        """Watches, and begins due scans, until told to stop."""
        try:
            while not stopping.is_set():
                try:
                    await self._look_around()
                except Exception as error:  # noqa: BLE001 # the database comes back
                    _logger.warning("cannot look for libraries to watch", error=repr(error))
                pause = self._look * random.uniform(0.8, 1.2)  # noqa: S311 # jitter
                try:
                    async with asyncio.timeout(pause):
                        await stopping.wait()
                except TimeoutError:
                    pass
        finally:
            tasks = [task for _, task in self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.shield(self._release())

    async def _look_around(self) -> None:
        for scan in await scanning.start_due_scans(self._database):
            _logger.info("scan was due", scan=scan.resource)
        if not self._watching:
            return
        wanted = {
            library.id: library for library in await store.claim(self._database, self._owner, LEASE)
        }
        for library_id, (settings, task) in list(self._tasks.items()):
            library = wanted.get(library_id)
            if library is None or settings != _settings(library):
                del self._tasks[library_id]
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        for library_id, library in wanted.items():
            if library_id not in self._tasks:
                watch = _Watch(self._database, library, self._owner, self._settle)
                self._tasks[library_id] = (_settings(library), asyncio.create_task(watch.run()))

    async def _release(self) -> None:
        try:
            await store.release(self._database, self._owner)
        except Exception as error:  # noqa: BLE001 # the lease runs out
            _logger.warning("cannot release libraries", error=repr(error))


def _settings(library: Library) -> object:
    return library.root_path, library.kind, library.require_mount, library.mount_marker


class _Watch:
    """Watches one library's folder."""

    def __init__(self, database: Database, library: Library, owner: UUID, settle: float) -> None:
        self._database = database
        self._library = library
        self._owner = owner
        self._settle = settle
        self._changed: set[bytes] = set()
        self._first = self._last = 0.0
        self._began = False

    async def run(self) -> None:
        """Watches until cancelled; what goes wrong is noted and tried again."""
        while True:
            try:
                root = await asyncio.to_thread(guard.inspect, self._library)
                if self._began:
                    # What happened while nobody watched is not known.
                    self._note(b"/")
                self._began = True
                await self._follow(root)
                continue
            except JobError as error:
                await self._tell(error.message)
            except Exception as error:  # noqa: BLE001 # of whatever kind: watching is not needed
                unmade = str(error).startswith("Error creating")
                if isinstance(error, WatchfilesRustInternalError) and not unmade:
                    # It watched, and lost a change: of a name that is not UTF-8, for example.
                    _logger.warning("change lost", library=self._library.resource, error=str(error))
                    self._note(b"/")
                    await asyncio.sleep(1)
                    continue
                await self._tell(f"{str(error) or repr(error)}. {_ADVICE}")
            await asyncio.sleep(_TRY_AGAIN * random.uniform(0.8, 1.2))  # noqa: S311 # jitter

    async def _follow(self, root: guard.Root) -> None:
        """Collects changes and begins scans of them. Returns when the folder is another."""
        following = False
        stop = threading.Event()
        # A thread of its own: it waits for changes for as long as the library is watched.
        thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
        loop = asyncio.get_running_loop()
        watching = watch(
            self._library.root_path,
            watch_filter=None,
            step=_STEP_MS,
            debounce=_DEBOUNCE_MS,
            rust_timeout=_IDLE_MS,
            yield_on_timeout=True,
            stop_event=stop,
            ignore_permission_denied=True,
        )
        try:
            while True:
                changes = await loop.run_in_executor(thread, next, watching, None)
                if changes is None or await asyncio.to_thread(self._take, changes, root):
                    return
                if not following:
                    following = True
                    await self._tell("")
                await self._scan_if_settled()
        finally:
            stop.set()
            thread.shutdown(wait=False)

    def _take(self, changes: Collection[tuple[object, str]], root: guard.Root) -> bool:
        """Notes what changes affect. Returns whether the folder is another than it was."""
        top = os.fsencode(self._library.root_path)
        kinds = extensions(self._library.kind)
        if len(changes) > _MAX_CHANGES:
            self._note(b"/")
        else:
            for _, path in changes:
                whole = os.fsencode(path)
                inside = whole[len(top) :].lstrip(b"/")
                for folder in model.folders_of(inside, _now_at(whole), kinds):
                    self._note(folder)
        try:
            return guard.inspect(self._library) != root
        except JobError:
            return True

    def _note(self, folder: bytes) -> None:
        now = time.monotonic()
        if not self._changed:
            self._first = now
        self._last = now
        self._changed.add(folder)

    async def _scan_if_settled(self) -> None:
        now = time.monotonic()
        settled = now - self._last >= self._settle or now - self._first >= _LONGEST_WAIT
        if not self._changed or not settled:
            return
        try:
            scan = await scanning.start_scan(
                self._database,
                self._library.id,
                full=False,
                once=None,
                trigger=Trigger.WATCH,
                folders=model.merged(self._changed),
            )
        except errors.FailedPreconditionError:
            # A scan is under way, and may have passed what changed: after it.
            self._last = now
            return
        _logger.info("scan of changes", scan=scan.resource, folders=len(self._changed))
        self._changed.clear()

    async def _tell(self, error: str) -> None:
        if error:
            _logger.warning("cannot watch", library=self._library.resource, error=error)
        await store.note(self._database, self._owner, self._library.id, error)


_ADVICE = (
    "Scans go by the schedule alone. If the system has too few watches, raise "
    "fs.inotify.max_user_watches or fs.inotify.max_user_instances"
)


def _now_at(path: bytes) -> model.Now:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return model.Now.GONE
    return model.Now.FOLDER if stat.S_ISDIR(mode) else model.Now.FILE
