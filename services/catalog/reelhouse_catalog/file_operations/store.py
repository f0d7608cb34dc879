"""Batches and operations in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.types import TypeEngine

from reelhouse_catalog.file_operations.drafting import Draft
from reelhouse_catalog.file_operations.model import (
    Batch,
    BatchState,
    Conflict,
    Doing,
    Folder,
    Identity,
    Operation,
    OperationState,
    OperationType,
    batch_may_become,
)
from reelhouse_catalog.schema import file_operation_batches, file_operations
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.paging import Page

_batch = file_operation_batches.c
_operation = file_operations.c
_BATCH_ID = _batch.id == bindparam("id")
_after_id = bindparam("after", type_=Uuid)
_after_number = bindparam("after", type_=Integer)
_limit = bindparam("limit", type_=Integer)
UNSETTLED_SQL = "status IN ('intended', 'staged', 'undo_intended', 'undo_staged', 'purging')"

# How many operations are in which state: of each batch its own, by their index.
_counts = (
    select(func.jsonb_object_agg(literal_column("status"), literal_column("count")).label("counts"))
    .select_from(
        select(_operation.status.label("status"), func.count().label("count"))
        .where(_operation.batch_id == _batch.id)
        .group_by(_operation.status)
        .correlate(file_operation_batches)
        .subquery("counted")
    )
    .lateral("counted_all")
)
_batches = select(file_operation_batches, _counts.c.counts).join(_counts, true())
_GET_BATCH = Query(_batches.where(_BATCH_ID))
_LOCK_BATCH = Query(select(_batch.id).where(_BATCH_ID).with_for_update())
_beyond = or_(_after_id.is_(None), _batch.id < _after_id)
_newest = _batch.id.desc()
_LIST = Query(_batches.where(_beyond).order_by(_newest).limit(_limit))
_OF_LIBRARY = _batch.library_id == bindparam("library_id", type_=Uuid)
_LIST_LIBRARY = Query(_batches.where(_OF_LIBRARY, _beyond).order_by(_newest).limit(_limit))
_OF_STATE = _batch.state == bindparam("state")
_LIST_STATE = Query(_batches.where(_OF_STATE, _beyond).order_by(_newest).limit(_limit))
_LIST_BOTH = Query(_batches.where(_OF_LIBRARY, _OF_STATE, _beyond).order_by(_newest).limit(_limit))
_BATCH_COLUMNS = (
    "id",
    "library_id",
    "verify",
    "keep_empty_folders",
    "conflict_count",
    "total_bytes",
)
_INSERT_BATCH = Query(
    insert(file_operation_batches).values({name: bindparam(name) for name in _BATCH_COLUMNS})
)
_MOVE_BATCH = Query(
    update(file_operation_batches)
    .where(
        _batch.id == bindparam("batch"),
        _batch.state == any_(bindparam("before", type_=ARRAY(Text))),
    )
    .values(
        state=bindparam("to"),
        error_code=bindparam("code"),
        error_message=bindparam("message"),
        updated_at=func.now(),
        ended_at=select(func.now()).where(bindparam("ended")).scalar_subquery(),
    )
    .returning(_batch.id)
)
_BEGIN_BATCH = Query(
    update(file_operation_batches)
    .where(_batch.id == bindparam("batch"))
    .values(
        job_id=bindparam("job"),
        skip_conflicts=func.coalesce(
            bindparam("skip_conflicts", type_=Boolean), _batch.skip_conflicts
        ),
        started_at=func.now(),
        done_bytes=0,
        done_count=0,
    )
)
_PROGRESS = Query(
    update(file_operation_batches)
    .where(_batch.id == bindparam("batch"))
    .values(done_bytes=bindparam("bytes"), done_count=bindparam("count"), updated_at=func.now())
)

_DRAFTED: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "number": Integer(),
    "operation_type": Text(),
    "media_file_id": Uuid(),
    "sidecar_of": Uuid(),
    "original_path": BYTEA(),
    "new_path": BYTEA(),
    "parked": Boolean(),
    "cross_device": Boolean(),
    "conflicts": Text(),
    "source_device": BigInteger(),
    "source_inode": BigInteger(),
    "size": BigInteger(),
    "mtime_ns": BigInteger(),
}
_drafted = rows_of(**_DRAFTED)
_ADD = Query(
    insert(file_operations).from_select(
        ["batch_id", "library_id", *_DRAFTED],
        select(
            bindparam("batch_id", type_=Uuid),
            bindparam("library_id", type_=Uuid),
            *(
                # An array of arrays would have to be of one length each.
                func.string_to_array(_drafted.c[name], " ")
                if name == "conflicts"
                else _drafted.c[name]
                for name in _DRAFTED
            ),
        ),
    )
)
_of_batch = _operation.batch_id == bindparam("batch_id", type_=Uuid)
_beyond_number = or_(_after_number.is_(None), _operation.number > _after_number)
_GET = Query(
    select(file_operations).where(
        _operation.id == bindparam("id"), _operation.batch_id == bindparam("batch_id")
    )
)
_OPERATIONS = Query(
    select(file_operations)
    .where(_of_batch, _beyond_number)
    .order_by(_operation.number)
    .limit(_limit)
)
_IN_STATE = _operation.status == bindparam("status")
_OPERATIONS_STATE = Query(
    select(file_operations)
    .where(_of_batch, _IN_STATE, _beyond_number)
    .order_by(_operation.number)
    .limit(_limit)
)
_OPERATIONS_CONFLICTS = Query(
    select(file_operations)
    .where(
        _of_batch,
        text("conflicts <> '{}'"),
        or_(bindparam("status", type_=Text).is_(None), _IN_STATE),
        _beyond_number,
    )
    .order_by(_operation.number)
    .limit(_limit)
)
_beyond_operation = or_(_after_id.is_(None), _operation.id < _after_id)
_EVERY = Query(
    select(file_operations).where(_beyond_operation).order_by(_operation.id.desc()).limit(_limit)
)
_EVERY_STATE = Query(
    select(file_operations)
    .where(_IN_STATE, _beyond_operation)
    .order_by(_operation.id.desc())
    .limit(_limit)
)
_GOING_WITH = Query(
    select(file_operations)
    .where(or_(_operation.id == bindparam("id"), _operation.sidecar_of == bindparam("id")))
    .order_by(_operation.number)
)
_BEFORE = Query(
    select(file_operations)
    .where(_of_batch, _IN_STATE, or_(_after_number.is_(None), _operation.number < _after_number))
    .order_by(_operation.number.desc())
    .limit(_limit)
)
_UNSETTLED = Query(
    select(file_operations).where(_of_batch, text(UNSETTLED_SQL)).order_by(_operation.number)
)
_UNSETTLED_BATCHES = Query(
    select(_batch.id, _batch.job_id)
    .where(
        _batch.id.in_(select(_operation.batch_id).where(text(UNSETTLED_SQL))),
        or_(bindparam("library_id", type_=Uuid).is_(None), _OF_LIBRARY),
    )
    .order_by(_batch.id)
    .limit(_limit)
)


def _batch_of(row: Any) -> Batch:
    values = dict(row)
    counts = values.pop("counts") or {}
    values["counts"] = {OperationState(name): count for name, count in counts.items()}
    values["state"] = BatchState(values["state"])
    return Batch(**values)


def operation_of(row: Any) -> Operation:
    """Returns a row as an operation."""
    source = placed = None
    if row["source_inode"] is not None:
        source = Identity(row["source_device"], row["source_inode"], row["size"], row["mtime_ns"])
    if row["placed_inode"] is not None:
        placed = Identity(
            row["placed_device"], row["placed_inode"], row["placed_size"], row["placed_mtime_ns"]
        )
    return Operation(
        id=row["id"],
        batch_id=row["batch_id"],
        library_id=row["library_id"],
        number=row["number"],
        type=OperationType(row["operation_type"]),
        state=OperationState(row["status"]),
        media_file_id=row["media_file_id"],
        sidecar_of=row["sidecar_of"],
        original_path=row["original_path"],
        new_path=row["new_path"],
        parked=row["parked"],
        cross_device=row["cross_device"],
        conflicts=tuple(Conflict(name) for name in row["conflicts"]),
        source=source,
        placed=placed,
        checksum=row["checksum"],
        source_folders=tuple(Folder.from_list(values) for values in row["source_folders"]),
        made_folders=tuple(path.encode("latin-1") for path in row["made_folders"]),
        doing=Doing(row["doing"]) if row["doing"] else None,
        error_code=row["error_code"],
        error_message=row["error_message"],
        created_at=row["created_at"],
        completed_at=row["completed_at"],
        rolled_back_at=row["rolled_back_at"],
        purged_at=row["purged_at"],
    )


async def insert_batch(
    session: Session,
    batch_id: UUID,
    library_id: UUID,
    drafts: Sequence[Draft],
    *,
    verify: bool,
    keep_empty_folders: bool,
) -> None:
    """Adds a batch with its operations, in their order."""
    await session.run(
        _INSERT_BATCH,
        id=batch_id,
        library_id=library_id,
        verify=verify,
        keep_empty_folders=keep_empty_folders,
        conflict_count=sum(bool(draft.conflicts) for draft in drafts),
        total_bytes=sum(d.identity.size for d in drafts if d.identity and not d.parked),
    )
    identities = [draft.identity for draft in drafts]
    await session.run(
        _ADD,
        batch_id=batch_id,
        library_id=library_id,
        id=[draft.id for draft in drafts],
        number=list(range(1, len(drafts) + 1)),
        operation_type=[draft.type for draft in drafts],
        media_file_id=[draft.media_file_id for draft in drafts],
        sidecar_of=[draft.owner for draft in drafts],
        original_path=[draft.source for draft in drafts],
        new_path=[draft.target for draft in drafts],
        parked=[draft.parked for draft in drafts],
        cross_device=[draft.cross_device for draft in drafts],
        conflicts=[" ".join(sorted(draft.conflicts)) for draft in drafts],
        source_device=[signed(i.device) if i else None for i in identities],
        source_inode=[signed(i.inode) if i else None for i in identities],
        size=[i.size if i else None for i in identities],
        mtime_ns=[i.mtime_ns if i else None for i in identities],
    )


def signed(number: int) -> int:
    """Returns an inode or device as it is stored: theirs are unsigned, bigint is not."""
    return number - 2**64 if number >= 2**63 else number


async def get_batch(source: Database | Session, batch_id: UUID) -> Batch | None:
    """Returns a batch."""
    row = await source.one(_GET_BATCH, id=batch_id)
    return _batch_of(row) if row else None


async def lock_batch(session: Session, batch_id: UUID) -> Batch | None:
    """Returns a batch that nobody else changes until the transaction ends."""
    if await session.one(_LOCK_BATCH, id=batch_id) is None:
        return None
    return await get_batch(session, batch_id)


async def batch_page(
    database: Database, library_id: UUID | None, state: BatchState | None, page: Page
) -> list[Batch]:
    """Returns a page of batches, newest first."""
    values: dict[str, object] = {
        "after": page.after[0] if page.after else None,
        "limit": page.limit,
    }
    query = _LIST
    if library_id is not None:
        values["library_id"] = library_id
        query = _LIST_LIBRARY
    if state is not None:
        values["state"] = state
        query = _LIST_BOTH if library_id is not None else _LIST_STATE
    return [_batch_of(row) for row in await database.all(query, **values)]


async def move_batch(
    session: Session, batch_id: UUID, state: BatchState, *, error: JobError | None = None
) -> bool:
    """Puts a batch into a state. Returns whether its present state allows that."""
    row = await session.one(
        _MOVE_BATCH,
        batch=batch_id,
        before=[str(before) for before in batch_may_become(state)],
        to=state,
        ended=state not in (BatchState.APPLYING, BatchState.ROLLING_BACK),
        code=error.code if error else None,
        message=error.message if error else None,
    )
    return row is not None


async def begin_batch(
    session: Session, batch_id: UUID, job_id: UUID, *, skip_conflicts: bool | None = None
) -> None:
    """Notes the job that deals with a batch now."""
    await session.run(_BEGIN_BATCH, batch=batch_id, job=job_id, skip_conflicts=skip_conflicts)


async def note_progress(session: Session, batch_id: UUID, done_bytes: int, count: int) -> None:
    """Notes how far a run is."""
    await session.run(_PROGRESS, batch=batch_id, bytes=done_bytes, count=count)


async def get(source: Database | Session, batch_id: UUID, operation_id: UUID) -> Operation | None:
    """Returns an operation."""
    row = await source.one(_GET, id=operation_id, batch_id=batch_id)
    return operation_of(row) if row else None


async def operations(
    source: Database | Session,
    batch_id: UUID,
    *,
    after: int | None = None,
    limit: int,
    state: OperationState | None = None,
    conflicts_only: bool = False,
) -> list[Operation]:
    """Returns operations of a batch in their order."""
    values: dict[str, object] = {"batch_id": batch_id, "after": after, "limit": limit}
    if conflicts_only:
        rows = await source.all(_OPERATIONS_CONFLICTS, status=state, **values)
    elif state is not None:
        rows = await source.all(_OPERATIONS_STATE, status=state, **values)
    else:
        rows = await source.all(_OPERATIONS, **values)
    return [operation_of(row) for row in rows]


async def last_first(
    source: Database | Session,
    batch_id: UUID,
    state: OperationState,
    *,
    before: int | None,
    limit: int,
) -> list[Operation]:
    """Returns operations of a batch in a state in the reverse of their order."""
    rows = await source.all(_BEFORE, batch_id=batch_id, status=state, after=before, limit=limit)
    return [operation_of(row) for row in rows]


async def every(database: Database, state: OperationState | None, page: Page) -> list[Operation]:
    """Returns a page of the operations of all batches, newest first."""
    after = page.after[0] if page.after else None
    if state is None:
        rows = await database.all(_EVERY, after=after, limit=page.limit)
    else:
        rows = await database.all(_EVERY_STATE, status=state, after=after, limit=page.limit)
    return [operation_of(row) for row in rows]


async def going_with(source: Database | Session, operation_id: UUID) -> list[Operation]:
    """Returns an operation and those that go with it, in their order."""
    return [operation_of(row) for row in await source.all(_GOING_WITH, id=operation_id)]


async def unsettled(source: Database | Session, batch_id: UUID) -> list[Operation]:
    """Returns the operations of a batch that are half done."""
    return [operation_of(row) for row in await source.all(_UNSETTLED, batch_id=batch_id)]


async def unsettled_batches(
    session: Session, library_id: UUID | None, limit: int
) -> list[tuple[UUID, UUID | None]]:
    """Returns batches with operations that are half done, with their jobs."""
    rows = await session.all(_UNSETTLED_BATCHES, library_id=library_id, limit=limit)
    return [(row["id"], row["job_id"]) for row in rows]
