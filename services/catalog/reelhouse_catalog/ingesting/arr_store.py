"""What Radarr and Sonarr know, in their tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Table, bindparam, delete, func
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.schema import (
    radarr_movie_files,
    radarr_movies,
    sonarr_episode_files,
    sonarr_series,
)
from reelhouse_catalog.sources.remote import Item, ItemKind, MovieRow, SeriesRow
from reelhouse_kit.db import Query, Session
from reelhouse_kit.ids import new_id


def _upsert(table: Table, key: str) -> Query:
    """Returns what writes a row; `key` is the server's own number of it."""
    names = [column.name for column in table.c if column.name != "updated_at"]
    values = postgresql.insert(table).values({name: bindparam(name) for name in names})
    changing = [name for name in names if name not in ("id", "source_id", key)]
    return Query(
        values.on_conflict_do_update(
            index_elements=[table.c.source_id, table.c[key]],
            set_={name: values.excluded[name] for name in changing} | {"updated_at": func.now()},
        )
    )


def _forget(table: Table) -> Query:
    return Query(
        delete(table).where(
            table.c.collection_id == bindparam("collection_id"),
            table.c.updated_at < bindparam("before", type_=DateTime(timezone=True)),
        )
    )


_MOVIE = _upsert(radarr_movies, "radarr_id")
_MOVIE_FILE = _upsert(radarr_movie_files, "radarr_file_id")
_SERIES = _upsert(sonarr_series, "sonarr_id")
_EPISODE_FILE = _upsert(sonarr_episode_files, "sonarr_file_id")
_FORGET = [
    _forget(table)
    for table in (radarr_movies, radarr_movie_files, sonarr_series, sonarr_episode_files)
]


@dataclass(frozen=True, slots=True)
class Found:
    """An item of Radarr or Sonarr, its media file, and its path here when that is a link."""

    item: Item
    media_file_id: UUID | None
    symlink_path: str


async def write(
    session: Session, source_id: UUID, collection_id: UUID, found: Iterable[Found]
) -> None:
    """Adds and changes films, series and their files."""
    movies: list[dict[str, object]] = []
    series: list[dict[str, object]] = []
    movie_files: dict[int, dict[str, object]] = {}
    episode_files: dict[int, dict[str, object]] = {}
    for one in found:
        row = one.item.row
        common = {"id": new_id(), "source_id": source_id, "collection_id": collection_id}
        if isinstance(row, MovieRow) and row.radarr_id:
            movies.append({**common, **asdict(row)})
        elif isinstance(row, SeriesRow) and row.sonarr_id:
            series.append({**common, **asdict(row)})
        number = int(one.item.file.remote_id or 0)
        if not number:
            continue
        file = {**common, "id": new_id(), **_file(one)}
        if isinstance(row, MovieRow) and row.radarr_id:
            movie_files[number] = {
                **file,
                "radarr_movie_id": row.radarr_id,
                "radarr_file_id": number,
                "video_codec": one.item.file.video_codec,
                "audio_codec": one.item.file.audio_codec,
            }
        elif one.item.kind is ItemKind.EPISODE:
            # A file of several episodes comes with each of them.
            episode_files[number] = {
                **file,
                "sonarr_series_id": int(one.item.parent_key),
                "sonarr_file_id": number,
                "season_number": one.item.season_number,
                "release_group": one.item.file.release_group,
            }
    await session.many(_MOVIE, movies)
    await session.many(_MOVIE_FILE, movie_files.values())
    await session.many(_SERIES, series)
    await session.many(_EPISODE_FILE, episode_files.values())


async def forget(session: Session, collection_id: UUID, before: datetime) -> None:
    """Forgets what a collection was last said to have before a time."""
    for query in _FORGET:
        await session.run(query, collection_id=collection_id, before=before)


def _file(one: Found) -> dict[str, object]:
    return {
        "quality": one.item.file.quality,
        "resolution": one.item.file.resolution or None,
        "size_bytes": one.item.file.size_bytes or None,
        "original_path": one.item.server_path,
        "symlink_path": one.symlink_path,
        "media_file_id": one.media_file_id,
    }
