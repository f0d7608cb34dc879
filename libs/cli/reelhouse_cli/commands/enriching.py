"""`reelhouse enrich` and `reelhouse providers`."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from reelhouse.catalog.v1 import enrichment_pb2, enrichment_service_pb2, title_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

_State = enrichment_pb2.Enrichment.State
_LIVE = (_State.STATE_PENDING, _State.STATE_RUNNING)
_LOOK_EVERY = 0.5
providers = typer.Typer(help="See who can be asked about titles.", no_args_is_help=True)


async def find_title(api: Api, what: str) -> str:
    """Returns the name of the title that somebody means: by name, or the best match of a search."""
    if what.startswith("titles/"):
        return what
    request = title_service_pb2.SearchTitlesRequest(query=what, page_size=1)
    response = await api.call(api.titles.SearchTitles, request)
    if not response.results:
        raise typer.BadParameter(f"there is no title {what}")
    return str(response.results[0].title.name)


def _show(found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(enrichment) for enrichment in found])
        return
    output.print_table(
        ("source", "state", "id there", "sure", "remark"),
        [
            (
                enrichment.source,
                kind_name(enrichment.state, "STATE_", _State),
                enrichment.key,
                f"{enrichment.confidence:.2f}" if enrichment.key else "",
                enrichment.error.message if enrichment.HasField("error") else "",
            )
            for enrichment in found
        ],
    )


@with_api
async def enrich(
    api: Api,
    title: Annotated[str, typer.Argument(help="A title: its name, or words to search for.")],
    source: Annotated[
        list[str] | None, typer.Option(help="Whom to ask; may be given several times.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Ask nobody; show what was said before.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the answers.", min=0)] = 60,
    as_json: AsJson = False,
) -> None:
    """Ask providers and plugins about a title, and show what they say."""
    name = await find_title(api, title)
    listing = enrichment_service_pb2.ListEnrichmentsRequest(parent=name)
    wanted = set(source or ())
    if not show:
        request = enrichment_service_pb2.EnrichTitleRequest(name=name, sources=wanted)
        asked = await api.call(api.enrichment.EnrichTitle, request)
        wanted = {enrichment.source for enrichment in asked.enrichments}
    loop = asyncio.get_running_loop()
    until = loop.time() + (0 if show else wait)
    while True:
        found = await api.pages(api.enrichment.ListEnrichments, listing, "enrichments", 1000)
        found = [one for one in found if not wanted or one.source in wanted]
        listing.page_token = ""
        if loop.time() >= until or not any(one.state in _LIVE for one in found):
            break
        await asyncio.sleep(_LOOK_EVERY)
    _show(found, as_json=as_json)


@providers.command("ls")
@with_api
async def list_providers(api: Api, most: Most = 100, as_json: AsJson = False) -> None:
    """List who can be asked about titles, and who is not set up."""
    request = enrichment_service_pb2.ListProvidersRequest()
    found = await api.pages(api.enrichment.ListProviders, request, "providers", most)
    if as_json:
        output.print_json([as_dict(provider) for provider in found])
        return
    output.print_table(
        ("provider", "called", "asked", "knows", "host", "priority"),
        [
            (
                provider.name.removeprefix("providers/"),
                provider.display_name,
                "yes" if provider.configured else "not set up",
                ", ".join(provider.title_kinds),
                provider.host,
                provider.priority,
            )
            for provider in found
        ],
    )
