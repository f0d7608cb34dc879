"""`reelhouse sources ingest`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from reelhouse.catalog.v1 import ingest_pb2, source_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most
from reelhouse_cli.commands.sources import entry_row, find_collection, find_source

_Ingest = ingest_pb2.Ingest
_pb = source_service_pb2
_COUNTS = (
    ("new", "ingested_count"),
    ("linked", "linked_count"),
    ("changed", "updated_count"),
    ("unchanged or without a file", "skipped_count"),
    ("waiting for a scan", "pending_count"),
    ("not mapped", "unmapped_count"),
    ("told twice", "duplicate_count"),
    ("gone", "gone_count"),
    ("wrong", "error_count"),
)


@with_api
async def ingest(
    api: Api,
    where: Annotated[str, typer.Argument(help="A source, or a collection as SOURCE/NAME.")],
    title: Annotated[str, typer.Option(help="Only this title of a collection.")] = "",
    season: Annotated[int, typer.Option(help="Only this season of the title.")] = -1,
    episode: Annotated[int, typer.Option(help="Only this episode of the title.")] = -1,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would be done.")
    ] = False,
    max_new: Annotated[int, typer.Option(help="Take at most so many new items.", min=0)] = 0,
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """Take in what a source tells; show what went wrong, or, of a dry run, the plan."""
    common: dict[str, Any] = {"dry_run": dry_run, "max_new": max_new}
    if title:
        name = (await find_collection(api, where)).name
        one = _pb.IngestTitleRequest(name=name, title=title, **common)
        if season >= 0:
            one.season_number = season
        if episode >= 0:
            one.episode_number = episode
        begun = await api.call(api.sources.IngestTitle, one)
    elif "/collections/" in where or not await _is_source(api, where):
        name = (await find_collection(api, where)).name
        some = _pb.IngestCollectionRequest(name=name, **common)
        begun = await api.call(api.sources.IngestCollection, some)
    else:
        name = (await find_source(api, where)).name
        every = _pb.IngestSourceRequest(name=name, **common)
        begun = await api.call(api.sources.IngestSource, every)
    ended = await _watch(api, begun, show=not as_json)
    listing = _pb.ListIngestEntriesRequest(parent=ended.name)
    entries = await api.pages(api.sources.ListIngestEntries, listing, "entries", most)
    if as_json:
        output.print_json(
            {"ingest": as_dict(ended), "entries": [as_dict(entry) for entry in entries]}
        )
    else:
        _show(ended, entries)
    if ended.state != _Ingest.STATE_COMPLETED:
        raise typer.Exit(1)


async def _is_source(api: Api, where: str) -> bool:
    try:
        await find_source(api, where)
    except typer.BadParameter:
        return False
    return True


async def _watch(api: Api, begun: ingest_pb2.Ingest, *, show: bool) -> ingest_pb2.Ingest:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("items"),
        TimeElapsedColumn(),
    )
    ended = begun
    request = _pb.WatchIngestRequest(name=begun.name)
    with Progress(*columns, console=output.console, disable=not show) as bar:
        task = bar.add_task("plan" if begun.dry_run else "ingest", total=None)
        async for response in api.stream(api.sources.WatchIngest, request):
            ended = response.ingest
            done = ended.stats.discovered_count
            # Shows are counted before their episodes: what is known of the total may be too little.
            total = max(done, ended.stats.total_count) if ended.stats.total_count else None
            bar.update(task, completed=done, total=total)
    return ended


def _show(ended: ingest_pb2.Ingest, entries: list[Any]) -> None:
    if entries:
        output.print_table(("do", "item", "file", "remark"), [entry_row(e) for e in entries])
    if ended.state != _Ingest.STATE_COMPLETED:
        state = kind_name(ended.state, "STATE_", _Ingest.State)
        why = f": {ended.error.message}" if ended.HasField("error") else ""
        output.console.print(f"The ingest {state}{why}.")
        return
    counted = [
        f"{getattr(ended.stats, field):,} {label}"
        for label, field in _COUNTS
        if getattr(ended.stats, field)
    ]
    what = "would be looked at" if ended.dry_run else "items"
    limit = "; more are left" if ended.stats.limit_reached else ""
    told = ", ".join(counted) or "nothing to do"
    output.console.print(f"{ended.stats.discovered_count:,} {what}: {told}{limit}")
