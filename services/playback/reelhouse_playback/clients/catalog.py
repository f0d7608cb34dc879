"""The catalog, as far as playback needs it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse.catalog.v1 import (
    credits_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    media_file_pb2,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    title_pb2,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.errors import NotFoundError
from reelhouse_kit.rpc.client import Caller, channel
from reelhouse_kit.rpc.convert import from_duration_ms
from reelhouse_playback.decisions.facts import MediaFacts, Stream, StreamKind, VideoRange
from reelhouse_playback.history.model import TITLE
from reelhouse_playback.progress.model import Episode, Watchable
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
_ITEM_KINDS: dict[int, ItemKind] = {
    title_pb2.Title.KIND_MOVIE: ItemKind.VIDEO,
    title_pb2.Title.KIND_SHOW: ItemKind.VIDEO,
    # A song is heard after a while; a part of an audiobook is not.
    title_pb2.Title.KIND_ALBUM: ItemKind.TRACK,
}
_OF_TRACKS = (title_pb2.Title.KIND_ALBUM, title_pb2.Title.KIND_AUDIOBOOK)
_MOST_PARTS = 20_000
"""The most episodes or tracks of a title that are read."""
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
    title_id: UUID | None
    series: bool
    """Whether the title goes on with another episode."""
    more_items: list[str]
    """What else the file holds."""
    facts: MediaFacts


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """Images in the folder of a library."""

    root: bytes
    paths: dict[str, bytes]
    """The best of each kind, relative to the root."""


class CatalogClient:
    """Asks the catalog."""

    def __init__(self, files: Any, titles: Any, libraries: Any, caller: Caller) -> None:
        self._files = files
        self._titles = titles
        self._libraries = libraries
        self._caller = caller

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str, token: ServiceToken) -> AsyncIterator[CatalogClient]:
        """Opens a channel and closes it at the end."""
        contracts = [
            library_service_pb2.DESCRIPTOR,
            media_file_service_pb2.DESCRIPTOR,
            title_service_pb2.DESCRIPTOR,
        ]
        async with channel(address, contracts) as opened:
            files = media_file_service_pb2_grpc.MediaFileServiceStub(opened)
            titles = title_service_pb2_grpc.TitleServiceStub(opened)
            libraries = library_service_pb2_grpc.LibraryServiceStub(opened)
            yield cls(files, titles, libraries, Caller("the catalog", token.get))

    async def get_media_file(self, media_file_id: UUID) -> MediaFile:
        """Returns a media file.

        Raises:
            NotFoundError: There is none.
        """
        request = media_file_service_pb2.GetMediaFileRequest(name=MEDIA_FILE.format(media_file_id))
        message = await self._caller.call(self._files.GetMediaFile, request)
        item, *more = _items(message) or [message.name]
        title = message.links[0].title if message.links else ""
        kind = await self._title_kind(title) if title else title_pb2.Title.KIND_UNSPECIFIED
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
            item_kind=_ITEM_KINDS.get(kind, ItemKind.OTHER),
            title_id=TITLE.parse_one(title) if title else None,
            series=kind == title_pb2.Title.KIND_SHOW,
            more_items=more,
            facts=MediaFacts(
                container=message.container,
                streams=tuple(_stream(stream) for stream in message.streams),
                bit_rate=message.bit_rate or None,
            ),
        )

    async def get_watchables(self, name: str) -> list[Watchable]:
        """Returns what can be watched of a title, season, episode, track or media file, in order.

        Raises:
            NotFoundError: There is no such thing.
        """
        if name.startswith("mediaFiles/"):
            return await self._file_watchables(name)
        title = "/".join(name.split("/")[:2])
        kind = await self._title_kind(title)
        series = kind == title_pb2.Title.KIND_SHOW
        part = name.split("/")[2:3]
        found: list[Any] = []
        if part == ["episodes"]:
            found = [await self._call(self._titles.GetEpisode, "GetEpisode", name=name)]
        elif part == ["tracks"]:
            found = [await self._call(self._titles.GetTrack, "GetTrack", name=name)]
        elif not part and kind in _OF_TRACKS:
            found = await self._all(self._titles.ListTracks, "ListTracks", "tracks", parent=title)
        else:
            season = {"season": name} if part else {}
            found = await self._all(
                self._titles.ListEpisodes, "ListEpisodes", "episodes", parent=title, **season
            )
            if part and not found:
                raise NotFoundError("catalog.reelhouse/Season", name)
        return [_watchable(message, TITLE.parse_one(title), series) for message in found]

    async def next_episodes(self, items: Sequence[str]) -> dict[str, list[Episode]]:
        """Returns some episodes that come after each of these, in the order of watching.

        Nothing is returned for what does not exist.
        """
        request = title_service_pb2.BatchGetNextEpisodesRequest(names=items)
        response = await self._caller.call(self._titles.BatchGetNextEpisodes, request)
        return {
            one.episode: [
                Episode(
                    item=entry.episode,
                    season_number=entry.season_number if entry.HasField("season_number") else None,
                    number=entry.number if entry.HasField("number") else None,
                    display_name=entry.display_name,
                    media_file_id=_media_file_id(entry.media_file),
                )
                for entry in one.next_episodes
            ]
            for one in response.results
        }

    async def get_images(self, name: str) -> ImageFiles:
        """Returns the images of a title, season or episode that are files of its library.

        Raises:
            NotFoundError: There is no such thing.
        """
        title_name = "/".join(name.split("/")[:2])
        title = await self._call(self._titles.GetTitle, "GetTitle", name=title_name)
        message = title
        if "/seasons/" in name:
            seasons = await self._all(
                self._titles.ListSeasons, "ListSeasons", "seasons", parent=title_name
            )
            message = next((season for season in seasons if season.name == name), None)
            if message is None:
                raise NotFoundError("catalog.reelhouse/Season", name)
        elif "/episodes/" in name:
            message = await self._call(self._titles.GetEpisode, "GetEpisode", name=name)
        paths: dict[str, bytes] = {}
        for image in message.images:
            if image.path_bytes:
                kind = credits_pb2.Image.Kind.Name(image.kind).removeprefix("KIND_").lower()
                paths.setdefault(kind, image.path_bytes)
        if not paths:
            return ImageFiles(b"", {})
        request = library_service_pb2.GetLibraryRequest(name=title.library)
        library = await self._caller.call(self._libraries.GetLibrary, request)
        return ImageFiles(os.fsencode(library.root_path), paths)

    async def _title_kind(self, title: str) -> int:
        message = await self._call(self._titles.GetTitle, "GetTitle", name=title)
        return int(message.kind)

    async def _file_watchables(self, name: str) -> list[Watchable]:
        message = await self._call(self._files.GetMediaFile, "GetMediaFile", name=name)
        media_file_id = MEDIA_FILE.parse_one(name)
        duration = from_duration_ms(message.duration) if message.HasField("duration") else None
        if not message.links:
            return [Watchable(name, media_file_id, None, False, duration)]
        title = message.links[0].title
        series = await self._title_kind(title) == title_pb2.Title.KIND_SHOW
        title_id = TITLE.parse_one(title)
        return [
            Watchable(item, media_file_id, title_id, series, duration) for item in _items(message)
        ]

    async def _call(self, method: Any, rpc: str, /, **fields: Any) -> Any:
        request = getattr(_requests_of(rpc), f"{rpc}Request")(**fields)
        return await self._caller.call(method, request)

    async def _all(self, method: Any, rpc: str, field: str, /, **fields: Any) -> list[Any]:
        found: list[Any] = []
        token = ""
        while len(found) < _MOST_PARTS:
            page = await self._call(method, rpc, page_size=1000, page_token=token, **fields)
            found += getattr(page, field)
            token = page.next_page_token
            if not token:
                break
        return found


def _requests_of(method: str) -> Any:
    return media_file_service_pb2 if "MediaFile" in method else title_service_pb2


def _items(message: media_file_pb2.MediaFile) -> list[str]:
    return [link.episode or link.track for link in message.links]


def _watchable(message: Any, title_id: UUID, series: bool) -> Watchable:
    return Watchable(
        item=message.name,
        media_file_id=_media_file_id(next(iter(message.media_files), "")),
        title_id=title_id,
        series=series,
        duration_ms=from_duration_ms(message.duration) if message.HasField("duration") else None,
    )


def _media_file_id(name: str) -> UUID | None:
    return MEDIA_FILE.parse_one(name) if name else None


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
