"""File operations over gRPC, and by the commands of `reelhouse files`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reelhouse.catalog.v1 import (
    file_operation_pb2,
    file_operation_service_pb2,
    file_operation_service_pb2_grpc,
    library_service_pb2,
    library_service_pb2_grpc,
)
from tests.contract import expect
from tests.contract.test_cli_scanning import as_json, run
from tests.media import Media
from tests.suite import Suite

pytestmark = pytest.mark.timeout(240)  # each command is a process of its own
_pb = file_operation_service_pb2
_Batch = file_operation_pb2.FileOperationBatch
_Operation = file_operation_pb2.FileOperation


def _plan(library: str, **paths: str) -> Any:
    moves = [
        _pb.ExplicitMove(source_path=f"{old}.mkv", target_path=new) for old, new in paths.items()
    ]
    return _pb.PlanFileOperationsRequest(library=library, moves=_pb.ExplicitMoves(moves=moves))


async def _ended(stub: Any, name: str) -> Any:
    seen = [
        update.file_operation_batch
        async for update in stub.WatchBatch(_pb.WatchBatchRequest(name=name))
    ]
    return seen[-1]


async def test_the_life_of_a_batch(suite: Suite, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "a.mkv")
    media.film(root / "b.mkv", hertz=330)
    stub = suite.stub(file_operation_service_pb2_grpc, "FileOperationService", "admin")
    async with suite.workers():
        library = await suite.library(root, "MOVIE")
        request = _plan(library, a="new/A.mkv", b="new/B.mkv")
        request.request_id = str(uuid4())
        batch = await stub.PlanFileOperations(request)
        assert (await stub.PlanFileOperations(request)).name == batch.name
        assert (batch.state, batch.stats.operation_count) == (_Batch.STATE_PLANNED, 2)
        listing = _pb.ListFileOperationsRequest(parent=batch.name, page_size=1)
        first = await stub.ListFileOperations(listing)
        listing.page_token = first.next_page_token
        second = await stub.ListFileOperations(listing)
        assert [one.original_path for one in (*first.operations, *second.operations)] == [
            "a.mkv",
            "b.mkv",
        ]
        assert first.operations[0].media_file
        assert first.operations[0].type == _Operation.TYPE_MOVE
        applying = _pb.ApplyFileOperationsRequest(name=batch.name, request_id=str(uuid4()))
        assert (await stub.ApplyFileOperations(applying)).state == _Batch.STATE_APPLYING
        assert (await stub.ApplyFileOperations(applying)).name == batch.name
        ended = await _ended(stub, batch.name)
        assert (ended.state, ended.stats.completed_count) == (_Batch.STATE_APPLIED, 2)
        assert ended.stats.done_bytes == ended.stats.total_bytes > 0
        assert set(await suite.files()) == {"A.mkv", "B.mkv"}
        with expect.error(expect.PRECONDITION, "WRONG_STATE"):
            await stub.ApplyFileOperations(_pb.ApplyFileOperationsRequest(name=batch.name))
        one = _pb.RollbackFileOperationRequest(name=first.operations[0].name)
        await stub.RollbackFileOperation(one)
        assert (await _ended(stub, batch.name)).state == _Batch.STATE_INCOMPLETE
        with expect.error(expect.PRECONDITION, "WRONG_STATE"):
            await stub.RollbackFileOperation(one)
        await stub.RollbackBatch(_pb.RollbackBatchRequest(name=batch.name))
        assert (await _ended(stub, batch.name)).state == _Batch.STATE_ROLLED_BACK
        found = await stub.GetFileOperation(_pb.GetFileOperationRequest(name=one.name))
        assert found.state == _Operation.STATE_ROLLED_BACK
        assert found.HasField("rollback_time")
        everything = await stub.ListFileOperations(
            _pb.ListFileOperationsRequest(
                parent="fileOperationBatches/-", state=_Operation.STATE_ROLLED_BACK
            )
        )
        assert len(everything.operations) == 2
        listed = await stub.ListFileOperationBatches(
            _pb.ListFileOperationBatchesRequest(library=library, state=_Batch.STATE_ROLLED_BACK)
        )
        assert [one.name for one in listed.file_operation_batches] == [batch.name]
        recovered = await stub.RecoverFileOperations(_pb.RecoverFileOperationsRequest())
        assert not recovered.file_operation_batches
    assert set(await suite.files()) == {"a.mkv", "b.mkv"}


async def test_wishes_that_say_too_little(suite: Suite, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "a.mkv")
    stub = suite.stub(file_operation_service_pb2_grpc, "FileOperationService", "admin")
    async with suite.workers():
        library = await suite.library(root, "MOVIE")
    moves = [
        _pb.ExplicitMove(source_path="a.mkv"),
        _pb.ExplicitMove(target_path="b.mkv"),
        _pb.ExplicitMove(type=_Operation.TYPE_DELETE, source_path="a.mkv", target_path="b"),
        _pb.ExplicitMove(media_file=f"mediaFiles/{uuid4()}", target_path="b.mkv"),
    ]
    for wrong in moves:
        request = _pb.PlanFileOperationsRequest(
            library=library, moves=_pb.ExplicitMoves(moves=[wrong])
        )
        with expect.error(expect.INVALID):
            await stub.PlanFileOperations(request)
    with expect.error(expect.INVALID):
        await stub.PlanFileOperations(_pb.PlanFileOperationsRequest(library=library))
    batch = await stub.PlanFileOperations(_plan(library, a="b.mkv", gone="c.mkv"))
    with expect.error(expect.PRECONDITION, "FILE_OPERATIONS_CONFLICT"):
        await stub.ApplyFileOperations(_pb.ApplyFileOperationsRequest(name=batch.name))
    conflicts = await stub.ListFileOperations(
        _pb.ListFileOperationsRequest(parent=batch.name, conflicts_only=True)
    )
    assert [list(one.conflicts) for one in conflicts.operations] == [
        [_Operation.CONFLICT_SOURCE_VANISHED]
    ]
    cancelled = await stub.CancelBatch(_pb.CancelBatchRequest(name=batch.name))
    assert cancelled.state == _Batch.STATE_CANCELLED
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await stub.CancelBatch(_pb.CancelBatchRequest(name=batch.name))


async def test_a_library_whose_journal_is_needed(
    suite: Suite, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "a.mkv")
    stub = suite.stub(file_operation_service_pb2_grpc, "FileOperationService", "admin")
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    async with suite.workers():
        library = await suite.library(root, "MOVIE")
        deleting = _pb.ExplicitMove(type=_Operation.TYPE_DELETE, source_path="a.mkv")
        batch = await stub.PlanFileOperations(
            _pb.PlanFileOperationsRequest(
                library=library, moves=_pb.ExplicitMoves(moves=[deleting])
            )
        )
        await stub.ApplyFileOperations(_pb.ApplyFileOperationsRequest(name=batch.name))
        assert (await _ended(stub, batch.name)).state == _Batch.STATE_APPLIED
    request = library_service_pb2.DeleteLibraryRequest(name=library, force=True)
    with expect.error(expect.PRECONDITION, "RECYCLE_BIN_NOT_EMPTY"):
        await libraries.DeleteLibrary(request)
    # No worker is there: it stays under way.
    await stub.RollbackBatch(_pb.RollbackBatchRequest(name=batch.name))
    request.forget_operations = True
    with expect.error(expect.PRECONDITION, "FILE_OPERATIONS_UNSETTLED"):
        await libraries.DeleteLibrary(request)
    await stub.CancelBatch(_pb.CancelBatchRequest(name=batch.name))
    await libraries.DeleteLibrary(request)
    with expect.error(expect.NOT_FOUND):
        await stub.GetFileOperationBatch(_pb.GetFileOperationBatchRequest(name=batch.name))
    assert len(list((root / ".reelhouse-recycle").iterdir())) == 1


async def test_the_commands(suite: Suite, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "a.mkv")
    media.film(root / "b.mkv", hertz=330)
    async with suite.workers():
        await suite.library(root, "MOVIE")
        batch = (await as_json(suite, "files", "plan", "films", "a.mkv", "A/a.mkv"))["name"]
        shown = await run(suite, "files", "preview", batch)
        assert "- a.mkv" in shown
        assert "+ a.mkv" in shown
        table = tmp_path / "plan.csv"
        await run(suite, "files", "preview", batch, "--export", str(table))
        with table.open(newline="") as file:
            assert [row["new_path"] for row in csv.DictReader(file)] == ["A/a.mkv"]
        assert (await as_json(suite, "files", "apply", batch))["state"] == "STATE_APPLIED"
        assert (root / "A/a.mkv").exists()
        assert (await as_json(suite, "files", "rollback", batch))["state"] == "STATE_ROLLED_BACK"
        assert (root / "a.mkv").exists()
        deleting = await as_json(suite, "files", "plan", "films", "b.mkv", "--type", "delete")
        assert "1 done" in await run(suite, "files", "apply", deleting["name"])
        (recycled,) = await as_json(suite, "files", "bin", "ls", "films")
        assert recycled["originalPath"] == "b.mkv"
        restored = await as_json(suite, "files", "bin", "restore", recycled["name"])
        assert restored["state"] == "STATE_ROLLED_BACK"
        assert (root / "b.mkv").exists()
        assert await as_json(suite, "files", "bin", "purge", "films") == {}
        assert len(await as_json(suite, "files", "ls")) == 2
        assert "Nothing" in await run(suite, "files", "recover")
        given_up = (await as_json(suite, "files", "plan", "films", "a.mkv", "c.mkv"))["name"]
        assert (await as_json(suite, "files", "cancel", given_up))["state"] == "STATE_CANCELLED"
        await run(suite, "files", "plan", "films", "a.mkv", code=2)
