"""What plugins are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, ClassVar

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.struct_pb2 import Struct

from reelhouse.plugin.v1 import (
    enrichment_plugin_service_pb2,
    enrichment_plugin_service_pb2_grpc,
    plugin_service_pb2,
    plugin_service_pb2_grpc,
    scanner_plugin_service_pb2,
    scanner_plugin_service_pb2_grpc,
    transcoder_plugin_service_pb2,
    transcoder_plugin_service_pb2_grpc,
)

Config = Mapping[str, Any]
"""A configuration: whole numbers come as floats, for JSON knows one kind of number."""
_Context = grpc.aio.ServicerContext[Any, Any]


class Plugin(ABC):
    """What all plugins say of themselves. Subclass one of the three below instead."""

    name: ClassVar[str]
    """1 to 63 lower-case letters, digits and hyphens. It never changes."""
    version: ClassVar[str]
    display_name: ClassVar[str] = ""
    capabilities: ClassVar[tuple[str, ...]] = ()
    config_schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
    """The JSON Schema of the configuration; secrets are marked by "writeOnly": true."""
    title_kinds: ClassVar[tuple[str, ...]] = ()
    """Of enrichment plugins: "movie", "show", "album", "audiobook"."""
    _kind: ClassVar[plugin_service_pb2.PluginKind.ValueType]

    def description(self) -> plugin_service_pb2.DescribeResponse:
        """Returns what the plugin says that it is."""
        return plugin_service_pb2.DescribeResponse(
            name=self.name,
            display_name=self.display_name or self.name,
            kind=self._kind,
            version=self.version,
            capabilities=self.capabilities,
            config_schema=ParseDict(dict(self.config_schema), Struct()),
            title_kinds=self.title_kinds,
        )

    @abstractmethod
    def add_to(self, server: grpc.aio.Server) -> str:
        """Adds the service of the plugin's kind to a server, and returns its full name."""

    async def started(self) -> None:  # noqa: B027 # most have nothing to do
        """Is called once, before the first call comes."""

    async def stopped(self) -> None:  # noqa: B027 # as above
        """Is called once, after the last call is done."""


class Describer(plugin_service_pb2_grpc.PluginServiceServicer):
    """Serves PluginService for a plugin."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    async def Describe(
        self, request: plugin_service_pb2.DescribeRequest, context: _Context
    ) -> plugin_service_pb2.DescribeResponse:
        return self._plugin.description()


class EnrichmentPlugin(Plugin):
    """Says what titles are."""

    _kind = plugin_service_pb2.PLUGIN_KIND_ENRICHMENT

    @abstractmethod
    async def enrich(
        self, subject: enrichment_plugin_service_pb2.Subject, config: Config
    ) -> enrichment_plugin_service_pb2.Finding | None:
        """Looks a title up; None when nothing is like it enough. At most 10 seconds."""

    def add_to(self, server: grpc.aio.Server) -> str:
        enrichment_plugin_service_pb2_grpc.add_EnrichmentPluginServiceServicer_to_server(
            _Enricher(self), server
        )
        return _full_name(enrichment_plugin_service_pb2, "EnrichmentPluginService")


class _Enricher(enrichment_plugin_service_pb2_grpc.EnrichmentPluginServiceServicer):
    def __init__(self, plugin: EnrichmentPlugin) -> None:
        self._plugin = plugin

    async def Enrich(
        self, request: enrichment_plugin_service_pb2.EnrichRequest, context: _Context
    ) -> enrichment_plugin_service_pb2.EnrichResponse:
        finding = await self._plugin.enrich(request.subject, _config(request.config))
        return enrichment_plugin_service_pb2.EnrichResponse(finding=finding)


class ScannerPlugin(Plugin):
    """Says what is in media files."""

    _kind = plugin_service_pb2.PLUGIN_KIND_SCANNER

    @abstractmethod
    async def inspect(
        self, media_file: scanner_plugin_service_pb2.MediaFile, config: Config
    ) -> Iterable[scanner_plugin_service_pb2.FileMetadata]:
        """Looks at a file that a scan found. At most 10 seconds. A file may come again."""

    def add_to(self, server: grpc.aio.Server) -> str:
        scanner_plugin_service_pb2_grpc.add_ScannerPluginServiceServicer_to_server(
            _Scanner(self), server
        )
        return _full_name(scanner_plugin_service_pb2, "ScannerPluginService")


class _Scanner(scanner_plugin_service_pb2_grpc.ScannerPluginServiceServicer):
    def __init__(self, plugin: ScannerPlugin) -> None:
        self._plugin = plugin

    async def Inspect(
        self, request: scanner_plugin_service_pb2.InspectRequest, context: _Context
    ) -> scanner_plugin_service_pb2.InspectResponse:
        found = await self._plugin.inspect(request.media_file, _config(request.config))
        return scanner_plugin_service_pb2.InspectResponse(metadata=found)


class TranscoderPlugin(Plugin):
    """Makes other forms of media files."""

    _kind = plugin_service_pb2.PLUGIN_KIND_TRANSCODER

    @abstractmethod
    def transcode(
        self, request: transcoder_plugin_service_pb2.TranscodeRequest, config: Config
    ) -> AsyncIterator[transcoder_plugin_service_pb2.TranscodeResponse]:
        """Yields how far it has come, until it is done. Closed early when nobody wants it."""

    def add_to(self, server: grpc.aio.Server) -> str:
        transcoder_plugin_service_pb2_grpc.add_TranscoderPluginServiceServicer_to_server(
            _Transcoder(self), server
        )
        return _full_name(transcoder_plugin_service_pb2, "TranscoderPluginService")


class _Transcoder(transcoder_plugin_service_pb2_grpc.TranscoderPluginServiceServicer):
    def __init__(self, plugin: TranscoderPlugin) -> None:
        self._plugin = plugin

    async def Transcode(
        self, request: transcoder_plugin_service_pb2.TranscodeRequest, context: _Context
    ) -> AsyncIterator[transcoder_plugin_service_pb2.TranscodeResponse]:
        async for response in self._plugin.transcode(request, _config(request.config)):
            yield response


def file_metadata(
    metadata_type: str, metadata: Mapping[str, Any], confidence: float
) -> scanner_plugin_service_pb2.FileMetadata:
    """Returns something to say of a file."""
    return scanner_plugin_service_pb2.FileMetadata(
        metadata_type=metadata_type,
        metadata=ParseDict(dict(metadata), Struct()),
        confidence=confidence,
    )


def _config(message: Struct) -> dict[str, Any]:
    return dict(MessageToDict(message))


def _full_name(module: Any, service: str) -> str:
    return str(module.DESCRIPTOR.services_by_name[service].full_name)
