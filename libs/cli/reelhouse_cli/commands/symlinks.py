"""`reelhouse symlinks`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from reelhouse.catalog.v1 import (
    library_pb2,
    symlink_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
    symlink_settings_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson, Most

symlinks = typer.Typer(
    help="Find and repair broken links of libraries that are made of links.", no_args_is_help=True
)
_pb = symlink_service_pb2
_Link = symlink_pb2.Symlink
_Run = symlink_run_pb2.SymlinkRun

LibraryArgument = Annotated[
    str, typer.Argument(help="A library: its name, its display name or its folder.")
]
LibraryOption = Annotated[str, typer.Option("--library", help="Only of this library.")]
_COUNTS = {
    _Run.KIND_SCAN: (
        ("links", "examined_count"),
        ("whole", "ok_count"),
        ("broken", "broken_count"),
        ("unreachable", "missing_count"),
        ("vanished", "vanished_count"),
        ("new", "added_count"),
        ("changed", "changed_count"),
        ("passed over", "ignored_count"),
        ("repairs confirmed", "verified_count"),
    ),
    _Run.KIND_RELINK: (
        ("broken links", "checked_count"),
        ("with a candidate", "candidate_count"),
        ("with a real file", "resolved_count"),
        ("replaced", "replaced_count"),
        ("left", "skipped_count"),
        ("refused", "error_count"),
        ("for a person", "manual_count"),
    ),
    _Run.KIND_REPAIR: (
        ("actions", "checked_count"),
        ("sent", "sent_count"),
        ("failed", "failed_count"),
        ("sent later", "postponed_count"),
        ("not sent", "skipped_count"),
    ),
}


async def library_named(api: Api, where: str) -> library_pb2.Library:
    """Returns a library.

    Raises:
        typer.BadParameter: There is none.
    """
    found = await find_library(api, where)
    if found is None:
        raise typer.BadParameter(f"there is no library {where}")
    return found


async def parent_of(api: Api, where: str) -> str:
    """Returns whose links to list: a library's, or those of all."""
    return (await library_named(api, where)).name if where else "libraries/-"


def enum_value(enum: Any, prefix: str, written: str) -> Any:
    """Returns the enum value that people wrote."""
    name = prefix + written.upper().replace("-", "_")
    known = [key for key in enum.keys() if not key.endswith("UNSPECIFIED")]  # noqa: SIM118
    if name not in known:
        listed = ", ".join(key.removeprefix(prefix).lower() for key in known)
        raise typer.BadParameter(f"{written} is none of {listed}")
    return enum.Value(name)


async def watched(api: Api, begun: _Run, *, show: bool) -> _Run:
    """Watches a run to its end."""
    ended = begun
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=output.console, disable=not show) as bar:
        task = bar.add_task("waiting", total=None)
        request = _pb.WatchSymlinkRunRequest(name=begun.name)
        async for response in api.stream(api.symlinks.WatchSymlinkRun, request):
            ended = response.symlink_run
            bar.update(task, description=_counted(ended))
    return ended


def _counted(run: _Run) -> str:
    counts = [
        f"{getattr(run.stats, field):,} {label}"
        for label, field in _COUNTS.get(run.kind, ())
        if getattr(run.stats, field)
    ]
    return ", ".join(counts) or "nothing to do"


def show_run(run: _Run) -> None:
    """Shows how a run ended."""
    if run.state != _Run.STATE_COMPLETED:
        state = kind_name(run.state, "STATE_", _Run.State)
        why = f": {run.error.message}" if run.HasField("error") else ""
        output.console.print(f"The run {state}{why}.")
        raise typer.Exit(1)
    output.console.print(_counted(run))


@symlinks.command()
@with_api
async def scan(
    api: Api,
    library: LibraryArgument,
    force: Annotated[
        bool, typer.Option("--force", help="Believe that many links broke at once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look at all links of a library."""
    name = (await library_named(api, library)).name
    request = _pb.ScanSymlinksRequest(name=name, force=force)
    ended = await watched(api, await api.call(api.symlinks.ScanSymlinks, request), show=not as_json)
    if as_json:
        output.print_json(as_dict(ended))
        raise typer.Exit(0 if ended.state == _Run.STATE_COMPLETED else 1)
    show_run(ended)


@symlinks.command(name="ls")
@with_api
async def list_(
    api: Api,
    library: LibraryOption = "",
    status: Annotated[str, typer.Option(help="ok, broken, missing, vanished or all.")] = "broken",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List links."""
    request = _pb.ListSymlinksRequest(parent=await parent_of(api, library))
    if status != "all":
        request.status = enum_value(_Link.Status, "STATUS_", status)
    _show_links(
        await api.pages(api.symlinks.ListSymlinks, request, "symlinks", most), as_json=as_json
    )


@symlinks.command()
@with_api
async def manual(
    api: Api,
    library: LibraryOption = "",
    reset: Annotated[
        str, typer.Option("--reset", help="Forget what was tried with this link.")
    ] = "",
    ignore: Annotated[str, typer.Option("--ignore", help="Leave this link as it is.")] = "",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List links that a person must look at, and say what becomes of them."""
    if reset:
        done = await api.call(api.symlinks.ResetSymlink, _pb.ResetSymlinkRequest(name=reset))
        _show_links([done], as_json=as_json)
        return
    if ignore:
        link = _Link(name=ignore, ignored=True)
        request = _pb.UpdateSymlinkRequest(symlink=link)
        _show_links([await api.call(api.symlinks.UpdateSymlink, request)], as_json=as_json)
        return
    listing = _pb.ListSymlinksRequest(parent=await parent_of(api, library), manual=True)
    found = await api.pages(api.symlinks.ListSymlinks, listing, "symlinks", most)
    _show_links(found, as_json=as_json)


def _show_links(found: Sequence[_Link], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(link) for link in found])
        return
    output.print_table(
        ("path", "status", "leads to", "remark", "name"),
        [
            (
                link.path,
                kind_name(link.status, "STATUS_", _Link.Status),
                link.target,
                "to be left as it is" if link.ignored else link.manual_reason,
                link.name,
            )
            for link in found
        ],
    )


@symlinks.command()
@with_api
async def stats(api: Api, library: LibraryOption = "", as_json: AsJson = False) -> None:
    """Count links, and show the folders with the most broken ones."""
    request = _pb.GetSymlinkStatsRequest()
    if library:
        request.library = (await library_named(api, library)).name
    found = await api.call(api.symlinks.GetSymlinkStats, request)
    if as_json:
        output.print_json(as_dict(found))
        return
    output.print_table(
        ("status", "kind", "links"),
        [
            (
                kind_name(count.status, "STATUS_", _Link.Status),
                kind_name(count.kind, "KIND_", _Link.Kind),
                count.count,
            )
            for count in found.counts
        ],
    )
    if found.top_folders:
        output.print_table(
            ("folder", "broken"),
            [(folder.path or ".", folder.broken_count) for folder in found.top_folders],
        )
    output.console.print(
        f"{found.ok_count:,} whole, {found.broken_count:,} broken, "
        f"{found.manual_count:,} for a person to look at"
    )


@symlinks.command()
@with_api
async def events(
    api: Api,
    library: LibraryOption = "",
    link: Annotated[str, typer.Option("--link", help="Only of this link.")] = "",
    most: Most = 50,
    as_json: AsJson = False,
) -> None:
    """Show what happened to links, the newest first."""
    parent = await parent_of(api, library)
    request = _pb.ListSymlinkEventsRequest(parent=parent, symlink=link)
    found = await api.pages(api.symlinks.ListSymlinkEvents, request, "events", most)
    if as_json:
        output.print_json([as_dict(event) for event in found])
        return
    output.print_table(
        ("when", "what", "status", "path", "more"),
        [
            (
                f"{event.create_time.ToDatetime():%Y-%m-%d %H:%M:%S}",
                event.action,
                event.status,
                event.path,
                event.detail,
            )
            for event in found
        ],
    )


@symlinks.command()
@with_api
async def runs(
    api: Api,
    library: LibraryOption = "",
    cancel: Annotated[str, typer.Option("--cancel", help="Stop this run.")] = "",
    most: Most = 20,
    as_json: AsJson = False,
) -> None:
    """List runs over links, the newest first, or stop one."""
    if cancel:
        request = _pb.CancelSymlinkRunRequest(name=cancel)
        found = [await api.call(api.symlinks.CancelSymlinkRun, request)]
    else:
        listing = _pb.ListSymlinkRunsRequest(parent=await parent_of(api, library))
        found = await api.pages(api.symlinks.ListSymlinkRuns, listing, "symlink_runs", most)
    if as_json:
        output.print_json([as_dict(run) for run in found])
        return
    output.print_table(
        ("what", "state", "counts", "name"),
        [
            (
                kind_name(run.kind, "KIND_", _Run.Kind) + (" (dry)" if run.dry_run else ""),
                kind_name(run.state, "STATE_", _Run.State),
                run.error.message or _counted(run),
                run.name,
            )
            for run in found
        ],
    )


@symlinks.command()
@with_api
async def settings(
    api: Api,
    library: LibraryArgument,
    every: Annotated[float, typer.Option(help="Scan every so many seconds; 0: never.")] = -1,
    mount: Annotated[
        list[str] | None, typer.Option(help="A folder that must be there. Repeat for more.")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="A folder that new targets may lie in.")
    ] = None,
    second: Annotated[
        list[str] | None, typer.Option(help="A folder of the second library.")
    ] = None,
    rewrite: Annotated[
        list[str] | None, typer.Option(help="A folder as links call it and here: /mnt/a=/data/a.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show or change how the links of a library are looked after."""
    name = f"{(await library_named(api, library)).name}/symlinkSettings"
    wanted = symlink_settings_pb2.SymlinkSettings(
        name=name,
        target_mounts=mount or [],
        allowed_prefixes=allow or [],
        candidate_roots=second or [],
        rewrites=[_rewrite(text) for text in rewrite or []],
    )
    if every >= 0:
        wanted.scan_interval.FromTimedelta(timedelta(seconds=every))
    if len(wanted.ListFields()) > 1:
        request = _pb.UpdateSymlinkSettingsRequest(symlink_settings=wanted)
        found = await api.call(api.symlinks.UpdateSymlinkSettings, request)
    else:
        getting = _pb.GetSymlinkSettingsRequest(name=name)
        found = await api.call(api.symlinks.GetSymlinkSettings, getting)
    if as_json:
        output.print_json(as_dict(found))
        return
    seconds = found.scan_interval.ToTimedelta().total_seconds()
    output.print_table(
        ("setting", "value"),
        [
            ("scanned", f"every {output.clock(seconds)}" if seconds else "when asked"),
            ("must be there", ", ".join(found.target_mounts)),
            ("second library", ", ".join(found.candidate_roots)),
            ("new targets in", ", ".join(found.allowed_prefixes)),
            ("called here", ", ".join(f"{r.link_prefix}={r.local_prefix}" for r in found.rewrites)),
            ("season from", f"{found.season_threshold} episodes"),
            ("attempts", found.max_attempts),
        ],
    )


def _rewrite(text: str) -> symlink_settings_pb2.SymlinkSettings.Rewrite:
    link, equals, local = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text} is not of the form /mnt/a=/data/a")
    return symlink_settings_pb2.SymlinkSettings.Rewrite(link_prefix=link, local_prefix=local)
