"""Operations on their way into a plan: their order, and what names clash. No I/O."""

from __future__ import annotations

import heapq
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from reelhouse_catalog.disk.folders import above, split
from reelhouse_catalog.file_operations.model import (
    Conflict,
    Identity,
    OperationType,
    parking_name,
)
from reelhouse_kit.ids import new_id

_LONGEST_NAME = 255
_LONGEST_PATH = 4095


@dataclass(slots=True, eq=False, kw_only=True)
class Draft:
    """An operation that is being worked out."""

    type: OperationType
    source: bytes
    target: bytes
    id: UUID = field(default_factory=new_id)
    media_file_id: UUID | None = None
    owner: UUID | None = None
    """The operation that it goes with."""
    parked: bool = False
    cross_device: bool = False
    conflicts: set[Conflict] = field(default_factory=set)
    identity: Identity | None = None
    """The file as it is; None where there is none."""

    @property
    def frees(self) -> bool:
        """Whether it makes room at its old place."""
        return self.type.takes_away and not self.conflicts


def join(folder: bytes, name: bytes) -> bytes:
    """Returns the path of a name in a folder."""
    return folder + b"/" + name if folder else name


def folded(name: bytes) -> bytes:
    """Returns what names have in common that differ by case or Unicode form only."""
    text = name.decode("utf-8", "surrogateescape")
    if text.isascii():
        return text.lower().encode()
    # Twice: folding may leave a form that is not normal.
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return text.encode("utf-8", "surrogateescape")


def clash(name: bytes, other: bytes) -> Conflict | None:
    """Returns how two names that are not the same clash; None when they do not."""
    if folded(name) != folded(other):
        return None
    forms = [
        unicodedata.normalize("NFC", n.decode("utf-8", "surrogateescape")) for n in (name, other)
    ]
    return Conflict.NORMALIZATION_CLASH if forms[0] == forms[1] else Conflict.CASE_CLASH


def path_conflicts(path: bytes, root: bytes) -> set[Conflict]:
    """Returns what is wrong with the text of a new path below a root."""
    found: set[Conflict] = set()
    parts = path.split(b"/")
    if b".." in parts or path.startswith(b"/"):
        found.add(Conflict.OUTSIDE_LIBRARY)
    elif not path or b"\0" in path or any(part.startswith(b".") or not part for part in parts):
        found.add(Conflict.TARGET_INVALID)
    if any(len(part) > _LONGEST_NAME for part in parts):
        found.add(Conflict.NAME_TOO_LONG)
    if len(root) + 1 + len(path) > _LONGEST_PATH:
        found.add(Conflict.PATH_TOO_LONG)
    return found


def clash_among(drafts: Sequence[Draft]) -> None:
    """Notes conflicts between drafts: one file taken twice, one place wanted twice, names alike."""
    sources: dict[bytes, list[Draft]] = defaultdict(list)
    targets: dict[bytes, list[Draft]] = defaultdict(list)
    spellings: dict[bytes, set[bytes]] = defaultdict(set)
    for draft in drafts:
        if draft.type.takes_away:
            sources[draft.source].append(draft)
        if draft.type is not OperationType.DELETE:
            targets[draft.target].append(draft)
            for place in (draft.target, *above(draft.target)):
                spellings[folded(place)].add(place)
    _note_several(sources.values(), Conflict.SOURCE_TWICE)
    _note_several(targets.values(), Conflict.TARGET_TWICE)
    unlike = {place: places for places in spellings.values() if len(places) > 1 for place in places}
    if unlike:
        for draft in drafts:
            _note_unlike(draft, unlike)


def _note_several(groups: Iterable[list[Draft]], conflict: Conflict) -> None:
    for several in groups:
        if len(several) > 1:
            for draft in several:
                draft.conflicts.add(conflict)


def _note_unlike(draft: Draft, unlike: dict[bytes, set[bytes]]) -> None:
    """Notes when a draft's new place, or a folder above it, is spelled in several ways."""
    place = draft.target
    while place and draft.type is not OperationType.DELETE:
        for other in unlike.get(place, ()):
            kind = clash(place, other) if other != place else None
            if kind is not None:
                draft.conflicts.add(kind)
        place = split(place)[0]


def ordered(drafts: Sequence[Draft]) -> list[Draft]:
    """Returns drafts in an order in which each finds its new place free.

    Where they change places in a circle, one of them is put aside first: a draft of its own.
    Drafts with conflicts are not done, so nothing waits for them. The order is that of the drafts
    wherever it may be.
    """
    waits, reading = _dependencies(drafts)
    after: dict[int, set[int]] = defaultdict(set)
    for number, before in waits.items():
        for first in before:
            after[first].add(number)
    ready = [number for number in range(len(drafts)) if not waits[number]]
    left = {number for number in range(len(drafts)) if waits[number]}
    result: list[Draft] = []
    while ready or left:
        if ready:
            number = heapq.heappop(ready)
            result.append(drafts[number])
        else:
            number = _in_circle(min(left), waits)
            readers = [drafts[n] for n in reading[drafts[number].source] if n in left]
            result.append(put_aside(drafts[number]))
            for reader in readers:
                reader.source = drafts[number].source
        _release(number, after.pop(number, set()), waits, left, ready)
    return result


def _dependencies(
    drafts: Sequence[Draft],
) -> tuple[dict[int, set[int]], dict[bytes, list[int]]]:
    """Returns who waits for whom, and who makes something of which file; by their numbers."""
    taking: dict[bytes, int] = {}
    reading: dict[bytes, list[int]] = defaultdict(list)
    for number, draft in enumerate(drafts):
        if draft.frees:
            taking[folded(draft.source)] = number
        elif not draft.conflicts:
            reading[draft.source].append(number)
    waits: dict[int, set[int]] = defaultdict(set)
    for number, draft in enumerate(drafts):
        if draft.conflicts:
            continue
        taker = taking.get(folded(draft.target))
        if taker is not None:
            waits[number].add(taker)
        if draft.frees:
            waits[number].update(reading[draft.source])
        waits[number].discard(number)
    return waits, reading


def _release(
    number: int,
    freed: Iterable[int],
    waits: dict[int, set[int]],
    left: set[int],
    ready: list[int],
) -> None:
    for other in freed:
        waits[other].discard(number)
        if not waits[other] and other in left:
            left.discard(other)
            heapq.heappush(ready, other)


def _in_circle(number: int, waits: dict[int, set[int]]) -> int:
    """Returns one of those that wait for each other, of those that `number` waits for."""
    seen: set[int] = set()
    while number not in seen:
        seen.add(number)
        number = min(waits[number])
    return number


def put_aside(draft: Draft) -> Draft:
    """Makes a draft start from a place of its own. Returns the one that puts its file there."""
    aside = join(split(draft.source)[0], parking_name(draft.id))
    first = Draft(
        type=OperationType.RENAME,
        source=draft.source,
        target=aside,
        media_file_id=draft.media_file_id,
        owner=draft.id,
        parked=True,
        identity=draft.identity,
    )
    draft.source = aside
    return first
