"""FileOperationService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from reelhouse.catalog.v1 import (
    file_operation_pb2,
    file_operation_service_pb2,
    file_operation_service_pb2_grpc,
)
from reelhouse_catalog.file_operations import bin_store, recovery, recycling, store, usecases
from reelhouse_catalog.file_operations.messages import (
    batch_state,
    batch_to_message,
    operation_state,
    operation_to_message,
    operation_type,
)
from reelhouse_catalog.file_operations.model import (
    BATCH,
    LIVE,
    OPERATION,
    Batch,
    BatchState,
    OperationType,
    Wish,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.naming.messages import rules_of
from reelhouse_catalog.organizing import usecases as organizing
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import follow
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import from_duration
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context

_pb = file_operation_service_pb2
_ALL = "fileOperationBatches/-"


class FileOperationServicer(file_operation_service_pb2_grpc.FileOperationServiceServicer):
    """Plans, applies and undoes file operations."""

    def __init__(self, database: Database, hub: Hub, stopping: asyncio.Event) -> None:
        self._database = database
        self._hub = hub
        self._stopping = stopping

    async def PlanFileOperations(
        self, request: file_operation_service_pb2.PlanFileOperationsRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        library_id = LIBRARY.parse_one(request.library)
        arm = request.WhichOneof("plan")
        if arm is None:
            raise errors.invalid("plan", "is required")
        if arm == "naming":
            rules, chosen = rules_of(request.naming, "naming")
            wishes = await organizing.wishes(self._database, library_id, rules, chosen)
        else:
            wishes = await self._wishes(library_id, request.moves.moves)
        batch = await usecases.plan(
            self._database,
            library_id,
            wishes,
            once=Once.of(request),
            with_sidecars=not request.without_sidecars,
            verify=request.verify,
            keep_empty_folders=request.keep_empty_folders,
        )
        return batch_to_message(batch)

    async def _wishes(
        self, library_id: UUID, moves: Sequence[file_operation_service_pb2.ExplicitMove]
    ) -> list[Wish]:
        """Returns what is wished.

        Raises:
            InvalidArgumentError: Wishes do not say what or where to.
        """
        violations = [found for number, move in enumerate(moves) for found in _wrong(number, move)]
        if violations:
            raise errors.InvalidArgumentError(violations)
        named = {m.media_file: MEDIA_FILE.parse_one(m.media_file) for m in moves if m.media_file}
        await usecases.require_library(self._database, library_id)
        paths = await usecases.media_paths(self._database, library_id, list(named.values()))
        wishes = []
        for number, move in enumerate(moves):
            file_id = named.get(move.media_file)
            source = move.source_path_bytes or _bytes(move.source_path)
            if file_id is not None:
                if file_id not in paths:
                    field = f"moves.moves[{number}].media_file"
                    violations.append(errors.Violation(field, "is no file of this library"))
                    continue
                source = paths[file_id]
            target = move.target_path_bytes or _bytes(move.target_path)
            wishes.append(Wish(operation_type(move), library_id, source, target or None, file_id))
        if violations:
            raise errors.InvalidArgumentError(violations)
        return wishes

    async def GetFileOperationBatch(
        self, request: file_operation_service_pb2.GetFileOperationBatchRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        return batch_to_message(
            await usecases.required(self._database, BATCH.parse_one(request.name))
        )

    async def ListFileOperationBatches(
        self, request: file_operation_service_pb2.ListFileOperationBatchesRequest, context: Context
    ) -> file_operation_service_pb2.ListFileOperationBatchesResponse:
        page = paging.page_of(request, UUID)
        library_id = LIBRARY.parse_one(request.library) if request.library else None
        rows, token = page.cut(
            await store.batch_page(self._database, library_id, batch_state(request.state), page),
            key=lambda row: (row.id,),
        )
        return _pb.ListFileOperationBatchesResponse(
            file_operation_batches=[batch_to_message(row) for row in rows], next_page_token=token
        )

    async def WatchBatch(
        self, request: file_operation_service_pb2.WatchBatchRequest, context: Context
    ) -> AsyncIterator[file_operation_service_pb2.WatchBatchResponse]:
        batch_id = BATCH.parse_one(request.name)

        async def load() -> Batch:
            return await usecases.required(self._database, batch_id)

        waits = {*LIVE, BatchState.PLANNED}
        async for batch in follow(
            self._hub, request.name, load, lambda one: one.state not in waits, self._stopping
        ):
            yield _pb.WatchBatchResponse(file_operation_batch=batch_to_message(batch))

    async def ApplyFileOperations(
        self, request: file_operation_service_pb2.ApplyFileOperationsRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        batch = await usecases.apply(
            self._database,
            BATCH.parse_one(request.name),
            skip_conflicts=request.skip_conflicts,
            once=Once.of(request),
        )
        return batch_to_message(batch)

    async def CancelBatch(
        self, request: file_operation_service_pb2.CancelBatchRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        return batch_to_message(
            await usecases.cancel(self._database, BATCH.parse_one(request.name))
        )

    async def RollbackBatch(
        self, request: file_operation_service_pb2.RollbackBatchRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        batch_id = BATCH.parse_one(request.name)
        return batch_to_message(
            await usecases.roll_back(self._database, batch_id, Once.of(request))
        )

    async def GetFileOperation(
        self, request: file_operation_service_pb2.GetFileOperationRequest, context: Context
    ) -> file_operation_pb2.FileOperation:
        names = OPERATION.parse(request.name)
        return operation_to_message(await usecases.required_operation(self._database, *names))

    async def ListFileOperations(
        self, request: file_operation_service_pb2.ListFileOperationsRequest, context: Context
    ) -> file_operation_service_pb2.ListFileOperationsResponse:
        state = operation_state(request.state)
        if request.parent == _ALL:
            if request.conflicts_only:
                raise errors.invalid("conflicts_only", "needs a batch")
            page = paging.page_of(request, UUID)
            rows, token = page.cut(
                await store.every(self._database, state, page), key=lambda row: (row.id,)
            )
        else:
            page = paging.page_of(request, int)
            batch_id = BATCH.parse_one(request.parent)
            await usecases.required(self._database, batch_id)
            found = await store.operations(
                self._database,
                batch_id,
                after=page.after[0] if page.after else None,
                limit=page.limit,
                state=state,
                conflicts_only=request.conflicts_only,
            )
            rows, token = page.cut(found, key=lambda row: (row.number,))
        return _pb.ListFileOperationsResponse(
            operations=[operation_to_message(row) for row in rows], next_page_token=token
        )

    async def RollbackFileOperation(
        self, request: file_operation_service_pb2.RollbackFileOperationRequest, context: Context
    ) -> file_operation_pb2.FileOperationBatch:
        batch_id, operation_id = OPERATION.parse(request.name)
        return batch_to_message(
            await usecases.roll_back_one(self._database, batch_id, operation_id, Once.of(request))
        )

    async def ResolveFileOperation(
        self, request: file_operation_service_pb2.ResolveFileOperationRequest, context: Context
    ) -> file_operation_pb2.FileOperation:
        done = request.resolution == request.RESOLUTION_DONE
        operation = await recovery.resolve(
            self._database, *OPERATION.parse(request.name), done=done
        )
        return operation_to_message(operation)

    async def RecoverFileOperations(
        self, request: file_operation_service_pb2.RecoverFileOperationsRequest, context: Context
    ) -> file_operation_service_pb2.RecoverFileOperationsResponse:
        library_id = LIBRARY.parse_one(request.library) if request.library else None
        begun = await recovery.recover(self._database, library_id)
        return _pb.RecoverFileOperationsResponse(
            file_operation_batches=[BATCH.format(batch_id) for batch_id in begun]
        )

    async def ListRecycledFiles(
        self, request: file_operation_service_pb2.ListRecycledFilesRequest, context: Context
    ) -> file_operation_service_pb2.ListRecycledFilesResponse:
        page = paging.page_of(request, datetime, UUID)
        library_id = LIBRARY.parse_one(request.parent)
        await usecases.require_library(self._database, library_id)
        after = (page.after[0], page.after[1]) if page.after else None
        found = await bin_store.recycled(self._database, library_id, after=after, limit=page.limit)
        rows, token = page.cut(found, key=lambda row: (row.completed_at, row.id))
        return _pb.ListRecycledFilesResponse(
            operations=[operation_to_message(row) for row in rows], next_page_token=token
        )

    async def PurgeRecycleBin(
        self, request: file_operation_service_pb2.PurgeRecycleBinRequest, context: Context
    ) -> file_operation_service_pb2.PurgeRecycleBinResponse:
        age = from_duration(request.min_age) if request.HasField("min_age") else timedelta(0)
        count, size = await recycling.purge_bin(
            self._database, LIBRARY.parse_one(request.name), age, Once.of(request)
        )
        return _pb.PurgeRecycleBinResponse(file_count=count, total_bytes=size)


def _bytes(path: str) -> bytes:
    return path.encode()


def _wrong(number: int, move: file_operation_service_pb2.ExplicitMove) -> list[errors.Violation]:
    """Returns what is wrong with a wish."""
    at = f"moves.moves[{number}]"
    sources = [move.media_file, move.source_path, move.source_path_bytes]
    found = []
    if sum(bool(source) for source in sources) != 1:
        found.append(
            errors.Violation(
                f"{at}.source_path",
                "is wanted, or media_file or source_path_bytes; one of them",
            )
        )
    targets = sum(bool(target) for target in (move.target_path, move.target_path_bytes))
    deletes = operation_type(move) is OperationType.DELETE
    if targets != (0 if deletes else 1):
        said = "is not wanted for what is deleted" if deletes else "is wanted, or target_path_bytes"
        found.append(errors.Violation(f"{at}.target_path", said))
    return found
