"""SQL that makes titles, seasons, episodes and tracks, and links files to them.

Every statement takes many rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.types import TypeEngine

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    seasons,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles.model import Placement
from reelhouse_kit.db import Query, Session, rows_of
from reelhouse_kit.ids import new_id

TitleKey = tuple[str, str]
"""The kind and match key of a title."""
EpisodeKey = tuple[UUID, int | None, int | None]
"""The title, season and number of an episode; None for what is unknown."""
TrackKey = tuple[UUID, int, int, str]
"""The title, disc, number and match key of a track."""

_EMPTY: Any = literal_column("'[]'::jsonb")
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))

_TITLE_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "library_id": Uuid(),
    "kind": Text(),
    "name": Text(),
    "sort_name": Text(),
    "year": Integer(),
    "creators": JSONB(),
    "narrators": JSONB(),
    "external_ids": JSONB(),
    "match_key": Text(),
    "search_text": Text(),
}
_given = rows_of(**_TITLE_COLUMNS)
_ADD_TITLES = Query(
    insert(titles)
    .from_select(list(_TITLE_COLUMNS), select(_given))
    .on_conflict_do_nothing(index_elements=["library_id", "kind", "match_key"])
    .returning(titles.c.id)
)
_FIND_TITLES = Query(
    select(titles.c.id, titles.c.kind, titles.c.match_key).join(
        _given,
        and_(
            titles.c.library_id == _given.c.library_id,
            titles.c.kind == _given.c.kind,
            titles.c.match_key == _given.c.match_key,
        ),
    )
)
# What files newly tell fills gaps; it never replaces what is known.
_FILL_TITLES = Query(
    update(titles)
    .where(
        titles.c.library_id == _given.c.library_id,
        titles.c.kind == _given.c.kind,
        titles.c.match_key == _given.c.match_key,
        or_(
            and_(titles.c.year.is_(None), _given.c.year.is_not(None)),
            and_(titles.c.narrators == _EMPTY, _given.c.narrators != _EMPTY),
            and_(titles.c.creators == _EMPTY, _given.c.creators != _EMPTY),
            ~titles.c.external_ids.contains(_given.c.external_ids),
        ),
    )
    .values(
        year=func.coalesce(titles.c.year, _given.c.year),
        narrators=func.coalesce(func.nullif(titles.c.narrators, _EMPTY), _given.c.narrators),
        creators=func.coalesce(func.nullif(titles.c.creators, _EMPTY), _given.c.creators),
        external_ids=_given.c.external_ids.concat(titles.c.external_ids),
    )
)
_TOUCH = Query(
    update(titles)
    .where(titles.c.id == _IDS)
    .values(updated_at=func.now(), revision=titles.c.revision + 1)
)

_season = rows_of(id=Uuid(), title_id=Uuid(), number=Integer())
_ADD_SEASONS = Query(
    insert(seasons)
    .from_select(["id", "title_id", "number"], select(_season))
    .on_conflict_do_nothing()
)
_FIND_SEASONS = Query(
    select(seasons.c.id, seasons.c.title_id, seasons.c.number).where(seasons.c.title_id == _IDS)
)

_EPISODE_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "title_id": Uuid(),
    "season_id": Uuid(),
    "season_number": Integer(),
    "number": Integer(),
    "name": Text(),
}
_episode = rows_of(**_EPISODE_COLUMNS)
_ADD_EPISODES = Query(
    insert(episodes).from_select(list(_EPISODE_COLUMNS), select(_episode)).on_conflict_do_nothing()
)
_FIND_EPISODES = Query(
    select(episodes.c.id, episodes.c.title_id, episodes.c.season_number, episodes.c.number).join(
        _episode,
        and_(
            episodes.c.title_id == _episode.c.title_id,
            episodes.c.season_number.is_not_distinct_from(_episode.c.season_number),
            episodes.c.number.is_not_distinct_from(_episode.c.number),
        ),
    )
)
_FILL_EPISODES = Query(
    update(episodes)
    .where(
        episodes.c.title_id == _episode.c.title_id,
        episodes.c.season_number == _episode.c.season_number,
        episodes.c.number == _episode.c.number,
        episodes.c.name == "",
        _episode.c.name != "",
    )
    .values(name=_episode.c.name, updated_at=func.now())
)

_TRACK_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "title_id": Uuid(),
    "disc": Integer(),
    "number": Integer(),
    "name": Text(),
    "match_key": Text(),
}
_track = rows_of(**_TRACK_COLUMNS)
_ADD_TRACKS = Query(
    insert(tracks).from_select(list(_TRACK_COLUMNS), select(_track)).on_conflict_do_nothing()
)
_FIND_TRACKS = Query(
    select(tracks.c.id, tracks.c.title_id, tracks.c.disc, tracks.c.number, tracks.c.match_key).join(
        _track,
        and_(
            tracks.c.title_id == _track.c.title_id,
            tracks.c.disc == _track.c.disc,
            tracks.c.number == _track.c.number,
            tracks.c.match_key == _track.c.match_key,
        ),
    )
)

_TITLES_OF = Query(
    union_all(
        select(episodes.c.title_id)
        .join(episode_assets, episode_assets.c.episode_id == episodes.c.id)
        .where(episode_assets.c.media_file_id == _IDS),
        select(tracks.c.title_id)
        .join(track_assets, track_assets.c.track_id == tracks.c.id)
        .where(track_assets.c.media_file_id == _IDS),
    )
)
_UNLINK_EPISODES = Query(delete(episode_assets).where(episode_assets.c.media_file_id == _IDS))
_UNLINK_TRACKS = Query(delete(track_assets).where(track_assets.c.media_file_id == _IDS))
_episode_link = rows_of(episode_id=Uuid(), media_file_id=Uuid())
_LINK_EPISODES = Query(
    insert(episode_assets)
    .from_select(["episode_id", "media_file_id"], select(_episode_link))
    .on_conflict_do_nothing()
)
_track_link = rows_of(track_id=Uuid(), media_file_id=Uuid())
_LINK_TRACKS = Query(
    insert(track_assets)
    .from_select(["track_id", "media_file_id"], select(_track_link))
    .on_conflict_do_nothing()
)


async def titles_of(session: Session, files: Sequence[UUID]) -> list[UUID]:
    """Returns the titles that files are linked to."""
    rows = await session.all(_TITLES_OF, ids=list(files))
    return sorted({row["title_id"] for row in rows})


async def touch(session: Session, changed: Sequence[UUID]) -> None:
    """Counts up the revision of titles."""
    await session.run(_TOUCH, ids=changed)


async def unlink(session: Session, files: Sequence[UUID]) -> None:
    """Takes away all links of files."""
    await session.run(_UNLINK_EPISODES, ids=list(files))
    await session.run(_UNLINK_TRACKS, ids=list(files))


async def add_titles(
    session: Session, library_id: UUID, wanted: Sequence[Placement]
) -> tuple[dict[TitleKey, UUID], set[UUID]]:
    """Makes the titles that are not there. Returns the ids of all, and those that are new."""
    columns: dict[str, list[object]] = {
        "id": [new_id() for _ in wanted],
        "library_id": [library_id] * len(wanted),
    }
    for name in _TITLE_COLUMNS:
        if name not in columns:
            columns[name] = [getattr(placement, name) for placement in wanted]
    created = {row["id"] for row in await session.all(_ADD_TITLES, **columns)}
    if len(created) < len(wanted):
        await session.run(_FILL_TITLES, **columns)
    found = await session.all(_FIND_TITLES, **columns)
    return {(row["kind"], row["match_key"]): row["id"] for row in found}, created


async def add_seasons(
    session: Session, wanted: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int | None], UUID]:
    """Makes the seasons that are not there. Returns the ids of all, by title and number."""
    await session.run(
        _ADD_SEASONS,
        id=[new_id() for _ in wanted],
        title_id=[title for title, _ in wanted],
        number=[number for _, number in wanted],
    )
    rows = await session.all(_FIND_SEASONS, ids=list({title for title, _ in wanted}))
    return {(row["title_id"], row["number"]): row["id"] for row in rows}


async def add_episodes(
    session: Session,
    wanted: Mapping[EpisodeKey, str],
    season_ids: Mapping[tuple[UUID, int | None], UUID],
) -> dict[EpisodeKey, UUID]:
    """Makes the episodes, with these names, that are not there. Returns the ids of all."""
    columns: dict[str, list[object]] = {
        "id": [new_id() for _ in wanted],
        "title_id": [title for title, _, _ in wanted],
        "season_id": [season_ids.get((title, season)) for title, season, _ in wanted],
        "season_number": [season for _, season, _ in wanted],
        "number": [number for _, _, number in wanted],
        "name": list(wanted.values()),
    }
    if await session.run(_ADD_EPISODES, **columns) < len(wanted):
        await session.run(_FILL_EPISODES, **columns)
    rows = await session.all(_FIND_EPISODES, **columns)
    return {(row["title_id"], row["season_number"], row["number"]): row["id"] for row in rows}


async def add_tracks(session: Session, wanted: Mapping[TrackKey, str]) -> dict[TrackKey, UUID]:
    """Makes the tracks, with these names, that are not there. Returns the ids of all."""
    columns: dict[str, list[object]] = {
        "id": [new_id() for _ in wanted],
        "title_id": [title for title, _, _, _ in wanted],
        "disc": [disc for _, disc, _, _ in wanted],
        "number": [number for _, _, number, _ in wanted],
        "name": list(wanted.values()),
        "match_key": [match_key for _, _, _, match_key in wanted],
    }
    await session.run(_ADD_TRACKS, **columns)
    return {
        (row["title_id"], row["disc"], row["number"], row["match_key"]): row["id"]
        for row in await session.all(_FIND_TRACKS, **columns)
    }


async def link_episodes(session: Session, links: Sequence[tuple[UUID, UUID]]) -> None:
    """Links episodes and files: pairs of their ids."""
    await session.run(
        _LINK_EPISODES,
        episode_id=[episode for episode, _ in links],
        media_file_id=[file for _, file in links],
    )


async def link_tracks(session: Session, links: Sequence[tuple[UUID, UUID]]) -> None:
    """Links tracks and files: pairs of their ids."""
    await session.run(
        _LINK_TRACKS,
        track_id=[track for track, _ in links],
        media_file_id=[file for _, file in links],
    )
