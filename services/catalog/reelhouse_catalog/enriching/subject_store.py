"""Titles as sources are asked about them, out of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, any_, bindparam, cast, func, select, text

from reelhouse_catalog.enrichment.model import Subject
from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    titles,
    track_assets,
    tracks,
)
from reelhouse_kit.db import Database, Query, Session

MOST_PARTS = 10_000
"""Episodes or tracks of one title that a source is told of."""
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_TITLES = Query(
    select(
        titles.c.id,
        titles.c.kind,
        titles.c.name,
        titles.c.year,
        titles.c.creators,
        titles.c.external_ids,
    ).where(titles.c.id == _IDS, titles.c.merged_into.is_(None))
)


def _files_of(link: Any, owner: Any, part: Any) -> Any:
    """Returns how many files of an episode or track are there, and how long the longest is."""
    return (
        select(
            func.count().label("file_count"),
            cast(func.max(media_files.c.duration_ms), BigInteger).label("duration_ms"),
        )
        .select_from(link)
        .join(media_files, media_files.c.id == link.c.media_file_id)
        .where(owner == part, media_files.c.state == text("'present'"))
        .lateral()
    )


_episode_files = _files_of(episode_assets, episode_assets.c.episode_id, episodes.c.id)
_EPISODES = Query(
    select(
        episodes.c.title_id,
        episodes.c.season_number,
        episodes.c.number,
        _episode_files.c.duration_ms,
    )
    .join(_episode_files, _episode_files.c.file_count > 0)
    .where(episodes.c.title_id == _IDS)
    .order_by(episodes.c.title_id, episodes.c.season_number, episodes.c.number)
)
_track_files = _files_of(track_assets, track_assets.c.track_id, tracks.c.id)
_TRACKS = Query(
    select(
        tracks.c.title_id,
        tracks.c.disc,
        tracks.c.number,
        tracks.c.name,
        _track_files.c.duration_ms,
    )
    .join(_track_files, _track_files.c.file_count > 0)
    .where(tracks.c.title_id == _IDS)
    .order_by(tracks.c.title_id, tracks.c.disc, tracks.c.number, tracks.c.id)
)


async def subjects(
    source: Database | Session, ids: Sequence[UUID], language: str
) -> dict[UUID, Subject]:
    """Returns those of these titles that exist, as sources are asked about them."""
    listed = list(ids)
    found = await source.all(_TITLES, ids=listed)
    places: dict[UUID, list[tuple[int, int]]] = {}
    lengths: dict[UUID, int] = {}
    for row in await source.all(_EPISODES, ids=listed):
        title = row["title_id"]
        if row["season_number"] is None or row["number"] is None:
            if row["season_number"] is None:
                lengths[title] = row["duration_ms"] or 0
        else:
            places.setdefault(title, []).append((row["season_number"], row["number"]))
    parts: dict[UUID, list[tuple[int, int, str, int]]] = {}
    for row in await source.all(_TRACKS, ids=listed):
        part = (row["disc"], row["number"], row["name"], row["duration_ms"] or 0)
        parts.setdefault(row["title_id"], []).append(part)
    for title, listed_parts in parts.items():
        each = [length for *_, length in listed_parts]
        lengths[title] = sum(each) if all(each) else 0
    return {
        row["id"]: Subject(
            kind=row["kind"],
            display_name=row["name"],
            year=row["year"],
            creators=tuple(row["creators"]),
            external_ids=dict(row["external_ids"]),
            episodes=tuple(places.get(row["id"], [])[:MOST_PARTS]),
            tracks=tuple(parts.get(row["id"], [])[:MOST_PARTS]),
            duration_ms=lengths.get(row["id"]) or None,
            language=language,
        )
        for row in found
    }
