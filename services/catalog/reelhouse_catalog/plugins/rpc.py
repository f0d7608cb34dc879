"""PluginService."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.catalog.v1 import plugin_pb2, plugin_service_pb2, plugin_service_pb2_grpc
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.plugins import said_store, store, usecases
from reelhouse_catalog.plugins.client import PluginClients, as_dict, struct
from reelhouse_catalog.plugins.model import (
    PLUGIN,
    PLUGIN_METADATA,
    LieError,
    Plugin,
    Said,
    masked,
)
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import etag, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure

_KIND = plugin_pb2.Plugin.Kind
_STATE = plugin_pb2.Plugin.State
_pb = plugin_service_pb2


class PluginServicer(plugin_service_pb2_grpc.PluginServiceServicer):
    """Keeps plugins."""

    def __init__(self, database: Database, clients: PluginClients) -> None:
        self._database = database
        self._clients = clients

    async def RegisterPlugin(
        self, request: _pb.RegisterPluginRequest, context: Context
    ) -> plugin_pb2.Plugin:
        plugin = await usecases.register(
            self._database,
            self._clients,
            request.plugin.address,
            _config(request.plugin),
            Once.of(request),
        )
        return to_message(plugin)

    async def GetPlugin(self, request: _pb.GetPluginRequest, context: Context) -> plugin_pb2.Plugin:
        plugin_id = PLUGIN.parse_one(request.name)
        return to_message(await usecases.required(self._database, plugin_id))

    async def ListPlugins(
        self, request: _pb.ListPluginsRequest, context: Context
    ) -> _pb.ListPluginsResponse:
        page = paging.page_of(request, UUID)
        rows, token = page.cut(await store.page(self._database, page), key=lambda row: (row.id,))
        return _pb.ListPluginsResponse(
            plugins=[to_message(row) for row in rows], next_page_token=token
        )

    async def UpdatePlugin(
        self, request: _pb.UpdatePluginRequest, context: Context
    ) -> plugin_pb2.Plugin:
        message = request.plugin
        changes: dict[str, Any] = {}
        for field in changed_fields(message, request.update_mask):
            changes[field] = _config(message) if field == "config" else getattr(message, field)
        plugin_id = PLUGIN.parse_one(message.name)
        return to_message(
            await usecases.update(self._database, self._clients, plugin_id, changes, message.etag)
        )

    async def DeletePlugin(self, request: _pb.DeletePluginRequest, context: Context) -> Empty:
        await usecases.delete(self._database, PLUGIN.parse_one(request.name), request.etag)
        return Empty()

    async def EnablePlugin(
        self, request: _pb.EnablePluginRequest, context: Context
    ) -> plugin_pb2.Plugin:
        plugin_id = PLUGIN.parse_one(request.name)
        return to_message(await usecases.enable(self._database, self._clients.sealer, plugin_id))

    async def DisablePlugin(
        self, request: _pb.DisablePluginRequest, context: Context
    ) -> plugin_pb2.Plugin:
        plugin_id = PLUGIN.parse_one(request.name)
        return to_message(await usecases.disable(self._database, plugin_id))

    async def CheckPlugin(
        self, request: _pb.CheckPluginRequest, context: Context
    ) -> plugin_pb2.Plugin:
        plugin_id = PLUGIN.parse_one(request.name)
        return to_message(await usecases.check(self._database, self._clients, plugin_id))

    async def ListPluginMetadata(
        self, request: _pb.ListPluginMetadataRequest, context: Context
    ) -> _pb.ListPluginMetadataResponse:
        page = paging.page_of(request, UUID)
        plugin_id = None if request.parent == "plugins/-" else PLUGIN.parse_one(request.parent)
        if plugin_id is None and bool(request.title) is bool(request.media_file):
            raise errors.invalid("title", "either it or media_file is required with plugins/-")
        if plugin_id is not None:
            await usecases.required(self._database, plugin_id)
        found = await said_store.said_page(
            self._database,
            plugin_id,
            TITLE.parse_one(request.title) if request.title else None,
            MEDIA_FILE.parse_one(request.media_file) if request.media_file else None,
            page,
        )
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return _pb.ListPluginMetadataResponse(
            metadata=[said_to_message(row) for row in rows], next_page_token=token
        )


def _config(message: plugin_pb2.Plugin) -> dict[str, Any]:
    try:
        return as_dict(message.config)
    except LieError as error:
        raise errors.invalid("plugin.config", str(error)) from None


def to_message(row: Plugin) -> plugin_pb2.Plugin:
    """Returns a plugin on the wire."""
    return plugin_pb2.Plugin(
        name=row.resource,
        source=row.name,
        display_name=row.display_name,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        version=row.version,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        address=row.address,
        config=struct(masked(row.config_schema, row.config)),
        config_schema=struct(row.config_schema),
        capabilities=row.capabilities,
        title_kinds=row.title_kinds,
        error=failure("catalog.reelhouse", row.error_code or None, row.error_message or None),
        last_health_check_time=timestamp(row.last_health_check),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        enable_time=timestamp(row.enabled_at),
        disable_time=timestamp(row.disabled_at),
        fail_time=timestamp(row.failed_at),
        etag=etag(row.revision),
    )


def said_to_message(row: Said) -> plugin_pb2.PluginMetadata:
    """Returns what a plugin said on the wire."""
    return plugin_pb2.PluginMetadata(
        name=PLUGIN_METADATA.format(row.plugin_id, row.id),
        title=TITLE.format(row.title_id) if row.title_id else "",
        media_file=MEDIA_FILE.format(row.media_file_id) if row.media_file_id else "",
        metadata_type=row.metadata_type,
        metadata=struct(row.metadata),
        confidence=row.confidence,
        plugin_version=row.plugin_version,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
    )
