"""Transcode, as far as playback needs it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from reelhouse.transcode.v1 import (
    transcode_pb2,
    transcode_service_pb2,
    transcode_service_pb2_grpc,
)
from reelhouse_kit import errors
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.rpc.client import WRITE_SECONDS, Caller, channel
from reelhouse_playback.clients.catalog import MediaFile
from reelhouse_playback.decisions.model import Decision, StreamAction
from reelhouse_playback.sessions.model import MEDIA_FILE

_Message = transcode_pb2.Transcode
_VIEWER = 100
"""The priority of what somebody waits for."""
_OVER = (_Message.STATE_FAILED, _Message.STATE_CANCELLED)


@dataclass(frozen=True, slots=True)
class Output:
    """Where a transcode's result is, relative to the store; empty while there is none."""

    path: str
    failed: bool
    message: str


class TranscodeClient:
    """Asks transcode."""

    def __init__(self, stub: Any, caller: Caller) -> None:
        self._stub = stub
        self._caller = caller

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, token: ServiceToken) -> AsyncIterator[TranscodeClient]:
        """Opens a channel and closes it at the end."""
        async with channel(address, [transcode_service_pb2.DESCRIPTOR]) as opened:
            stub = transcode_service_pb2_grpc.TranscodeServiceStub(opened)
            yield cls(stub, Caller("transcode", token.get))

    async def create(self, media_file: MediaFile, decision: Decision) -> str:
        """Asks for what a decision needs made. Returns the transcode's name."""
        request = transcode_service_pb2.CreateTranscodeRequest(
            transcode=_Message(
                media_file=MEDIA_FILE.format(media_file.id),
                spec=_spec(decision),
                priority=_VIEWER,
            )
        )
        message = await self._caller.call(
            self._stub.CreateTranscode, request, seconds=WRITE_SECONDS
        )
        return str(message.name)

    async def cancel(self, name: str) -> None:
        """Stops making what nobody plays any more, if that is still going on and can be told."""
        request = transcode_service_pb2.CancelTranscodeRequest(name=name)
        with contextlib.suppress(errors.Error):
            await self._caller.call(self._stub.CancelTranscode, request, seconds=WRITE_SECONDS)

    async def get_output(self, name: str) -> Output:
        """Returns where a transcode's result is."""
        request = transcode_service_pb2.GetTranscodeRequest(name=name)
        message = await self._caller.call(self._stub.GetTranscode, request)
        return Output(message.output_path, message.state in _OVER, message.error.message)


def _spec(decision: Decision) -> transcode_pb2.Transcode.Spec:
    """Returns what to make: always HLS, which every device that cannot play the file can."""
    video = {
        StreamAction.NONE: _Message.VIDEO_CODEC_UNSPECIFIED,
        StreamAction.COPY: _Message.VIDEO_CODEC_COPY,
        StreamAction.ENCODE: _Message.VIDEO_CODEC_H264,
    }[decision.video_action]
    audio = {
        StreamAction.NONE: _Message.AUDIO_CODEC_UNSPECIFIED,
        StreamAction.COPY: _Message.AUDIO_CODEC_COPY,
        StreamAction.ENCODE: _Message.AUDIO_CODEC_AAC,
    }[decision.audio_action]
    spec = _Message.Spec(
        format=_Message.FORMAT_HLS,
        video_codec=video,
        audio_codec=audio,
        video_stream_index=decision.video_stream_index if video else None,
        audio_stream_index=decision.audio_stream_index if audio else None,
    )
    if decision.video_action is StreamAction.ENCODE:
        target = decision.video_targets[0]
        spec.max_width = target.max_width or 0
        spec.max_height = target.max_height or 0
        spec.max_video_bit_rate = target.max_bit_rate or 0
    if decision.audio_action is StreamAction.ENCODE:
        sound = decision.audio_targets[0]
        spec.audio_bit_rate = sound.max_bit_rate or 0
        spec.max_audio_channels = min(sound.max_channels or 0, 8)
    if decision.transcoding is not None:
        spec.segment_length_seconds = min(decision.transcoding.segment_length_seconds, 60)
    return spec
