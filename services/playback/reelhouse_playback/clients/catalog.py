"""The catalog, as far as playback needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse.catalog.v1 import (
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.rpc.client import Caller, channel
from reelhouse_kit.rpc.convert import from_duration_ms
from reelhouse_playback.decisions.facts import MediaFacts, Stream, StreamKind, VideoRange
from reelhouse_playback.sessions.model import MEDIA_FILE, ItemKind

_Stream = media_file_pb2.Stream
_KINDS = {
    _Stream.KIND_VIDEO: StreamKind.VIDEO,
    _Stream.KIND_AUDIO: StreamKind.AUDIO,
    _Stream.KIND_SUBTITLE: StreamKind.SUBTITLE,
    _Stream.KIND_ATTACHMENT: StreamKind.ATTACHMENT,
}
_RANGES = {
    _Stream.VIDEO_RANGE_SDR: VideoRange.SDR,
    _Stream.VIDEO_RANGE_HDR10: VideoRange.HDR10,
    _Stream.VIDEO_RANGE_HDR10_PLUS: VideoRange.HDR10_PLUS,
    _Stream.VIDEO_RANGE_HLG: VideoRange.HLG,
    _Stream.VIDEO_RANGE_DOVI: VideoRange.DOVI,
    _Stream.VIDEO_RANGE_DOVI_WITH_HDR10: VideoRange.DOVI_WITH_HDR10,
    _Stream.VIDEO_RANGE_DOVI_WITH_HLG: VideoRange.DOVI_WITH_HLG,
    _Stream.VIDEO_RANGE_DOVI_WITH_SDR: VideoRange.DOVI_WITH_SDR,
    _Stream.VIDEO_RANGE_DOVI_WITH_EL: VideoRange.DOVI_WITH_EL,
    _Stream.VIDEO_RANGE_DOVI_WITH_HDR10_PLUS: VideoRange.DOVI_WITH_HDR10_PLUS,
    _Stream.VIDEO_RANGE_DOVI_WITH_EL_HDR10_PLUS: VideoRange.DOVI_WITH_EL_HDR10_PLUS,
    _Stream.VIDEO_RANGE_DOVI_INVALID: VideoRange.DOVI_INVALID,
}
_OPTIONAL = (
    "level",
    "bit_rate",
    "bit_depth",
    "width",
    "height",
    "frame_rate",
    "reference_frame_count",
    "rotation_degrees",
    "interlaced",
    "anamorphic",
    "avc",
    "channel_count",
    "sample_rate",
    "text_subtitle",
)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A media file, as far as playing goes."""

    id: UUID
    path: bytes
    mime_type: str
    duration_ms: int | None
    there: bool
    problem: str
    item: str
    """What progress is kept for."""
    item_kind: ItemKind
    facts: MediaFacts


class CatalogClient:
    """Asks the catalog."""

    def __init__(self, files: Any, titles: Any, caller: Caller) -> None:
        self._files = files
        self._titles = titles
        self._caller = caller

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, token: ServiceToken) -> AsyncIterator[CatalogClient]:
        """Opens a channel and closes it at the end."""
        contracts = [media_file_service_pb2.DESCRIPTOR, title_service_pb2.DESCRIPTOR]
        async with channel(address, contracts) as opened:
            files = media_file_service_pb2_grpc.MediaFileServiceStub(opened)
            titles = title_service_pb2_grpc.TitleServiceStub(opened)
            yield cls(files, titles, Caller("the catalog", token.get))

    async def get_media_file(self, media_file_id: UUID) -> MediaFile:
        """Returns a media file.

        Raises:
            NotFoundError: There is none.
        """
        request = media_file_service_pb2.GetMediaFileRequest(name=MEDIA_FILE.format(media_file_id))
        message = await self._caller.call(self._files.GetMediaFile, request)
        item, kind = message.name, ItemKind.OTHER
        if message.links:
            link = message.links[0]
            item = link.episode or link.track
            kind = ItemKind.VIDEO if link.episode else await self._track_kind(link.title)
        return MediaFile(
            id=media_file_id,
            path=message.absolute_path_bytes,
            mime_type=message.mime_type,
            duration_ms=from_duration_ms(message.duration)
            if message.HasField("duration")
            else None,
            there=message.state == media_file_pb2.MediaFile.STATE_PRESENT,
            problem=message.probe_error,
            item=item,
            item_kind=kind,
            facts=MediaFacts(
                container=message.container,
                streams=tuple(_stream(stream) for stream in message.streams),
                bit_rate=message.bit_rate or None,
            ),
        )

    async def _track_kind(self, title: str) -> ItemKind:
        """A song is heard after a while; a part of an audiobook is not."""
        request = title_service_pb2.GetTitleRequest(name=title)
        message = await self._caller.call(self._titles.GetTitle, request)
        return ItemKind.TRACK if message.kind == title_pb2.Title.KIND_ALBUM else ItemKind.OTHER


def _stream(message: media_file_pb2.Stream) -> Stream:
    known = {name: getattr(message, name) for name in _OPTIONAL if message.HasField(name)}  # type: ignore[arg-type]
    return Stream(
        index=message.index,
        kind=_KINDS.get(message.kind, StreamKind.OTHER),
        codec=message.codec,
        codec_tag=message.codec_tag,
        profile=message.profile,
        language=message.language,
        default=message.default,
        forced=message.forced,
        video_range=_RANGES.get(message.video_range),
        attached_picture=message.attached_picture,
        **known,
    )
