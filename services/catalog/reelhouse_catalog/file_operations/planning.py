"""Turns wishes into operations: with sidecars, conflicts, and an order. Blocks: for threads."""

from __future__ import annotations

import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reelhouse_catalog.disk import faults
from reelhouse_catalog.disk.folders import Root, split
from reelhouse_catalog.file_operations.beside import Beside
from reelhouse_catalog.file_operations.drafting import (
    Draft,
    clash,
    clash_among,
    folded,
    join,
    ordered,
    path_conflicts,
    put_aside,
)
from reelhouse_catalog.file_operations.model import (
    RECYCLE_BIN,
    Conflict,
    OperationType,
    Wish,
    recycled_name,
)
from reelhouse_catalog.file_operations.survey import Survey, conflict_of, identity_of

_SPARE = 64 * 1024 * 1024
"""Bytes that copies leave free at least."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to plan."""

    root: bytes
    media: frozenset[bytes]
    """The extensions of the library's media files."""
    with_sidecars: bool = True


def plan(wishes: Sequence[Wish], options: Options) -> list[Draft]:
    """Returns what fulfils wishes, in the order in which it is to be done.

    Raises:
        OSError: The library's folder cannot be read.
    """
    with Root.open(options.root) as root:
        return _Planner(Survey(root), options).plan(wishes)


class _Planner:
    def __init__(self, survey: Survey, options: Options) -> None:
        self._survey = survey
        self._options = options

    def plan(self, wishes: Sequence[Wish]) -> list[Draft]:
        drafts = [_draft(wish) for wish in wishes]
        for draft in drafts:
            self._look_at_source(draft)
        if self._options.with_sidecars:
            drafts += self._sidecars(drafts)
        for draft in drafts:
            self._look_at_target(draft)
        clash_among(drafts)
        self._look_for_room(drafts)
        self._settle(drafts)
        self._look_for_space(drafts)
        self._spread(drafts)
        return self._aside_for_case(ordered(_together(drafts)))

    # --- one by one ---

    def _look_at_source(self, draft: Draft) -> None:
        found = draft.conflicts
        parts = draft.source.split(b"/")
        hidden = any(part.startswith(b".reelhouse") for part in parts)
        if hidden or path_conflicts(draft.source, b"") & {Conflict.OUTSIDE_LIBRARY}:
            found.add(Conflict.OUTSIDE_LIBRARY)
            return
        if b"" in parts or b"." in parts or b"\0" in draft.source:
            found.add(Conflict.SOURCE_VANISHED)
            return
        try:
            status = self._survey.status(draft.source)
        except OSError as error:
            found.add(conflict_of(error))
            return
        if status is None:
            found.add(Conflict.SOURCE_VANISHED)
            return
        draft.identity = identity_of(status)
        if stat.S_ISLNK(status.st_mode) and draft.type.takes_away:
            self._look_at_link(draft)
        elif not stat.S_ISREG(status.st_mode):
            found.add(Conflict.SOURCE_NOT_FILE)

    def _look_at_link(self, draft: Draft) -> None:
        moves = split(draft.source)[0] != split(draft.target)[0]
        if draft.type is not OperationType.DELETE and moves:
            with_path = self._survey.link(draft.source)
            if not with_path.startswith(b"/"):
                draft.conflicts.add(Conflict.RELATIVE_LINK)

    def _sidecars(self, drafts: Sequence[Draft]) -> list[Draft]:
        good = [draft for draft in drafts if not draft.conflicts]
        found = Beside(self._survey, self._options.media).find(good)
        for draft in found:
            self._look_at_source(draft)
        return found

    def _look_at_target(self, draft: Draft) -> None:
        found = draft.conflicts
        if draft.type is OperationType.DELETE:
            self._look_at_bin(draft)
            return
        found |= path_conflicts(draft.target, self._options.root)
        if draft.target == draft.source:
            found.add(Conflict.NOTHING_TO_DO)
        if found:
            return
        folder, name = split(draft.target)
        try:
            place = self._survey.place(folder)
            listing = self._survey.listing(place.path)
        except OSError as error:
            found.add(conflict_of(error))
            return
        if place.read_only:
            found.add(Conflict.READ_ONLY)
        elif not place.writable:
            found.add(Conflict.PERMISSION)
        self._look_at_devices(draft, place.device)
        if place.path != folder and listing is not None:
            # The first of the folders that are to be made, beside those that are there.
            rest = folder[len(place.path) :].lstrip(b"/")
            name = rest.split(b"/")[0]
            for other in listing.alike.get(folded(name), ()):
                kind = clash(name, other)
                if kind is not None:
                    found.add(kind)

    def _look_at_bin(self, draft: Draft) -> None:
        if draft.identity is None:
            draft.target = join(RECYCLE_BIN, recycled_name(draft.id, split(draft.source)[1]))
            return
        folder, name = split(draft.source)
        try:
            top = self._survey.top_of_device(folder)
            place = self._survey.place(top)
        except OSError as error:
            draft.conflicts.add(conflict_of(error))
            return
        draft.target = join(join(top, RECYCLE_BIN), recycled_name(draft.id, name))
        self._look_at_devices(draft, place.device)
        if not place.writable and not place.read_only:
            draft.conflicts.add(Conflict.PERMISSION)

    def _look_at_devices(self, draft: Draft, device: int) -> None:
        found = draft.conflicts
        if draft.identity is None:
            return
        try:
            place = self._survey.place(split(draft.source)[0])
        except OSError as error:
            found.add(conflict_of(error))
            return
        if draft.type.takes_away:
            if place.read_only:
                found.add(Conflict.READ_ONLY)
            elif not place.writable:
                found.add(Conflict.PERMISSION)
        # Where there is one file system only, tests say that there are two.
        draft.cross_device = place.device != device or faults.lacks("one_device")
        if not draft.cross_device:
            return
        if draft.type is OperationType.HARDLINK:
            found.add(Conflict.CROSS_DEVICE)
        status = self._survey.status(draft.source)
        if draft.type.takes_away and status is not None and stat.S_ISLNK(status.st_mode):
            found.add(Conflict.SOURCE_NOT_FILE)

    # --- together ---

    def _look_for_room(self, drafts: Sequence[Draft]) -> None:
        """Notes what is at new places, unless it goes away: again until nothing more is found."""
        free = {draft.source for draft in drafts if draft.frees}
        waiting = [d for d in drafts if not d.conflicts and d.type is not OperationType.DELETE]
        while True:
            blocked = []
            for draft in waiting:
                kind = self._in_the_way(draft, free)
                if kind is not None:
                    draft.conflicts.add(kind)
                    blocked.append(draft)
            gone = {draft.source for draft in blocked if draft.type.takes_away}
            if not gone & free:
                return
            free -= gone
            waiting = [draft for draft in waiting if not draft.conflicts]

    def _in_the_way(self, draft: Draft, free: set[bytes]) -> Conflict | None:
        folder, name = split(draft.target)
        listing = self._survey.listing(folder)
        if listing is None:
            return None
        if name in listing.names and draft.target not in free:
            return Conflict.TARGET_EXISTS
        for other in listing.alike.get(folded(name), ()):
            path = join(folder, other)
            if other != name and path not in free and path != draft.source:
                return clash(name, other)
        return None

    def _settle(self, drafts: Sequence[Draft]) -> None:
        """Notes conflicts of those that go with others that have conflicts."""
        owners = {draft.id: draft for draft in drafts}
        for draft in drafts:
            owner = owners.get(draft.owner) if draft.owner else None
            if owner is not None and owner.conflicts:
                draft.conflicts.add(Conflict.MEDIA_FILE)

    def _look_for_space(self, drafts: Iterable[Draft]) -> None:
        wanted: dict[int, int] = defaultdict(int)
        for draft in drafts:
            copies = draft.type is OperationType.COPY or (
                draft.cross_device and draft.type.takes_away
            )
            if not copies or draft.conflicts or draft.identity is None:
                continue
            place = self._survey.place(split(draft.target)[0])
            size = draft.identity.size
            # Small disks keep a part of what they have free.
            spare = min(_SPARE, place.free_bytes // 16)
            if wanted[place.device] + size > place.free_bytes - spare:
                draft.conflicts.add(Conflict.NO_SPACE)
            else:
                wanted[place.device] += size

    def _spread(self, drafts: Sequence[Draft]) -> None:
        """Looks again at who waited for room, as long as conflicts of others take room away."""
        count = -1
        while count != (count := sum(bool(draft.conflicts) for draft in drafts)):
            self._look_for_room(drafts)
            self._settle(drafts)

    def _aside_for_case(self, drafts: Iterable[Draft]) -> list[Draft]:
        """Takes two steps where the file system takes a file's new name for its old one."""
        result = []
        for draft in drafts:
            if draft.type is OperationType.RENAME and not draft.conflicts and not draft.parked:
                folder, name = split(draft.target)
                listing = self._survey.listing(folder)
                absent = listing is not None and name not in listing.names
                if absent and folded(name) == folded(split(draft.source)[1]):
                    status = self._survey.status(draft.target)
                    if status is not None:
                        result.append(put_aside(draft))
            result.append(draft)
        return result


def _draft(wish: Wish) -> Draft:
    target = wish.target or b""
    kind = wish.type
    if kind in (OperationType.MOVE, OperationType.RENAME):
        same = os.path.dirname(wish.source) == os.path.dirname(target)
        kind = OperationType.RENAME if same else OperationType.MOVE
    return Draft(type=kind, source=wish.source, target=target, media_file_id=wish.media_file_id)


def _together(drafts: Sequence[Draft]) -> list[Draft]:
    """Returns drafts with those that go with them right behind them."""
    going: dict[object, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.owner is not None:
            going[draft.owner].append(draft)
    result = []
    for draft in drafts:
        if draft.owner is None:
            result.append(draft)
            result += sorted(going.pop(draft.id, []), key=lambda d: d.source)
    return result
