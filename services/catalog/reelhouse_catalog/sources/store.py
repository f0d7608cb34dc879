"""Sources, collections and path mappings in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema import path_mappings, source_collections, sources
from reelhouse_catalog.sources.model import Collection, Config, Content, Source, SourceKind
from reelhouse_catalog.sources.paths import Mapping
from reelhouse_catalog.sources.remote import RemoteCollection
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_source = sources.c
_collection = source_collections.c
_mapping = path_mappings.c
_BY_ID = _source.id == bindparam("id")
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_after = bindparam("after", type_=Uuid)
_limit = bindparam("limit", type_=Integer)

_INSERT = Query(
    insert(sources)
    .values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "external_id",
                "name",
                "kind",
                "base_url",
                "root_path",
                "credential",
                "enabled",
                "config",
            )
        }
    )
    .returning(sources)
)
_GET = Query(select(sources).where(_BY_ID))
_LOCK = Query(select(sources).where(_BY_ID).with_for_update())
_BY_EXTERNAL_ID = Query(select(sources).where(_source.external_id == bindparam("external_id")))
_LIST = Query(
    select(sources)
    .where(or_(_after.is_(None), _source.id > _after))
    .order_by(_source.id)
    .limit(_limit)
)
_UPDATE = Query(
    update(sources)
    .where(_BY_ID)
    .values(
        name=bindparam("name"),
        base_url=bindparam("base_url"),
        root_path=bindparam("root_path"),
        credential=bindparam("credential", type_=BYTEA),
        enabled=bindparam("enabled"),
        config=bindparam("config", type_=JSONB),
        updated_at=func.now(),
        revision=_source.revision + 1,
    )
    .returning(sources)
)
_CREDENTIAL = Query(
    update(sources).where(_BY_ID).values(credential=bindparam("credential", type_=BYTEA))
)
_CHECKED = Query(
    update(sources)
    .where(_BY_ID)
    .values(
        server_name=bindparam("server_name"),
        server_version=bindparam("server_version"),
        check_error=bindparam("check_error"),
        checked_at=func.now(),
    )
    .returning(sources)
)
_DELETE = Query(delete(sources).where(_BY_ID))
_HAS_COLLECTIONS = Query(
    select(text("1"))
    .select_from(source_collections)
    .where(_collection.source_id == bindparam("id"))
    .limit(1)
)

_GET_COLLECTION = Query(
    select(source_collections).where(
        _collection.id == bindparam("id"), _collection.source_id == bindparam("source_id")
    )
)
_LOCK_COLLECTION = Query(
    select(source_collections)
    .where(_collection.id == bindparam("id"), _collection.source_id == bindparam("source_id"))
    .with_for_update()
)
_OF_SOURCE = Query(
    select(source_collections)
    .where(_collection.source_id == bindparam("source_id"))
    .order_by(_collection.id)
)
_LIST_COLLECTIONS = Query(
    select(source_collections)
    .where(
        _collection.source_id == bindparam("source_id"),
        or_(_after.is_(None), _collection.id > _after),
    )
    .order_by(_collection.id)
    .limit(_limit)
)
_LIST_ALL_COLLECTIONS = Query(
    select(source_collections)
    .where(or_(_after.is_(None), _collection.id > _after))
    .order_by(_collection.id)
    .limit(_limit)
)
_DISCOVERED_COLUMNS = ("id", "source_id", "external_id", "name", "content", "locations")
_discovered = postgresql.insert(source_collections).values(
    {name: bindparam(name) for name in _DISCOVERED_COLUMNS}
)
_DISCOVER = Query(
    _discovered.on_conflict_do_update(
        index_elements=[_collection.source_id, _collection.external_id],
        set_={
            "name": _discovered.excluded.name,
            "content": _discovered.excluded.content,
            "locations": _discovered.excluded.locations,
            "gone_at": None,
            "updated_at": func.now(),
            "revision": _collection.revision + 1,
        },
        where=or_(
            _collection.name != _discovered.excluded.name,
            _collection.content != _discovered.excluded.content,
            _collection.locations != _discovered.excluded.locations,
            _collection.gone_at.is_not(None),
        ),
    )
)
_GONE = Query(
    update(source_collections)
    .where(_collection.id == _IDS)
    .values(gone_at=func.now(), updated_at=func.now(), revision=_collection.revision + 1)
)
_UPDATE_COLLECTION = Query(
    update(source_collections)
    .where(_collection.id == bindparam("id"))
    .values(
        enabled=bindparam("enabled", type_=Boolean),
        config=bindparam("config", type_=JSONB),
        updated_at=func.now(),
        revision=_collection.revision + 1,
    )
    .returning(source_collections)
)
_INGESTED = Query(
    update(source_collections)
    .where(_collection.id == bindparam("id"))
    .values(ingested_at=func.now())
)
_MAPPINGS = Query(
    select(_mapping.collection_id, _mapping.server_path, _mapping.local_path)
    .where(_mapping.collection_id == _IDS)
    .order_by(_mapping.collection_id, _mapping.id)
)
_CLEAR_MAPPINGS = Query(delete(path_mappings).where(_mapping.collection_id == bindparam("id")))
_INSERT_MAPPING = Query(
    insert(path_mappings).values(
        {name: bindparam(name) for name in ("id", "collection_id", "server_path", "local_path")}
    )
)


def _source_of(row: Any) -> Source:
    values = {**row, "kind": SourceKind(row["kind"]), "config": Config(**row["config"])}
    return Source(**values)


def _collection_of(row: Any, mappings: Sequence[Mapping] = ()) -> Collection:
    return Collection(**{**row, "content": Content(row["content"])}, mappings=tuple(mappings))


async def insert_source(session: Session, source_id: UUID, **values: object) -> Source:
    """Adds a source."""
    return _source_of(await session.one(_INSERT, id=source_id, **values))


async def get(source: Database | Session, source_id: UUID) -> Source | None:
    """Returns a source."""
    row = await source.one(_GET, id=source_id)
    return _source_of(row) if row else None


async def lock(session: Session, source_id: UUID) -> Source | None:
    """Returns a source that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=source_id)
    return _source_of(row) if row else None


async def by_external_id(session: Session, external_id: str) -> Source | None:
    """Returns the source with this external id."""
    row = await session.one(_BY_EXTERNAL_ID, external_id=external_id)
    return _source_of(row) if row else None


async def page(database: Database, page: Page) -> list[Source]:
    """Returns a page of sources, oldest first."""
    after = page.after[0] if page.after else None
    return [_source_of(row) for row in await database.all(_LIST, after=after, limit=page.limit)]


async def update_source(session: Session, source_id: UUID, **values: object) -> Source:
    """Changes a source."""
    return _source_of(await session.one(_UPDATE, id=source_id, **values))


async def write_credential(session: Session, source_id: UUID, credential: bytes) -> None:
    """Writes the same credential, encrypted anew."""
    await session.run(_CREDENTIAL, id=source_id, credential=credential)


async def note_check(session: Session, source_id: UUID, **values: str) -> Source | None:
    """Notes what a check found: server_name, server_version, check_error."""
    row = await session.one(_CHECKED, id=source_id, **values)
    return _source_of(row) if row else None


async def delete_source(session: Session, source_id: UUID) -> None:
    """Removes a source and all that it told."""
    await session.run(_DELETE, id=source_id)


async def has_collections(session: Session, source_id: UUID) -> bool:
    """Tells whether a source has any collection."""
    return await session.one(_HAS_COLLECTIONS, id=source_id) is not None


async def get_collection(
    source: Database | Session, source_id: UUID, collection_id: UUID, *, lock: bool = False
) -> Collection | None:
    """Returns a collection with its mappings; locked, nobody else changes it meanwhile."""
    query = _LOCK_COLLECTION if lock else _GET_COLLECTION
    row = await source.one(query, id=collection_id, source_id=source_id)
    return (await _with_mappings(source, [row]))[0] if row else None


async def collections_of(source: Database | Session, source_id: UUID) -> list[Collection]:
    """Returns all collections of a source, oldest first."""
    return await _with_mappings(source, await source.all(_OF_SOURCE, source_id=source_id))


async def collection_page(
    database: Database, source_id: UUID | None, page: Page
) -> list[Collection]:
    """Returns a page of the collections of a source, or of all, oldest first."""
    values: dict[str, object] = {
        "after": page.after[0] if page.after else None,
        "limit": page.limit,
    }
    if source_id is None:
        rows = await database.all(_LIST_ALL_COLLECTIONS, **values)
    else:
        rows = await database.all(_LIST_COLLECTIONS, source_id=source_id, **values)
    return await _with_mappings(database, rows)


async def _with_mappings(source: Database | Session, rows: Sequence[Any]) -> list[Collection]:
    if not rows:
        return []
    mappings: dict[UUID, list[Mapping]] = {}
    for row in await source.all(_MAPPINGS, ids=[row["id"] for row in rows]):
        mapping = Mapping(row["server_path"], row["local_path"])
        mappings.setdefault(row["collection_id"], []).append(mapping)
    return [_collection_of(row, mappings.get(row["id"], ())) for row in rows]


async def discover(session: Session, source_id: UUID, found: Iterable[RemoteCollection]) -> None:
    """Adds collections, and changes those that are known; enabled or not stays as it is."""
    await session.many(
        _DISCOVER,
        [
            {
                "id": new_id(),
                "source_id": source_id,
                "external_id": one.external_id,
                "name": one.name,
                "content": one.content,
                "locations": list(one.locations),
            }
            for one in found
        ],
    )


async def mark_gone(session: Session, ids: Sequence[UUID]) -> None:
    """Marks collections as gone."""
    await session.run(_GONE, ids=list(ids))


async def update_collection(
    session: Session, collection: Collection, *, enabled: bool, config: dict[str, str]
) -> Collection:
    """Changes a collection."""
    row = await session.one(_UPDATE_COLLECTION, id=collection.id, enabled=enabled, config=config)
    return _collection_of(row, collection.mappings)


async def note_ingest(session: Session, collection_id: UUID) -> None:
    """Notes that all of a collection was ingested now."""
    await session.run(_INGESTED, id=collection_id)


async def replace_mappings(
    session: Session, collection_id: UUID, mappings: Iterable[Mapping]
) -> None:
    """Gives a collection these mappings and no others."""
    await session.run(_CLEAR_MAPPINGS, id=collection_id)
    await session.many(
        _INSERT_MAPPING,
        [
            {
                "id": new_id(),
                "collection_id": collection_id,
                "server_path": mapping.server_path,
                "local_path": mapping.local_path,
            }
            for mapping in mappings
        ],
    )
