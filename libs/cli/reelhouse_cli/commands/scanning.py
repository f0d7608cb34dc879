"""`reelhouse scan` and `reelhouse library`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask
from typer.core import TyperGroup

from reelhouse.catalog.v1 import library_pb2, library_service_pb2, scan_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands import library as libraries
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson, Most

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LIVE = (
    scan_pb2.Scan.STATE_PENDING,
    scan_pb2.Scan.STATE_RUNNING,
    scan_pb2.Scan.STATE_PAUSED,
)


class ScanGroup(TyperGroup):
    """Takes what is no command for the folder to scan: `reelhouse scan PATH`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Reads the arguments."""
        known = {*self.commands, "--help"}
        if args and args[0] not in known:
            args = ["run", *args]
        return super().parse_args(ctx, args)


scans = typer.Typer(cls=ScanGroup, help="Scan libraries.", no_args_is_help=True)
scans.command(name="run")(libraries.scan)
library = typer.Typer(help="Show and change libraries.", no_args_is_help=True)

Where = Annotated[str, typer.Argument(help="A library's name or folder, or a scan's name.")]


async def _scan_name(api: Api, where: str) -> str:
    """Returns the name of the scan that is under way."""
    if "/scans/" in where:
        return where
    found = await _library(api, where)
    request = library_service_pb2.ListScansRequest(parent=found.name, page_size=1)
    latest = (await api.call(api.libraries.ListScans, request)).scans
    if not latest or latest[0].state not in _LIVE:
        raise typer.BadParameter(f"no scan of {found.display_name} is under way")
    return str(latest[0].name)


async def _library(api: Api, where: str) -> library_pb2.Library:
    found = await find_library(api, where)
    if found is None:
        raise typer.BadParameter(f"there is no library {where}")
    return found


def _show(found: list[scan_pb2.Scan], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(scan) for scan in found])
        return
    output.print_table(
        ("begun", "state", "because", "of", "done", "found", "remark", "name"),
        [
            (
                scan.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M"),
                kind_name(scan.state, "STATE_", scan_pb2.Scan.State),
                kind_name(scan.trigger, "TRIGGER_", scan_pb2.Scan.Trigger),
                ", ".join(scan.folders)[:60] if scan.folders else "everything",
                scan.stats.processed_count,
                scan.stats.found_count,
                scan.error.message if scan.HasField("error") else "",
                scan.name,
            )
            for scan in found
        ],
    )


async def _change(api: Api, method: Any, request: Any, *, as_json: bool) -> None:
    scan = await api.call(method, request)
    if as_json:
        output.print_json(as_dict(scan))
    else:
        state = kind_name(scan.state, "STATE_", scan_pb2.Scan.State)
        output.console.print(f"The scan is {state}.")


@scans.command()
@with_api
async def pause(api: Api, where: Where, as_json: AsJson = False) -> None:
    """Stop a scan until it is resumed."""
    request = library_service_pb2.PauseScanRequest(name=await _scan_name(api, where))
    await _change(api, api.libraries.PauseScan, request, as_json=as_json)


@scans.command()
@with_api
async def resume(api: Api, where: Where, as_json: AsJson = False) -> None:
    """Go on with a paused scan."""
    request = library_service_pb2.ResumeScanRequest(name=await _scan_name(api, where))
    await _change(api, api.libraries.ResumeScan, request, as_json=as_json)


@scans.command()
@with_api
async def cancel(api: Api, where: Where, as_json: AsJson = False) -> None:
    """Stop a scan for good; what it found stays."""
    request = library_service_pb2.CancelScanRequest(name=await _scan_name(api, where))
    await _change(api, api.libraries.CancelScan, request, as_json=as_json)


@scans.command()
@with_api
async def status(
    api: Api,
    where: Annotated[str, typer.Argument(help="A library's name or folder; default: all.")] = "",
    most: Most = 10,
    as_json: AsJson = False,
) -> None:
    """Show scans, the newest first."""
    parent = (await _library(api, where)).name if where else "libraries/-"
    request = library_service_pb2.ListScansRequest(parent=parent)
    found = await api.pages(api.libraries.ListScans, request, "scans", most)
    _show(found, as_json=as_json)


def _interval(written: str) -> timedelta:
    match = re.fullmatch(r"(\d+)([smhd]?)", written)
    if match is None:
        raise typer.BadParameter("write an interval as 90m, 12h or 7d; 0 for never")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2] or "s"])


@library.command(name="set")
@with_api
async def set_(
    api: Api,
    where: Annotated[str, typer.Argument(help="The library's name or folder.")],
    name: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    folder: Annotated[str | None, typer.Option(help="Where its folder is now.")] = None,
    scan_interval: Annotated[
        str | None, typer.Option(help="Time between scheduled scans: 90m, 12h, 7d; 0: never.")
    ] = None,
    watch: Annotated[
        bool | None, typer.Option("--watch/--no-watch", help="Scan changes within seconds.")
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(help='A glob as in .gitignore; once for each; "" alone for none.'),
    ] = None,
    require_mount: Annotated[
        bool | None,
        typer.Option("--require-mount/--no-require-mount", help="Only while it is mounted."),
    ] = None,
    mount_marker: Annotated[
        str | None, typer.Option(help="A file in it that is always there when it is mounted.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change a library's settings."""
    found = await _library(api, where)
    change = library_pb2.Library(name=found.name, etag=found.etag)
    mask = []
    for field, value in (
        ("display_name", name),
        ("root_path", folder),
        ("watch", watch),
        ("require_mount", require_mount),
        ("mount_marker", mount_marker),
    ):
        if value is not None:
            setattr(change, field, value)
            mask.append(field)
    if scan_interval is not None:
        change.scan_interval.FromTimedelta(_interval(scan_interval))
        mask.append("scan_interval")
    if ignore:
        change.ignore_patterns.extend(pattern for pattern in ignore if pattern)
        mask.append("ignore_patterns")
    if mask:
        request = library_service_pb2.UpdateLibraryRequest(
            library=change, update_mask=FieldMask(paths=mask)
        )
        found = await api.call(api.libraries.UpdateLibrary, request)
    _show_library(found, as_json=as_json)


@library.command()
@with_api
async def show(
    api: Api,
    where: Annotated[str, typer.Argument(help="The library's name or folder.")],
    as_json: AsJson = False,
) -> None:
    """Show a library with all its settings."""
    _show_library(await _library(api, where), as_json=as_json)


def _show_library(found: library_pb2.Library, *, as_json: bool) -> None:
    if as_json:
        output.print_json(as_dict(found))
        return
    watch = kind_name(found.watch_state, "WATCH_STATE_", library_pb2.Library.WatchState)
    interval = found.scan_interval.ToTimedelta()
    output.print_table(
        ("setting", "value"),
        [
            ("name", found.display_name),
            ("kind", kind_name(found.kind, "KIND_", library_pb2.Library.Kind)),
            ("folder", found.root_path),
            ("scan interval", str(interval) if interval else "never"),
            ("watching", f"{watch}: {found.watch_error}" if found.watch_error else watch),
            ("ignore", "  ".join(found.ignore_patterns)),
            ("require mount", "yes" if found.require_mount else "no"),
            ("mount marker", found.mount_marker),
        ],
    )
