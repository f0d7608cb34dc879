"""One scan of a library's links: walk, look, compare, write what changed."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from uuid import UUID

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.symlink_runs.model import Stats, SymlinkRun
from reelhouse_catalog.symlink_runs.running import Progress, complete, on_disk
from reelhouse_catalog.symlinks import event_store, settings_store, store, walk
from reelhouse_catalog.symlinks.model import (
    Doubt,
    EventAction,
    Identity,
    Known,
    LinkStatus,
    Seen,
    Settings,
    change_of,
    identify,
    is_doubtful,
)
from reelhouse_catalog.symlinks.targets import below
from reelhouse_catalog.symlinks.walk import Folder
from reelhouse_kit import log
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import JobError, Run

AfterScan = Callable[[Session, UUID], Awaitable[int]]
"""Takes note of what a scan of a library saw, in its last transaction; returns what was healed."""
_FOLDERS_AT_ONCE = 16
_LINKS_AT_ONCE = 500
_PAGE = 2000
_FIRST = UUID(int=0)
_logger = log.get(__name__)


class LinkScan:
    """One scan of one library's links.

    What broke that was whole is written last, when it is clear that no disk is gone.
    """

    def __init__(
        self, database: Database, run: Run, library: Library, symlink_run: SymlinkRun
    ) -> None:
        self._database = database
        self._run = run
        self._library = library
        self._symlink_run = symlink_run
        self._root = os.fsencode(library.root_path)
        self._stats = Stats()
        self._progress = Progress(run, symlink_run, self._stats)
        self._seen: set[int] = set()
        self._unreadable: list[bytes] = []
        self._doubt = Doubt()
        self._held: list[tuple[Seen, EventAction]] = []

    async def scan(self, settings: Settings, after: AfterScan | None) -> None:
        """Brings what is known of the library's links up to what is there."""
        root = await on_disk(guard.inspect, self._library)
        await on_disk(walk.check_mounts, settings.target_mounts)
        found = walk.folders(self._root, self._library.ignore_patterns, settings.parsed_rewrites)
        while batch := await on_disk(_take, found):
            await self._compare(batch)
            await self._progress.note()
        # All of it again: a disk may have gone while the walk went on.
        await on_disk(walk.check_mounts, settings.target_mounts)
        await on_disk(guard.confirm, self._library, root)
        gone = self._doubt.gone()
        if gone is not None and not self._symlink_run.force:
            where, count = gone
            raise JobError(
                "SYMLINK_TARGETS_GONE",
                f"{count} links that were whole lead nowhere at once, all to "
                f"{shown_path(where)}, as if its disk were not mounted; they were left as they "
                "were. Scan with force if it is so",
            )
        for start in range(0, len(self._held), _LINKS_AT_ONCE):
            await self._write(self._held[start : start + _LINKS_AT_ONCE])
        await self._note_gone()
        async with self._run.completing(self._stats.as_dict()) as session:
            await settings_store.note_scanned(session, self._library.id)
            if after is not None:
                self._stats.verified_count = await after(session, self._library.id)
            await complete(session, self._symlink_run, self._stats)

    async def _compare(self, batch: Sequence[Folder]) -> None:
        known = await store.known_in(
            self._database, self._library.id, [folder.path for folder in batch]
        )
        changed: list[tuple[Seen, EventAction]] = []
        for folder in batch:
            self._stats.directory_count += 1
            self._stats.ignored_count += folder.ignored
            if folder.error:
                path = shown_path(folder.path)
                _logger.warning("folder not readable", path=path, error=folder.error)
                self._stats.unreadable_count += 1
                self._unreadable.append(folder.path)
            for seen in folder.links:
                self._look_at(known.get(seen.path), seen, changed)
        for start in range(0, len(changed), _LINKS_AT_ONCE):
            await self._write(changed[start : start + _LINKS_AT_ONCE])

    def _look_at(
        self, before: Known | None, seen: Seen, changed: list[tuple[Seen, EventAction]]
    ) -> None:
        self._stats.examined_count += 1
        if seen.status is LinkStatus.OK:
            self._stats.ok_count += 1
        elif seen.status is LinkStatus.BROKEN:
            self._stats.broken_count += 1
        else:
            self._stats.missing_count += 1
        if before is not None:
            self._seen.add(before.id.int)
        self._doubt.note(before, seen)
        action = change_of(before, seen)
        if action is None:
            return
        if action is EventAction.FOUND:
            self._stats.added_count += 1
        else:
            self._stats.changed_count += 1
        (self._held if is_doubtful(before, seen) else changed).append((seen, action))

    async def _write(self, changed: Sequence[tuple[Seen, EventAction]]) -> None:
        actions = {seen.path: action for seen, action in changed}
        # Names of some hundred files take longer to read than others should wait for.
        rows = await asyncio.to_thread(_identified, [seen for seen, _ in changed], self._library)
        async with self._run.transaction() as session:
            links = await store.write(session, self._library.id, rows)
            self._seen.update(link.id.int for link in links)
            await event_store.tell(session, links, [actions[link.path] for link in links])

    async def _note_gone(self) -> None:
        """Finds the links that were not seen: gone, or passed over from now on."""
        refused = False
        after = _FIRST
        while page := await store.known_after(self._database, self._library.id, after, _PAGE):
            after = page[-1].id
            unseen = [
                link
                for link in page
                if link.id.int not in self._seen and not self._is_unreadable(link.path)
            ]
            if unseen and not refused:
                await self._refuse_empty()
                refused = True
            there = await on_disk(walk.still_there, self._root, [link.path for link in unseen])
            await self._take_away(
                [link.id for link, is_there in zip(unseen, there, strict=True) if not is_there],
                [link.id for link, is_there in zip(unseen, there, strict=True) if is_there],
            )
            await self._progress.note()

    async def _take_away(self, gone: Sequence[UUID], passed_over: Sequence[UUID]) -> None:
        if not gone and not passed_over:
            return
        async with self._run.transaction() as session:
            vanished = await store.vanish(session, self._library.id, gone)
            await event_store.tell(session, vanished, EventAction.VANISHED)
            self._stats.vanished_count += len(vanished)
            forgotten = await store.forget(session, passed_over)
            await event_store.tell(session, forgotten, EventAction.PASSED_OVER)

    async def _refuse_empty(self) -> None:
        if await on_disk(guard.is_empty, self._library):
            raise JobError(
                "LIBRARY_ROOT_EMPTY",
                f"{self._library.root_path} is empty, but links in it are known; is it mounted? "
                "No link was marked vanished",
            )

    def _is_unreadable(self, path: bytes) -> bool:
        return any(not folder or below(path, folder) for folder in self._unreadable)


def _identified(links: Sequence[Seen], library: Library) -> list[tuple[Seen, Identity]]:
    return [(seen, identify(seen.path, library.kind)) for seen in links]


def _take(found: Iterator[Folder]) -> list[Folder]:
    return list(itertools.islice(found, _FOLDERS_AT_ONCE))
