"""`reelhouse template`: how files are named."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import naming_plan_pb2, naming_service_pb2, naming_template_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import find_library, kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Template = naming_template_pb2.NamingTemplate
_Reason = naming_plan_pb2.ProposedName.Reason

templates = typer.Typer(help="Say how files are named.", no_args_is_help=True)

Kind = Annotated[
    str,
    typer.Argument(
        help="movie, movie-version, episode, special, anime, daily, track or audiobook."
    ),
]
Of = Annotated[str, typer.Option("--library", help="Only for this library.")]


def kind_number(written: str) -> Any:
    """Returns the kind that people wrote, as in "movie-version"."""
    name = "KIND_" + written.upper().replace("-", "_")
    known = {key: _Template.Kind.Value(key) for key in _Template.Kind.keys()}  # noqa: SIM118
    known.pop("KIND_UNSPECIFIED")
    if name not in known:
        listed = ", ".join(k.removeprefix("KIND_").lower().replace("_", "-") for k in known)
        raise typer.BadParameter(f"{written} is none of {listed}")
    return known[name]


def kind_text(number: int) -> str:
    """Returns a kind as people write it."""
    return kind_name(number, "KIND_", _Template.Kind).replace(" ", "-")


async def library_name(api: Api, where: str) -> str:
    """Returns the name of the library that people wrote; empty for none."""
    if not where:
        return ""
    found = await find_library(api, where)
    if found is None:
        raise typer.BadParameter(f"there is no library {where}")
    return str(found.name)


async def _find(api: Api, kind: str, library: str) -> naming_template_pb2.NamingTemplate | None:
    """Returns the template that people wrote for a kind, and a library or all."""
    number = kind_number(kind)
    request = naming_service_pb2.ListNamingTemplatesRequest(library=library)
    for found in await api.pages(
        api.naming.ListNamingTemplates, request, "naming_templates", 10_000
    ):
        if found.kind == number and found.library == library and not found.built_in:
            template: naming_template_pb2.NamingTemplate = found
            return template
    return None


@templates.command(name="ls")
@with_api
async def list_(api: Api, library: Of = "", most: Most = 100, as_json: AsJson = False) -> None:
    """List templates."""
    request = naming_service_pb2.ListNamingTemplatesRequest(
        library=await library_name(api, library)
    )
    found = await api.pages(api.naming.ListNamingTemplates, request, "naming_templates", most)
    if as_json:
        output.print_json([as_dict(template) for template in found])
        return
    output.print_table(
        ("kind", "for", "template", "name"),
        [
            (
                kind_text(template.kind),
                "built in" if template.built_in else template.library or "all libraries",
                output.verbatim(template.template),
                template.name,
            )
            for template in found
        ],
    )


@templates.command()
@with_api
async def show(api: Api, kind: Kind, library: Of = "", as_json: AsJson = False) -> None:
    """Show the template that is used for a kind."""
    named = await library_name(api, library)
    found = await _find(api, kind, named) if named else None
    found = found or await _find(api, kind, "")
    if found is None:
        written = kind_text(kind_number(kind))
        get = naming_service_pb2.GetNamingTemplateRequest(name=f"namingTemplates/{written}")
        found = await api.call(api.naming.GetNamingTemplate, get)
    if as_json:
        output.print_json(as_dict(found))
    else:
        output.console.print(found.template, markup=False)


@templates.command(name="set")
@with_api
async def set_(
    api: Api,
    kind: Kind,
    template: Annotated[str, typer.Argument(help="The template, as in Sonarr and Radarr.")],
    library: Of = "",
    as_json: AsJson = False,
) -> None:
    """Write a template for a kind, in place of the one there is."""
    named = await library_name(api, library)
    before = await _find(api, kind, named)
    if before is None:
        wanted = _Template(kind=kind_number(kind), template=template, library=named)
        made = await api.call(
            api.naming.CreateNamingTemplate,
            naming_service_pb2.CreateNamingTemplateRequest(naming_template=wanted),
        )
    else:
        wanted = _Template(name=before.name, template=template, etag=before.etag)
        mask = FieldMask(paths=["template"])
        made = await api.call(
            api.naming.UpdateNamingTemplate,
            naming_service_pb2.UpdateNamingTemplateRequest(
                naming_template=wanted, update_mask=mask
            ),
        )
    if as_json:
        output.print_json(as_dict(made))
    else:
        output.console.print(made.name)


@templates.command()
@with_api
async def rm(api: Api, kind: Kind, library: Of = "", as_json: AsJson = False) -> None:
    """Delete the template for a kind: the built-in one is used again."""
    found = await _find(api, kind, await library_name(api, library))
    if found is None:
        raise typer.BadParameter(f"nobody wrote a template for {kind}")
    request = naming_service_pb2.DeleteNamingTemplateRequest(name=found.name)
    await api.call(api.naming.DeleteNamingTemplate, request)
    if as_json:
        output.print_json({})


@templates.command()
@with_api
async def render(
    api: Api,
    name: Annotated[str, typer.Argument(help="A media file's name, mediaFiles/…, or any path.")],
    template: Annotated[str, typer.Option(help="The template. Default: the one in use.")] = "",
    kind: Annotated[str, typer.Option(help="What a path is named as, where none is given.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the name that a template gives to a media file, or to what a path says."""
    request = naming_service_pb2.RenderNameRequest(template=template)
    if kind:
        request.kind = kind_number(kind)
    if name.startswith("mediaFiles/"):
        request.media_file = name
    else:
        parse = naming_service_pb2.ParseNameRequest(path=name)
        parsed = (await api.call(api.naming.ParseName, parse)).parsed_name
        request.facts.CopyFrom(_facts(parsed, name.rpartition("/")[2]))
        if not (template or kind):
            request.kind = _guess(parsed)
    answer = await api.call(api.naming.RenderName, request)
    if as_json:
        output.print_json(as_dict(answer))
    elif answer.reason:
        output.console.print(f"No name: {kind_name(answer.reason, 'REASON_', _Reason)}.")
    else:
        output.console.print(answer.path, markup=False)
    if answer.reason:
        raise typer.Exit(1)


def _facts(parsed: Any, original: str) -> naming_template_pb2.NameFacts:
    """Returns what a name says, as facts to make a name of: most fields are called the same."""
    known = naming_template_pb2.NameFacts.DESCRIPTOR.fields_by_name
    facts = naming_template_pb2.NameFacts(original_name=original)
    for field, value in parsed.ListFields():
        if field.name not in known:
            continue
        if field.name == "external_ids":
            facts.external_ids.update(value)
        elif known[field.name].is_repeated:
            getattr(facts, field.name).extend(value)
        else:
            setattr(facts, field.name, value)
    return facts


def _guess(parsed: Any) -> Any:
    """Returns what a name is the name of."""
    if parsed.kind == parsed.KIND_EPISODE:
        if parsed.special:
            return _Template.KIND_SPECIAL
        if parsed.air_date and not parsed.episodes:
            return _Template.KIND_DAILY
        return _Template.KIND_ANIME if parsed.anime else _Template.KIND_EPISODE
    return {
        parsed.KIND_TRACK: _Template.KIND_TRACK,
        parsed.KIND_AUDIOBOOK: _Template.KIND_AUDIOBOOK,
    }.get(parsed.kind, _Template.KIND_MOVIE)
