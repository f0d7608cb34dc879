"""`reelhouse organize`: gives files the names that templates say, with a look before."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from reelhouse.catalog.v1 import (
    file_operation_pb2,
    file_operation_service_pb2,
    naming_plan_pb2,
    naming_service_pb2,
)
from reelhouse_cli import output, tree_diff
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson
from reelhouse_cli.commands.template import kind_number, kind_text
from reelhouse_cli.tree_diff import Changed, Style

_Batch = file_operation_pb2.FileOperationBatch
_Operation = file_operation_pb2.FileOperation
_Proposed = naming_plan_pb2.ProposedName
_PLAN_SECONDS = 300.0
_EVERYTHING = 1_000_000
_STYLES = {"-": "red", "+": "green"}


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a file. The names of the fields are those of columns and keys on export."""

    action: str
    path: str
    new_path: str = ""
    media_file: str = ""
    kind: str = ""
    size_bytes: int = 0
    conflicts: str = ""
    reason: str = ""


@with_api
async def organize(
    api: Api,
    where: Annotated[str, typer.Argument(help="A library's name or folder.")],
    template: Annotated[
        list[str] | None,
        typer.Option(help="A template to try, as KIND=TEMPLATE. May be given several times."),
    ] = None,
    title: Annotated[list[str] | None, typer.Option(help="Only this title's files.")] = None,
    file: Annotated[list[str] | None, typer.Option(help="Only this file: mediaFiles/…")] = None,
    diff: Annotated[Style, typer.Option(help="How changes are shown.")] = Style.UNIFIED,
    *,
    group: Annotated[bool, typer.Option(help="Show changes by their first folder.")] = False,
    doubtful: Annotated[
        bool, typer.Option(help="Also files that wait for a person's look.")
    ] = False,
    min_confidence: Annotated[
        float | None, typer.Option(help="How sure a match must be.", min=0, max=1)
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write what becomes of every file: .csv or .json.")
    ] = None,
    apply: Annotated[bool, typer.Option(help="Do it.")] = False,
    skip_conflicts: Annotated[
        bool, typer.Option(help="Leave out what has conflicts, and do the rest.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the names that templates give to files, and with --apply give them."""
    if export is not None and export.suffix not in (".csv", ".json"):
        raise typer.BadParameter("is neither .csv nor .json", param_hint="--export")
    library = await find_library(api, where)
    if library is None:
        raise typer.BadParameter(f"there is no library {where}")
    plan = naming_plan_pb2.NamingPlan(
        titles=title or [],
        media_files=file or [],
        choices=[_choice(written) for written in template or ()],
        include_pending_reviews=doubtful,
    )
    if min_confidence is not None:
        plan.min_confidence = min_confidence
    proposed = await _proposed(api, library.name, plan)
    batch = None
    operations: list[Any] = []
    if any(not one.in_place and not one.reason for one in proposed):
        batch = await _planned(api, library.name, plan)
        operations = await _operations(api, batch.name)
    rows = _rows(proposed, operations)
    if export is not None:
        write(export, rows)
    if batch is not None and apply:
        batch = await _apply(api, batch, skip_conflicts=skip_conflicts, show=not as_json)
    if as_json:
        document = {"rows": [asdict(row) for row in rows]}
        output.print_json(document | ({"batch": as_dict(batch)} if batch else {}))
    else:
        _show(rows, diff, grouped=group)
        _tell(proposed, batch)
    if batch is not None and apply and batch.state != _Batch.STATE_APPLIED:
        raise typer.Exit(1)


def _choice(written: str) -> naming_plan_pb2.NamingPlan.Choice:
    kind, equals, text = written.partition("=")
    if not equals:
        raise typer.BadParameter("is not of the form KIND=TEMPLATE", param_hint="--template")
    return naming_plan_pb2.NamingPlan.Choice(kind=kind_number(kind), template=text)


async def _proposed(api: Api, library: str, plan: naming_plan_pb2.NamingPlan) -> list[Any]:
    request = naming_service_pb2.ProposeNamesRequest(library=library, plan=plan)
    return await api.pages(api.naming.ProposeNames, request, "proposed_names", _EVERYTHING)


async def _planned(api: Api, library: str, plan: naming_plan_pb2.NamingPlan) -> Any:
    request = file_operation_service_pb2.PlanFileOperationsRequest(
        library=library, naming=plan, request_id=str(uuid4())
    )
    method = api.file_operations.PlanFileOperations
    return await api.call(method, request, seconds=_PLAN_SECONDS)


async def _operations(api: Api, batch: str) -> list[Any]:
    request = file_operation_service_pb2.ListFileOperationsRequest(parent=batch)
    method = api.file_operations.ListFileOperations
    return await api.pages(method, request, "operations", _EVERYTHING)


def _rows(proposed: list[Any], operations: list[Any]) -> list[Row]:
    """Returns what becomes of every file: what is done, then what stays, with the reason."""
    kinds = {one.media_file: kind_text(one.kind) for one in proposed if one.kind}
    rows = [
        Row(
            kind_name(one.type, "TYPE_", _Operation.Type),
            one.original_path,
            one.new_path,
            one.media_file,
            kinds.get(one.media_file, ""),
            one.size_bytes,
            ", ".join(kind_name(c, "CONFLICT_", _Operation.Conflict) for c in one.conflicts),
        )
        for one in operations
    ]
    rows += [
        Row(
            "keep" if one.in_place else "leave",
            one.path,
            media_file=one.media_file,
            kind=kinds.get(one.media_file, ""),
            reason=kind_name(one.reason, "REASON_", _Proposed.Reason) if one.reason else "",
        )
        for one in proposed
        if one.in_place or one.reason
    ]
    return rows


def write(target: Path, rows: list[Row]) -> None:
    """Writes what becomes of files as CSV or JSON, by the extension."""
    with target.open("w", encoding="utf-8", newline="") as file:
        if target.suffix == ".json":
            json.dump([asdict(row) for row in rows], file, indent=2, ensure_ascii=False)
            return
        writer = csv.writer(file)
        writer.writerow([column.name for column in fields(Row)])
        writer.writerows([list(asdict(row).values()) for row in rows])


def _show(rows: list[Row], style: Style, *, grouped: bool) -> None:
    changes = [Changed(row.path, row.new_path, row.conflicts) for row in rows if row.new_path]
    for name, some in (tree_diff.groups(changes) if grouped else {"": changes}).items():
        if grouped:
            output.console.print(f"{name or '.'}: {len(some):,}", markup=False, style="bold")
        shown = list(tree_diff.lines(some, style))
        if style is Style.SIDE_BY_SIDE:
            cells = [(output.verbatim(one.text), output.verbatim(one.other)) for one in shown]
            output.print_table(("before", "after"), cells)
            continue
        for one in shown:
            mark = f"{one.sign} " if style is Style.UNIFIED else ""
            output.console.print(mark + one.text, markup=False, style=_STYLES.get(one.sign))
    for row in rows:
        if row.reason:
            output.console.print(f"? {row.path}: {row.reason}", markup=False, style="yellow")


def _tell(proposed: list[Any], batch: Any) -> None:
    left = Counter(bool(one.reason) for one in proposed if not one.in_place)
    counted = sum(one.in_place for one in proposed)
    output.console.print(
        f"{left[False]:,} to move, {counted:,} in place, {left[True]:,} left alone."
    )
    if batch is None:
        return
    state = kind_name(batch.state, "STATE_", _Batch.State)
    if batch.state == _Batch.STATE_PLANNED:
        output.console.print(
            f"{batch.stats.conflict_count:,} conflicts. Nothing was touched;"
            f" do it with: reelhouse files apply {batch.name}"
        )
    else:
        output.console.print(
            f"{batch.name} is {state}: {batch.stats.completed_count:,} done,"
            f" {batch.stats.failed_count:,} failed, {batch.stats.skipped_count:,} left out."
        )


async def _apply(api: Api, batch: Any, *, skip_conflicts: bool, show: bool) -> Any:
    """Applies a batch and returns it as it is when its worker is done."""
    request = file_operation_service_pb2.ApplyFileOperationsRequest(
        name=batch.name, skip_conflicts=skip_conflicts, request_id=str(uuid4())
    )
    batch = await api.call(api.file_operations.ApplyFileOperations, request)
    watch = file_operation_service_pb2.WatchBatchRequest(name=batch.name)
    columns = (TextColumn("moving"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=output.console, disable=not show) as bar:
        task = bar.add_task("", total=batch.stats.operation_count)
        async for response in api.stream(api.file_operations.WatchBatch, watch):
            batch = response.file_operation_batch
            bar.update(task, completed=batch.stats.done_count)
    return batch
