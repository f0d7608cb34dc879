"""`reelhouse sources`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reelhouse.catalog.v1 import (
    ingest_pb2,
    source_collection_pb2,
    source_item_pb2,
    source_pb2,
    source_service_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

sources = typer.Typer(
    help="Keep Plex, Jellyfin, Sonarr, Radarr and folders as sources.", no_args_is_help=True
)
_Source = source_pb2.Source
_Collection = source_collection_pb2.SourceCollection
_Item = source_item_pb2.SourceItem
_pb = source_service_pb2
_KINDS = ("filesystem", "plex", "jellyfin", "sonarr", "radarr")
_STATES = ("pending", "linked", "unmapped", "group", "gone")
CREDENTIAL_VARIABLE = "REELHOUSE_SOURCE_CREDENTIAL"
ASK_SECONDS = 30.0
"""Of calls in which the service asks the source while we wait."""

SourceArgument = Annotated[
    str, typer.Argument(help="A source: its name, its display name or its address.")
]
CollectionArgument = Annotated[
    str, typer.Argument(help="A collection: its name, or SOURCE/NAME as people call them.")
]


async def find_source(api: Api, where: str) -> source_pb2.Source:
    """Returns the source with this name, display name, external id, address or folder.

    Raises:
        typer.BadParameter: There is none.
    """
    request = _pb.ListSourcesRequest()
    for source in await api.pages(api.sources.ListSources, request, "sources", 10_000):
        known = (source.name, source.display_name, source.external_id)
        if where in known or (where and where in (source.base_url, source.root_path)):
            found: source_pb2.Source = source
            return found
    raise typer.BadParameter(f"there is no source {where}")


async def collections_of(api: Api, parent: str) -> list[source_collection_pb2.SourceCollection]:
    """Returns the collections of a source."""
    request = _pb.ListSourceCollectionsRequest(parent=parent)
    return await api.pages(api.sources.ListSourceCollections, request, "collections", 10_000)


async def find_collection(api: Api, where: str) -> source_collection_pb2.SourceCollection:
    """Returns the collection with this name, or called so.

    Raises:
        typer.BadParameter: There is none, or more than one.
    """
    if where.startswith("sources/") and "/collections/" in where:
        request = _pb.GetSourceCollectionRequest(name=where)
        named: source_collection_pb2.SourceCollection = await api.call(
            api.sources.GetSourceCollection, request
        )
        return named
    source, _, name = where.rpartition("/")
    parent = (await find_source(api, source)).name if source else "sources/-"
    found = [
        one
        for one in await collections_of(api, parent)
        if name in (one.display_name, one.external_id)
    ]
    if len(found) != 1:
        many = "more than one collection is called" if found else "there is no collection"
        raise typer.BadParameter(f"{many} {where}")
    return found[0]


@sources.command("add")
@with_api
async def add(
    api: Api,
    kind: Annotated[str, typer.Argument(help=f"One of {', '.join(_KINDS)}.")],
    address: Annotated[str, typer.Argument(help="The server's address, or the folder.")],
    name: Annotated[str, typer.Option(help="What to call it.")] = "",
    external_id: Annotated[str, typer.Option(help="What it is known by elsewhere.")] = "",
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask for the token or key, or read it from a pipe.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Accept a certificate that nobody vouches for.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a source. Its token or key is asked for, or taken from REELHOUSE_SOURCE_CREDENTIAL."""
    if kind not in _KINDS:
        raise typer.BadParameter(f"a source is one of {', '.join(_KINDS)}")
    is_folder = kind == "filesystem"
    source = _Source(
        display_name=name or address,
        kind=_Source.Kind.Value(f"KIND_{kind.upper()}"),
        external_id=external_id,
        base_url="" if is_folder else address,
        root_path=str(Path(address).absolute()) if is_folder else "",
        credential="" if is_folder else _credential(ask=ask),
        config=_Source.Config(skip_certificate_check=insecure),
    )
    made = await api.call(api.sources.CreateSource, _pb.CreateSourceRequest(source=source))
    _show_sources([made], as_json=as_json)


def _credential(*, ask: bool) -> str:
    # Never an option: options are seen by all who list processes.
    given = os.environ.get(CREDENTIAL_VARIABLE, "")
    if not ask:
        return given
    if sys.stdin.isatty():
        entered: str = typer.prompt("Token or API key", hide_input=True)
        return entered.strip()
    return sys.stdin.readline().strip()


@sources.command("ls")
@with_api
async def list_sources(
    api: Api,
    source: Annotated[str, typer.Argument(help="Show the collections of this source.")] = "",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List sources, or the collections of one."""
    if source:
        found = await find_source(api, source)
        _show_collections(await collections_of(api, found.name), as_json=as_json)
        return
    request = _pb.ListSourcesRequest()
    listed = await api.pages(api.sources.ListSources, request, "sources", most)
    _show_sources(listed, as_json=as_json)


@sources.command("rm")
@with_api
async def remove(
    api: Api,
    source: SourceArgument,
    force: Annotated[bool, typer.Option("--force", help="Also with collections.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a source and what it told. Files and titles stay."""
    found = await find_source(api, source)
    await api.call(api.sources.DeleteSource, _pb.DeleteSourceRequest(name=found.name, force=force))
    if as_json:
        output.print_json({"deleted": found.name})
    else:
        output.console.print(f"{found.display_name} is forgotten.")


@sources.command("check")
@with_api
async def check(
    api: Api,
    source: Annotated[str, typer.Argument(help="Only this source; default: all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask sources how they are. Also encrypts their keys anew after the suite's key changed."""
    if source:
        found = [await find_source(api, source)]
    else:
        listing = _pb.ListSourcesRequest()
        found = await api.pages(api.sources.ListSources, listing, "sources", 10_000)
    answers = []
    for one in found:
        request = _pb.CheckSourceRequest(name=one.name)
        answers.append(await api.call(api.sources.CheckSource, request, seconds=ASK_SECONDS))
        if not as_json:
            _show_check(answers[-1])
    if as_json:
        output.print_json([as_dict(answer) for answer in answers])
    if not all(answer.authenticated for answer in answers):
        raise typer.Exit(1)


def _show_check(answer: source_service_pb2.CheckSourceResponse) -> None:
    name = answer.source.display_name
    if answer.authenticated:
        output.console.print(f"{name}: {answer.server_name} {answer.server_version}, all is well.")
    else:
        output.console.print(f"{name}: {answer.error}.")


@sources.command("discover")
@with_api
async def discover(api: Api, source: SourceArgument, as_json: AsJson = False) -> None:
    """Ask a source what collections it has. New ones are disabled."""
    found = await find_source(api, source)
    request = _pb.DiscoverCollectionsRequest(name=found.name)
    answer = await api.call(api.sources.DiscoverCollections, request, seconds=ASK_SECONDS)
    if as_json:
        output.print_json(as_dict(answer))
        return
    _show_collections(list(answer.collections), as_json=False)
    output.console.print(f"{answer.created_count} new, {answer.gone_count} gone")


async def _enable(api: Api, where: str, *, enabled: bool, as_json: bool) -> None:
    collection = await find_collection(api, where)
    change = _Collection(name=collection.name, enabled=enabled)
    request = _pb.UpdateSourceCollectionRequest(collection=change)
    changed = await api.call(api.sources.UpdateSourceCollection, request)
    _show_collections([changed], as_json=as_json)


@sources.command("enable")
@with_api
async def enable(api: Api, collection: CollectionArgument, as_json: AsJson = False) -> None:
    """Let a collection be ingested."""
    await _enable(api, collection, enabled=True, as_json=as_json)


@sources.command("disable")
@with_api
async def disable(api: Api, collection: CollectionArgument, as_json: AsJson = False) -> None:
    """Keep a collection from being ingested."""
    await _enable(api, collection, enabled=False, as_json=as_json)


@sources.command("map")
@with_api
async def map_paths(
    api: Api,
    collection: CollectionArgument,
    mappings: Annotated[
        list[str] | None,
        typer.Argument(help="SERVER_PATH=LOCAL_PATH, all that it is to have."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all mappings.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replace where a collection's folders are here; without any, show it."""
    found = await find_collection(api, collection)
    if mappings or clear:
        wanted = [_mapping(text) for text in mappings or []]
        request = _pb.ReplacePathMappingsRequest(name=found.name, path_mappings=wanted)
        found = await api.call(api.sources.ReplacePathMappings, request)
    if as_json:
        output.print_json(as_dict(found))
    else:
        rows = [(m.server_path, m.local_path) for m in found.path_mappings]
        output.print_table(("there", "here"), rows)


def _mapping(text: str) -> source_collection_pb2.PathMapping:
    server, equals, local = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text} is not of the form SERVER_PATH=LOCAL_PATH")
    return source_collection_pb2.PathMapping(server_path=server, local_path=local)


@sources.command("resolve")
@with_api
async def resolve(
    api: Api,
    collection: CollectionArgument,
    path: Annotated[str, typer.Argument(help="The path as the source sees it.")],
    reverse: Annotated[bool, typer.Option("--reverse", help="The path is as it is here.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell what a path of a source is here."""
    found = await find_collection(api, collection)
    request = _pb.ResolvePathRequest(name=found.name, path=path, reverse=reverse)
    answer = await api.call(api.sources.ResolvePath, request)
    if as_json:
        output.print_json(as_dict(answer))
    elif answer.resolved_path:
        rule = kind_name(answer.rule, "RULE_", _pb.ResolvePathResponse.Rule)
        there = "there" if answer.exists else "not there"
        known = f", {answer.media_file}" if answer.media_file else ""
        output.console.print(f"{answer.resolved_path} (by {rule}, {there}{known})")
    else:
        output.console.print("No mapping is for this path.")
    if not answer.resolved_path:
        raise typer.Exit(1)


@sources.command("items")
@with_api
async def items(
    api: Api,
    collection: CollectionArgument,
    state: Annotated[str, typer.Option(help=f"Only those: {', '.join(_STATES)}.")] = "",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List what a source told of."""
    if state and state not in _STATES:
        raise typer.BadParameter(f"a state is one of {', '.join(_STATES)}")
    found = await find_collection(api, collection)
    request = _pb.ListSourceItemsRequest(parent=found.name)
    if state:
        request.state = _Item.State.Value(f"STATE_{state.upper()}")
    listed = await api.pages(api.sources.ListSourceItems, request, "items", most)
    if as_json:
        output.print_json([as_dict(item) for item in listed])
        return
    rows = [
        (
            _place(item) + item.display_name,
            kind_name(item.kind, "KIND_", _Item.Kind),
            kind_name(item.state, "STATE_", _Item.State),
            item.file.quality,
            item.local_path or item.server_path,
        )
        for item in listed
    ]
    output.print_table(("item", "kind", "state", "quality", "file"), rows)


def _place(item: source_item_pb2.SourceItem) -> str:
    if item.kind != _Item.KIND_EPISODE or not item.HasField("number"):
        return ""
    return f"S{item.season_number:02}E{item.number:02} "


def _show_sources(found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(source) for source in found])
        return
    rows = [
        (
            source.display_name,
            kind_name(source.kind, "KIND_", _Source.Kind),
            source.base_url or source.root_path,
            source.server_version,
            _remark(source),
            source.name,
        )
        for source in found
    ]
    output.print_table(("source", "kind", "where", "version", "remark", "name"), rows)


def _remark(source: source_pb2.Source) -> str:
    return source.check_error if source.enabled else "disabled"


def _show_collections(found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(collection) for collection in found])
        return
    rows = [
        (
            one.display_name,
            kind_name(one.content, "CONTENT_", _Collection.Content),
            "gone" if one.HasField("gone_time") else "yes" if one.enabled else "no",
            len(one.path_mappings),
            ", ".join(one.locations),
            one.name,
        )
        for one in found
    ]
    output.print_table(("collection", "holds", "enabled", "mappings", "folders", "name"), rows)


def entry_row(entry: ingest_pb2.IngestEntry) -> tuple[str, str, str, str]:
    """Returns what an ingest did with an item, for a table."""
    return (
        kind_name(entry.action, "ACTION_", ingest_pb2.IngestEntry.Action),
        entry.display_name,
        entry.local_path or entry.server_path,
        entry.error_message,
    )
