"""`reelhouse files`: move, copy, link and delete files, so that all can be undone."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from reelhouse.catalog.v1 import file_operation_pb2, file_operation_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson, Most

_pb = file_operation_service_pb2
_Batch = file_operation_pb2.FileOperationBatch
_Operation = file_operation_pb2.FileOperation
_COLUMNS = (
    "number",
    "type",
    "state",
    "original_path",
    "new_path",
    "size_bytes",
    "conflicts",
    "error",
    "name",
)

files = typer.Typer(help="Move, copy, link and delete files; undo it.", no_args_is_help=True)
recycle_bin = typer.Typer(help="What was deleted and can be brought back.", no_args_is_help=True)
files.add_typer(recycle_bin, name="bin")

BatchName = Annotated[str, typer.Argument(help="The batch's name.")]
LibraryName = Annotated[str, typer.Argument(help="The library's name or folder.")]
Every = Annotated[int, typer.Option("--most", help="How many to show.", min=1)]


async def _library(api: Api, where: str) -> Any:
    found = await find_library(api, where)
    if found is None:
        raise typer.BadParameter(f"there is no library {where}")
    return found


def _name(number: int, prefix: str, kind: Any) -> str:
    return kind_name(number, prefix, kind)


def _state(batch: file_operation_pb2.FileOperationBatch) -> str:
    return _name(batch.state, "STATE_", _Batch.State).replace("_", " ")


def _counts(batch: file_operation_pb2.FileOperationBatch) -> str:
    """Returns what became of the operations of a batch."""
    stats = batch.stats
    counts = [
        (stats.completed_count, "done"),
        (stats.rolled_back_count, "undone"),
        (stats.failed_count, "failed"),
        (stats.skipped_count, "left out"),
        (stats.undecided_count, "undecided"),
        (stats.conflict_count, "with conflicts"),
    ]
    return ", ".join(f"{count} {what}" for count, what in counts if count)


def _summary(batch: file_operation_pb2.FileOperationBatch) -> str:
    count, size = batch.stats.operation_count, output.size(batch.stats.total_bytes)
    parts = [f"{count} operation{'s' * (count != 1)}, {size}", _counts(batch)]
    return f"{batch.name}: {_state(batch)}; " + "; ".join(filter(None, parts))


def _show(batch: file_operation_pb2.FileOperationBatch, *, as_json: bool) -> None:
    if as_json:
        output.print_json(as_dict(batch))
        return
    output.console.print(_summary(batch))
    if batch.HasField("error"):
        output.errors.print(batch.error.message)


def _wish(kind: str, source: str, target: str | None) -> file_operation_service_pb2.ExplicitMove:
    move = _pb.ExplicitMove(type=_Operation.Type.Value(f"TYPE_{kind.upper()}"))
    for name, path in (("source_path", source), ("target_path", target)):
        if path is None:
            continue
        if path.startswith("mediaFiles/") and name == "source_path":
            move.media_file = path
        elif path.isprintable() or path.isascii():
            setattr(move, name, path)
        else:  # not UTF-8: the exact bytes
            setattr(move, f"{name}_bytes", path.encode("utf-8", "surrogateescape"))
    return move


@files.command()
@with_api
async def plan(
    api: Api,
    library: LibraryName,
    paths: Annotated[
        list[str],
        typer.Argument(help="Old and new path, by turns, below the library's folder; - reads CSV."),
    ],
    kind: Annotated[
        str,
        typer.Option("--type", help="move, rename, copy, hardlink, symlink or delete."),
    ] = "move",
    sidecars: Annotated[
        bool, typer.Option("--sidecars/--no-sidecars", help="With subtitles, NFO and images.")
    ] = True,
    verify: Annotated[bool, typer.Option(help="Verify renames by checksum, too.")] = False,
    keep_empty_folders: Annotated[
        bool, typer.Option(help="Leave folders that it empties.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Work out what would be done, with all conflicts. Touches nothing."""
    if f"TYPE_{kind.upper()}" not in _Operation.Type.keys():  # noqa: SIM118 # no mapping
        raise typer.BadParameter(f"there is no {kind}")
    if paths == ["-"]:
        turns = [(row[0], row[1] if len(row) > 1 else None) for row in csv.reader(sys.stdin) if row]
    elif kind == "delete":
        turns = [(path, None) for path in paths]
    elif len(paths) % 2:
        raise typer.BadParameter("every old path wants a new one")
    else:
        turns = list(zip(paths[::2], paths[1::2], strict=True))
    request = _pb.PlanFileOperationsRequest(
        library=(await _library(api, library)).name,
        moves=_pb.ExplicitMoves(moves=[_wish(kind, old, new) for old, new in turns]),
        without_sidecars=not sidecars,
        verify=verify,
        keep_empty_folders=keep_empty_folders,
    )
    _show(await api.call(api.file_operations.PlanFileOperations, request), as_json=as_json)


@files.command()
@with_api
async def preview(
    api: Api,
    batch: BatchName,
    conflicts: Annotated[bool, typer.Option(help="Only what has conflicts.")] = False,
    export: Annotated[Path | None, typer.Option(help="Write a CSV file instead.")] = None,
    most: Every = 20_000,
    as_json: AsJson = False,
) -> None:
    """Show every change of a batch, as two trees: what goes (-) and what comes (+)."""
    request = _pb.ListFileOperationsRequest(parent=batch, conflicts_only=conflicts)
    found = await api.pages(api.file_operations.ListFileOperations, request, "operations", most)
    if as_json:
        output.print_json([as_dict(one) for one in found])
    elif export is not None:
        with export.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(_row(one) for one in found)
    else:
        _print_trees(found)


def _conflicts(one: file_operation_pb2.FileOperation) -> str:
    names = (_name(number, "CONFLICT_", _Operation.Conflict) for number in one.conflicts)
    return ", ".join(name.replace("_", " ") for name in names)


def _row(one: file_operation_pb2.FileOperation) -> list[object]:
    return [
        one.number,
        _name(one.type, "TYPE_", _Operation.Type),
        _name(one.state, "STATE_", _Operation.State),
        one.original_path,
        one.new_path,
        one.size_bytes,
        _conflicts(one),
        one.error.message if one.HasField("error") else "",
        one.name,
    ]


def _print_trees(found: Iterable[file_operation_pb2.FileOperation]) -> None:
    lines: dict[str, list[str]] = {}
    for one in found:
        conflict = f"  ! {_conflicts(one)}" if one.conflicts else ""
        kind = _name(one.type, "TYPE_", _Operation.Type)
        if kind in ("move", "rename", "delete"):
            folder, _, name = one.original_path.rpartition("/")
            lines.setdefault(folder, []).append(f"- {name}{conflict}")
        if kind != "delete":
            folder, _, name = one.new_path.rpartition("/")
            how = "" if kind in ("move", "rename") else f"  ({kind} of {one.original_path})"
            lines.setdefault(folder, []).append(f"+ {name}{how}{conflict}")
    for folder in sorted(lines):
        output.console.print(f"{folder or '.'}/", markup=False)
        for line in lines[folder]:
            output.console.print(f"  {line}", markup=False)


async def _watch(api: Api, name: str, *, as_json: bool) -> None:
    last = None
    async for update in api.stream(
        api.file_operations.WatchBatch, _pb.WatchBatchRequest(name=name)
    ):
        last = update.file_operation_batch
        if as_json:
            output.print_line(as_dict(last))
        else:
            stats = last.stats
            done = f"{output.size(stats.done_bytes)} of {output.size(stats.total_bytes)}"
            output.errors.print(f"{stats.done_count} of {stats.operation_count} files, {done}")
    if last is not None and not as_json:
        _show(last, as_json=False)


@files.command()
@with_api
async def apply(
    api: Api,
    batch: BatchName,
    skip_conflicts: Annotated[bool, typer.Option(help="Leave out what has conflicts.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Do what a batch says."""
    request = _pb.ApplyFileOperationsRequest(name=batch, skip_conflicts=skip_conflicts)
    begun = await api.call(api.file_operations.ApplyFileOperations, request)
    await _end(api, begun, wait=wait, as_json=as_json)


@files.command()
@with_api
async def rollback(
    api: Api,
    name: Annotated[str, typer.Argument(help="The name of a batch, or of one operation.")],
    wait: Annotated[bool, typer.Option(help="Wait until it is done.")] = True,
    as_json: AsJson = False,
) -> None:
    """Undo a batch, or one operation of it. What changed since is left alone."""
    if "/operations/" in name:
        request: Any = _pb.RollbackFileOperationRequest(name=name)
        begun = await api.call(api.file_operations.RollbackFileOperation, request)
    else:
        request = _pb.RollbackBatchRequest(name=name)
        begun = await api.call(api.file_operations.RollbackBatch, request)
    await _end(api, begun, wait=wait, as_json=as_json)


async def _end(api: Api, begun: Any, *, wait: bool, as_json: bool) -> None:
    if wait:
        async for update in api.stream(
            api.file_operations.WatchBatch, _pb.WatchBatchRequest(name=begun.name)
        ):
            begun = update.file_operation_batch
    _show(begun, as_json=as_json)


@files.command()
@with_api
async def cancel(api: Api, batch: BatchName, as_json: AsJson = False) -> None:
    """Give up a batch, or stop it; what was done stays done."""
    request = _pb.CancelBatchRequest(name=batch)
    _show(await api.call(api.file_operations.CancelBatch, request), as_json=as_json)


@files.command()
@with_api
async def watch(api: Api, batch: BatchName, as_json: AsJson = False) -> None:
    """Show how far a batch is until it has ended."""
    await _watch(api, batch, as_json=as_json)


@files.command()
@with_api
async def ls(
    api: Api,
    library: Annotated[str, typer.Argument(help="A library's name or folder; default: all.")] = "",
    most: Most = 20,
    as_json: AsJson = False,
) -> None:
    """Show batches, the newest first."""
    request = _pb.ListFileOperationBatchesRequest()
    if library:
        request.library = (await _library(api, library)).name
    method = api.file_operations.ListFileOperationBatches
    found = await api.pages(method, request, "file_operation_batches", most)
    if as_json:
        output.print_json([as_dict(batch) for batch in found])
        return
    output.print_table(
        ("made", "state", "operations", "size", "of them", "name"),
        [
            (
                batch.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M"),
                _state(batch),
                batch.stats.operation_count,
                output.size(batch.stats.total_bytes),
                _counts(batch),
                batch.name,
            )
            for batch in found
        ],
    )


@files.command()
@with_api
async def recover(
    api: Api,
    library: Annotated[str, typer.Argument(help="A library's name or folder; default: all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Settle what was left half done, by what the disk shows."""
    request = _pb.RecoverFileOperationsRequest()
    if library:
        request.library = (await _library(api, library)).name
    found = await api.call(api.file_operations.RecoverFileOperations, request)
    if as_json:
        output.print_json(as_dict(found))
    else:
        output.console.print("\n".join(found.file_operation_batches) or "Nothing is half done.")


@files.command()
@with_api
async def resolve(
    api: Api,
    operation: Annotated[str, typer.Argument(help="The name of an undecided operation.")],
    done: Annotated[bool, typer.Option("--done/--not-done", help="What is so.")],
    as_json: AsJson = False,
) -> None:
    """Say what is so of an operation that nobody but you can decide."""
    kinds = _pb.ResolveFileOperationRequest
    resolution = kinds.RESOLUTION_DONE if done else kinds.RESOLUTION_NOT_DONE
    request = kinds(name=operation, resolution=resolution)
    found = await api.call(api.file_operations.ResolveFileOperation, request)
    if as_json:
        output.print_json(as_dict(found))
    else:
        state = _name(found.state, "STATE_", _Operation.State).replace("_", " ")
        output.console.print(f"The operation is {state}.")


@recycle_bin.command(name="ls")
@with_api
async def bin_ls(api: Api, library: LibraryName, most: Most = 100, as_json: AsJson = False) -> None:
    """Show what is in a library's recycle bin, the oldest first."""
    request = _pb.ListRecycledFilesRequest(parent=(await _library(api, library)).name)
    found = await api.pages(api.file_operations.ListRecycledFiles, request, "operations", most)
    if as_json:
        output.print_json([as_dict(one) for one in found])
        return
    output.print_table(
        ("deleted", "size", "path", "name"),
        [
            (
                one.complete_time.ToDatetime().strftime("%Y-%m-%d %H:%M"),
                output.size(one.size_bytes),
                one.original_path,
                one.name,
            )
            for one in found
        ],
    )


@recycle_bin.command(name="restore")
@with_api
async def bin_restore(
    api: Api,
    operation: Annotated[str, typer.Argument(help="The name that `bin ls` shows.")],
    as_json: AsJson = False,
) -> None:
    """Bring a file back from the recycle bin."""
    request = _pb.RollbackFileOperationRequest(name=operation)
    begun = await api.call(api.file_operations.RollbackFileOperation, request)
    await _end(api, begun, wait=True, as_json=as_json)


@recycle_bin.command(name="purge")
@with_api
async def bin_purge(
    api: Api,
    library: LibraryName,
    days: Annotated[int, typer.Option(help="Only what has been there for so long.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Remove files from a library's recycle bin for good."""
    request = _pb.PurgeRecycleBinRequest(name=(await _library(api, library)).name)
    request.min_age.seconds = days * 86400
    found = await api.call(api.file_operations.PurgeRecycleBin, request)
    if as_json:
        output.print_json(as_dict(found))
    else:
        size = output.size(found.total_bytes)
        output.console.print(f"{found.file_count} files, {size}, are being removed.")
