"""`reelhouse symlinks relink`, `repair`, `actions` and `routes`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from reelhouse.catalog.v1 import (
    symlink_action_pb2,
    symlink_route_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most
from reelhouse_cli.commands.sources import find_source
from reelhouse_cli.commands.symlinks import (
    LibraryArgument,
    LibraryOption,
    enum_value,
    library_named,
    parent_of,
    show_run,
    watched,
)

routes = typer.Typer(help="Who is asked about which folders.", no_args_is_help=True)
_pb = symlink_service_pb2
_Run = symlink_run_pb2.SymlinkRun
_Entry = symlink_run_pb2.RelinkEntry
_Action = symlink_action_pb2.SymlinkAction
TOKEN_VARIABLE = "REELHOUSE_RELAY_TOKEN"  # noqa: S105 # a name
Apply = Annotated[bool, typer.Option("--apply", help="Do it, instead of only saying what.")]


@with_api
async def repair(
    api: Api,
    library: LibraryArgument,
    apply: Apply = False,
    send: Annotated[
        bool, typer.Option(help="Whether to send what is queued, with --apply.")
    ] = True,
    actions_at_most: Annotated[
        int, typer.Option("--actions", help="The most actions to queue and send.", min=1)
    ] = 25,
    as_json: AsJson = False,
) -> None:
    """Ask Sonarr, Radarr or a relay to bring back what broken links led to."""
    name = (await library_named(api, library)).name
    request = _pb.QueueRepairsRequest(name=name, dry_run=not apply, max_actions=actions_at_most)
    queued = await api.call(api.symlinks.QueueRepairs, request)
    ended = None
    if apply and send:
        sending = _pb.ProcessSymlinkActionsRequest(name=name, max_actions=actions_at_most)
        begun = await api.call(api.symlinks.ProcessSymlinkActions, sending)
        ended = await watched(api, begun, show=not as_json)
    if as_json:
        output.print_json(
            {"queued": as_dict(queued), "run": as_dict(ended) if ended is not None else None}
        )
    else:
        verb = "queued" if apply else "would be queued"
        _show_actions(list(queued.symlink_actions))
        output.console.print(
            f"{len(queued.symlink_actions):,} {verb}; {queued.skipped_count:,} links are asked "
            f"about already, {queued.unrouted_count:,} have no route"
        )
        if ended is not None:
            show_run(ended)


def _show_actions(found: Sequence[_Action]) -> None:
    output.print_table(
        ("what", "state", "links", "remark", "name"),
        [
            (
                action.term,
                kind_name(action.state, "STATE_", _Action.State) if action.state else "",
                len(action.symlinks),
                action.error.message,
                action.name,
            )
            for action in found
        ],
    )


@with_api
async def actions(
    api: Api,
    library: LibraryOption = "",
    state: Annotated[str, typer.Option(help="pending, sent, failed, verified or all.")] = "all",
    retry: Annotated[str, typer.Option("--retry", help="Send this failed action again.")] = "",
    remove: Annotated[str, typer.Option("--rm", help="Remove this action.")] = "",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List what was asked, ask again, or take back."""
    if remove:
        await api.call(
            api.symlinks.DeleteSymlinkAction, _pb.DeleteSymlinkActionRequest(name=remove)
        )
        found: list[_Action] = []
    elif retry:
        request = _pb.RetrySymlinkActionRequest(name=retry)
        found = [await api.call(api.symlinks.RetrySymlinkAction, request)]
    else:
        listing = _pb.ListSymlinkActionsRequest(parent=await parent_of(api, library))
        if state != "all":
            listing.state = enum_value(_Action.State, "STATE_", state)
        found = await api.pages(api.symlinks.ListSymlinkActions, listing, "symlink_actions", most)
    if as_json:
        output.print_json([as_dict(action) for action in found])
    else:
        _show_actions(found)


@with_api
async def relink(
    api: Api,
    library: LibraryArgument,
    folders: Annotated[
        list[str] | None, typer.Argument(help="Only links in these folders of the library.")
    ] = None,
    apply: Apply = False,
    links_at_most: Annotated[
        int, typer.Option("--links", help="The most links to deal with.", min=1, max=10_000)
    ] = 200,
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """Give broken links new targets in the second library."""
    name = (await library_named(api, library)).name
    request = _pb.RelinkSymlinksRequest(
        name=name, dry_run=not apply, max_links=links_at_most, folders=folders or []
    )
    begun = await api.call(api.symlinks.RelinkSymlinks, request)
    ended = await watched(api, begun, show=not as_json)
    listing = _pb.ListRelinkEntriesRequest(parent=ended.name)
    entries = await api.pages(api.symlinks.ListRelinkEntries, listing, "entries", most)
    if as_json:
        output.print_json({"run": as_dict(ended), "entries": [as_dict(entry) for entry in entries]})
        raise typer.Exit(0 if ended.state == _Run.STATE_COMPLETED else 1)
    output.print_table(
        ("path", "what", "new target", "why"),
        [
            (
                entry.path,
                kind_name(entry.outcome, "OUTCOME_", _Entry.Outcome),
                entry.new_target,
                entry.reason,
            )
            for entry in entries
        ],
    )
    show_run(ended)


@routes.command(name="ls")
@with_api
async def list_routes(api: Api, most: Most = 100, as_json: AsJson = False) -> None:
    """List routes."""
    request = _pb.ListSymlinkRoutesRequest()
    found = await api.pages(api.symlinks.ListSymlinkRoutes, request, "symlink_routes", most)
    _show_routes(found, as_json=as_json)


@routes.command(name="add")
@with_api
async def add_route(
    api: Api,
    prefix: Annotated[str, typer.Argument(help="The folder.")],
    source: Annotated[str, typer.Option(help="The Sonarr or Radarr to ask.")] = "",
    relay: Annotated[str, typer.Option(help="The address of a relay to ask.")] = "",
    relay_type: Annotated[
        str, typer.Option("--type", help="What the relay calls the server it is to ask.")
    ] = "",
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the relay's token, or read it from a pipe.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say who is asked about a folder. REELHOUSE_RELAY_TOKEN, or --ask, gives a relay's token."""
    token = os.environ.get(TOKEN_VARIABLE, "") if relay else ""
    if ask:
        token = (
            typer.prompt("Token", hide_input=True)
            if sys.stdin.isatty()
            else sys.stdin.readline().strip()
        )
    route = symlink_route_pb2.SymlinkRoute(
        prefix=prefix,
        source=(await find_source(api, source)).name if source else "",
        relay_url=relay,
        relay_type=relay_type,
        relay_token=token,
    )
    request = _pb.CreateSymlinkRouteRequest(symlink_route=route)
    _show_routes([await api.call(api.symlinks.CreateSymlinkRoute, request)], as_json=as_json)


@routes.command(name="rm")
@with_api
async def remove_route(
    api: Api,
    route: Annotated[str, typer.Argument(help="The route's name, or its folder.")],
    as_json: AsJson = False,
) -> None:
    """Remove a route."""
    listing = _pb.ListSymlinkRoutesRequest()
    found = await api.pages(api.symlinks.ListSymlinkRoutes, listing, "symlink_routes", 10_000)
    named = [one for one in found if route in (one.name, one.prefix)]
    if not named:
        raise typer.BadParameter(f"there is no route {route}")
    request = _pb.DeleteSymlinkRouteRequest(name=named[0].name)
    await api.call(api.symlinks.DeleteSymlinkRoute, request)
    _show_routes([], as_json=as_json)


def _show_routes(found: Sequence[symlink_route_pb2.SymlinkRoute], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(route) for route in found])
        return
    output.print_table(
        ("folder", "asks", "enabled", "name"),
        [
            (
                route.prefix,
                route.source or f"{route.relay_url} ({route.relay_type})",
                route.enabled,
                route.name,
            )
            for route in found
        ],
    )
