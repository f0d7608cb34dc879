"""What sources told of, item by item, in the database."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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
    case,
    func,
    literal_column,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.ingesting.findings import Part
from reelhouse_catalog.ingesting.model import ItemState, KnownItem, StoredItem
from reelhouse_catalog.schema import (
    episode_assets,
    episodes,
    media_files,
    media_libraries,
    source_collections,
    source_items,
    sources,
    track_assets,
    tracks,
)
from reelhouse_catalog.sources.remote import ItemKind
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.db.query import rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_item = source_items.c
_collection = source_collections.c
_file = media_files.c
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_limit = bindparam("limit", type_=Integer)

_KNOWN = Query(
    select(
        _item.id,
        _item.canonical_key,
        _item.fingerprint,
        _item.local_path,
        _item.media_file_id,
        _item.ingest_id,
        _item.gone_at.is_not(None).label("gone"),
    ).where(
        _item.collection_id == bindparam("collection_id"),
        _item.canonical_key == any_(bindparam("keys", type_=ARRAY(Text))),
    )
)
_SAID = (
    "kind",
    "provider_key",
    "parent_key",
    "display_name",
    "year",
    "season_number",
    "number",
    "server_path",
    "local_path",
    "media_file_id",
    "file",
    "raw",
    "finding",
    "fingerprint",
    "ingest_id",
)
_values = postgresql.insert(source_items).values(
    {name: bindparam(name) for name in ("id", "collection_id", "canonical_key", *_SAID)}
    | {
        "linked_at": select(func.now())
        .where(bindparam("media_file_id", type_=Uuid).is_not(None))
        .scalar_subquery()
    }
)
_WRITE = Query(
    _values.on_conflict_do_update(
        index_elements=[_item.collection_id, _item.canonical_key],
        set_={name: _values.excluded[name] for name in _SAID}
        | {
            # A link that was made since this batch was read stays, unless the path is another.
            "media_file_id": case(
                (
                    (_item.local_path == _values.excluded.local_path)
                    & _values.excluded.media_file_id.is_(None),
                    _item.media_file_id,
                ),
                else_=_values.excluded.media_file_id,
            ),
            "linked_at": func.coalesce(_item.linked_at, _values.excluded.linked_at),
            "seen_at": func.now(),
            "gone_at": None,
            "handed_at": None,
            "updated_at": func.now(),
            "revision": _item.revision + 1,
        },
    )
)
_SEEN = Query(
    update(source_items)
    .where(_item.id == _IDS)
    .values(seen_at=func.now(), ingest_id=bindparam("ingest"))
)
_AGAIN = Query(
    update(source_items)
    .where(
        _item.collection_id == bindparam("collection_id"),
        _item.parent_key == any_(bindparam("keys", type_=ARRAY(Text))),
    )
    .values(handed_at=None)
)
_HAS_ANY = Query(
    select(text("1"))
    .select_from(source_items)
    .where(_item.collection_id == bindparam("collection_id"), _item.gone_at.is_(None))
    .limit(1)
)
_GONE = Query(
    update(source_items)
    .where(
        _item.collection_id == bindparam("collection_id"),
        _item.gone_at.is_(None),
        _item.ingest_id.is_distinct_from(bindparam("ingest")),
    )
    .values(
        gone_at=func.now(),
        # What it said is to be withdrawn.
        handed_at=None,
        updated_at=func.now(),
        revision=_item.revision + 1,
    )
    .returning(_item.id)
)

_LINK = Query(
    update(source_items)
    .where(
        _item.state == literal_column("'pending'"),
        _item.local_path == (given := rows_of(path=Text(), file=Uuid())).c.path,
    )
    .values(
        media_file_id=given.c.file,
        linked_at=func.now(),
        handed_at=None,
        updated_at=func.now(),
        revision=_item.revision + 1,
    )
    .returning(_item.id, _item.collection_id, _item.media_file_id)
)
_PENDING = Query(
    select(_item.local_path)
    .where(
        _item.state == literal_column("'pending'"),
        _item.local_path > bindparam("after", type_=Text),
    )
    .order_by(_item.local_path)
    .limit(_limit)
)
_PATHS = Query(
    select(_file.id, media_libraries.c.root_path, _file.directory, _file.filename)
    .join(media_libraries, media_libraries.c.id == _file.library_id)
    .where(_file.id == _IDS)
)


def _title_of(part: Any, link: Any, owner: Any) -> Any:
    """Returns files with the title of what they are linked to, each by its key."""
    title = select(part.c.title_id).where(part.c.id == owner).scalar_subquery()
    return select(link.c.media_file_id, title.label("title_id")).where(link.c.media_file_id == _IDS)


_TITLES = Query(
    union(
        _title_of(episodes, episode_assets, episode_assets.c.episode_id),
        _title_of(tracks, track_assets, track_assets.c.track_id),
    )
)
_files_of_title = union(
    select(episode_assets.c.media_file_id)
    .join(episodes, episodes.c.id == episode_assets.c.episode_id)
    .where(episodes.c.title_id == bindparam("title")),
    select(track_assets.c.media_file_id)
    .join(tracks, tracks.c.id == track_assets.c.track_id)
    .where(tracks.c.title_id == bindparam("title")),
).subquery()
_group = source_items.alias("grouped")
_PARTS = Query(
    select(
        sources.c.kind.label("provider"),
        _item.id,
        _item.collection_id,
        _item.kind,
        _item.provider_key,
        _item.parent_key,
        _item.season_number,
        _item.number,
        _item.finding,
        _item.raw,
        _group.c.finding.label("group_finding"),
        _group.c.raw.label("group_raw"),
    )
    .select_from(source_items)
    .join(_files_of_title, _files_of_title.c.media_file_id == _item.media_file_id)
    .join(source_collections, _collection.id == _item.collection_id)
    .join(sources, sources.c.id == _collection.source_id)
    .outerjoin(
        _group,
        (_group.c.collection_id == _item.collection_id)
        & (_group.c.provider_key == _item.parent_key)
        & (_group.c.state == literal_column("'group'"))
        & (_item.parent_key != literal_column("''")),
    )
    .where(_item.gone_at.is_(None))
    .order_by(_item.id)
)
_TELLERS = Query(
    select(sources.c.kind)
    .distinct()
    .select_from(source_items)
    .join(_files_of_title, _files_of_title.c.media_file_id == _item.media_file_id)
    .join(source_collections, _collection.id == _item.collection_id)
    .join(sources, sources.c.id == _collection.source_id)
)
_UNHANDED = Query(
    select(_item.id, _item.media_file_id)
    .where(
        text("source_items.handed_at IS NULL AND source_items.media_file_id IS NOT NULL"),
        _item.media_file_id > bindparam("after", type_=Uuid),
    )
    .order_by(_item.media_file_id)
    .limit(_limit)
)
_HANDED = Query(
    update(source_items)
    .where(_item.id == _IDS, _item.handed_at.is_(None))
    .values(handed_at=func.now())
)

_SHOWN = [
    column
    for column in source_items.c
    if column.name
    not in (
        "raw",
        "finding",
        "fingerprint",
        "ingest_id",
        "gone_at",
        "handed_at",
        "revision",
    )
]
_BASE = select(*_SHOWN, _collection.source_id).join(
    source_collections, _collection.id == _item.collection_id
)
_GET = Query(
    _BASE.add_columns(_item.raw).where(
        _item.id == bindparam("id"),
        _item.collection_id == bindparam("collection_id"),
        _collection.source_id == bindparam("source_id"),
    )
)


def _item_of(row: Any) -> StoredItem:
    values = {"raw": None, **row}
    values |= {"kind": ItemKind(row["kind"]), "state": ItemState(row["state"])}
    return StoredItem(**values)


async def known(
    source: Database | Session, collection_id: UUID, keys: Sequence[str]
) -> dict[str, KnownItem]:
    """Returns what is known of items, by their canonical keys."""
    rows = await source.all(_KNOWN, collection_id=collection_id, keys=list(keys))
    return {row["canonical_key"]: KnownItem(**row) for row in rows}


async def write(
    session: Session, collection_id: UUID, ingest_id: UUID, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Adds and changes items, given by column."""
    await session.many(
        _WRITE,
        [
            {"id": new_id(), "collection_id": collection_id, "ingest_id": ingest_id, **row}
            for row in rows
        ],
    )


async def note_seen(session: Session, ingest_id: UUID, ids: Sequence[UUID]) -> None:
    """Notes that items are still there, unchanged."""
    await session.run(_SEEN, ingest=ingest_id, ids=list(ids))


async def hand_again(session: Session, collection_id: UUID, groups: Sequence[str]) -> None:
    """Notes that the parts of these groups are to be handed over again: the group changed."""
    await session.run(_AGAIN, collection_id=collection_id, keys=list(groups))


async def has_any(source: Database | Session, collection_id: UUID) -> bool:
    """Tells whether any item of a collection is known that is not gone."""
    return await source.one(_HAS_ANY, collection_id=collection_id) is not None


async def mark_gone(session: Session, collection_id: UUID, ingest_id: UUID) -> list[UUID]:
    """Marks the items that an ingest of a whole collection did not see. Returns them."""
    rows = await session.all(_GONE, collection_id=collection_id, ingest=ingest_id)
    return [row["id"] for row in rows]


async def link(session: Session, files: Mapping[str, UUID]) -> list[UUID]:
    """Links items that wait for these files, by path. Returns the files that were waited for."""
    rows = await session.all(_LINK, path=list(files), file=list(files.values()))
    return list({row["media_file_id"] for row in rows})


async def pending_paths(database: Database, after: str, limit: int) -> list[str]:
    """Returns paths that items wait for, in order, after one of them."""
    rows = await database.all(_PENDING, after=after, limit=limit)
    return [row["local_path"] for row in rows]


async def paths_of(database: Database, ids: Sequence[UUID]) -> dict[str, UUID]:
    """Returns where media files are. Names that are not UTF-8 are left out: no item has such."""
    found = {}
    for row in await database.all(_PATHS, ids=list(ids)):
        parts = (os.fsencode(row["root_path"]), row["directory"], row["filename"])
        try:
            found[os.path.join(*(part for part in parts if part)).decode()] = row["id"]
        except UnicodeDecodeError:
            continue
    return found


async def unhanded(database: Database, after: UUID, limit: int) -> list[tuple[UUID, UUID]]:
    """Returns linked items that were not handed over yet, as (item, media file), by file."""
    rows = await database.all(_UNHANDED, after=after, limit=limit)
    return [(row["id"], row["media_file_id"]) for row in rows]


async def titles_of(database: Database, files: Sequence[UUID]) -> dict[UUID, set[UUID]]:
    """Returns the titles that media files belong to, by file."""
    found: dict[UUID, set[UUID]] = {}
    for row in await database.all(_TITLES, ids=list(files)):
        found.setdefault(row["media_file_id"], set()).add(row["title_id"])
    return found


async def tellers_of(source: Database | Session, title_id: UUID) -> set[str]:
    """Returns the kinds of source that say, or said, something of a title."""
    return {row["kind"] for row in await source.all(_TELLERS, title=title_id)}


async def parts_of(source: Database | Session, title_id: UUID) -> list[Part]:
    """Returns the items of a title's files, the oldest first."""
    rows = await source.all(_PARTS, title=title_id)
    return [
        Part(
            **{k: v for k, v in row.items() if k not in ("id", "kind")}, kind=ItemKind(row["kind"])
        )
        for row in rows
    ]


async def note_handed(database: Database, ids: Sequence[UUID]) -> None:
    """Notes that what items say was handed over."""
    await database.run(_HANDED, ids=list(ids))


async def get(
    database: Database, source_id: UUID, collection_id: UUID, item_id: UUID
) -> StoredItem | None:
    """Returns an item with what its source answered."""
    row = await database.one(_GET, id=item_id, collection_id=collection_id, source_id=source_id)
    return _item_of(row) if row else None


async def page(
    database: Database, collection_id: UUID, state: ItemState | None, page: Page
) -> list[StoredItem]:
    """Returns a page of a collection's items, oldest first."""
    rows = await database.all(
        _list(by_state=state is not None, after=page.after is not None),
        collection_id=collection_id,
        state=state,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_item_of(row) for row in rows]


@lru_cache
def _list(*, by_state: bool, after: bool) -> Query:
    statement = _BASE.where(_item.collection_id == bindparam("collection_id"))
    if by_state:
        statement = statement.where(_item.state == bindparam("state", type_=Text))
    if after:
        statement = statement.where(_item.id > bindparam("after", type_=Uuid))
    return Query(statement.order_by(_item.id).limit(_limit))


_ALL_LISTS = [_list(by_state=s, after=a) for s in (False, True) for a in (False, True)]
"""For the test that explains all statements."""
