"""The methods of SourceService about ingests and items."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol
from uuid import UUID

import orjson

from reelhouse.catalog.v1 import ingest_pb2, source_item_pb2, source_service_pb2
from reelhouse_catalog.ingesting import item_store, store, usecases
from reelhouse_catalog.ingesting.model import (
    ENDED,
    INGEST,
    ITEM,
    Action,
    Ingest,
    ItemState,
    StoredEntry,
    StoredItem,
)
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.sources import usecases as sources
from reelhouse_catalog.sources.model import COLLECTION, SOURCE
from reelhouse_catalog.sources.remote import Selection
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import follow
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure

_STATE = ingest_pb2.Ingest.State
_ACTION = ingest_pb2.IngestEntry.Action
_ITEM_STATE = source_item_pb2.SourceItem.State
_KIND = source_item_pb2.SourceItem.Kind
_FILE = source_item_pb2.SourceItem.File


class _Begins(Protocol):
    """A request that begins an ingest."""

    dry_run: bool
    max_new: int
    request_id: str


class IngestMethods:
    """Ingests sources and tells of what they told."""

    _database: Database
    _hub: Hub
    _stopping: asyncio.Event

    async def IngestSource(
        self, request: source_service_pb2.IngestSourceRequest, context: Context
    ) -> ingest_pb2.Ingest:
        return await self._begin(request, SOURCE.parse_one(request.name), None, Selection())

    async def IngestCollection(
        self, request: source_service_pb2.IngestCollectionRequest, context: Context
    ) -> ingest_pb2.Ingest:
        source_id, collection_id = COLLECTION.parse(request.name)
        return await self._begin(request, source_id, collection_id, Selection())

    async def IngestTitle(
        self, request: source_service_pb2.IngestTitleRequest, context: Context
    ) -> ingest_pb2.Ingest:
        source_id, collection_id = COLLECTION.parse(request.name)
        selection = Selection(
            request.title,
            request.season_number if request.HasField("season_number") else None,
            request.episode_number if request.HasField("episode_number") else None,
        )
        return await self._begin(request, source_id, collection_id, selection)

    async def _begin(
        self, request: Any, source_id: UUID, collection_id: UUID | None, selection: Selection
    ) -> ingest_pb2.Ingest:
        begins: _Begins = request
        ingest = await usecases.start_ingest(
            self._database,
            source_id,
            collection_id,
            selection=selection,
            dry_run=begins.dry_run,
            max_new=begins.max_new,
            once=Once.of(request),
        )
        return ingest_to_message(ingest)

    async def GetIngest(
        self, request: source_service_pb2.GetIngestRequest, context: Context
    ) -> ingest_pb2.Ingest:
        source_id, ingest_id = INGEST.parse(request.name)
        return ingest_to_message(await usecases.get_ingest(self._database, source_id, ingest_id))

    async def ListIngests(
        self, request: source_service_pb2.ListIngestsRequest, context: Context
    ) -> source_service_pb2.ListIngestsResponse:
        page = paging.page_of(request, UUID)
        source_id = None if request.parent == "sources/-" else SOURCE.parse_one(request.parent)
        if source_id is not None:
            await sources.get_source(self._database, source_id)
        rows, token = page.cut(
            await store.page(self._database, source_id, page), key=lambda row: (row.id,)
        )
        return source_service_pb2.ListIngestsResponse(
            ingests=[ingest_to_message(row) for row in rows], next_page_token=token
        )

    async def ListIngestEntries(
        self, request: source_service_pb2.ListIngestEntriesRequest, context: Context
    ) -> source_service_pb2.ListIngestEntriesResponse:
        page = paging.page_of(request, int)
        source_id, ingest_id = INGEST.parse(request.parent)
        await usecases.get_ingest(self._database, source_id, ingest_id)
        name = _ACTION.Name(request.action).removeprefix("ACTION_").lower()
        action = Action(name) if request.action else None
        rows, token = page.cut(
            await store.entry_page(self._database, ingest_id, action, page),
            key=lambda row: (row.number,),
        )
        return source_service_pb2.ListIngestEntriesResponse(
            entries=[_entry_to_message(row) for row in rows], next_page_token=token
        )

    async def CancelIngest(
        self, request: source_service_pb2.CancelIngestRequest, context: Context
    ) -> ingest_pb2.Ingest:
        source_id, ingest_id = INGEST.parse(request.name)
        return ingest_to_message(await usecases.cancel_ingest(self._database, source_id, ingest_id))

    async def WatchIngest(
        self, request: source_service_pb2.WatchIngestRequest, context: Context
    ) -> AsyncIterator[source_service_pb2.WatchIngestResponse]:
        source_id, ingest_id = INGEST.parse(request.name)

        async def load() -> Ingest:
            return await usecases.get_ingest(self._database, source_id, ingest_id)

        async for ingest in follow(
            self._hub, request.name, load, lambda one: one.state in ENDED, self._stopping
        ):
            yield source_service_pb2.WatchIngestResponse(ingest=ingest_to_message(ingest))

    async def GetSourceItem(
        self, request: source_service_pb2.GetSourceItemRequest, context: Context
    ) -> source_item_pb2.SourceItem:
        item = await usecases.get_item(self._database, *ITEM.parse(request.name))
        message = item_to_message(item)
        message.raw_json = orjson.dumps(item.raw).decode()
        return message

    async def ListSourceItems(
        self, request: source_service_pb2.ListSourceItemsRequest, context: Context
    ) -> source_service_pb2.ListSourceItemsResponse:
        page = paging.page_of(request, UUID)
        source_id, collection_id = COLLECTION.parse(request.parent)
        await sources.get_collection(self._database, source_id, collection_id)
        name = _ITEM_STATE.Name(request.state).removeprefix("STATE_").lower()
        state = ItemState(name) if request.state else None
        rows, token = page.cut(
            await item_store.page(self._database, collection_id, state, page),
            key=lambda row: (row.id,),
        )
        return source_service_pb2.ListSourceItemsResponse(
            items=[item_to_message(row) for row in rows], next_page_token=token
        )


def ingest_to_message(row: Ingest) -> ingest_pb2.Ingest:
    """Returns an ingest on the wire."""
    collection = COLLECTION.format(row.source_id, row.collection_id) if row.collection_id else ""
    return ingest_pb2.Ingest(
        name=row.resource,
        collection=collection,
        title=row.selection.title,
        season_number=row.selection.season_number,
        episode_number=row.selection.number,
        dry_run=row.dry_run,
        max_new=row.max_new,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        stats=ingest_pb2.Ingest.Stats(**row.stats),
        error=failure("catalog.reelhouse", row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.ended_at),
    )


def _entry_to_message(row: StoredEntry) -> ingest_pb2.IngestEntry:
    return ingest_pb2.IngestEntry(
        number=row.number,
        action=_ACTION.Value(f"ACTION_{row.action.upper()}"),
        source_key=row.provider_key,
        display_name=row.display_name,
        server_path=row.server_path,
        local_path=row.local_path,
        media_file=MEDIA_FILE.format(row.media_file_id) if row.media_file_id else "",
        error_code=row.error_code,
        error_message=row.error_message,
    )


def item_to_message(row: StoredItem) -> source_item_pb2.SourceItem:
    """Returns an item on the wire, without what its source answered."""
    known = _FILE.DESCRIPTOR.fields_by_name
    return source_item_pb2.SourceItem(
        name=row.resource,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        state=_ITEM_STATE.Value(f"STATE_{row.state.upper()}"),
        source_key=row.provider_key,
        parent_key=row.parent_key,
        canonical_key=row.canonical_key,
        display_name=row.display_name,
        year=row.year or 0,
        season_number=row.season_number,
        number=row.number,
        server_path=row.server_path,
        local_path=row.local_path,
        media_file=MEDIA_FILE.format(row.media_file_id) if row.media_file_id else "",
        file=_FILE(**{name: value for name, value in row.file.items() if name in known}),
        seen_time=timestamp(row.seen_at),
        link_time=timestamp(row.linked_at),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
    )
