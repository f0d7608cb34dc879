"""What a Reelhouse plugin is written with.

Write a class on `EnrichmentPlugin`, `ScannerPlugin` or `TranscoderPlugin`, and `run` it:

    class Listing(EnrichmentPlugin):
        name = "tv-listing"
        version = "1.0.0"
        config_schema = {"type": "object", "properties": {"path": {"type": "string"}}}
        title_kinds = ("show",)

        async def enrich(self, subject, config):
            ...

    if __name__ == "__main__":
        run(Listing(), address="127.0.0.1:7001")

Reelhouse gives the configuration with every call and checks it against `config_schema` before.
"""

from __future__ import annotations

from reelhouse.plugin.v1.enrichment_plugin_service_pb2 import Finding, Metadata, Subject
from reelhouse.plugin.v1.scanner_plugin_service_pb2 import FileMetadata, MediaFile
from reelhouse.plugin.v1.transcoder_plugin_service_pb2 import TranscodeRequest, TranscodeResponse
from reelhouse_plugin_sdk.plugins import (
    Config,
    EnrichmentPlugin,
    Plugin,
    ScannerPlugin,
    TranscoderPlugin,
    file_metadata,
)
from reelhouse_plugin_sdk.serving import run, serve

__all__ = [
    "Config",
    "EnrichmentPlugin",
    "FileMetadata",
    "Finding",
    "MediaFile",
    "Metadata",
    "Plugin",
    "ScannerPlugin",
    "Subject",
    "TranscodeRequest",
    "TranscodeResponse",
    "TranscoderPlugin",
    "file_metadata",
    "run",
    "serve",
]
