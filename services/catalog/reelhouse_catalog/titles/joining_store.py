"""SQL that makes two titles one, and takes one apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    media_metadata,
    provider_refs,
    seasons,
    titles,
    track_assets,
    tracks,
)
from reelhouse_kit.db import Query, Session, rows_of

_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_SOURCE = bindparam("source", type_=Uuid)
_TARGET = bindparam("target", type_=Uuid)

# In the order of their keys: two that lock several never wait for each other in a circle.
_LOCK = Query(
    select(titles.c.id, titles.c.library_id, titles.c.kind, titles.c.merged_into, titles.c.base)
    .where(titles.c.id == _IDS)
    .order_by(titles.c.id)
    .with_for_update()
)


def _pairs(table: Table, *keys: str) -> Query:
    """Returns which of a title's parts the other title has, too: (old, new)."""
    other = table.alias("other")
    same = (table.c[key].is_not_distinct_from(other.c[key]) for key in keys)
    return Query(
        select(table.c.id.label("old"), other.c.id.label("new"))
        .join(other, and_(other.c.title_id == _TARGET, *same))
        .where(table.c.title_id == _SOURCE)
    )


_pair = rows_of(old=Uuid(), new=Uuid())


def _join_links(table: Table, owner: str) -> Query:
    statement = postgresql.insert(table).from_select(
        [owner, "media_file_id", "canonical"],
        select(_pair.c.new, table.c.media_file_id, literal_column("false")).join(
            _pair, _pair.c.old == table.c[owner]
        ),
    )
    return Query(statement.on_conflict_do_nothing(index_elements=[owner, "media_file_id"]))


def _join_refs(column: Column[Any]) -> Query:
    """Moves references; those that the other has, too, stay and go with what they belong to."""
    own = provider_refs.alias("own")
    known = exists().where(
        own.c[column.name] == _pair.c.new,
        own.c.provider == provider_refs.c.provider,
        own.c.provider_key == provider_refs.c.provider_key,
    )
    return Query(
        update(provider_refs)
        .where(column == _pair.c.old, ~known)
        .values({column.name: _pair.c.new})
    )


def _delete(table: Table) -> Query:
    return Query(delete(table).where(table.c.id == _IDS))


@dataclass(frozen=True, slots=True)
class _Part:
    pairs: Query
    refs: Query
    delete: Query
    links: Query | None = None


_PARTS: Mapping[str, _Part] = {
    "seasons": _Part(
        _pairs(seasons, "number"), _join_refs(provider_refs.c.season_id), _delete(seasons)
    ),
    "episodes": _Part(
        _pairs(episodes, "season_number", "number"),
        _join_refs(provider_refs.c.episode_id),
        _delete(episodes),
        _join_links(episode_assets, "episode_id"),
    ),
    "tracks": _Part(
        _pairs(tracks, "disc", "number", "match_key"),
        _join_refs(provider_refs.c.track_id),
        _delete(tracks),
        _join_links(track_assets, "track_id"),
    ),
}
_there = seasons.alias("there")
_MOVE_SEASONS = Query(
    update(seasons)
    .where(
        seasons.c.title_id == _SOURCE,
        ~exists().where(_there.c.title_id == _TARGET, _there.c.number == seasons.c.number),
    )
    .values(title_id=_TARGET)
)
_season = (
    select(_there.c.id)
    .where(_there.c.title_id == _TARGET, _there.c.number == episodes.c.season_number)
    .scalar_subquery()
)
_MOVE_EPISODES = Query(
    update(episodes)
    .where(episodes.c.title_id == _SOURCE)
    .values(title_id=_TARGET, season_id=_season)
)
_MOVE_TRACKS = Query(update(tracks).where(tracks.c.title_id == _SOURCE).values(title_id=_TARGET))
_own = media_metadata.alias("own")
_MOVE_FINDINGS = Query(
    update(media_metadata)
    .where(
        media_metadata.c.title_id == _SOURCE,
        ~exists().where(
            _own.c.title_id == _TARGET,
            _own.c.source == media_metadata.c.source,
            _own.c.provider_key == media_metadata.c.provider_key,
        ),
    )
    .values(title_id=_TARGET)
)
_DROP_FINDINGS = Query(delete(media_metadata).where(media_metadata.c.title_id == _SOURCE))
_MOVE_REFS = _join_refs(provider_refs.c.title_id)
_DROP_REFS = Query(delete(provider_refs).where(provider_refs.c.title_id == _SOURCE))
_POINT = Query(
    update(titles)
    .where(or_(titles.c.id == _SOURCE, titles.c.merged_into == _SOURCE))
    .values(merged_into=_TARGET, updated_at=func.now(), revision=titles.c.revision + 1)
)
_PARTS_OF = {
    table: Query(select(part.c.id).where(part.c.title_id == bindparam("title", type_=Uuid)))
    for table, part in (("episodes", episodes), ("tracks", tracks))
}

_title = bindparam("title", type_=Uuid)
_EPISODE_LINKS = Query(
    select(
        episode_assets.c.media_file_id,
        episodes.c.id,
        episodes.c.season_number,
        episodes.c.number,
        episodes.c.found_name,
    )
    .join(episodes, episodes.c.id == episode_assets.c.episode_id)
    .where(episodes.c.title_id == _title, episode_assets.c.media_file_id == _IDS)
)
_TRACK_LINKS = Query(
    select(
        track_assets.c.media_file_id,
        tracks.c.id,
        tracks.c.disc,
        tracks.c.number,
        tracks.c.match_key,
        tracks.c.found_name,
    )
    .join(tracks, tracks.c.id == track_assets.c.track_id)
    .where(tracks.c.title_id == _title, track_assets.c.media_file_id == _IDS)
)
_ITEMS: Any = any_(bindparam("items", type_=ARRAY(Uuid)))
_UNLINK_EPISODES = Query(
    delete(episode_assets).where(
        episode_assets.c.media_file_id == _IDS, episode_assets.c.episode_id == _ITEMS
    )
)
_UNLINK_TRACKS = Query(
    delete(track_assets).where(
        track_assets.c.media_file_id == _IDS, track_assets.c.track_id == _ITEMS
    )
)
_PIN = Query(
    update(media_files)
    .where(media_files.c.id == _IDS)
    .values(
        pinned=literal_column("true"),
        confidence=literal_column("1.0"),
        updated_at=func.now(),
        revision=media_files.c.revision + 1,
    )
    .returning(media_files.c.id)
)
_EXISTING = Query(select(media_files.c.id).where(media_files.c.id == _IDS))


@dataclass(frozen=True, slots=True)
class Row:
    """A title, locked."""

    id: UUID
    library_id: UUID
    kind: str
    merged_into: UUID | None
    base: dict[str, Any]


async def lock(session: Session, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Locks titles against everybody, scans too, until the end. Returns those that exist."""
    return {row["id"]: Row(**row) for row in await session.all(_LOCK, ids=list(ids))}


async def pairs(session: Session, table: str, source: UUID, target: UUID) -> dict[UUID, UUID]:
    """Returns which seasons, episodes or tracks of one title are which of the other's."""
    rows = await session.all(_PARTS[table].pairs, source=source, target=target)
    return {row["old"]: row["new"] for row in rows}


async def join(
    session: Session, source: UUID, target: UUID, paired: Mapping[str, Mapping[UUID, UUID]]
) -> None:
    """Moves all that a title is made of, and all that is known of it, to another.

    Args:
        session: The transaction.
        source: The title that ends: it stays as a sign to the other.
        target: The other.
        paired: What `pairs` says of "seasons", "episodes" and "tracks".
    """
    for table, found in paired.items():
        columns = {"old": list(found), "new": list(found.values())}
        part = _PARTS[table]
        await session.run(part.refs, **columns)
        if part.links is not None:
            await session.run(part.links, **columns)
    both = {"source": source, "target": target}
    for table in ("episodes", "tracks"):
        await session.run(_PARTS[table].delete, ids=list(paired[table]))
    await session.run(_MOVE_SEASONS, **both)
    await session.run(_MOVE_EPISODES, **both)
    await session.run(_MOVE_TRACKS, **both)
    await session.run(_PARTS["seasons"].delete, ids=list(paired["seasons"]))
    await session.run(_MOVE_FINDINGS, **both)
    await session.run(_DROP_FINDINGS, source=source)
    await session.run(_MOVE_REFS, old=[source], new=[target])
    await session.run(_DROP_REFS, source=source)
    await session.run(_POINT, **both)


async def parts(session: Session, table: str, title_id: UUID) -> list[UUID]:
    """Returns the "episodes" or "tracks" of a title."""
    return [row["id"] for row in await session.all(_PARTS_OF[table], title=title_id)]


async def episode_links(session: Session, title_id: UUID, files: Sequence[UUID]) -> list[Any]:
    """Returns what files hold of a title: media_file_id, id, season_number, number, found_name."""
    return list(await session.all(_EPISODE_LINKS, title=title_id, ids=list(files)))


async def track_links(session: Session, title_id: UUID, files: Sequence[UUID]) -> list[Any]:
    """Returns what files hold of a title: as `episode_links`, with disc and match_key."""
    return list(await session.all(_TRACK_LINKS, title=title_id, ids=list(files)))


async def unlink(
    session: Session,
    files: Sequence[UUID],
    episode_ids: Sequence[UUID],
    track_ids: Sequence[UUID],
) -> None:
    """Takes away links between files and episodes or tracks."""
    await session.run(_UNLINK_EPISODES, ids=list(files), items=list(episode_ids))
    await session.run(_UNLINK_TRACKS, ids=list(files), items=list(track_ids))


async def pin(session: Session, files: Sequence[UUID]) -> None:
    """Notes that people chose the links of files."""
    await session.all(_PIN, ids=sorted(files))


async def missing(session: Session, files: Sequence[UUID]) -> list[UUID]:
    """Returns those of the files that do not exist."""
    there = {row["id"] for row in await session.all(_EXISTING, ids=list(files))}
    return [file for file in files if file not in there]
