"""TranscodeService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

from reelhouse.transcode.v1 import (
    transcode_pb2,
    transcode_service_pb2,
    transcode_service_pb2_grpc,
)
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import follow
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, etag, now, timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure
from reelhouse_transcode.clients.catalog import CatalogClient
from reelhouse_transcode.transcodes import store, usecases
from reelhouse_transcode.transcodes.model import (
    ENDED,
    MEDIA_FILE,
    TRANSCODE,
    Codec,
    Format,
    Spec,
    State,
    Transcode,
)

_Message = transcode_pb2.Transcode
_STATE = _Message.State
_FORMATS = {_Message.FORMAT_HLS: Format.HLS, _Message.FORMAT_MP4: Format.MP4}
_VIDEO = {
    _Message.VIDEO_CODEC_UNSPECIFIED: Codec.NONE,
    _Message.VIDEO_CODEC_COPY: Codec.COPY,
    _Message.VIDEO_CODEC_H264: Codec.H264,
}
_AUDIO = {
    _Message.AUDIO_CODEC_UNSPECIFIED: Codec.NONE,
    _Message.AUDIO_CODEC_COPY: Codec.COPY,
    _Message.AUDIO_CODEC_AAC: Codec.AAC,
}


class TranscodeServicer(transcode_service_pb2_grpc.TranscodeServiceServicer):
    """Turns media files into other forms."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        catalog: CatalogClient,
        stopping: asyncio.Event,
        *,
        store_dir: Path,
        queue_limit: int,
    ) -> None:
        self._database = database
        self._hub = hub
        self._catalog = catalog
        self._stopping = stopping
        self._store_dir = store_dir
        self._queue_limit = queue_limit

    async def CreateTranscode(
        self, request: transcode_service_pb2.CreateTranscodeRequest, context: Context
    ) -> transcode_pb2.Transcode:
        message = request.transcode
        transcode = await usecases.create_transcode(
            self._database,
            self._catalog,
            media_file_id=MEDIA_FILE.parse_one(message.media_file),
            spec=_spec(message.spec),
            priority=message.priority,
            requester=caller().name,
            store_dir=self._store_dir,
            queue_limit=self._queue_limit,
            once=Once.of(request),
        )
        return to_message(transcode)

    async def GetTranscode(
        self, request: transcode_service_pb2.GetTranscodeRequest, context: Context
    ) -> transcode_pb2.Transcode:
        transcode_id = TRANSCODE.parse_one(request.name)
        return to_message(await usecases.required(self._database, transcode_id))

    async def ListTranscodes(
        self, request: transcode_service_pb2.ListTranscodesRequest, context: Context
    ) -> transcode_service_pb2.ListTranscodesResponse:
        page = paging.page_of(request, UUID)
        media_file = MEDIA_FILE.parse_one(request.media_file) if request.media_file else None
        state = (
            State(_STATE.Name(request.state).removeprefix("STATE_").lower())
            if request.state
            else None
        )
        found = await store.page(self._database, media_file, state, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return transcode_service_pb2.ListTranscodesResponse(
            transcodes=[to_message(row) for row in rows], next_page_token=token
        )

    async def CancelTranscode(
        self, request: transcode_service_pb2.CancelTranscodeRequest, context: Context
    ) -> transcode_pb2.Transcode:
        transcode_id = TRANSCODE.parse_one(request.name)
        return to_message(await usecases.cancel_transcode(self._database, transcode_id))

    async def RetryTranscode(
        self, request: transcode_service_pb2.RetryTranscodeRequest, context: Context
    ) -> transcode_pb2.Transcode:
        transcode_id = TRANSCODE.parse_one(request.name)
        return to_message(await usecases.retry_transcode(self._database, transcode_id))

    async def WatchTranscode(
        self, request: transcode_service_pb2.WatchTranscodeRequest, context: Context
    ) -> AsyncIterator[transcode_service_pb2.WatchTranscodeResponse]:
        transcode_id = TRANSCODE.parse_one(request.name)

        async def load() -> Transcode:
            return await usecases.required(self._database, transcode_id)

        async for transcode in follow(
            self._hub, request.name, load, lambda found: found.status in ENDED, self._stopping
        ):
            yield transcode_service_pb2.WatchTranscodeResponse(
                transcode=to_message(transcode), time=now()
            )


def _spec(message: transcode_pb2.Transcode.Spec) -> Spec:
    return Spec(
        format=_FORMATS[message.format],
        video_codec=_VIDEO[message.video_codec],
        audio_codec=_AUDIO[message.audio_codec],
        video_stream=message.video_stream_index if message.HasField("video_stream_index") else None,
        audio_stream=message.audio_stream_index if message.HasField("audio_stream_index") else None,
        quality=message.quality if message.HasField("quality") else None,
        max_width=message.max_width,
        max_height=message.max_height,
        max_video_bit_rate=message.max_video_bit_rate,
        audio_bit_rate=message.audio_bit_rate,
        max_audio_channels=message.max_audio_channels,
        segment_seconds=message.segment_length_seconds,
    )


def _spec_to_message(spec: Spec) -> transcode_pb2.Transcode.Spec:
    return _Message.Spec(
        format=next(number for number, value in _FORMATS.items() if value is spec.format),
        video_codec=next(n for n, value in _VIDEO.items() if value is spec.video_codec),
        audio_codec=next(n for n, value in _AUDIO.items() if value is spec.audio_codec),
        video_stream_index=spec.video_stream,
        audio_stream_index=spec.audio_stream,
        quality=spec.quality,
        max_width=spec.max_width,
        max_height=spec.max_height,
        max_video_bit_rate=spec.max_video_bit_rate,
        audio_bit_rate=spec.audio_bit_rate,
        max_audio_channels=spec.max_audio_channels,
        segment_length_seconds=spec.segment_seconds,
    )


def to_message(row: Transcode) -> transcode_pb2.Transcode:
    """Returns a transcode on the wire."""
    return _Message(
        name=row.resource,
        media_file=MEDIA_FILE.format(row.media_file_id),
        spec=_spec_to_message(row.spec),
        priority=row.priority,
        state=_STATE.Value(f"STATE_{row.status.upper()}"),
        progress=_Message.Progress(
            fraction=row.progress,
            position=duration_ms(row.position_ms),
            duration=duration_ms(row.duration_ms),
            speed=row.speed,
        ),
        provider=row.provider,
        content_hash=row.content_hash,
        output_path=row.output_path,
        output_size_bytes=row.output_size,
        error=failure("transcode.reelhouse", row.error_code, row.error_message),
        attempt_count=row.attempts,
        requester=row.requester,
        create_time=timestamp(row.created_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.completed_at),
        etag=etag(row.revision),
    )
