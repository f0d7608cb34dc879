"""The journal's steps: every statement names the state that it expects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, bindparam, case, func, text, update
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.file_operations.model import (
    TRANSITIONS,
    Doing,
    Folder,
    Identity,
    Operation,
    OperationState,
)
from reelhouse_catalog.file_operations.store import signed
from reelhouse_catalog.schema import file_operations
from reelhouse_kit.db import Query, Session, rows_of
from reelhouse_kit.jobs import LeaseLostError

_operation = file_operations.c
_no_error = {"error_code": None, "error_message": None}

_intended = rows_of(id=Uuid(), before=Text(), source_folders=JSONB(), made_folders=JSONB())
_OF_INTENDED = (_operation.id == _intended.c.id, _operation.status == _intended.c.before)
_INTEND = Query(
    update(file_operations)
    .where(*_OF_INTENDED)
    .values(
        status="intended",
        updated_at=func.now(),
        source_folders=_intended.c.source_folders,
        made_folders=_intended.c.made_folders,
        **_no_error,
    )
)
_begun = rows_of(id=Uuid(), before=Text())
_BEGIN = Query(
    update(file_operations)
    .where(_operation.id == _begun.c.id, _operation.status == _begun.c.before)
    .values(status=bindparam("to"), updated_at=func.now(), **_no_error)
)
_made = rows_of(
    id=Uuid(),
    device=BigInteger(),
    inode=BigInteger(),
    size=BigInteger(),
    mtime_ns=BigInteger(),
    checksum=BYTEA(),
)
_STAGED = Query(
    update(file_operations)
    .where(_operation.id == _made.c.id, _operation.status == "intended")
    .values(
        status="staged",
        updated_at=func.now(),
        placed_device=_made.c.device,
        placed_inode=_made.c.inode,
        placed_size=_made.c.size,
        placed_mtime_ns=_made.c.mtime_ns,
        checksum=func.coalesce(_made.c.checksum, _operation.checksum),
    )
)
# Where the copy that is to be brought back was made of is there still, and known by `placed`.
_UNDO_STAGED = Query(
    update(file_operations)
    .where(_operation.id == _made.c.id, _operation.status == "undo_intended")
    .values(
        status="undo_staged",
        updated_at=func.now(),
        source_device=_made.c.device,
        source_inode=_made.c.inode,
        size=_made.c.size,
        mtime_ns=_made.c.mtime_ns,
        checksum=func.coalesce(_made.c.checksum, _operation.checksum),
    )
)
# The one that put the same file aside will find what was brought back, not what it put there.
_RENEW_PARKED = Query(
    update(file_operations)
    .where(_operation.sidecar_of == _made.c.id, _operation.parked)
    .values(
        source_device=_made.c.device,
        source_inode=_made.c.inode,
        size=_made.c.size,
        mtime_ns=_made.c.mtime_ns,
    )
)
_settled = rows_of(
    id=Uuid(), before=Text(), to=Text(), doing=Text(), code=Text(), message=Text(), checksum=BYTEA()
)


def _when(state: str, column: Any) -> Any:
    return case((_settled.c.to == state, func.coalesce(column, func.now())), else_=column)


_SETTLE = Query(
    update(file_operations)
    .where(_operation.id == _settled.c.id, _operation.status == _settled.c.before)
    .values(
        status=_settled.c.to,
        doing=_settled.c.doing,
        error_code=_settled.c.code,
        error_message=_settled.c.message,
        checksum=func.coalesce(_settled.c.checksum, _operation.checksum),
        updated_at=func.now(),
        completed_at=_when("completed", _operation.completed_at),
        rolled_back_at=_when("rolled_back", _operation.rolled_back_at),
        purged_at=_when("purged", _operation.purged_at),
    )
)
_refused = rows_of(id=Uuid(), code=Text(), message=Text())
_REFUSE = Query(
    update(file_operations)
    .where(_operation.id == _refused.c.id)
    .values(error_code=_refused.c.code, error_message=_refused.c.message, updated_at=func.now())
)
_SKIP = Query(
    update(file_operations)
    .where(
        _operation.batch_id == bindparam("batch_id"),
        text("conflicts <> '{}'"),
        _operation.status == "planned",
    )
    .values(status="skipped", updated_at=func.now())
)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be begun: the folders that are left, and those that are made."""

    operation: Operation
    source_folders: Sequence[Folder]
    made_folders: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an operation is from now on."""

    operation: Operation
    """As it was read: its state is the one expected."""
    state: OperationState
    doing: Doing | None = None
    code: str | None = None
    message: str | None = None
    checksum: bytes | None = None


def _all(count: int, rows: Sequence[object]) -> None:
    # Another worker has been at them: this one must not go on.
    if count != len(rows):
        raise LeaseLostError


async def intend(session: Session, intents: Sequence[Intent]) -> None:
    """Notes what is about to be done.

    Raises:
        LeaseLostError: One of the operations is no longer what it was.
    """
    count = await session.run(
        _INTEND,
        id=[intent.operation.id for intent in intents],
        before=[intent.operation.state for intent in intents],
        # Tuples: a list of lists would be an array of two dimensions.
        source_folders=[tuple(f.as_list() for f in i.source_folders) for i in intents],
        made_folders=[tuple(p.decode("latin-1") for p in i.made_folders) for i in intents],
    )
    _all(count, intents)


async def begin(session: Session, operations: Sequence[Operation], state: OperationState) -> None:
    """Notes what is about to be undone or purged.

    Raises:
        LeaseLostError: One of the operations is no longer what it was.
    """
    for operation in operations:
        _check(operation.state, state)
    count = await session.run(
        _BEGIN,
        id=[operation.id for operation in operations],
        before=[operation.state for operation in operations],
        to=state,
    )
    _all(count, operations)


async def note_made(
    session: Session,
    made: Sequence[tuple[Operation, Identity, bytes | None]],
    state: OperationState,
) -> None:
    """Notes what was made beside new places: STAGED, or UNDO_STAGED beside old ones.

    Raises:
        LeaseLostError: One of the operations is no longer what it was.
    """
    staged = state is OperationState.STAGED
    values: dict[str, object] = {
        "id": [operation.id for operation, _, _ in made],
        "device": [signed(identity.device) for _, identity, _ in made],
        "inode": [signed(identity.inode) for _, identity, _ in made],
        "size": [identity.size for _, identity, _ in made],
        "mtime_ns": [identity.mtime_ns for _, identity, _ in made],
        "checksum": [checksum for _, _, checksum in made],
    }
    _all(await session.run(_STAGED if staged else _UNDO_STAGED, **values), made)
    if not staged:
        await session.run(_RENEW_PARKED, **values)


async def settle(session: Session, settlements: Sequence[Settlement]) -> None:
    """Notes what became of operations.

    Raises:
        LeaseLostError: One of the operations is no longer what it was.
    """
    for settlement in settlements:
        _check(settlement.operation.state, settlement.state)
    count = await session.run(
        _SETTLE,
        id=[one.operation.id for one in settlements],
        before=[one.operation.state for one in settlements],
        to=[one.state for one in settlements],
        doing=[one.doing for one in settlements],
        code=[one.code for one in settlements],
        message=[one.message for one in settlements],
        checksum=[one.checksum for one in settlements],
    )
    _all(count, settlements)


async def refuse(session: Session, refused: Sequence[tuple[Operation, str, str]]) -> None:
    """Notes why operations stay what they are."""
    await session.run(
        _REFUSE,
        id=[operation.id for operation, _, _ in refused],
        code=[code for _, code, _ in refused],
        message=[message for _, _, message in refused],
    )


async def skip_conflicts(session: Session, batch_id: UUID) -> None:
    """Leaves out the operations of a batch that have conflicts."""
    await session.run(_SKIP, batch_id=batch_id)


def _check(before: OperationState, to: OperationState) -> None:
    if to not in TRANSITIONS[before]:
        raise AssertionError(f"an operation may not become {to} when it is {before}")
