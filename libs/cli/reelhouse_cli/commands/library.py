"""`reelhouse scan`, `ls` and `search`."""

from __future__ import annotations

import asyncio
from pathlib import Path
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

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    media_file_pb2,
    media_file_service_pb2,
    naming_service_pb2,
    scan_pb2,
    title_pb2,
    title_service_pb2,
)
from reelhouse_cli import output
from reelhouse_cli.api import Api, as_dict, with_api
from reelhouse_cli.commands.options import AsJson, Most
from reelhouse_kit import errors

KINDS = {
    "movie": library_pb2.Library.KIND_MOVIE,
    "tv": library_pb2.Library.KIND_TV,
    "music": library_pb2.Library.KIND_MUSIC,
    "audiobook": library_pb2.Library.KIND_AUDIOBOOK,
}
_NO_KIND = library_pb2.Library.KIND_UNSPECIFIED
_TITLE_KINDS = {
    "movie": title_pb2.Title.KIND_MOVIE,
    "show": title_pb2.Title.KIND_SHOW,
    "album": title_pb2.Title.KIND_ALBUM,
    "audiobook": title_pb2.Title.KIND_AUDIOBOOK,
}
_Order = title_service_pb2.ListTitlesRequest
_ORDERS = {
    "name": _Order.ORDER_SORT_NAME,
    "date": _Order.ORDER_RELEASE_DATE,
    "added": _Order.ORDER_CREATE_TIME,
    "rating": _Order.ORDER_RATING,
}
_Scan = scan_pb2.Scan
_COUNTS = (
    ("new", "added_count"),
    ("changed", "updated_count"),
    ("moved", "moved_count"),
    ("missing", "missing_count"),
    ("unchanged", "unchanged_count"),
    ("broken", "failed_count"),
    ("not recognized", "unmatched_count"),
)


def kind_name(number: int, prefix: str, enum: Any) -> str:
    """Returns an enum value as people write it."""
    name: str = enum.Name(number)
    return name.removeprefix(prefix).lower().replace("_", " ")


async def find_library(api: Api, where: str) -> library_pb2.Library | None:
    """Returns the library with this name, display name or folder."""
    request = library_service_pb2.ListLibrariesRequest()
    path = str(Path(where).absolute())
    for library in await api.pages(api.libraries.ListLibraries, request, "libraries", 10_000):
        if where in (library.name, library.display_name) or path == library.root_path:
            found: library_pb2.Library = library
            return found
    return None


async def ensure_library(api: Api, path: Path, kind: str, name: str) -> library_pb2.Library:
    """Returns the library of a folder, creating it if need be."""
    existing = await find_library(api, str(path))
    if existing is not None:
        return existing
    library = library_pb2.Library(
        display_name=name or path.name, kind=KINDS[kind], root_path=str(path.absolute())
    )
    created: library_pb2.Library = await api.call(
        api.libraries.CreateLibrary, library_service_pb2.CreateLibraryRequest(library=library)
    )
    return created


async def run_scan(api: Api, library: library_pb2.Library, *, full: bool, show: bool) -> _Scan:
    """Scans a library, with a bar for people, and returns how it ended."""
    scan = await _begin_scan(api, library.name, full=full)
    watch = library_service_pb2.WatchScanRequest(name=scan.name)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=output.console, disable=not show) as bar:
        task = bar.add_task(library.display_name, total=None)
        async for response in api.stream(api.libraries.WatchScan, watch):
            scan = response.scan
            total = scan.stats.found_count if scan.stats.walk_complete else None
            bar.update(task, completed=scan.stats.processed_count, total=total)
    return scan


async def _begin_scan(api: Api, library: str, *, full: bool) -> _Scan:
    """Begins a scan; after one that began by itself, when there is one."""
    request = library_service_pb2.ScanLibraryRequest(name=library, full=full)
    while True:
        try:
            scan: scan_pb2.Scan = await api.call(api.libraries.ScanLibrary, request)
        except errors.Error as error:
            if error.reason != "SCAN_RUNNING":
                raise
            get = library_service_pb2.GetScanRequest(name=error.metadata["scan"])
            other: scan_pb2.Scan = await api.call(api.libraries.GetScan, get)
            if other.trigger == _Scan.TRIGGER_MANUAL or other.state == _Scan.STATE_PAUSED:
                raise
            await asyncio.sleep(0.2)
        else:
            return scan


def show_scan(scan: scan_pb2.Scan) -> None:
    """Prints how a scan ended."""
    if scan.state != _Scan.STATE_COMPLETED:
        state = kind_name(scan.state, "STATE_", _Scan.State)
        why = f": {scan.error.message}" if scan.HasField("error") else ""
        output.console.print(f"The scan {state}{why}.")
        return
    counted = [
        f"{getattr(scan.stats, field):,} {label}"
        for label, field in _COUNTS
        if getattr(scan.stats, field)
    ]
    output.console.print(
        f"{scan.stats.found_count:,} files: {', '.join(counted) or 'nothing to do'}"
    )


@with_api
async def scan(
    api: Api,
    where: Annotated[str, typer.Argument(help="A folder, or a library's name.")],
    kind: Annotated[
        str, typer.Option(help="What a new library holds: movie, tv, music or audiobook.")
    ] = "",
    name: Annotated[str, typer.Option(help="What to call a new library.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Open every file again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Scan a library; make one of a folder that is none yet."""
    library = await find_library(api, where)
    if library is None:
        if kind not in KINDS:
            raise typer.BadParameter(
                f"{where} is no library yet; say what it holds: --kind {'|'.join(KINDS)}"
            )
        library = await ensure_library(api, Path(where), kind, name)
    result = await run_scan(api, library, full=full, show=not as_json)
    if as_json:
        output.print_json(as_dict(result))
    else:
        show_scan(result)
    if result.state != _Scan.STATE_COMPLETED:
        raise typer.Exit(1)


@with_api
async def ls(
    api: Api,
    what: Annotated[
        str,
        typer.Argument(help="libraries, titles, files, or the name of a title."),
    ] = "libraries",
    library: Annotated[str, typer.Option(help="Only of this library.")] = "",
    kind: Annotated[
        str, typer.Option(help="Only titles of this kind: movie, show, album or audiobook.")
    ] = "",
    broken: Annotated[bool, typer.Option("--broken", help="Only broken files.")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="Only missing files.")] = False,
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Only files that belong to no title.")
    ] = False,
    genre: Annotated[str, typer.Option(help="Only titles of this genre.")] = "",
    person: Annotated[str, typer.Option(help="Only titles that this person is in.")] = "",
    since: Annotated[int, typer.Option(help="Only titles of this year or later.")] = 0,
    until: Annotated[int, typer.Option(help="Only titles of this year or earlier.")] = 0,
    fit_for: Annotated[str, typer.Option(help="Only titles with this content rating.")] = "",
    by: Annotated[str, typer.Option(help="Titles by name, date, added or rating.")] = "name",
    most: Most = 100,
    as_json: AsJson = False,
) -> None:
    """List libraries, titles or files, or what a title is made of."""
    scope = await _library_name(api, library)
    if what == "libraries":
        await _list_libraries(api, most, as_json=as_json)
    elif what == "titles":
        if by not in _ORDERS:
            raise typer.BadParameter(f"titles are listed by {', '.join(_ORDERS)}")
        request = title_service_pb2.ListTitlesRequest(
            library=scope,
            kind=_title_kind(kind),
            genre=genre,
            person=person,
            min_year=since,
            max_year=until,
            content_rating=fit_for,
            order=_ORDERS[by],
        )
        found = await api.pages(api.titles.ListTitles, request, "titles", most)
        _show_titles(found, as_json=as_json)
    elif what == "files":
        files = media_file_service_pb2.ListMediaFilesRequest(
            library=scope,
            broken=broken,
            unmatched=unmatched,
            state=media_file_pb2.MediaFile.STATE_MISSING if missing else 0,  # type: ignore[arg-type]
        )
        found = await api.pages(api.media_files.ListMediaFiles, files, "media_files", most)
        _show_files(found, as_json=as_json)
    elif what.startswith("titles/"):
        await _show_title(api, what, as_json=as_json)
    else:
        raise typer.BadParameter("say libraries, titles, files, or titles/…")


async def _library_name(api: Api, where: str) -> str:
    if not where:
        return ""
    found = await find_library(api, where)
    if found is None:
        raise typer.BadParameter(f"there is no library {where}")
    return found.name


def _title_kind(kind: str) -> Any:
    if kind and kind not in _TITLE_KINDS:
        raise typer.BadParameter(f"a title is one of {', '.join(_TITLE_KINDS)}")
    return _TITLE_KINDS.get(kind, title_pb2.Title.KIND_UNSPECIFIED)


async def _list_libraries(api: Api, most: int, *, as_json: bool) -> None:
    request = library_service_pb2.ListLibrariesRequest()
    found = await api.pages(api.libraries.ListLibraries, request, "libraries", most)
    if as_json:
        output.print_json([as_dict(library) for library in found])
        return
    output.print_table(
        ("library", "kind", "folder", "scanned"),
        [
            (
                library.display_name,
                kind_name(library.kind, "KIND_", library_pb2.Library.Kind),
                library.root_path,
                library.last_scan_time.ToDatetime().strftime("%Y-%m-%d %H:%M")
                if library.HasField("last_scan_time")
                else "never",
            )
            for library in found
        ],
    )


def _show_titles(found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(title) for title in found])
        return
    output.print_table(
        ("title", "year", "kind", "by", "rating", "genres", "files", "name"),
        [
            (
                title.display_name,
                str(title.year or ""),
                kind_name(title.kind, "KIND_", title_pb2.Title.Kind),
                ", ".join(title.creators),
                f"{title.rating:.1f}" if title.HasField("rating") else "",
                ", ".join(title.genres[:3]),
                title.media_file_count,
                title.name,
            )
            for title in found
        ],
    )


def _show_files(found: list[Any], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(file) for file in found])
        return
    output.print_table(
        ("file", "size", "length", "video", "audio", "remark", "name"),
        [
            (
                file.path,
                output.size(file.size_bytes),
                output.clock(file.duration.ToTimedelta().total_seconds())
                if file.HasField("duration")
                else "",
                f"{file.video_codec} {file.height}p" if file.video_codec else "",
                file.audio_codec,
                _remark(file),
                file.name,
            )
            for file in found
        ],
    )


def _remark(file: media_file_pb2.MediaFile) -> str:
    if file.state == media_file_pb2.MediaFile.STATE_MISSING:
        return "missing"
    if file.probe_error:
        return f"broken: {file.probe_error}"
    return "" if file.links else "not recognized"


async def _show_title(api: Api, name: str, *, as_json: bool) -> None:
    title = await api.call(api.titles.GetTitle, title_service_pb2.GetTitleRequest(name=name))
    listed = title_service_pb2.ListEpisodesRequest(parent=name)
    episodes = await api.pages(api.titles.ListEpisodes, listed, "episodes", 10_000)
    tracks = await api.pages(
        api.titles.ListTracks, title_service_pb2.ListTracksRequest(parent=name), "tracks", 10_000
    )
    if as_json:
        document = as_dict(title)
        document["episodes"] = [as_dict(episode) for episode in episodes]
        document["tracks"] = [as_dict(track) for track in tracks]
        output.print_json(document)
        return
    year = f" ({title.year})" if title.year else ""
    by = f" — {', '.join(title.creators)}" if title.creators else ""
    output.console.print(f"[bold]{title.display_name}[/]{year}{by}\n")
    rows = [(_episode_code(e), e.display_name, " ".join(e.media_files)) for e in episodes]
    rows += [(f"{t.disc}-{t.number:02}", t.display_name, " ".join(t.media_files)) for t in tracks]
    output.print_table(("no.", "name", "files"), rows)


def _episode_code(episode: title_pb2.Episode) -> str:
    if not episode.HasField("number"):
        return "film"
    return f"S{episode.season_number:02}E{episode.number:02}"


@with_api
async def search(
    api: Api,
    query: Annotated[str, typer.Argument(help="A name, or part of one.")],
    kind: Annotated[str, typer.Option(help="Only titles of this kind.")] = "",
    library: Annotated[str, typer.Option(help="Only of this library.")] = "",
    most: Most = 20,
    as_json: AsJson = False,
) -> None:
    """Find titles by name, people or what they are about; typing errors do not matter."""
    scope = await _library_name(api, library)
    request = title_service_pb2.SearchTitlesRequest(
        query=query, kind=_title_kind(kind), library=scope
    )
    found = await api.pages(api.titles.SearchTitles, request, "results", most)
    if as_json:
        output.print_json([as_dict(result) for result in found])
    elif found:
        _show_titles([result.title for result in found], as_json=False)
    else:
        output.console.print("Nothing was found.")


@with_api
async def name(
    api: Api,
    path: Annotated[str, typer.Argument(help="A file's path, or a release's name.")],
    kind: Annotated[str, typer.Option(help="The kind of library it would lie in.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show what Reelhouse reads out of a name."""
    if kind not in ("", *KINDS):
        raise typer.BadParameter(f"{kind} is none of {', '.join(KINDS)}", param_hint="--kind")
    request = naming_service_pb2.ParseNameRequest(path=path, kind=KINDS.get(kind, _NO_KIND))
    response = await api.call(api.naming.ParseName, request)
    facts = as_dict(response.parsed_name)
    if as_json:
        output.print_json(facts)
    else:
        output.print_table(
            ("fact", "value"),
            [
                (fact, ", ".join(map(str, value)) if isinstance(value, list) else value)
                for fact, value in facts.items()
            ],
        )
