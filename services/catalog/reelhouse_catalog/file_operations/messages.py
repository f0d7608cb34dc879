"""Batches and operations on the wire. Part of `rpc`: nothing else sees messages."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from reelhouse.catalog.v1 import file_operation_pb2, file_operation_service_pb2
from reelhouse_catalog.file_operations.model import (
    BATCH,
    OPERATION,
    Batch,
    BatchState,
    Operation,
    OperationState,
    OperationType,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.status import failure

_Batch = file_operation_pb2.FileOperationBatch
_Operation = file_operation_pb2.FileOperation
_DOMAIN = "catalog.reelhouse"


def batch_to_message(row: Batch) -> file_operation_pb2.FileOperationBatch:
    """Returns a batch on the wire."""
    count = row.counts.get
    return _Batch(
        name=BATCH.format(row.id),
        library=LIBRARY.format(row.library_id),
        state=_Batch.State.Value(f"STATE_{row.state.upper()}"),
        stats=_Batch.Stats(
            operation_count=sum(row.counts.values()),
            conflict_count=row.conflict_count,
            completed_count=count(OperationState.COMPLETED, 0),
            failed_count=count(OperationState.FAILED, 0),
            skipped_count=count(OperationState.SKIPPED, 0),
            rolled_back_count=count(OperationState.ROLLED_BACK, 0),
            undecided_count=count(OperationState.UNDECIDED, 0),
            total_bytes=row.total_bytes,
            done_bytes=row.done_bytes,
            done_count=row.done_count,
        ),
        verify=row.verify,
        keep_empty_folders=row.keep_empty_folders,
        skip_conflicts=row.skip_conflicts,
        error=failure(_DOMAIN, row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.ended_at),
    )


def operation_to_message(row: Operation) -> file_operation_pb2.FileOperation:
    """Returns an operation on the wire."""
    message = _Operation(
        name=row.resource,
        type=_Operation.Type.Value(f"TYPE_{row.type.upper()}"),
        state=_Operation.State.Value(f"STATE_{row.state.upper()}"),
        library=LIBRARY.format(row.library_id),
        number=row.number,
        media_file=MEDIA_FILE.format(row.media_file_id) if row.media_file_id else "",
        sidecar_operation=OPERATION.format(row.batch_id, row.sidecar_of) if row.sidecar_of else "",
        original_path=shown_path(row.original_path),
        original_path_bytes=row.original_path,
        new_path=shown_path(row.new_path),
        new_path_bytes=row.new_path,
        conflicts=[
            _Operation.Conflict.Value(f"CONFLICT_{conflict.upper()}") for conflict in row.conflicts
        ],
        cross_device=row.cross_device,
        size_bytes=row.size,
        checksum=row.checksum.hex() if row.checksum else "",
        error=failure(_DOMAIN, row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        complete_time=timestamp(row.completed_at),
        rollback_time=timestamp(row.rolled_back_at),
        purge_time=timestamp(row.purged_at),
    )
    if row.source is not None:
        seconds, nanos = divmod(row.source.mtime_ns, 1_000_000_000)
        message.modify_time.CopyFrom(Timestamp(seconds=seconds, nanos=nanos))
    return message


def batch_state(number: int) -> BatchState | None:
    """Returns a state of batches; None where the request leaves it open."""
    name = _Batch.State.Name(number)  # type: ignore[arg-type] # mypy-protobuf has a type of its own
    return BatchState(name.removeprefix("STATE_").lower()) if number else None


def operation_state(number: int) -> OperationState | None:
    """Returns a state of operations; None where the request leaves it open."""
    name = _Operation.State.Name(number)  # type: ignore[arg-type]
    return OperationState(name.removeprefix("STATE_").lower()) if number else None


def operation_type(move: file_operation_service_pb2.ExplicitMove) -> OperationType:
    """Returns what a wish is to do."""
    name = _Operation.Type.Name(move.type or _Operation.TYPE_MOVE)
    return OperationType(name.removeprefix("TYPE_").lower())
