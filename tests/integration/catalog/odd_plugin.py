"""A plugin that does as it is told by a file, in a process of its own: also what none should do.

The file holds JSON: what to do with a call, and the version to have.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import grpc

from reelhouse.plugin.v1.enrichment_plugin_service_pb2 import EnrichRequest, EnrichResponse
from reelhouse.plugin.v1.plugin_service_pb2 import DescribeResponse
from reelhouse_plugin_sdk import (
    Config,
    EnrichmentPlugin,
    FileMetadata,
    Finding,
    MediaFile,
    Metadata,
    ScannerPlugin,
    Subject,
    file_metadata,
    run,
)

HUGE = 100 * 2**20


class Told:
    """What the file says now."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def get(self, name: str, default: Any) -> Any:
        return json.loads(self._path.read_text()).get(name, default)

    async def obey(self) -> str:
        """Does what can be done to any call. Returns what is left to do."""
        act = str(self.get("act", ""))
        if act == "hang":
            await asyncio.sleep(3600)
        if act == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if act == "fail":
            raise RuntimeError("a secret of the plugin's")
        return act

    def describe(self, answer: DescribeResponse) -> DescribeResponse:
        answer.version = self.get("version", "1.0.0")
        answer.name = self.get("name", answer.name)
        needs = self.get("needs", "")
        answer.config_schema.Clear()
        answer.config_schema.update(
            {
                "type": "object",
                "properties": {
                    "word": {"type": "string", "maxLength": 20},
                    "token": {"type": "string", "writeOnly": True},
                    "number": {"type": "integer", "minimum": 1},
                },
                "required": [needs] if needs else [],
                "additionalProperties": False,
            }
        )
        if self.get("act", "") == "bad schema":
            answer.config_schema.update({"$ref": "http://169.254.169.254/"})
        return answer


class OddEnricher(EnrichmentPlugin):
    """Says what titles are, or whatever it is told to say."""

    name = "odd"
    version = "1.0.0"
    title_kinds = ("movie",)

    def __init__(self, told: Told) -> None:
        self._told = told

    def description(self) -> DescribeResponse:
        return self._told.describe(super().description())

    async def enrich(self, subject: Subject, config: Config) -> Finding | None:
        act = await self._told.obey()
        found = Finding(
            key="1",
            confidence=0.7,
            title=Metadata(display_name=str(config.get("word", subject.display_name))),
        )
        if act == "lie":
            found.confidence = 7
        if act == "nan":
            found.confidence = float("nan")
        if act == "huge":
            found.title.overview = "x" * HUGE
        if act == "odd values":
            found.title.rating = 11
            found.title.year = -5
            found.title.duration_ms = -1
            found.title.release_date = "2999-99-99"
            found.title.overview = "a\x00b"
            found.title.genres.extend(["", "x" * 100_000])
            found.title.images.add(kind="poster", url="file:///etc/passwd")
            found.title.people.add(name="Nobody", role="emperor")
            found.episodes.add(season=-1, number=-1)
        return found

    def add_to(self, server: grpc.aio.Server) -> str:
        if self._told.get("act", "") != "endless":
            return super().add_to(server)

        async def endless(_: EnrichRequest, __: Any) -> AsyncIterator[EnrichResponse]:
            while True:
                yield EnrichResponse()
                await asyncio.sleep(0)

        name = "reelhouse.plugin.v1.EnrichmentPluginService"
        handler = grpc.unary_stream_rpc_method_handler(
            endless,
            request_deserializer=EnrichRequest.FromString,
            response_serializer=EnrichResponse.SerializeToString,
        )
        generic = grpc.method_handlers_generic_handler(name, {"Enrich": handler})
        server.add_generic_rpc_handlers((generic,))
        return name


class OddScanner(ScannerPlugin):
    """Says what is in files, or whatever it is told to say."""

    name = "odd-scanner"
    version = "1.0.0"

    def __init__(self, told: Told) -> None:
        self._told = told

    def description(self) -> DescribeResponse:
        return self._told.describe(super().description())

    async def inspect(self, media_file: MediaFile, config: Config) -> Iterable[FileMetadata]:
        bad = str(self._told.get("bad file", ""))
        act = ""
        if not bad or bad.encode() in media_file.path:
            act = await self._told.obey()
        if act == "lie":
            return [file_metadata("x", {}, 7)]
        if act == "bad type":
            return [file_metadata("Not A Type", {}, 1)]
        if act == "many":
            return [file_metadata(f"t{number}", {}, 1) for number in range(500)]
        if act == "huge":
            return [file_metadata("x", {"x": "y" * HUGE}, 1)]
        if act == "large":
            return [file_metadata("x", {"x": "y" * 2**20}, 1)]
        name = media_file.path.rpartition(b"/")[2].decode(errors="replace")
        return [file_metadata("file-name", {"name": name, "size": media_file.size_bytes}, 0.5)]


if __name__ == "__main__":
    made = OddScanner if sys.argv[1] == "scanner" else OddEnricher
    run(made(Told(sys.argv[2])), sys.argv[3])
