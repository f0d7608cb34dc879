"""Titles in the database, for reading. Writing is in `placing`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    seasons,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles.model import Episode, Season, Title, TitleKind, Track
from reelhouse_kit.db import Database, Query
from reelhouse_kit.rpc.paging import Page

_title = titles.c
_LIMIT = bindparam("limit", type_=Integer)
_SNAPSHOT_PAGE = 500


def _file_count() -> Any:
    """Returns how many files of a title are there."""
    of_episodes = (
        select(func.count(func.distinct(media_files.c.id)))
        .select_from(episodes)
        .join(episode_assets, episode_assets.c.episode_id == episodes.c.id)
        .join(media_files, media_files.c.id == episode_assets.c.media_file_id)
        .where(episodes.c.title_id == _title.id, media_files.c.state == literal_column("'present'"))
        .scalar_subquery()
    )
    of_tracks = (
        select(func.count(func.distinct(media_files.c.id)))
        .select_from(tracks)
        .join(track_assets, track_assets.c.track_id == tracks.c.id)
        .join(media_files, media_files.c.id == track_assets.c.media_file_id)
        .where(tracks.c.title_id == _title.id, media_files.c.state == literal_column("'present'"))
        .scalar_subquery()
    )
    return (of_episodes + of_tracks).label("media_file_count")


def _files(link: Any, owner: Any, item: Any) -> Any:
    """Returns the ids of the files that hold an episode or track and are there, the best first."""
    in_order = aggregate_order_by(media_files.c.id, link.c.canonical.desc(), media_files.c.id)
    found = (
        select(func.array_agg(in_order))
        .select_from(link)
        .join(media_files, media_files.c.id == link.c.media_file_id)
        .where(owner == item, media_files.c.state == literal_column("'present'"))
        .scalar_subquery()
    )
    return func.coalesce(found, literal_column("'{}'::uuid[]")).label("media_files")


_TIMES = ("created_at", "updated_at", "found_name")
_HIDDEN = ("match_key", "search_text", "search_vector", "facets", "base")
# Also those that were merged into others: who reads one says what becomes of it.
TITLE_ROW = select(*(c for c in titles.c if c.name not in _HIDDEN), _file_count())
_GET = Query(TITLE_ROW.where(_title.id == bindparam("id")))
_BATCH = Query(
    TITLE_ROW.where(
        _title.id == any_(bindparam("ids", type_=ARRAY(Uuid))), _title.merged_into.is_(None)
    )
)

_SEASON = select(
    *(c for c in seasons.c if c.name not in _TIMES),
    select(func.count())
    .select_from(episodes)
    .where(episodes.c.season_id == seasons.c.id)
    .scalar_subquery()
    .label("episode_count"),
)
_GET_SEASON = Query(
    _SEASON.where(seasons.c.id == bindparam("id"), seasons.c.title_id == bindparam("title_id"))
)
_SEASONS = Query(
    _SEASON.where(
        seasons.c.title_id == bindparam("title_id"),
        seasons.c.number > bindparam("after", type_=Integer),
    )
    .order_by(seasons.c.number)
    .limit(_LIMIT)
)

_EPISODE = select(
    *(c for c in episodes.c if c.name not in _TIMES),
    _files(episode_assets, episode_assets.c.episode_id, episodes.c.id),
)
_GET_EPISODE = Query(
    _EPISODE.where(episodes.c.id == bindparam("id"), episodes.c.title_id == bindparam("title_id"))
)
# A film's episode has neither number; -1 puts it in order.
_episode_key = tuple_(
    func.coalesce(episodes.c.season_number, literal_column("-1")),
    func.coalesce(episodes.c.number, literal_column("-1")),
    episodes.c.id,
)

_TRACK = select(
    *(c for c in tracks.c if c.name not in (*_TIMES, "match_key")),
    _files(track_assets, track_assets.c.track_id, tracks.c.id),
)
_GET_TRACK = Query(
    _TRACK.where(tracks.c.id == bindparam("id"), tracks.c.title_id == bindparam("title_id"))
)
_track_key = tuple_(tracks.c.disc, tracks.c.number, tracks.c.id)


def title_of(row: Any) -> Title:
    """Returns a row of TITLE_ROW as a title."""
    return Title(**{**row, "kind": TitleKind(row["kind"])})


async def get(database: Database, title_id: UUID) -> Title | None:
    """Returns a title, also one that was merged into another."""
    row = await database.one(_GET, id=title_id)
    return title_of(row) if row else None


async def batch(database: Database, ids: Sequence[UUID]) -> list[Title]:
    """Returns those of these titles that exist."""
    return [title_of(row) for row in await database.all(_BATCH, ids=list(ids))]


async def seasons_of(database: Database, title_id: UUID, page: Page) -> list[Season]:
    """Returns a page of the seasons of a series, by number."""
    after = page.after[0] if page.after else -1
    rows = await database.all(_SEASONS, title_id=title_id, after=after, limit=page.limit)
    return [Season(**row) for row in rows]


async def get_season(database: Database, title_id: UUID, season_id: UUID) -> Season | None:
    """Returns a season."""
    row = await database.one(_GET_SEASON, title_id=title_id, id=season_id)
    return Season(**row) if row else None


async def get_episode(database: Database, title_id: UUID, episode_id: UUID) -> Episode | None:
    """Returns an episode."""
    row = await database.one(_GET_EPISODE, title_id=title_id, id=episode_id)
    return Episode(**row) if row else None


async def episodes_of(
    database: Database, title_id: UUID, season_id: UUID | None, page: Page
) -> list[Episode]:
    """Returns a page of the episodes of a title, by season and number."""
    season_number, number, episode_id = page.after or (None, None, None)
    rows = await database.all(
        _episodes(season_id is not None, page.after is not None),
        title_id=title_id,
        season_id=season_id,
        season_number=season_number,
        number=number,
        after=episode_id,
        limit=page.limit,
    )
    return [Episode(**row) for row in rows]


@lru_cache
def _episodes(season: bool, after: bool) -> Query:
    statement = _EPISODE.where(episodes.c.title_id == bindparam("title_id"))
    if season:
        statement = statement.where(episodes.c.season_id == bindparam("season_id"))
    if after:
        statement = statement.where(
            _episode_key
            > tuple_(
                bindparam("season_number", type_=Integer),
                bindparam("number", type_=Integer),
                bindparam("after", type_=Uuid),
            )
        )
    return Query(statement.order_by(*_episode_key.clauses).limit(_LIMIT))


async def get_track(database: Database, title_id: UUID, track_id: UUID) -> Track | None:
    """Returns a track."""
    row = await database.one(_GET_TRACK, title_id=title_id, id=track_id)
    return Track(**row) if row else None


async def tracks_of(database: Database, title_id: UUID, page: Page) -> list[Track]:
    """Returns a page of the tracks of a title, by disc and number."""
    disc, number, track_id = page.after or (None, None, None)
    rows = await database.all(
        _tracks(page.after is not None),
        title_id=title_id,
        disc=disc,
        number=number,
        after=track_id,
        limit=page.limit,
    )
    return [Track(**row) for row in rows]


@lru_cache
def _tracks(after: bool) -> Query:
    statement = _TRACK.where(tracks.c.title_id == bindparam("title_id"))
    if after:
        statement = statement.where(
            _track_key
            > tuple_(
                bindparam("disc", type_=Integer),
                bindparam("number", type_=Integer),
                bindparam("after", type_=Uuid),
            )
        )
    return Query(statement.order_by(*_track_key.clauses).limit(_LIMIT))
