"""SourceService: sources and their collections."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.catalog.v1 import (
    source_collection_pb2,
    source_pb2,
    source_service_pb2,
    source_service_pb2_grpc,
)
from reelhouse_catalog.ingesting.rpc import IngestMethods
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.sources import store, usecases
from reelhouse_catalog.sources.model import (
    COLLECTION,
    SOURCE,
    Collection,
    Config,
    Source,
    SourceKind,
)
from reelhouse_catalog.sources.paths import Mapping
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import etag, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.secrets import Box, masked

_KIND = source_pb2.Source.Kind
_CONTENT = source_collection_pb2.SourceCollection.Content
_RULE = source_service_pb2.ResolvePathResponse.Rule


class SourceServicer(IngestMethods, source_service_pb2_grpc.SourceServiceServicer):
    """Keeps sources, and ingests them."""

    def __init__(self, database: Database, hub: Hub, stopping: asyncio.Event, box: Box) -> None:
        self._database = database
        self._hub = hub
        self._stopping = stopping
        self._box = box

    async def CreateSource(
        self, request: source_service_pb2.CreateSourceRequest, context: Context
    ) -> source_pb2.Source:
        message = request.source
        source = await usecases.create_source(
            self._database,
            self._box,
            name=message.display_name,
            kind=_kind(message.kind),
            external_id=message.external_id,
            base_url=message.base_url,
            root_path=message.root_path,
            credential=message.credential,
            enabled=message.enabled if message.HasField("enabled") else True,
            config=_config(message.config),
            once=Once.of(request),
        )
        return to_message(source)

    async def GetSource(
        self, request: source_service_pb2.GetSourceRequest, context: Context
    ) -> source_pb2.Source:
        source_id = SOURCE.parse_one(request.name)
        return to_message(await usecases.get_source(self._database, source_id))

    async def ListSources(
        self, request: source_service_pb2.ListSourcesRequest, context: Context
    ) -> source_service_pb2.ListSourcesResponse:
        page = paging.page_of(request, UUID)
        rows, token = page.cut(await store.page(self._database, page), key=lambda row: (row.id,))
        return source_service_pb2.ListSourcesResponse(
            sources=[to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateSource(
        self, request: source_service_pb2.UpdateSourceRequest, context: Context
    ) -> source_pb2.Source:
        message = request.source
        values: dict[str, tuple[str, object]] = {
            "display_name": ("name", message.display_name),
            "kind": ("kind", _kind(message.kind) if message.kind else None),
            "external_id": ("external_id", message.external_id),
            "base_url": ("base_url", message.base_url),
            "root_path": ("root_path", message.root_path),
            "credential": ("credential", message.credential),
            "enabled": ("enabled", message.enabled),
            "config": ("config", _config(message.config)),
        }
        changes = dict(values[field] for field in changed_fields(message, request.update_mask))
        source_id = SOURCE.parse_one(message.name)
        return to_message(
            await usecases.update_source(
                self._database, self._box, source_id, changes, message.etag
            )
        )

    async def DeleteSource(
        self, request: source_service_pb2.DeleteSourceRequest, context: Context
    ) -> Empty:
        source_id = SOURCE.parse_one(request.name)
        await usecases.delete_source(self._database, source_id, request.etag, force=request.force)
        return Empty()

    async def CheckSource(
        self, request: source_service_pb2.CheckSourceRequest, context: Context
    ) -> source_service_pb2.CheckSourceResponse:
        source_id = SOURCE.parse_one(request.name)
        check = await usecases.check_source(self._database, self._box, source_id)
        return source_service_pb2.CheckSourceResponse(
            reachable=check.reachable,
            authenticated=check.authenticated,
            server_name=check.source.server_name,
            server_version=check.source.server_version,
            error=check.source.check_error,
            source=to_message(check.source),
        )

    async def DiscoverCollections(
        self, request: source_service_pb2.DiscoverCollectionsRequest, context: Context
    ) -> source_service_pb2.DiscoverCollectionsResponse:
        source_id = SOURCE.parse_one(request.name)
        found = await usecases.discover_collections(self._database, self._box, source_id)
        return source_service_pb2.DiscoverCollectionsResponse(
            collections=[collection_to_message(one) for one in found.collections],
            created_count=found.created,
            gone_count=found.gone,
        )

    async def GetSourceCollection(
        self, request: source_service_pb2.GetSourceCollectionRequest, context: Context
    ) -> source_collection_pb2.SourceCollection:
        ids = COLLECTION.parse(request.name)
        return collection_to_message(await usecases.get_collection(self._database, *ids))

    async def ListSourceCollections(
        self, request: source_service_pb2.ListSourceCollectionsRequest, context: Context
    ) -> source_service_pb2.ListSourceCollectionsResponse:
        page = paging.page_of(request, UUID)
        source_id = None if request.parent == "sources/-" else SOURCE.parse_one(request.parent)
        if source_id is not None:
            await usecases.get_source(self._database, source_id)
        rows, token = page.cut(
            await store.collection_page(self._database, source_id, page),
            key=lambda row: (row.id,),
        )
        return source_service_pb2.ListSourceCollectionsResponse(
            collections=[collection_to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateSourceCollection(
        self, request: source_service_pb2.UpdateSourceCollectionRequest, context: Context
    ) -> source_collection_pb2.SourceCollection:
        message = request.collection
        values: dict[str, tuple[str, object]] = {
            "enabled": ("enabled", message.enabled),
            "annotations": ("config", dict(message.annotations)),
        }
        changes = dict(values[field] for field in changed_fields(message, request.update_mask))
        source_id, collection_id = COLLECTION.parse(message.name)
        return collection_to_message(
            await usecases.update_collection(
                self._database, source_id, collection_id, changes, message.etag
            )
        )

    async def ReplacePathMappings(
        self, request: source_service_pb2.ReplacePathMappingsRequest, context: Context
    ) -> source_collection_pb2.SourceCollection:
        source_id, collection_id = COLLECTION.parse(request.name)
        mappings = [Mapping(m.server_path, m.local_path) for m in request.path_mappings]
        return collection_to_message(
            await usecases.replace_path_mappings(
                self._database, source_id, collection_id, mappings, request.etag
            )
        )

    async def ResolvePath(
        self, request: source_service_pb2.ResolvePathRequest, context: Context
    ) -> source_service_pb2.ResolvePathResponse:
        source_id, collection_id = COLLECTION.parse(request.name)
        found = await usecases.resolve_path(
            self._database, source_id, collection_id, request.path, reverse=request.reverse
        )
        return source_service_pb2.ResolvePathResponse(
            resolved_path=found.path,
            rule=_RULE.Value(f"RULE_{found.rule.upper()}"),
            path_mapping=_mappings([found.mapping])[0] if found.mapping else None,
            exists=found.exists,
            media_file=MEDIA_FILE.format(found.media_file_id) if found.media_file_id else "",
        )


def _kind(number: source_pb2.Source.Kind.ValueType) -> SourceKind:
    return SourceKind(_KIND.Name(number).removeprefix("KIND_").lower())


def _config(message: source_pb2.Source.Config) -> Config:
    return Config(message.skip_certificate_check, message.page_size)


def _mappings(rows: Iterable[Mapping]) -> list[source_collection_pb2.PathMapping]:
    return [
        source_collection_pb2.PathMapping(server_path=row.server_path, local_path=row.local_path)
        for row in rows
    ]


def to_message(row: Source) -> source_pb2.Source:
    """Returns a source on the wire, its credential masked."""
    return source_pb2.Source(
        name=row.resource,
        display_name=row.name,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        external_id=row.external_id,
        base_url=row.base_url,
        root_path=row.root_path,
        credential=masked(row.credential),
        enabled=row.enabled,
        config=source_pb2.Source.Config(
            skip_certificate_check=row.config.skip_certificate_check,
            page_size=row.config.page_size,
        ),
        server_name=row.server_name,
        server_version=row.server_version,
        check_error=row.check_error,
        check_time=timestamp(row.checked_at),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def collection_to_message(row: Collection) -> source_collection_pb2.SourceCollection:
    """Returns a collection on the wire."""
    return source_collection_pb2.SourceCollection(
        name=row.resource,
        display_name=row.name,
        external_id=row.external_id,
        content=_CONTENT.Value(f"CONTENT_{row.content.upper()}"),
        locations=row.locations,
        enabled=row.enabled,
        annotations=row.config,
        path_mappings=_mappings(row.mappings),
        gone_time=timestamp(row.gone_at),
        ingest_time=timestamp(row.ingested_at),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )
