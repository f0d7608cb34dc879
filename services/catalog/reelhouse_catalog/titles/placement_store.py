"""SQL that makes titles, seasons, episodes and tracks, and links files to them.

Every statement takes many rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR, insert
from sqlalchemy.types import TypeEngine

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    seasons,
    stale_titles,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles import search_store
from reelhouse_catalog.titles.model import Placement
from reelhouse_kit.db import Query, Session, rows_of
from reelhouse_kit.ids import new_id

TitleKey = tuple[str, str]
"""The kind and match key of a title."""
EpisodeKey = tuple[UUID, int | None, int | None]
"""The title, season and number of an episode; None for what is unknown."""
TrackKey = tuple[UUID, int, int, str]
"""The title, disc, number and match key of a track."""

_NOTHING: Any = literal_column("'{}'::jsonb")
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
    "search_vector": Text(),
    "facets": JSONB(),
    "base": JSONB(),
    "released": Date(),
}
_given = rows_of(**_TITLE_COLUMNS)
_facet = func.jsonb_array_elements_text(_given.c.facets).column_valued("facet")
_AS_KEPT = {
    "search_vector": cast(_given.c.search_vector, TSVECTOR),
    "facets": func.array(select(_facet).scalar_subquery()),
}
_ADD_TITLES = Query(
    insert(titles)
    .from_select(
        list(_TITLE_COLUMNS), select(*(_AS_KEPT.get(c, _given.c[c]) for c in _TITLE_COLUMNS))
    )
    .on_conflict_do_nothing(index_elements=["library_id", "kind", "match_key"])
    .returning(titles.c.id)
)
# A title that was merged leads to the other. The lock keeps merges off until the files are linked.
_FIND_TITLES = Query(
    select(
        func.coalesce(titles.c.merged_into, titles.c.id).label("id"),
        titles.c.kind,
        titles.c.match_key,
    )
    .join(
        _given,
        and_(
            titles.c.library_id == _given.c.library_id,
            titles.c.kind == _given.c.kind,
            titles.c.match_key == _given.c.match_key,
        ),
    )
    .with_for_update(read=True, key_share=True, of=titles)
)
_KEYS = Query(
    select(titles.c.id, titles.c.kind, titles.c.name, titles.c.year, titles.c.creators).where(
        titles.c.id == _IDS, titles.c.merged_into.is_(None)
    )
)
_sign = rows_of(id=Uuid(), match_key=Text(), into=Uuid())
_ADD_SIGNS = Query(
    insert(titles)
    .from_select(
        [
            "id",
            "library_id",
            "kind",
            "name",
            "sort_name",
            "match_key",
            "search_text",
            "merged_into",
        ],
        select(
            _sign.c.id,
            titles.c.library_id,
            titles.c.kind,
            titles.c.name,
            titles.c.sort_name,
            _sign.c.match_key,
            literal_column("''"),
            titles.c.id,
        )
        .join(titles, titles.c.id == _sign.c.into)
        .where(titles.c.merged_into.is_(None)),
    )
    .on_conflict_do_nothing(index_elements=["library_id", "kind", "match_key"])
)
# What files newly tell fills gaps in what files told before. What becomes of it is for enrichment.
_told = titles.c.base
_told_ids = func.coalesce(_told["external_ids"], _NOTHING)
_FILL_TITLES = Query(
    update(titles)
    .where(
        titles.c.library_id == _given.c.library_id,
        titles.c.kind == _given.c.kind,
        titles.c.match_key == _given.c.match_key,
        or_(
            *(
                and_(_given.c.base.has_key(name), ~_told.has_key(name))
                for name in ("year", "creators", "narrators")
            ),
            ~_told_ids.bool_op("@>")(_given.c.external_ids),
        ),
    )
    .values(
        base=_given.c.base.concat(_told).concat(
            func.jsonb_build_object("external_ids", _given.c.external_ids.concat(_told_ids))
        )
    )
)
_DESTINATION = Query(
    select(func.coalesce(titles.c.merged_into, titles.c.id)).where(
        titles.c.id == bindparam("title", type_=Uuid)
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
    "found_name": Text(),
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
        episodes.c.found_name == "",
        _episode.c.found_name != "",
    )
    .values(found_name=_episode.c.found_name)
)

_TRACK_COLUMNS: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    "title_id": Uuid(),
    "disc": Integer(),
    "number": Integer(),
    "name": Text(),
    "found_name": Text(),
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


def _owners(table: Table, item: Any, link: Table) -> Any:
    """Returns the titles of files, by way of their episodes or tracks: each step by its index."""
    held = select(item).where(link.c.media_file_id == _IDS).scalar_subquery()
    return select(table.c.title_id).where(table.c.id == any_(func.array(held)))


_TITLES_OF = Query(
    union_all(
        _owners(episodes, episode_assets.c.episode_id, episode_assets),
        _owners(tracks, track_assets.c.track_id, track_assets),
    )
)

_stale = rows_of(title_id=Uuid(), library_id=Uuid())
_STALE = Query(
    insert(stale_titles)
    .from_select(["title_id", "library_id"], select(_stale))
    .on_conflict_do_nothing()
)
_NEXT_STALE = Query(
    select(stale_titles.c.title_id)
    .where(stale_titles.c.library_id == bindparam("library_id"))
    .order_by(stale_titles.c.title_id)
    .limit(bindparam("limit", type_=Integer))
)
_FRESH = Query(delete(stale_titles).where(stale_titles.c.title_id == _IDS))


async def titles_of(session: Session, files: Sequence[UUID]) -> list[UUID]:
    """Returns the titles that files are linked to."""
    rows = await session.all(_TITLES_OF, ids=list(files))
    return sorted({row["title_id"] for row in rows})


async def touch(session: Session, changed: Sequence[UUID]) -> None:
    """Counts up the revision of titles."""
    await session.run(_TOUCH, ids=changed)


async def destination(session: Session, title_id: UUID) -> UUID | None:
    """Returns the title that a title is part of now: itself unless it was merged."""
    found: UUID | None = await session.value(_DESTINATION, title=title_id)
    return found


async def add_titles(
    session: Session,
    library_id: UUID,
    wanted: Sequence[Placement],
    ids: Sequence[UUID] | None = None,
) -> tuple[dict[TitleKey, UUID], set[UUID]]:
    """Makes the titles that are not there. Returns the ids of all, and those that are new."""
    columns: dict[str, list[object]] = {
        "id": list(ids) if ids else [new_id() for _ in wanted],
        "library_id": [library_id] * len(wanted),
    }
    for name in _TITLE_COLUMNS:
        if name not in columns:
            columns[name] = [getattr(placement, name) for placement in wanted]
    created = {row["id"] for row in await session.all(_ADD_TITLES, **columns)}
    if len(created) < len(wanted):
        await session.run(_FILL_TITLES, **columns)
    found = await session.all(_FIND_TITLES, **columns)
    await search_store.learn(session, (placement.search_vector for placement in wanted))
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
        "found_name": list(wanted.values()),
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
        "found_name": list(wanted.values()),
        "match_key": [match_key for _, _, _, match_key in wanted],
    }
    await session.run(_ADD_TRACKS, **columns)
    return {
        (row["title_id"], row["disc"], row["number"], row["match_key"]): row["id"]
        for row in await session.all(_FIND_TRACKS, **columns)
    }


async def mark_stale(session: Session, stale: Mapping[UUID, UUID]) -> None:
    """Notes titles, with their libraries, whose metadata is to be put together anew."""
    ids = sorted(stale)
    if ids:
        await session.run(_STALE, title_id=ids, library_id=[stale[title] for title in ids])


async def next_stale(session: Session, library_id: UUID, limit: int) -> list[UUID]:
    """Returns titles of a library whose metadata is to be put together anew."""
    rows = await session.all(_NEXT_STALE, library_id=library_id, limit=limit)
    return [row["title_id"] for row in rows]


async def mark_fresh(session: Session, ids: Sequence[UUID]) -> None:
    """Notes that the metadata of titles was put together."""
    await session.run(_FRESH, ids=list(ids))


async def names_of(session: Session, ids: Sequence[UUID]) -> list[Any]:
    """Returns id, kind, name, year and creators of titles, without those that were merged."""
    return await session.all(_KEYS, ids=list(ids))


async def add_signs(session: Session, keys: Sequence[tuple[str, UUID]]) -> None:
    """Leads files that are matched by a key to a title, where no title has that key."""
    await session.run(
        _ADD_SIGNS,
        id=[new_id() for _ in keys],
        match_key=[key for key, _ in keys],
        into=[title for _, title in keys],
    )
