"""`reelhouse title`: what a title is, and putting it right."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from google.protobuf.field_mask_pb2 import FieldMask
from google.type.date_pb2 import Date

from reelhouse.catalog.v1 import credits_pb2, media_file_service_pb2, title_pb2, title_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson

pb = title_service_pb2
title = typer.Typer(help="Show titles and put them right.", no_args_is_help=True)
_SEPARATE = 3
"""How many parts a date has."""

Name = Annotated[str, typer.Argument(help="The title: titles/…, or what to search for.")]
File = Annotated[str, typer.Argument(help="The file: mediaFiles/…")]


async def find(api: Api, what: str) -> title_pb2.Title:
    """Returns the title of a name, or the one that a search finds first."""
    if what.startswith("titles/"):
        found: title_pb2.Title = await api.call(api.titles.GetTitle, pb.GetTitleRequest(name=what))
        return found
    request = pb.SearchTitlesRequest(query=what, page_size=1)
    results = (await api.call(api.titles.SearchTitles, request)).results
    if not results:
        raise typer.BadParameter(f"there is no title like {what}")
    best: title_pb2.Title = results[0].title
    return best


@title.command()
@with_api
async def show(api: Api, name: Name, as_json: AsJson = False) -> None:
    """Show all that is known of a title."""
    found = await find(api, name)
    parent = found.name
    seasons = await api.pages(
        api.titles.ListSeasons, pb.ListSeasonsRequest(parent=parent), "seasons", 10_000
    )
    episodes = await api.pages(
        api.titles.ListEpisodes, pb.ListEpisodesRequest(parent=parent), "episodes", 10_000
    )
    tracks = await api.pages(
        api.titles.ListTracks, pb.ListTracksRequest(parent=parent), "tracks", 10_000
    )
    refs = await api.pages(
        api.titles.ListProviderRefs,
        pb.ListProviderRefsRequest(parent=parent),
        "provider_refs",
        10_000,
    )
    if as_json:
        document = as_dict(found)
        for key, listed in (
            ("seasons", seasons),
            ("episodes", episodes),
            ("tracks", tracks),
            ("providerRefs", refs),
        ):
            document[key] = [as_dict(message) for message in listed]
        output.print_json(document)
        return
    _print(found)
    rows = [(_episode(e), e.display_name, _day(e), " ".join(e.media_files)) for e in episodes]
    rows += [
        (f"{t.disc}-{t.number:02}", t.display_name, "", " ".join(t.media_files)) for t in tracks
    ]
    output.print_table(("no.", "name", "date", "files"), rows)
    if refs:
        output.console.print()
        output.print_table(
            ("provider", "key", "of"), [(r.provider, r.provider_key, r.target) for r in refs]
        )


def _print(found: title_pb2.Title) -> None:
    year = f" ({found.year})" if found.year else ""
    output.console.print(f"[bold]{found.display_name}[/]{year}  [dim]{found.name}[/]")
    if found.tagline:
        output.console.print(f"[italic]{found.tagline}[/]")
    facts: list[tuple[str, str]] = [
        ("kind", kind_name(found.kind, "KIND_", title_pb2.Title.Kind)),
        ("original name", found.original_name),
        ("by", ", ".join(found.creators)),
        ("read by", ", ".join(found.narrators)),
        ("series", f"{found.series} {found.series_position}".strip()),
        ("released", _day(found)),
        ("length", _length(found)),
        ("genres", ", ".join(found.genres)),
        ("studios", ", ".join(found.studios)),
        (
            "rating",
            f"{found.rating:.1f} ({found.rating_count:,})" if found.HasField("rating") else "",
        ),
        ("fit for", f"{found.content_rating} {found.rating_system}".strip()),
        ("ids", ", ".join(f"{k} {v}" for k, v in sorted(found.external_ids.items()))),
        ("images", ", ".join(image.path or image.uri for image in found.images)),
        ("locked", ", ".join(found.locked_fields)),
    ]
    for label, value in facts:
        if value:
            output.console.print(f"  [dim]{label:>14}[/]  {value}")
    for person in found.people[:20]:
        role = kind_name(person.role, "ROLE_", credits_pb2.Person.Role)
        character = f" as {person.character}" if person.character else ""
        output.console.print(f"  [dim]{role:>14}[/]  {person.display_name}{character}")
    if found.overview:
        output.console.print(f"\n{found.overview}")
    output.console.print()


def _day(found: Any) -> str:
    day = found.release_date
    return f"{day.year:04}-{day.month:02}-{day.day:02}" if found.HasField("release_date") else ""


def _rating(found: title_pb2.Title) -> str:
    if not found.HasField("rating"):
        return ""
    return f"{found.rating:.1f}" + (f" ({found.rating_count:,})" if found.rating_count else "")


def _length(found: title_pb2.Title) -> str:
    if not found.HasField("duration"):
        return ""
    return output.clock(found.duration.ToTimedelta().total_seconds())


def _episode(episode: title_pb2.Episode) -> str:
    if not episode.HasField("number"):
        return "film"
    return f"S{episode.season_number:02}E{episode.number:02}"


@title.command()
@with_api
async def edit(
    api: Api,
    name: Name,
    display_name: Annotated[str | None, typer.Option("--name", help="What it is called.")] = None,
    original_name: Annotated[str | None, typer.Option(help="Its name where it is from.")] = None,
    overview: Annotated[str | None, typer.Option(help="What it is about.")] = None,
    tagline: Annotated[str | None, typer.Option(help="A line that advertises it.")] = None,
    year: Annotated[int | None, typer.Option(help="The year it came out; 0: unknown.")] = None,
    released: Annotated[str | None, typer.Option(help="The day it came out: 1995-12-15.")] = None,
    genre: Annotated[list[str] | None, typer.Option(help="A genre; may be repeated.")] = None,
    rating: Annotated[float | None, typer.Option(help="From 0 to 10.")] = None,
    content_rating: Annotated[str | None, typer.Option(help="Who it is fit for.")] = None,
    external_id: Annotated[
        list[str] | None, typer.Option("--id", help="An id, as tmdb=603; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change what a title is said to be. What you set is locked; empty texts clear."""
    found = await find(api, name)
    changed = title_pb2.Title(name=found.name, etag=found.etag)
    given = {
        "display_name": display_name,
        "original_name": original_name,
        "overview": overview,
        "tagline": tagline,
        "year": year,
        "rating": rating,
        "content_rating": content_rating,
    }
    paths = [field for field, value in given.items() if value is not None]
    for field in paths:
        setattr(changed, field, given[field])
    if released is not None:
        paths.append("release_date")
        if released:
            changed.release_date.CopyFrom(_date(released))
    if genre is not None:
        paths.append("genres")
        changed.genres.extend(text for text in genre if text)
    if external_id is not None:
        paths.append("external_ids")
        changed.external_ids.update(found.external_ids)
        changed.external_ids.update(dict(_pair(text) for text in external_id))
    if not paths:
        raise typer.BadParameter("say what to change; see --help")
    await _update(api, changed, paths, as_json=as_json)


def _date(text: str) -> Date:
    parts = text.split("-")
    if len(parts) != _SEPARATE or not all(part.isdecimal() for part in parts):
        raise typer.BadParameter("a day is written as 1995-12-15")
    year, month, day = (int(part) for part in parts)
    return Date(year=year, month=month, day=day)


def _pair(text: str) -> tuple[str, str]:
    provider, equals, key = text.partition("=")
    if not equals:
        raise typer.BadParameter("an id is written as tmdb=603")
    return provider, key


async def _update(api: Api, changed: title_pb2.Title, paths: list[str], *, as_json: bool) -> None:
    request = pb.UpdateTitleRequest(title=changed, update_mask=FieldMask(paths=paths))
    after = await api.call(api.titles.UpdateTitle, request)
    if as_json:
        output.print_json(as_dict(after))
    else:
        _print(after)


Fields = Annotated[list[str], typer.Argument(help="Names of fields, as overview or genres.")]


@title.command()
@with_api
async def lock(api: Api, name: Name, fields: Fields, as_json: AsJson = False) -> None:
    """Keep fields of a title as they are, whatever files and providers say."""
    found = await find(api, name)
    locked = sorted({*found.locked_fields, *fields})
    changed = title_pb2.Title(name=found.name, etag=found.etag, locked_fields=locked)
    await _update(api, changed, ["locked_fields"], as_json=as_json)


@title.command()
@with_api
async def unlock(api: Api, name: Name, fields: Fields, as_json: AsJson = False) -> None:
    """Give fields of a title back to what files and providers say."""
    found = await find(api, name)
    locked = sorted(set(found.locked_fields) - set(fields))
    changed = title_pb2.Title(name=found.name, etag=found.etag, locked_fields=locked)
    await _update(api, changed, ["locked_fields"], as_json=as_json)


@title.command()
@with_api
async def merge(
    api: Api,
    name: Annotated[str, typer.Argument(help="The title that stays: titles/…")],
    others: Annotated[list[str], typer.Argument(help="Those that become part of it.")],
    as_json: AsJson = False,
) -> None:
    """Make several titles one."""
    request = pb.MergeTitlesRequest(name=name, titles=others)
    _told(await api.call(api.titles.MergeTitles, request), as_json=as_json)


@title.command()
@with_api
async def split(
    api: Api,
    name: Annotated[str, typer.Argument(help="The title: titles/…")],
    files: Annotated[list[str], typer.Argument(help="The files of the new one: mediaFiles/…")],
    new_name: Annotated[str, typer.Option("--name", help="What the new title is called.")],
    year: Annotated[int, typer.Option(help="The year the new title came out.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Move files of a title to a new title."""
    request = pb.SplitTitleRequest(name=name, media_files=files, display_name=new_name, year=year)
    _told(await api.call(api.titles.SplitTitle, request), as_json=as_json)


def _told(after: title_pb2.Title, *, as_json: bool) -> None:
    if as_json:
        output.print_json(as_dict(after))
    else:
        _print(after)


@title.command()
@with_api
async def link(
    api: Api,
    media_file: File,
    name: Annotated[str, typer.Argument(help="The title that it is a copy of: titles/…")],
    season: Annotated[int | None, typer.Option(help="Of a series; of music the disc.")] = None,
    number: Annotated[int | None, typer.Option(help="The episode or track.")] = None,
    also: Annotated[bool, typer.Option("--also", help="Keep the file's other links.")] = False,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Make it the copy to play of several.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a file is a copy of. Scans leave its links alone from then on."""
    request = pb.LinkMediaFileRequest(
        media_file=media_file,
        title=name,
        season_number=season,
        number=number,
        exclusive=not also,
    )
    after = await api.call(api.titles.LinkMediaFile, request)
    if canonical:
        chosen = media_file_service_pb2.SetCanonicalMediaFileRequest(name=media_file)
        after = await api.call(api.media_files.SetCanonicalMediaFile, chosen)
    _show_links(after, as_json=as_json)


@title.command()
@with_api
async def unlink(
    api: Api,
    media_file: File,
    name: Annotated[str, typer.Argument(help="The title; none: of all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a file is no copy of. Scans leave its links alone from then on."""
    request = pb.UnlinkMediaFileRequest(media_file=media_file, title=name)
    _show_links(await api.call(api.titles.UnlinkMediaFile, request), as_json=as_json)


@title.command()
@with_api
async def rematch(api: Api, media_file: File, as_json: AsJson = False) -> None:
    """Let a file's name and tags decide again what it is a copy of, whatever was said."""
    request = media_file_service_pb2.ProbeMediaFileRequest(name=media_file, rematch=True)
    _show_links(await api.call(api.media_files.ProbeMediaFile, request), as_json=as_json)


def _show_links(file: Any, *, as_json: bool) -> None:
    if as_json:
        output.print_json(as_dict(file))
        return
    rows = [(link.title, link.episode or link.track, link.canonical) for link in file.links]
    if rows:
        output.print_table(("title", "of it", "canonical"), rows)
    else:
        output.console.print(f"{file.path} belongs to no title.")
