"""What a file operation is, and the rules it goes by. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

BATCH = ResourceName(
    "catalog.reelhouse/FileOperationBatch", "fileOperationBatches/{file_operation_batch}"
)
OPERATION = ResourceName(
    "catalog.reelhouse/FileOperation",
    "fileOperationBatches/{file_operation_batch}/operations/{operation}",
)
TOPIC = "fileOperationBatches"
RECOVER = "recover"
"""What a job does besides applying and undoing: it settles what is half done, and no more."""
MAX_OPERATIONS = 20_000
"""Operations of one batch, those of sidecars included."""
PREFIX = b".reelhouse-"
"""What the names begin with that operations give to files for a moment. Scans pass them over."""
RECYCLE_BIN = b".reelhouse-recycle"
_LONGEST_NAME = 255


class OperationType(StrEnum):
    """What is done with a file."""

    MOVE = "move"
    RENAME = "rename"
    COPY = "copy"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    DELETE = "delete"

    @property
    def takes_away(self) -> bool:
        """Whether the file is no longer at its old place afterwards."""
        return self in (OperationType.MOVE, OperationType.RENAME, OperationType.DELETE)


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody wants.

    Attributes:
        type: What to do.
        library_id: Whose file it is.
        source: Where it is: exact bytes, relative to the library's root.
        target: Where it is to be, likewise; None for what is deleted.
        media_file_id: The file in the catalog; looked up by its path when not given.
    """

    type: OperationType
    library_id: UUID
    source: bytes
    target: bytes | None
    media_file_id: UUID | None = None


class Conflict(StrEnum):
    """What stands in the way of an operation."""

    SOURCE_VANISHED = "source_vanished"
    SOURCE_NOT_FILE = "source_not_file"
    SOURCE_TWICE = "source_twice"
    TARGET_EXISTS = "target_exists"
    TARGET_TWICE = "target_twice"
    CASE_CLASH = "case_clash"
    NORMALIZATION_CLASH = "normalization_clash"
    NAME_TOO_LONG = "name_too_long"
    PATH_TOO_LONG = "path_too_long"
    TARGET_INVALID = "target_invalid"
    OUTSIDE_LIBRARY = "outside_library"
    PARENT_NOT_FOLDER = "parent_not_folder"
    NO_SPACE = "no_space"
    READ_ONLY = "read_only"
    PERMISSION = "permission"
    CROSS_DEVICE = "cross_device"
    RELATIVE_LINK = "relative_link"
    MEDIA_FILE = "media_file"
    NOTHING_TO_DO = "nothing_to_do"


class OperationState(StrEnum):
    """Where an operation is in its life."""

    PLANNED = "planned"
    SKIPPED = "skipped"
    INTENDED = "intended"
    STAGED = "staged"
    COMPLETED = "completed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    UNDO_INTENDED = "undo_intended"
    UNDO_STAGED = "undo_staged"
    ROLLED_BACK = "rolled_back"
    PURGING = "purging"
    PURGED = "purged"


_S = OperationState
TRANSITIONS: Mapping[OperationState, frozenset[OperationState]] = MappingProxyType(
    {
        _S.PLANNED: frozenset({_S.INTENDED, _S.SKIPPED, _S.FAILED}),
        _S.SKIPPED: frozenset(),
        # Back to PLANNED when the disk shows that nothing was done.
        _S.INTENDED: frozenset({_S.PLANNED, _S.STAGED, _S.COMPLETED, _S.FAILED, _S.UNDECIDED}),
        _S.STAGED: frozenset({_S.PLANNED, _S.COMPLETED, _S.FAILED, _S.UNDECIDED}),
        _S.COMPLETED: frozenset({_S.UNDO_INTENDED, _S.PURGING}),
        # Tried again when its batch is applied again.
        _S.FAILED: frozenset({_S.INTENDED}),
        _S.UNDECIDED: frozenset({_S.COMPLETED, _S.FAILED, _S.ROLLED_BACK, _S.PURGED}),
        _S.UNDO_INTENDED: frozenset({_S.COMPLETED, _S.UNDO_STAGED, _S.ROLLED_BACK, _S.UNDECIDED}),
        _S.UNDO_STAGED: frozenset({_S.COMPLETED, _S.ROLLED_BACK, _S.UNDECIDED}),
        _S.ROLLED_BACK: frozenset(),
        _S.PURGING: frozenset({_S.COMPLETED, _S.PURGED, _S.UNDECIDED}),
        _S.PURGED: frozenset(),
    }
)
"""What may follow what."""

UNSETTLED = frozenset({_S.INTENDED, _S.STAGED, _S.UNDO_INTENDED, _S.UNDO_STAGED, _S.PURGING})
"""States in which the disk may show more than the journal: whoever finds one looks."""
LEFT_TO_DO = frozenset({_S.PLANNED, _S.FAILED})
"""States from which an operation is done when its batch is applied."""


def may_become(state: OperationState) -> list[OperationState]:
    """Returns the states that an operation may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


class BatchState(StrEnum):
    """Where a batch is in its life."""

    PLANNED = "planned"
    APPLYING = "applying"
    APPLIED = "applied"
    INCOMPLETE = "incomplete"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"


_B = BatchState
BATCH_TRANSITIONS: Mapping[BatchState, frozenset[BatchState]] = MappingProxyType(
    {
        _B.PLANNED: frozenset({_B.APPLYING, _B.CANCELLED}),
        _B.APPLYING: frozenset({_B.APPLIED, _B.INCOMPLETE}),
        _B.APPLIED: frozenset({_B.ROLLING_BACK, _B.INCOMPLETE}),
        _B.INCOMPLETE: frozenset({_B.APPLYING, _B.APPLIED, _B.ROLLING_BACK, _B.ROLLED_BACK}),
        _B.ROLLING_BACK: frozenset({_B.ROLLED_BACK, _B.INCOMPLETE, _B.APPLIED}),
        _B.ROLLED_BACK: frozenset(),
        _B.CANCELLED: frozenset(),
    }
)
"""What may follow what. One whose worker was lost stays as it is until another goes on."""
LIVE = frozenset({_B.APPLYING, _B.ROLLING_BACK})
"""States in which a worker deals with a batch, or is to."""


def batch_may_become(state: BatchState) -> list[BatchState]:
    """Returns the states that a batch may be in before it enters this one."""
    return [before for before, after in BATCH_TRANSITIONS.items() if state in after]


def state_after(counts: Mapping[OperationState, int], *, undone: bool) -> BatchState:
    """Returns what a batch is once no worker deals with it.

    Args:
        counts: How many of its operations are in which state.
        undone: Whether it was being undone.
    """
    there = {state for state, count in counts.items() if count} - {_S.SKIPPED}
    if there <= {_S.COMPLETED, _S.PURGED}:
        return _B.APPLIED
    # What was purged is gone for good; what was never done needs no undoing.
    if undone and there <= {_S.ROLLED_BACK, _S.PLANNED, _S.FAILED}:
        return _B.ROLLED_BACK
    return _B.INCOMPLETE


class Doing(StrEnum):
    """What a worker does with operations."""

    APPLY = "apply"
    UNDO = "undo"
    PURGE = "purge"


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a file from others at the same path."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    def is_same(self, other: Identity | None) -> bool:
        """Tells whether a file is this one, unchanged.

        Devices are not compared: those of network mounts change with every boot.
        """
        return other is not None and (self.inode, self.size, self.mtime_ns) == (
            other.inode,
            other.size,
            other.mtime_ns,
        )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder above a file, as it was: what it takes to make it again."""

    path: bytes
    mode: int
    user: int
    group: int

    def as_list(self) -> list[Any]:
        """Returns it as plain values, for JSON: bytes as Latin-1."""
        return [self.path.decode("latin-1"), self.mode, self.user, self.group]

    @classmethod
    def from_list(cls, values: list[Any]) -> Folder:
        """Reads what `as_list` gives."""
        return cls(values[0].encode("latin-1"), *values[1:])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation, as it is in the journal."""

    id: UUID
    batch_id: UUID
    library_id: UUID
    number: int
    type: OperationType
    state: OperationState
    media_file_id: UUID | None
    sidecar_of: UUID | None
    original_path: bytes
    new_path: bytes
    parked: bool
    """Whether it puts the file aside for another of the batch, which makes room for it."""
    cross_device: bool
    conflicts: tuple[Conflict, ...]
    source: Identity | None
    """The file when it was planned; None where there was none."""
    placed: Identity | None
    """The copy or link that was made; None where the file itself moves, or nothing is made yet."""
    checksum: bytes | None
    source_folders: tuple[Folder, ...]
    """The folders above the old place, the nearest first, when it was intended."""
    made_folders: tuple[bytes, ...]
    """The folders that were made for the new place, the nearest first."""
    doing: Doing | None
    """What was under way when it became undecided."""
    error_code: str | None
    error_message: str | None
    created_at: datetime
    completed_at: datetime | None
    rolled_back_at: datetime | None
    purged_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return OPERATION.format(self.batch_id, self.id)

    @property
    def size(self) -> int:
        """The size of its file in bytes."""
        return self.source.size if self.source else 0

    @property
    def stages(self) -> bool:
        """Whether something new is made beside the new place before it is put there."""
        return self.cross_device or not self.type.takes_away


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch, as it is stored."""

    id: UUID
    library_id: UUID
    job_id: UUID | None
    state: BatchState
    verify: bool
    keep_empty_folders: bool
    skip_conflicts: bool
    total_bytes: int
    done_bytes: int
    done_count: int
    counts: Mapping[OperationState, int]
    """How many of its operations are in which state."""
    conflict_count: int
    error_code: str | None
    error_message: str | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def resource(self) -> str:
        """Its resource name."""
        return BATCH.format(self.id)


def staging_name(operation_id: UUID) -> bytes:
    """Returns the name that what an operation makes has until it is put into its place."""
    return PREFIX + operation_id.hex.encode() + b".part"


def parting_name(operation_id: UUID) -> bytes:
    """Returns the name that a file has between being taken from its place and being removed."""
    return PREFIX + operation_id.hex.encode() + b".gone"


def parking_name(operation_id: UUID) -> bytes:
    """Returns the name of a file that makes room for another: of those that change places."""
    return PREFIX + operation_id.hex.encode() + b".aside"


def recycled_name(operation_id: UUID, filename: bytes) -> bytes:
    """Returns the name of a file in the recycle bin: unique, with its own name for people."""
    name = operation_id.hex.encode() + b"_" + filename
    if len(name) <= _LONGEST_NAME:
        return name
    stem, dot, extension = filename.rpartition(b".")
    if not dot or len(extension) > 16:  # noqa: PLR2004 # no extension
        return name[:_LONGEST_NAME]
    kept = _LONGEST_NAME - 33 - 1 - len(extension)
    return operation_id.hex.encode() + b"_" + stem[:kept] + b"." + extension
