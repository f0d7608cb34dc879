"""What GetMediaFile costs at the least: `python bare_catalog.py URL PORT`, grpc.aio and asyncpg.

The statement and the answer are the catalog's; there is no authentication, no check of the
request, no deadline, no log, no metric.
"""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import orjson
import uvloop
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from reelhouse.catalog.v1 import media_file_pb2, media_file_service_pb2
from reelhouse_catalog.media_files import store

SERVICE = "reelhouse.catalog.v1.MediaFileService"
KINDS = {"video": 1, "audio": 2, "subtitle": 3}


class Bare:
    def __init__(self, pool: asyncpg.Pool[Any]) -> None:
        self._pool = pool

    async def get_media_file(
        self, request: media_file_service_pb2.GetMediaFileRequest, context: object
    ) -> media_file_pb2.MediaFile:
        file_id = UUID(request.name.removeprefix("mediaFiles/"))
        row = await self._pool.fetchrow(store._GET.sql, *store._GET.arguments({"id": file_id}))
        assert row is not None
        seconds, nanos = divmod(row["mtime_ns"], 1_000_000_000)
        message = media_file_pb2.MediaFile(
            name=f"mediaFiles/{row['id']}",
            library=f"libraries/{row['library_id']}",
            path=row["path"],
            path_bytes=row["directory"] + b"/" + row["filename"],
            absolute_path_bytes=row["root_path"].encode()
            + b"/"
            + row["directory"]
            + b"/"
            + row["filename"],
            state=1,  # type: ignore[arg-type]
            size_bytes=row["size_bytes"],
            modify_time=Timestamp(seconds=seconds, nanos=nanos),
            fingerprint=row["fingerprint"].hex(),
            mime_type=row["mime_type"],
            container=row["container"],
            bit_rate=row["bit_rate"] or 0,
            width=row["width"] or 0,
            height=row["height"] or 0,
            video_codec=row["video_codec"],
            audio_codec=row["audio_codec"],
            confidence=row["confidence"],
            etag=f'"{row["revision"]}"',
        )
        message.duration.CopyFrom(Duration(seconds=row["duration_ms"] // 1000))
        message.discover_time.FromDatetime(row["discovered_at"])
        message.update_time.FromDatetime(row["updated_at"])
        for stream in orjson.loads(row["streams"]):
            fields = {**stream, "kind": KINDS.get(stream.get("kind"), 0)}
            fields.pop("video_range", None)
            message.streams.append(media_file_pb2.Stream(**fields))
        for link in orjson.loads(row["links"]):
            title = f"titles/{link['title']}"
            episode = f"{title}/episodes/{link['episode']}"
            message.links.add(title=title, episode=episode)
        return message


async def main(url: str, port: int) -> None:
    async with asyncpg.create_pool(url, min_size=10, max_size=10) as pool:
        server = grpc.aio.server()
        handler = grpc.unary_unary_rpc_method_handler(
            Bare(pool).get_media_file,
            request_deserializer=media_file_service_pb2.GetMediaFileRequest.FromString,
            response_serializer=media_file_pb2.MediaFile.SerializeToString,
        )
        server.add_registered_method_handlers(SERVICE, {"GetMediaFile": handler})
        server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        sys.stdout.write("serving\n")
        sys.stdout.flush()
        await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
