"""Files beside media in the database, and what titles have of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    union,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB
from sqlalchemy.types import TypeEngine

from reelhouse_catalog.enrichment.gather import File
from reelhouse_catalog.enrichment.nfo import Part
from reelhouse_catalog.enrichment.sidecars import Sidecar
from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    sidecars,
    titles,
    track_assets,
    tracks,
)
from reelhouse_kit.db import Query, Session, rows_of

_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_PATHS: Any = any_(bindparam("paths", type_=ARRAY(BYTEA)))
_PRESENT = media_files.c.state == literal_column("'present'")
_COLUMNS: dict[str, TypeEngine[Any]] = {
    "library_id": Uuid(),
    "directory": BYTEA(),
    "filename": BYTEA(),
    "kind": Text(),
    "size_bytes": BigInteger(),
    "mtime_ns": BigInteger(),
    "content": JSONB(),
    "error": Text(),
}
_FORGET = Query(
    delete(sidecars)
    .where(sidecars.c.library_id == bindparam("library_id"), sidecars.c.directory == _PATHS)
    .returning(sidecars.c.directory, sidecars.c.kind)
)
_given = rows_of(**_COLUMNS)
_ADD = Query(
    insert(sidecars).from_select(list(_COLUMNS), select(*(_given.c[name] for name in _COLUMNS)))
)


def _titles_of(condition: Any) -> Any:
    of_episodes = (
        select(episodes.c.title_id)
        .select_from(media_files)
        .join(episode_assets, episode_assets.c.media_file_id == media_files.c.id)
        .join(episodes, episodes.c.id == episode_assets.c.episode_id)
        .where(condition)
    )
    of_tracks = (
        select(tracks.c.title_id)
        .select_from(media_files)
        .join(track_assets, track_assets.c.media_file_id == media_files.c.id)
        .join(tracks, tracks.c.id == track_assets.c.track_id)
        .where(condition)
    )
    return union(of_episodes, of_tracks)


_LIBRARY = media_files.c.library_id == bindparam("library_id", type_=Uuid)
_TITLES_IN = Query(_titles_of(and_(_LIBRARY, media_files.c.directory == _PATHS)))
_BELOW = Query(
    _titles_of(
        and_(
            _LIBRARY,
            media_files.c.directory >= bindparam("first", type_=BYTEA),
            media_files.c.directory < bindparam("beyond", type_=BYTEA),
        )
    )
)
_LIBRARIES = Query(
    select(titles.c.id, titles.c.library_id, titles.c.kind).where(titles.c.id == _IDS)
)

_FILE = (
    media_files.c.id,
    media_files.c.library_id,
    media_files.c.directory,
    media_files.c.filename,
    media_files.c.tags,
    media_files.c.duration_ms,
)


def _files(table: Table, first: str, second: str, link: Table, owner: str) -> Any:
    """Returns the files of titles that are there, with what of the title each holds."""
    # Of each link its one file: "offset 0" keeps the planner from reading all files at once.
    file = (
        select(*_FILE)
        .where(media_files.c.id == link.c.media_file_id, _PRESENT)
        .offset(literal_column("0"))
        .lateral()
    )
    return (
        select(
            table.c.title_id,
            table.c[first].label("first"),
            table.c[second].label("second"),
            *file.c,
        )
        .select_from(table)
        .join(link, link.c[owner] == table.c.id)
        .join(file, literal_column("true"))
        .where(table.c.title_id == _IDS)
    )


_FILES = Query(
    union_all(
        _files(episodes, "season_number", "number", episode_assets, "episode_id"),
        _files(tracks, "disc", "number", track_assets, "track_id"),
    )
)
_place = rows_of(library_id=Uuid(), directory=BYTEA())
_BESIDE = Query(
    select(
        sidecars.c.library_id,
        sidecars.c.directory,
        sidecars.c.filename,
        sidecars.c.kind,
        sidecars.c.content,
    ).join(
        _place,
        and_(
            sidecars.c.library_id == _place.c.library_id,
            sidecars.c.directory == _place.c.directory,
        ),
    )
)
_home = rows_of(title_id=Uuid(), library_id=Uuid(), directory=BYTEA())
_in_home = and_(
    media_files.c.library_id == _home.c.library_id,
    media_files.c.directory == _home.c.directory,
)
_SHARED = Query(
    select(_home.c.title_id, _home.c.directory).where(
        or_(
            exists()
            .where(_in_home)
            .where(episode_assets.c.media_file_id == media_files.c.id)
            .where(episodes.c.id == episode_assets.c.episode_id)
            .where(episodes.c.title_id != _home.c.title_id),
            exists()
            .where(_in_home)
            .where(track_assets.c.media_file_id == media_files.c.id)
            .where(tracks.c.id == track_assets.c.track_id)
            .where(tracks.c.title_id != _home.c.title_id),
        )
    )
)
_subtitled = rows_of(id=Uuid(), external_subtitles=JSONB())
_SUBTITLES = Query(
    update(media_files)
    .where(
        media_files.c.id == _subtitled.c.id,
        media_files.c.external_subtitles != _subtitled.c.external_subtitles,
    )
    .values(
        external_subtitles=_subtitled.c.external_subtitles,
        updated_at=func.now(),
        revision=media_files.c.revision + 1,
    )
    .returning(media_files.c.id)
)


async def forget_sidecars(
    session: Session, library_id: UUID, paths: Sequence[bytes]
) -> dict[bytes, set[str]]:
    """Forgets what lies beside media in folders. Returns which kinds there were, by folder."""
    found: dict[bytes, set[str]] = defaultdict(set)
    for row in await session.all(_FORGET, library_id=library_id, paths=list(paths)):
        found[row["directory"]].add(row["kind"])
    return found


async def add_sidecars(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds files that lie beside media, given by column."""
    if rows:
        await session.run(_ADD, **{name: [row[name] for row in rows] for name in _COLUMNS})


async def titles_in(session: Session, library_id: UUID, paths: Iterable[bytes]) -> set[UUID]:
    """Returns the titles with files in some folders."""
    rows = await session.all(_TITLES_IN, library_id=library_id, paths=sorted(paths))
    return {row["title_id"] for row in rows}


async def titles_below(session: Session, library_id: UUID, path: bytes) -> set[UUID]:
    """Returns the titles with files in the folders within a folder."""
    # All that begins with "path/": "0" follows "/".
    rows = await session.all(_BELOW, library_id=library_id, first=path + b"/", beyond=path + b"0")
    return {row["title_id"] for row in rows}


async def libraries_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Returns library and kind of titles."""
    rows = await session.all(_LIBRARIES, ids=list(ids))
    return {row["id"]: (row["library_id"], row["kind"]) for row in rows}


async def files_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[File]]:
    """Returns the files of titles that are there."""
    found: dict[UUID, dict[UUID, File]] = defaultdict(dict)
    for row in await session.all(_FILES, ids=list(ids)):
        values = {column.name: row[column.name] for column in _FILE}
        file = found[row["title_id"]].setdefault(row["id"], File(**values))
        if row["second"] is not None:
            file.places.append((row["first"], row["second"]))
    return {title: list(files.values()) for title, files in found.items()}


async def beside(
    session: Session, places: Iterable[tuple[UUID, bytes]]
) -> dict[tuple[UUID, bytes], list[Sidecar]]:
    """Returns what lies in folders, which are given with their libraries."""
    listed = sorted(places)
    rows = await session.all(
        _BESIDE,
        library_id=[library for library, _ in listed],
        directory=[directory for _, directory in listed],
    )
    found: dict[tuple[UUID, bytes], list[Sidecar]] = defaultdict(list)
    for row in rows:
        parts = tuple(Part.from_dict(part) for part in row["content"].get("parts", ()))
        sidecar = Sidecar(row["directory"], row["filename"], row["kind"], parts)
        found[row["library_id"], row["directory"]].append(sidecar)
    return found


async def shared(
    session: Session, homes: Iterable[tuple[UUID, UUID, bytes]]
) -> dict[UUID, set[bytes]]:
    """Returns which of the folders of titles hold files of others, too.

    Args:
        session: The transaction.
        homes: Titles with the libraries and folders of their files.
    """
    listed = sorted(homes)
    rows = await session.all(
        _SHARED,
        title_id=[title for title, _, _ in listed],
        library_id=[library for _, library, _ in listed],
        directory=[directory for _, _, directory in listed],
    )
    found: dict[UUID, set[bytes]] = defaultdict(set)
    for row in rows:
        found[row["title_id"]].add(row["directory"])
    return found


async def write_subtitles(
    session: Session, subtitles: Mapping[UUID, list[dict[str, Any]]]
) -> list[UUID]:
    """Writes which subtitle files belong to media files. Returns those with others than before."""
    ids = sorted(subtitles)
    # Tuples: a list of lists would be an array of two dimensions.
    rows = await session.all(
        _SUBTITLES, id=ids, external_subtitles=[tuple(subtitles[file]) for file in ids]
    )
    return [row["id"] for row in rows]
