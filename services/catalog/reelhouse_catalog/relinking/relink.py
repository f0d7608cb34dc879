"""One run that gives broken links new targets: look over the second library, choose, replace.

What is done with a link is written down and committed before the disk is touched, so that after a
crash the disk and the journal together tell what became of it.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.relinking import library as second
from reelhouse_catalog.relinking import replacing, store
from reelhouse_catalog.relinking.model import (
    DEFAULT_MOST,
    TEMPORARY,
    Candidate,
    Entry,
    Item,
    Outcome,
    Reason,
    Wanted,
    choose,
    read_item,
)
from reelhouse_catalog.relinking.replacing import ChangedError, Found
from reelhouse_catalog.scanning import guard
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.symlink_runs.model import Stats, SymlinkRun
from reelhouse_catalog.symlink_runs.running import Progress, complete, on_disk
from reelhouse_catalog.symlinks import event_store, walk
from reelhouse_catalog.symlinks import store as links
from reelhouse_catalog.symlinks.model import (
    EventAction,
    LinkStatus,
    Seen,
    Settings,
    Symlink,
    identify,
)
from reelhouse_catalog.symlinks.targets import as_link, resolved, under
from reelhouse_kit import log
from reelhouse_kit.db import Database, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Run
from reelhouse_naming import LibraryKind

_FOLDERS_AT_ONCE = 64
_LOOKED_AT_AT_ONCE = 500
_LINKS_AT_ONCE = 200
_REPLACED_AT_ONCE = 25
_FIRST = UUID(int=0)
_TRIED = frozenset({Reason.NO_CANDIDATE, Reason.AMBIGUOUS, Reason.DEAD_CANDIDATES, Reason.REFUSED})
"""What counts as an attempt; the rest is no failure of ours."""
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to be done with a link."""

    new_target: bytes = b""
    real_path: bytes = b""
    candidate_path: bytes = b""
    rank: int = 0
    reason: Reason | None = None


class Relinking:
    """One run over one library's broken links."""

    def __init__(
        self,
        database: Database,
        run: Run,
        library: Library,
        symlink_run: SymlinkRun,
        settings: Settings,
    ) -> None:
        self._database = database
        self._run = run
        self._library = library
        self._symlink_run = symlink_run
        self._settings = settings
        self._rewrites = settings.parsed_rewrites
        self._root = os.fsencode(library.root_path)
        self._prefixes = [os.fsencode(path) for path in symlink_run.allowed_prefixes]
        self._stats = Stats()
        self._progress = Progress(run, symlink_run, self._stats)
        self._number = 0
        self._abandoned = threading.Event()
        self._done: dict[UUID, str] = {}

    async def relink(self) -> None:
        """Does the run; run again, it goes on with the links that it has not dealt with."""
        root = await on_disk(guard.inspect, self._library)
        mounts = [*self._settings.target_mounts, *self._symlink_run.candidate_roots]
        await on_disk(walk.check_mounts, mounts)
        await self._recover()
        self._done = {
            link: reason
            for link, reason in (await store.of_run(self._database, self._symlink_run.id)).items()
            if reason != Reason.INTERRUPTED
        }
        self._number = await store.last_number(self._database, self._symlink_run.id)
        for base in self._symlink_run.candidate_roots:
            await self._index(os.fsencode(base))
        async with self._run.transaction() as session:
            await store.purge(session, self._library.id, self._symlink_run.id)
        # What was looked at may be another disk by now.
        await on_disk(guard.confirm, self._library, root)
        await on_disk(walk.check_mounts, mounts)
        await self._deal_with_all()
        await self._count()
        async with self._run.completing(self._stats.as_dict()) as session:
            await complete(session, self._symlink_run, self._stats)

    # --- the second library ---

    async def _index(self, base: bytes) -> None:
        found = second.files(base, self._library.kind)
        while batch := await on_disk(_take, found):
            paths = [path for folder in batch for path in folder]
            for start in range(0, len(paths), _LOOKED_AT_AT_ONCE):
                await self._take_in(base, paths[start : start + _LOOKED_AT_AT_ONCE])
                await self._progress.note()

    async def _take_in(self, base: bytes, paths: Sequence[bytes]) -> None:
        whole = [os.path.join(base, path) for path in paths]
        real = await on_disk(
            lambda: [second.real_file(path, self._rewrites, self._prefixes) for path in whole]
        )
        known = await store.known(self._database, self._library.id, whole)
        seen: list[UUID] = []
        changed: list[tuple[bytes, bytes, bytes, bool]] = []
        for path, absolute, (file, is_ok) in zip(paths, whole, real, strict=True):
            before = known.get(absolute)
            if before is not None and before[1:] == (file, is_ok):
                seen.append(before[0])
            else:
                changed.append((path, absolute, file, is_ok))
        items = await asyncio.to_thread(_read, base, changed, self._library.kind)
        self._stats.indexed_count += len(seen) + len(items)
        async with self._run.transaction() as session:
            await store.note_seen(session, self._symlink_run.id, seen)
            if items:
                await store.write(session, self._library.id, self._symlink_run.id, base, items)

    # --- the links ---

    async def _deal_with_all(self) -> None:
        most = self._symlink_run.most or DEFAULT_MOST
        after = _FIRST
        while True:
            page = await links.broken(
                self._database,
                self._library.id,
                attempts="relink_attempts",
                most=self._settings.max_attempts,
                after=after,
                limit=_LINKS_AT_ONCE,
            )
            if not page:
                return
            after = page[-1].id
            chosen = [link for link in page if self._is_due(link)]
            pairs = await self._choose(chosen)
            for start in range(0, len(pairs), _REPLACED_AT_ONCE):
                some = pairs[start : start + _REPLACED_AT_ONCE][: most - len(self._done)]
                if not some:
                    return
                await self._deal_with(some)
                self._done.update((link.id, "") for link, _ in some)
                self._stats.checked_count = len(self._done)
                await self._progress.note()

    def _is_due(self, link: Symlink) -> bool:
        if link.id in self._done:
            return False
        roots = self._symlink_run.repair_roots
        if roots and not under(b"/" + link.path, [b"/" + root for root in roots]):
            return False
        tried = link.relink_tried_at
        cool = tried is None or tried + self._settings.cool_down <= datetime.now(UTC)
        return cool or self._symlink_run.dry_run

    async def _choose(
        self, wanted_by: Sequence[Symlink]
    ) -> list[tuple[Symlink, list[Candidate] | Reason]]:
        if not wanted_by:
            return []
        wanted = [
            Wanted(link.tmdb_id, link.title_norm, link.year, link.unit or "") for link in wanted_by
        ]
        found = await store.candidates(self._database, self._library.id, wanted)
        titles = await store.identities(self._database, self._library.id, wanted)
        by_id: dict[int | None, list[Candidate]] = {}
        by_name: dict[str, list[Candidate]] = {}
        for one in found:
            by_id.setdefault(one.tmdb_id, []).append(one)
            by_name.setdefault(one.show_norm, []).append(one)
        chosen = []
        for link, want in zip(wanted_by, wanted, strict=True):
            own = {one.id: one for one in by_name.get(want.title_norm, ())}
            if want.tmdb_id is not None:
                own |= {one.id: one for one in by_id.get(want.tmdb_id, ())}
            chosen.append((link, choose(want, list(own.values()), titles)))
        return chosen

    async def _deal_with(self, pairs: Sequence[tuple[Symlink, list[Candidate] | Reason]]) -> None:
        """Deals with some links: what is to be done with all is committed before any is touched."""
        decisions = await on_disk(lambda: [self._decide(*pair) for pair in pairs])
        entries = [
            self._entry(link, decision)
            for (link, _), decision in zip(pairs, decisions, strict=True)
        ]
        async with self._run.transaction() as session:
            await store.insert_entries(session, entries)
            if not self._symlink_run.dry_run:
                left = [(one.symlink_id, one.reason) for one in entries if one.reason]
                await self._count_attempts(session, left)
        meant = [
            (entry, decision.real_path)
            for entry, decision in zip(entries, decisions, strict=True)
            if entry.outcome is Outcome.INTENDED
        ]
        if meant:
            await self._replace(meant)

    def _decide(self, link: Symlink, candidates: list[Candidate] | Reason) -> _Decision:
        """Looks at the disk: whether the link is still broken, and which file is really there."""
        absolute = os.path.join(self._root, link.path)
        try:
            said = os.readlink(absolute)
        except OSError:
            return _Decision(reason=Reason.LINK_CHANGED)
        if said != link.last_target:
            return _Decision(reason=Reason.LINK_CHANGED)
        here, rewritten = resolved(os.path.dirname(absolute), said, self._rewrites)
        if walk.status_of(absolute, here, rewritten=rewritten) is not LinkStatus.BROKEN:
            return _Decision(reason=Reason.HEALED)
        if isinstance(candidates, Reason):
            return _Decision(reason=candidates)
        for one in candidates:
            file, is_ok = second.real_file(one.path, self._rewrites, self._prefixes)
            if is_ok:
                new = as_link(file, self._rewrites)
                return _Decision(new, file, one.path, one.resolution_rank)
        return _Decision(reason=Reason.DEAD_CANDIDATES)

    def _entry(self, link: Symlink, decision: _Decision) -> Entry:
        self._number += 1
        meant = Outcome.PLANNED if self._symlink_run.dry_run else Outcome.INTENDED
        return Entry(
            run_id=self._symlink_run.id,
            number=self._number,
            symlink_id=link.id,
            path=link.path,
            old_target=link.last_target,
            new_target=decision.new_target,
            candidate_path=decision.candidate_path,
            resolution_rank=decision.rank,
            temporary=TEMPORARY + new_id().hex.encode(),
            outcome=meant if decision.reason is None else Outcome.SKIPPED,
            reason=decision.reason or "",
            created_at=datetime.now(UTC),
            ended_at=None,
        )

    async def _count_attempts(self, session: Session, left: Sequence[tuple[UUID, str]]) -> None:
        """Counts attempts at links, and puts those at their last before a person."""
        for reason in sorted({reason for _, reason in left} & _TRIED):
            ids = [link for link, why in left if why == reason]
            tried = await links.count_attempt(session, ids, "relink_attempts")
            spent = [one for one in tried if one.relink_attempts >= self._settings.max_attempts]
            self._stats.manual_count += await event_store.give_up(session, spent, reason)

    async def _replace(self, meant: Sequence[tuple[Entry, bytes]]) -> None:
        try:
            results = await on_disk(lambda: [self._replaced(entry) for entry, _ in meant])
        except BaseException:
            # Nobody waits for the thread any more: it is not to go on with the next link.
            self._abandoned.set()
            raise
        finished = [(entry, *result) for (entry, _), result in zip(meant, results, strict=True)]
        async with self._run.transaction() as session:
            await store.finish_entries(session, finished)
            done = [
                pair
                for pair, (outcome, _) in zip(meant, results, strict=True)
                if outcome is Outcome.REPLACED
            ]
            await self._note_replaced(session, done)
            left = [(entry.symlink_id, reason) for entry, _, reason in finished if reason]
            await self._count_attempts(session, left)

    def _replaced(self, entry: Entry) -> tuple[Outcome, str]:
        """Replaces a link on the disk. Returns what became of it, and why it was left."""
        if self._abandoned.is_set():
            return Outcome.SKIPPED, Reason.INTERRUPTED
        try:
            replacing.replace(
                self._root, entry.path, entry.old_target, entry.new_target, entry.temporary
            )
        except ChangedError:
            return Outcome.SKIPPED, Reason.LINK_CHANGED
        except OSError as error:
            path = shown_path(entry.path)
            _logger.warning("link not replaced", path=path, error=error.strerror)
            return Outcome.FAILED, Reason.REFUSED
        return Outcome.REPLACED, ""

    async def _note_replaced(
        self, session: Session, replaced: Sequence[tuple[Entry, bytes]]
    ) -> None:
        rows = [
            (
                Seen(entry.path, entry.new_target, real_path, LinkStatus.OK),
                identify(entry.path, self._library.kind),
            )
            for entry, real_path in replaced
        ]
        if not rows:
            return
        before = {entry.path: shown_path(entry.old_target) for entry, _ in replaced}
        written = await links.write(session, self._library.id, rows)
        details = [f"before: {before[link.path]}" for link in written]
        await event_store.tell(session, written, [EventAction.RELINKED] * len(written), details)

    # --- after a crash ---

    async def _recover(self) -> None:
        """Finds out what became of replacements whose worker was lost."""
        for entry in await store.intended(self._database, self._library.id):
            found = await on_disk(
                replacing.settle,
                self._root,
                entry.path,
                entry.old_target,
                entry.new_target,
                entry.temporary,
            )
            outcome, reason = _AFTER_CRASH[found]
            path = shown_path(entry.path)
            _logger.info("replacement settled", path=path, outcome=outcome)
            async with self._run.transaction() as session:
                await store.finish_entries(session, [(entry, outcome, reason)])
                if found is Found.NEW:
                    directory = os.path.dirname(os.path.join(self._root, entry.path))
                    here, _ = resolved(directory, entry.new_target, self._rewrites)
                    await self._note_replaced(session, [(entry, here)])

    async def _count(self) -> None:
        stats = self._stats
        stats.checked_count = stats.candidate_count = stats.resolved_count = 0
        for (outcome, reason, has_target), count in (
            await store.counts(self._database, self._symlink_run.id)
        ).items():
            if reason == Reason.INTERRUPTED:
                continue
            stats.checked_count += count
            if has_target or reason == Reason.DEAD_CANDIDATES:
                stats.candidate_count += count
            if has_target:
                stats.resolved_count += count
            if outcome is Outcome.REPLACED:
                stats.replaced_count += count
            elif outcome is Outcome.FAILED:
                stats.error_count += count
            elif outcome is Outcome.SKIPPED:
                stats.skipped_count += count


_AFTER_CRASH = {
    Found.NEW: (Outcome.REPLACED, ""),
    Found.OLD: (Outcome.SKIPPED, Reason.INTERRUPTED),
    Found.OTHER: (Outcome.FAILED, Reason.LINK_CHANGED),
}


def _read(
    base: bytes, changed: Sequence[tuple[bytes, bytes, bytes, bool]], library: LibraryKind
) -> list[tuple[bytes, Item, bytes, bool]]:
    """Reads what files are by their names; those that are no part of a title are left out."""
    items = [
        (absolute, read_item(base, path, library), file, is_ok)
        for path, absolute, file, is_ok in changed
    ]
    return [item for item in items if item[1].unit is not None]


def _take(found: Iterator[list[bytes]]) -> list[list[bytes]]:
    return list(itertools.islice(found, _FOLDERS_AT_ONCE))
