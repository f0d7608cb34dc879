"""Media files in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union,
    update,
)

from reelhouse_catalog.media_files.model import Filter, MediaFile
from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    media_libraries,
    track_assets,
    tracks,
)
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.db.database import in_order
from reelhouse_kit.rpc.paging import Page

_file = media_files.c


def _links() -> Any:
    """Returns what a file is a copy of, as a JSON array; one statement reads file and links."""
    of_episodes = (
        select(
            func.jsonb_agg(
                func.jsonb_build_object(
                    "title",
                    cast(episodes.c.title_id, Text),
                    "episode",
                    cast(episodes.c.id, Text),
                    "canonical",
                    episode_assets.c.canonical,
                )
            )
        )
        .join(episode_assets, episode_assets.c.episode_id == episodes.c.id)
        .where(episode_assets.c.media_file_id == _file.id)
        .scalar_subquery()
    )
    of_tracks = (
        select(
            func.jsonb_agg(
                func.jsonb_build_object(
                    "title",
                    cast(tracks.c.title_id, Text),
                    "track",
                    cast(tracks.c.id, Text),
                    "canonical",
                    track_assets.c.canonical,
                )
            )
        )
        .join(track_assets, track_assets.c.track_id == tracks.c.id)
        .where(track_assets.c.media_file_id == _file.id)
        .scalar_subquery()
    )
    return func.coalesce(of_episodes, of_tracks, literal_column("'[]'::jsonb")).label("links")


_COLUMNS = [
    column
    for column in media_files.c
    if column.name not in ("inode", "device", "tags", "created_at", "streams")
]
_BASE = select(*_COLUMNS, media_libraries.c.root_path, _links()).join(
    media_libraries, media_libraries.c.id == _file.library_id
)
_FULL = _BASE.add_columns(_file.streams)
_LINKED = Query(
    update(media_files)
    .where(_file.id == bindparam("id"))
    .values(
        confidence=1.0,
        score=bindparam("score"),
        readiness=bindparam("readiness"),
        approved=bindparam("approved"),
        updated_at=func.now(),
        revision=_file.revision + 1,
    )
)
_GET = Query(_FULL.where(_file.id == bindparam("id")))
_BATCH = Query(_FULL.where(_file.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))


def _media_file_of(row: Any) -> MediaFile:
    return MediaFile(**{"streams": [], **row})


async def set_linked(
    session: Session, file_id: UUID, *, score: float, readiness: str, approved: bool
) -> None:
    """Notes that a person said what a file is a copy of."""
    await session.run(_LINKED, id=file_id, score=score, readiness=readiness, approved=approved)


async def get(database: Database | Session, file_id: UUID) -> MediaFile | None:
    """Returns a media file."""
    row = await database.one(_GET, id=file_id)
    return MediaFile(**row) if row else None


async def batch(database: Database, ids: Sequence[UUID]) -> list[MediaFile]:
    """Returns media files in the order of their ids, without those that do not exist."""
    rows = await database.all(_BATCH, ids=list(ids))
    return [MediaFile(**row) for row in in_order(ids, rows)]


async def page(database: Database, where: Filter, page: Page) -> list[MediaFile]:
    """Returns a page of media files, in the order they were discovered, without their streams."""
    query = _list(
        library=where.library_id is not None,
        title=where.title_id is not None,
        state=where.state is not None,
        broken=where.broken,
        unmatched=where.unmatched,
        after=page.after is not None,
    )
    rows = await database.all(
        query,
        library_id=where.library_id,
        title_id=where.title_id,
        state=where.state,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_media_file_of(row) for row in rows]


@lru_cache
def _list(
    *, library: bool, title: bool, state: bool, broken: bool, unmatched: bool, after: bool
) -> Query:
    """Returns the statement for a combination of filters: each has an index that serves it."""
    statement = _BASE.order_by(_file.id).limit(bindparam("limit", type_=Integer))
    if library:
        statement = statement.where(_file.library_id == bindparam("library_id"))
    if title:
        of_title = union(
            select(episode_assets.c.media_file_id)
            .join(episodes, episodes.c.id == episode_assets.c.episode_id)
            .where(episodes.c.title_id == bindparam("title_id")),
            select(track_assets.c.media_file_id)
            .join(tracks, tracks.c.id == track_assets.c.track_id)
            .where(tracks.c.title_id == bindparam("title_id")),
        ).subquery()
        statement = statement.where(_file.id.in_(select(of_title.c.media_file_id)))
    if state:
        statement = statement.where(_file.state == bindparam("state"))
    if broken:
        statement = statement.where(_file.probe_error != literal_column("''"))
    if unmatched:
        statement = statement.where(
            ~or_(
                exists().where(episode_assets.c.media_file_id == _file.id),
                exists().where(track_assets.c.media_file_id == _file.id),
            )
        )
    if after:
        statement = statement.where(_file.id > bindparam("after"))
    return Query(statement)
