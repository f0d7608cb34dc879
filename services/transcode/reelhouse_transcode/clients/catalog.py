"""The catalog, as far as transcode needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from reelhouse.catalog.v1 import media_file_pb2, media_file_service_pb2, media_file_service_pb2_grpc
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.rpc.client import Caller, channel
from reelhouse_kit.rpc.convert import from_duration_ms
from reelhouse_transcode.transcodes.model import MEDIA_FILE, Source, SourceStream

_KIND = media_file_pb2.Stream.Kind


class CatalogClient:
    """Asks the catalog."""

    def __init__(self, stub: Any, caller: Caller) -> None:
        self._stub = stub
        self._caller = caller

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, token: ServiceToken) -> AsyncIterator[CatalogClient]:
        """Opens a channel and closes it at the end."""
        async with channel(address, [media_file_service_pb2.DESCRIPTOR]) as opened:
            stub = media_file_service_pb2_grpc.MediaFileServiceStub(opened)
            yield cls(stub, Caller("the catalog", token.get))

    async def get_source(self, media_file_id: UUID) -> Source:
        """Returns a media file.

        Raises:
            NotFoundError: There is none.
        """
        request = media_file_service_pb2.GetMediaFileRequest(name=MEDIA_FILE.format(media_file_id))
        message = await self._caller.call(self._stub.GetMediaFile, request)
        return Source(
            media_file_id=media_file_id,
            path=message.absolute_path_bytes,
            fingerprint=message.fingerprint,
            container=message.container,
            duration_ms=from_duration_ms(message.duration)
            if message.HasField("duration")
            else None,
            there=message.state == media_file_pb2.MediaFile.STATE_PRESENT,
            problem=message.probe_error,
            streams=tuple(
                SourceStream(
                    index=stream.index,
                    kind=_KIND.Name(stream.kind).removeprefix("KIND_").lower(),
                    codec=stream.codec,
                    default=stream.default,
                    channels=stream.channel_count,
                    still=stream.attached_picture,
                )
                for stream in message.streams
            ),
        )
