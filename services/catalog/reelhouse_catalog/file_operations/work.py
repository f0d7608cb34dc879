"""What there is to do for one operation, one way or the other, and what the disk says of it.

Applying, undoing and purging are the same few things: a file goes from one path to another, or a
copy or link of it is made there, or it goes away. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from reelhouse_catalog.disk.folders import split
from reelhouse_catalog.file_operations.drafting import join
from reelhouse_catalog.file_operations.model import (
    Doing,
    Folder,
    Identity,
    Operation,
    OperationState,
    OperationType,
    parting_name,
    staging_name,
)

MOST_AT_ONCE = 250
"""Operations of a group."""
_MOST_COPIED_AT_ONCE = 64 * 1024 * 1024
"""Bytes: a group with more to copy ends."""


class How(StrEnum):
    """What is to happen with the file at the start."""

    SHIFT = "shift"
    """It goes to the end, on the same file system."""
    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    REMOVE = "remove"
    """It goes away; there is no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do."""

    operation: Operation
    doing: Doing
    how: How
    start: bytes
    end: bytes
    identity: Identity
    """The file at the start."""
    made: Identity | None = None
    """What was made for the end, once the journal knows it."""
    leaves: bool = False
    """Whether the file at the start is removed once the end is in place."""
    folders: tuple[Folder, ...] = ()
    """How folders above the end are to be made; others as usual."""

    @property
    def id(self) -> UUID:
        """The operation's id."""
        return self.operation.id

    @property
    def part(self) -> bytes:
        """Where something new is made."""
        return join(split(self.end)[0], staging_name(self.id))

    @property
    def gone(self) -> bytes:
        """Where the file at the start is between being taken away and being removed."""
        return join(split(self.start)[0], parting_name(self.id))

    @property
    def makes(self) -> bool:
        """Whether something new is made."""
        return self.how in (How.COPY, How.HARDLINK, How.SYMLINK)

    @property
    def removes(self) -> bool:
        """Whether the file at the start is removed in the end."""
        return self.leaves or self.how is How.REMOVE


_HOW = {
    OperationType.COPY: How.COPY,
    OperationType.HARDLINK: How.HARDLINK,
    OperationType.SYMLINK: How.SYMLINK,
}
BEGUN = {
    Doing.APPLY: OperationState.INTENDED,
    Doing.UNDO: OperationState.UNDO_INTENDED,
    Doing.PURGE: OperationState.PURGING,
}
MADE = {Doing.APPLY: OperationState.STAGED, Doing.UNDO: OperationState.UNDO_STAGED}
DONE = {
    Doing.APPLY: OperationState.COMPLETED,
    Doing.UNDO: OperationState.ROLLED_BACK,
    Doing.PURGE: OperationState.PURGED,
}


def doing_of(state: OperationState) -> Doing:
    """Returns what was under way with an operation that is half done."""
    if state in (OperationState.INTENDED, OperationState.STAGED):
        return Doing.APPLY
    return Doing.PURGE if state is OperationState.PURGING else Doing.UNDO


def work_of(operation: Operation, doing: Doing) -> Work | None:
    """Returns what there is to do; None for an operation on a file that was never there."""
    source = operation.source
    if source is None:
        return None
    there = operation.placed if operation.stages else source
    staged = operation.state in (OperationState.STAGED, OperationState.UNDO_STAGED)
    if doing is Doing.APPLY:
        copies = operation.cross_device and operation.type.takes_away
        how = How.COPY if copies else _HOW.get(operation.type, How.SHIFT)
        return Work(
            operation=operation,
            doing=doing,
            how=how,
            start=operation.original_path,
            end=operation.new_path,
            identity=source,
            made=operation.placed if staged else None,
            leaves=copies,
        )
    if there is None:
        return None
    if doing is Doing.PURGE or not operation.type.takes_away:
        return Work(
            operation=operation,
            doing=doing,
            how=How.REMOVE,
            start=operation.new_path,
            end=b"",
            identity=there,
        )
    return Work(
        operation=operation,
        doing=doing,
        how=How.COPY if operation.cross_device else How.SHIFT,
        start=operation.new_path,
        end=operation.original_path,
        identity=there,
        made=source if staged else None,
        leaves=operation.cross_device,
        folders=operation.source_folders,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at the paths of a work; None where nothing is."""

    start: Identity | None
    end: Identity | None
    part: Identity | None
    gone: Identity | None


class Finding(StrEnum):
    """How far a work is, by what the disk shows."""

    NOT_DONE = "not_done"
    """Nothing is left of it but, maybe, something under the name for what is being made."""
    MADE = "made"
    """What was made waits for its place."""
    TWO_NAMES = "two_names"
    """The file has its old and its new name."""
    PLACED = "placed"
    """What was made is in its place; the file at the start is there."""
    PARTED = "parted"
    """All that is left is to remove what has its last name."""
    DONE = "done"
    UNDECIDED = "undecided"


def find(work: Work, seen: Seen) -> Finding:
    """Returns how far a work is that may have been cut off anywhere."""
    own = work.identity.is_same
    if work.how is How.SHIFT:
        if own(seen.end):
            return Finding.TWO_NAMES if own(seen.start) else Finding.DONE
        return Finding.NOT_DONE if own(seen.start) else Finding.UNDECIDED
    if work.how is How.REMOVE:
        return _find_removed(seen, start=own(seen.start), gone=own(seen.gone))
    if work.made is None:
        # Nothing is taken away before the journal knows what was made.
        return Finding.NOT_DONE
    return _find_made(work, seen)


def _find_removed(seen: Seen, *, start: bool, gone: bool) -> Finding:
    if gone:
        return Finding.PARTED
    if seen.gone is not None:
        return Finding.UNDECIDED
    if seen.start is None:
        return Finding.DONE
    return Finding.NOT_DONE if start else Finding.UNDECIDED


def _find_made(work: Work, seen: Seen) -> Finding:
    made = work.made
    own = work.identity.is_same(seen.start)
    if made is not None and made.is_same(seen.end):
        if not work.leaves:
            return Finding.DONE
        left = _find_removed(seen, start=own, gone=work.identity.is_same(seen.gone))
        return Finding.PLACED if left is Finding.NOT_DONE else left
    if made is not None and made.is_same(seen.part):
        return Finding.MADE
    # What was made is gone. That is no loss as long as the file is where it was.
    return Finding.NOT_DONE if own else Finding.UNDECIDED


def groups(works: Iterable[Work]) -> Iterable[list[Work]]:
    """Cuts works into groups in which a look at the disk can tell them apart."""
    group: list[Work] = []
    ends: set[bytes] = set()
    left: set[bytes] = set()
    size = 0
    for work in works:
        together = work.start not in ends and work.end not in left
        if group and (not together or len(group) >= MOST_AT_ONCE or size > _MOST_COPIED_AT_ONCE):
            yield group
            group, ends, left, size = [], set(), set(), 0
        group.append(work)
        ends.add(work.end)
        if work.removes:
            left.add(work.start)
        if work.how is How.COPY:
            size += work.operation.size
    if group:
        yield group
