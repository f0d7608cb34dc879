"""`reelhouse reviews`, `markers` and `verify`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from google.protobuf.duration_pb2 import Duration
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from reelhouse.catalog.v1 import (
    marker_pb2,
    marker_service_pb2,
    media_file_service_pb2,
    review_item_pb2,
    review_service_pb2,
    verification_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Item = review_item_pb2.ReviewItem
_Marker = marker_pb2.Marker
_Verification = verification_pb2.Verification
_LIVE = (_Verification.STATE_PENDING, _Verification.STATE_RUNNING)

reviews = typer.Typer(help="Look at files in doubt.", no_args_is_help=True)
markers = typer.Typer(help="Chapters, intros and other marks.", no_args_is_help=True)

ItemName = Annotated[str, typer.Argument(help="The item's name: reviewItems/…")]
FileName = Annotated[str, typer.Argument(help="The file's name: mediaFiles/…")]


def _number(enum: Any, prefix: str, written: str) -> Any:
    """Returns the enum value that people wrote, as in "low-confidence"."""
    name = prefix + written.upper().replace("-", "_").replace(" ", "_")
    known = [key for key in enum.keys() if not key.endswith("UNSPECIFIED")]  # noqa: SIM118
    if name not in known:
        listed = ", ".join(k.removeprefix(prefix).lower().replace("_", "-") for k in known)
        raise typer.BadParameter(f"{written} is none of {listed}")
    return enum.Value(name)


@reviews.command(name="ls")
@with_api
async def list_(
    api: Api,
    state: Annotated[str, typer.Option(help="pending, resolved, rejected or all.")] = "pending",
    reason: Annotated[str, typer.Option(help="Only for this reason, as in low-confidence.")] = "",
    library: Annotated[str, typer.Option(help="Only of this library.")] = "",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List review items, the oldest first."""
    request = review_service_pb2.ListReviewItemsRequest()
    if state != "all":
        request.state = _number(_Item.State, "STATE_", state)
    if reason:
        request.reason = _number(_Item.Reason, "REASON_", reason)
    if library:
        found = await find_library(api, library)
        if found is None:
            raise typer.BadParameter(f"there is no library {library}")
        request.library = found.name
    items = await api.pages(api.reviews.ListReviewItems, request, "review_items", most)
    if as_json:
        output.print_json([as_dict(item) for item in items])
        return
    files = await _paths(api, [item.media_file for item in items])
    output.print_table(
        ("file", "reason", "score", "state", "notes", "name"),
        [
            (
                files[item.media_file],
                kind_name(item.reason, "REASON_", _Item.Reason),
                f"{item.confidence:.2f}",
                kind_name(item.state, "STATE_", _Item.State),
                item.notes,
                item.name,
            )
            for item in items
        ],
    )


async def _paths(api: Api, names: list[str]) -> dict[str, str]:
    """Returns the paths of files by their names."""
    wanted = sorted(set(names))
    paths: dict[str, str] = {}
    for start in range(0, len(wanted), 100):
        request = media_file_service_pb2.BatchGetMediaFilesRequest(
            names=wanted[start : start + 100]
        )
        response = await api.call(api.media_files.BatchGetMediaFiles, request)
        paths |= {file.name: file.path for file in response.media_files}
    return paths


def _show_item(item: review_item_pb2.ReviewItem, *, as_json: bool) -> None:
    if as_json:
        output.print_json(as_dict(item))
    else:
        state = kind_name(item.state, "STATE_", _Item.State)
        output.console.print(f"{item.name} is {state}.")


@reviews.command()
@with_api
async def resolve(
    api: Api,
    item: ItemName,
    target: Annotated[
        str, typer.Argument(help="What the file is: titles/…/episodes/… or titles/…/tracks/…")
    ],
    notes: Annotated[str, typer.Option(help="What to write about it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what an item's file is a copy of."""
    request = review_service_pb2.ResolveReviewItemRequest(name=item, notes=notes)
    if "/tracks/" in target:
        request.track = target
    else:
        request.episode = target
    _show_item(await api.call(api.reviews.ResolveReviewItem, request), as_json=as_json)


@reviews.command()
@with_api
async def reject(
    api: Api,
    item: ItemName,
    notes: Annotated[str, typer.Option(help="What to write about it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Dismiss an item."""
    request = review_service_pb2.RejectReviewItemRequest(name=item, notes=notes)
    _show_item(await api.call(api.reviews.RejectReviewItem, request), as_json=as_json)


@reviews.command()
@with_api
async def add(
    api: Api,
    file: FileName,
    notes: Annotated[str, typer.Option(help="What is to be looked at.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask for a look at a file."""
    wanted = review_item_pb2.ReviewItem(media_file=file, notes=notes)
    request = review_service_pb2.CreateReviewItemRequest(review_item=wanted)
    _show_item(await api.call(api.reviews.CreateReviewItem, request), as_json=as_json)


@reviews.command()
@with_api
async def stats(api: Api, as_json: AsJson = False) -> None:
    """Count items, and tell how long the oldest waits."""
    found = await api.call(api.reviews.GetReviewStats, review_service_pb2.GetReviewStatsRequest())
    if as_json:
        output.print_json(as_dict(found))
        return
    output.print_table(
        ("state", "reason", "items"),
        [
            (
                kind_name(count.state, "STATE_", _Item.State),
                kind_name(count.reason, "REASON_", _Item.Reason),
                count.count,
            )
            for count in found.counts
        ],
    )
    if found.pending_count:
        age = output.clock(found.oldest_pending_age.ToTimedelta().total_seconds())
        output.console.print(f"{found.pending_count:,} pending, the oldest for {age}.")


@markers.command(name="ls")
@with_api
async def list_markers(
    api: Api,
    file: FileName,
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    most: Most = 1000,
    as_json: AsJson = False,
) -> None:
    """List the markers of a file."""
    request = marker_service_pb2.ListMarkersRequest(parent=file)
    if kind:
        request.kind = _number(_Marker.Kind, "KIND_", kind)
    found = await api.pages(api.markers.ListMarkers, request, "markers", most)
    if as_json:
        output.print_json([as_dict(marker) for marker in found])
        return
    output.print_table(
        ("from", "to", "kind", "title", "name"),
        [
            (
                output.clock(marker.start_offset.ToTimedelta().total_seconds()),
                output.clock(marker.end_offset.ToTimedelta().total_seconds()),
                kind_name(marker.kind, "KIND_", _Marker.Kind),
                marker.display_name,
                marker.name,
            )
            for marker in found
        ],
    )


@markers.command(name="add")
@with_api
async def add_marker(
    api: Api,
    file: FileName,
    kind: Annotated[str, typer.Argument(help="chapter, avail, bumper, intro or outro.")],
    start: Annotated[float, typer.Argument(help="Where it begins, in seconds.", min=0)],
    end: Annotated[float, typer.Argument(help="Where it ends, in seconds.", min=0)],
    title: Annotated[str, typer.Option(help="What people see.")] = "",
    as_json: AsJson = False,
) -> None:
    """Mark a span of a file."""
    marker = marker_pb2.Marker(
        kind=_number(_Marker.Kind, "KIND_", kind),
        start_offset=_seconds(start),
        end_offset=_seconds(end),
        display_name=title,
    )
    request = marker_service_pb2.CreateMarkerRequest(parent=file, marker=marker)
    made = await api.call(api.markers.CreateMarker, request)
    if as_json:
        output.print_json(as_dict(made))
    else:
        output.console.print(made.name)


def _seconds(given: float) -> Duration:
    message = Duration()
    message.FromMilliseconds(round(given * 1000))
    return message


@markers.command()
@with_api
async def rm(
    api: Api,
    marker: Annotated[str, typer.Argument(help="mediaFiles/…/markers/…")],
    as_json: AsJson = False,
) -> None:
    """Delete a marker."""
    request = marker_service_pb2.DeleteMarkerRequest(name=marker)
    await api.call(api.markers.DeleteMarker, request)
    if as_json:
        output.print_json({})


@with_api
async def verify(api: Api, file: FileName, as_json: AsJson = False) -> None:
    """Read all of a file: is it still what it was when it was last read?"""
    request = media_file_service_pb2.VerifyMediaFileRequest(name=file)
    found = await api.call(api.media_files.VerifyMediaFile, request)
    get = media_file_service_pb2.GetVerificationRequest(name=found.name)
    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=output.console, disable=as_json) as bar:
        task = bar.add_task("", total=found.total_bytes)
        while found.state in _LIVE:
            await asyncio.sleep(0.3)
            found = await api.call(api.media_files.GetVerification, get)
            bar.update(task, completed=found.done_bytes)
    if as_json:
        output.print_json(as_dict(found))
    elif found.state == _Verification.STATE_COMPLETED:
        what = kind_name(found.outcome, "OUTCOME_", _Verification.Outcome)
        output.console.print(f"{what}: {found.sha256}")
    else:
        state = kind_name(found.state, "STATE_", _Verification.State)
        output.console.print(f"The verification {state}: {found.error.message}")
    good = found.outcome in (_Verification.OUTCOME_HASHED, _Verification.OUTCOME_MATCHED)
    if not good:
        raise typer.Exit(1)
