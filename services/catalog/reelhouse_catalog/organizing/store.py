"""The files of a library in the database, with all that their names depend on. Pages by key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from reelhouse_catalog.organizing.looking import Seen
from reelhouse_catalog.organizing.model import Known, Owner, Piece, Rules
from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    review_queue,
    titles,
    track_assets,
    tracks,
)
from reelhouse_catalog.titles.model import TitleKind
from reelhouse_kit.db import Database, Query
from reelhouse_kit.db.database import in_order

_file = media_files.c
_IDS = bindparam("ids", type_=ARRAY(Uuid))
_MAX_COPIES = 30
_PRESENT: Any = literal_column("'present'")
_SEEN = (
    _file.id,
    _file.directory,
    _file.filename,
    (_file.state == _PRESENT).label("present"),
    _file.confidence,
    exists()
    .where(
        review_queue.c.media_file_id == _file.id,
        review_queue.c.state == literal_column("'pending'"),
    )
    .label("pending"),
    _file.width,
    _file.height,
    _file.video_codec,
    _file.audio_codec,
    _file.streams,
)
_SEEN_NAMES = tuple(column.name for column in _SEEN)
_OWNER = (
    titles.c.id.label("title_id"),
    titles.c.kind,
    titles.c.name.label("title_name"),
    titles.c.year,
    titles.c.creators,
    titles.c.narrators,
    titles.c.external_ids,
    titles.c.series,
    titles.c.series_position,
)
_BATCH = Query(select(*_SEEN, _file.library_id).where(_file.id == any_(_IDS)))
_of_title = tracks.alias("of_title")


def _pieces(link: Any, item: Any, *columns: Any) -> Query:
    """Returns the statement for what files hold, each with its title."""
    held = (
        select(*columns, *_OWNER)
        .select_from(item)
        .join(titles, titles.c.id == item.c.title_id)
        .where(item.c.id == link.c[f"{item.name.removesuffix('s')}_id"])
        # There is one, which PostgreSQL is to look up rather than to join all with all.
        .limit(literal_column("1"))
        .lateral("held")
    )
    return Query(
        select(link.c.media_file_id, *held.c)
        .select_from(link)
        .join(held, true())
        .where(link.c.media_file_id == any_(_IDS))
    )


_EPISODES = _pieces(
    episode_assets,
    episodes,
    episodes.c.season_number.label("season"),
    episodes.c.number,
    func.coalesce(func.nullif(episodes.c.name, ""), episodes.c.found_name).label("name"),
)
_TRACKS = _pieces(
    track_assets,
    tracks,
    tracks.c.disc.label("season"),
    func.nullif(tracks.c.number, 0).label("number"),
    tracks.c.name,
    select(func.max(_of_title.c.disc))
    .where(_of_title.c.title_id == tracks.c.title_id)
    .scalar_subquery()
    .label("disc_count"),
    select(func.count())
    .where(_of_title.c.title_id == tracks.c.title_id)
    .scalar_subquery()
    .label("piece_count"),
)


def _others(link: Any, item: Any) -> Query:
    """Returns the statement for the other files that hold what some files hold."""
    own, other = link.alias("own"), link.alias("other")
    beside = (
        select(*_SEEN)
        .select_from(other)
        .join(media_files, and_(_file.id == other.c.media_file_id, _file.state == _PRESENT))
        .where(other.c[item] == own.c[item], other.c.media_file_id != own.c.media_file_id)
        .order_by(_file.id)
        # Where so many are taken for copies of one, names cannot tell them apart anyway.
        .limit(literal_column(str(_MAX_COPIES)))
        .lateral("beside")
    )
    return Query(
        select(own.c.media_file_id.label("of"), *beside.c)
        .select_from(own)
        .join(beside, true())
        .where(own.c.media_file_id == any_(_IDS))
    )


_OTHERS = (_others(episode_assets, "episode_id"), _others(track_assets, "track_id"))


async def page(
    database: Database, library_id: UUID, rules: Rules, after: UUID | None, limit: int
) -> list[Seen]:
    """Returns a page of files, in the order they were discovered."""
    chosen = rules.titles is not None or rules.files is not None
    rows = await database.all(
        _list(chosen=chosen, after=after is not None),
        library_id=library_id,
        titles=list(rules.titles or ()),
        files=list(rules.files or ()),
        after=after,
        limit=limit,
    )
    return [_seen(row) for row in rows]


async def files(database: Database, ids: Sequence[UUID]) -> list[tuple[UUID, Seen]]:
    """Returns files with their libraries, in the order of their ids, without those not there."""
    rows = in_order(ids, await database.all(_BATCH, ids=list(ids)))
    return [(row["library_id"], _seen(row)) for row in rows]


async def known(database: Database, found: Sequence[Seen]) -> list[Known]:
    """Returns files with all that their names depend on, in four statements for all of them."""
    ids = [file.id for file in found]
    pieces: dict[UUID, list[Piece]] = {}
    owners: dict[UUID, Owner] = {}
    for query in (_EPISODES, _TRACKS):
        for row in await database.all(query, ids=ids):
            owner = owners.setdefault(row["title_id"], _owner(row))
            pieces.setdefault(row["media_file_id"], []).append(_piece(row, owner))
    others: dict[UUID, dict[UUID, Seen]] = {}
    for query in _OTHERS:
        for row in await database.all(query, ids=ids):
            others.setdefault(row["of"], {})[row["id"]] = _seen(row)
    return [
        Known(file, pieces.get(file.id, ()), list(others.get(file.id, {}).values()))
        for file in found
    ]


def _seen(row: Any) -> Seen:
    return Seen(**{name: row[name] for name in _SEEN_NAMES})


def _owner(row: Any) -> Owner:
    return Owner(
        id=row["title_id"],
        kind=TitleKind(row["kind"]),
        name=row["title_name"],
        **{name: row[name] for name in _OWNER_NAMES},
    )


_OWNER_NAMES = ("year", "creators", "narrators", "external_ids", "series", "series_position")


def _piece(row: Any, owner: Owner) -> Piece:
    counts = {name: row[name] for name in ("disc_count", "piece_count") if name in row.keys()}  # noqa: SIM118 # a record is no mapping
    return Piece(owner, row["season"], row["number"], row["name"] or "", **counts)


@lru_cache
def _list(*, chosen: bool, after: bool) -> Query:
    statement = (
        select(*_SEEN)
        .where(_file.library_id == bindparam("library_id"))
        .order_by(_file.id)
        .limit(bindparam("limit", type_=Integer))
    )
    if chosen:
        wanted = bindparam("titles", type_=ARRAY(Uuid))
        of_titles = union_all(
            select(episode_assets.c.media_file_id)
            .join(episodes, episodes.c.id == episode_assets.c.episode_id)
            .where(episodes.c.title_id == any_(wanted)),
            select(track_assets.c.media_file_id)
            .join(tracks, tracks.c.id == track_assets.c.track_id)
            .where(tracks.c.title_id == any_(wanted)),
        ).subquery()
        statement = statement.where(
            or_(
                _file.id.in_(select(of_titles.c.media_file_id)),
                _file.id == any_(bindparam("files", type_=ARRAY(Uuid))),
            )
        )
    if after:
        statement = statement.where(_file.id > bindparam("after"))
    return Query(statement)


def statements() -> Iterable[Query]:
    """Returns the statements that are made when they are wanted."""
    return [
        _list(chosen=chosen, after=after) for chosen in (False, True) for after in (False, True)
    ]
