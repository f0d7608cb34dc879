"""Jellyfin, by its HTTP API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from reelhouse_catalog.enrichment.model import Image, ImageKind, Metadata, Person, PersonRole
from reelhouse_catalog.sources.clients import fields
from reelhouse_catalog.sources.clients.http import Http
from reelhouse_catalog.sources.guids import external_ids
from reelhouse_catalog.sources.model import Collection, Content
from reelhouse_catalog.sources.remote import (
    Batch,
    FileFacts,
    Item,
    ItemKind,
    RemoteCollection,
    Selection,
    ServerInfo,
    SourceError,
)

_CONTENT = {
    "movies": Content.MOVIES,
    "tvshows": Content.SHOWS,
    "music": Content.MUSIC,
    "": Content.MIXED,
    "mixed": Content.MIXED,
}
_PHASES = {
    Content.MOVIES: ("Movie",),
    Content.SHOWS: ("Series", "Episode"),
    Content.MUSIC: ("MusicAlbum", "Audio"),
    Content.MIXED: ("Movie", "Series", "Episode"),
}
_KINDS = {
    "Movie": ItemKind.MOVIE,
    "Series": ItemKind.SHOW,
    "Episode": ItemKind.EPISODE,
    "MusicAlbum": ItemKind.ALBUM,
    "Audio": ItemKind.TRACK,
}
_FIELDS = (
    "Path,ProviderIds,Overview,Genres,Studios,People,MediaSources,OriginalTitle,SortName,Taglines"
)
_ROLES = {
    "Actor": PersonRole.ACTOR,
    "GuestStar": PersonRole.ACTOR,
    "Director": PersonRole.DIRECTOR,
    "Writer": PersonRole.WRITER,
    "Producer": PersonRole.PRODUCER,
    "Composer": PersonRole.COMPOSER,
    "Creator": PersonRole.CREATOR,
    "Author": PersonRole.AUTHOR,
}
_IDS = {
    "Tmdb": "tmdb",
    "Tvdb": "tvdb",
    "Imdb": "imdb",
    "MusicBrainzAlbum": "mbid",
    "MusicBrainzTrack": "mbid",
}
_TICK_MS = 1 / 10_000
_MOST_EPISODES = 20


class JellyfinClient:
    """Asks a Jellyfin server."""

    def __init__(self, http: Http, page: int) -> None:
        self._http = http
        self._page = page

    @staticmethod
    def headers(credential: str) -> dict[str, str]:
        """Returns what every request carries."""
        return {
            "Authorization": f'MediaBrowser Client="Reelhouse", Device="Reelhouse", '
            f'DeviceId="reelhouse", Version="1", Token="{credential}"'
        }

    async def check(self) -> ServerInfo:
        """Asks the server for its name and version."""
        found = fields.required_object(await self._http.get("/System/Info"), "system information")
        if not fields.text(found, "Id"):
            raise SourceError("SOURCE_MALFORMED", "the source is no Jellyfin server")
        return ServerInfo(fields.text(found, "ServerName"), fields.text(found, "Version"))

    async def collections(self) -> list[RemoteCollection]:
        """Returns the server's libraries."""
        found = fields.required_list(await self._http.get("/Library/VirtualFolders"), "libraries")
        return [
            RemoteCollection(
                fields.text(folder, "ItemId"),
                fields.text(folder, "Name", most=200),
                _CONTENT.get(fields.text(folder, "CollectionType").lower(), Content.OTHER),
                fields.texts(folder.get("Locations")),
            )
            for folder in found
            if fields.text(folder, "ItemId")
        ]

    async def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields series before their episodes, page by page."""
        phases = _PHASES.get(collection.content, ())
        phase, start = (int(cursor["phase"]), int(cursor["start"])) if cursor else (0, 0)
        while phase < len(phases):
            answer = await self._http.get(
                "/Items",
                {
                    "ParentId": collection.external_id,
                    "Recursive": "true",
                    "IncludeItemTypes": phases[phase],
                    "Fields": _FIELDS,
                    "SortBy": "SortName,DateCreated",
                    "SortOrder": "Ascending",
                    "StartIndex": str(start),
                    "Limit": str(self._page),
                    "EnableTotalRecordCount": "true",
                },
            )
            found = fields.required_object(answer, "items")
            entries = fields.required_list(found.get("Items"), "items")
            total = fields.number(found, "TotalRecordCount")
            start += len(entries)
            if not entries or (total is not None and start >= total):
                phase, start = phase + 1, 0
            following = {"phase": phase, "start": start} if phase < len(phases) else None
            items = [item for entry in entries for item in self._items(entry)]
            yield Batch(selection.of(items), following, total)

    def _items(self, entry: dict[str, Any]) -> Iterator[Item]:
        """Yields an item for each episode in each file of an entry, or one for a group."""
        key = fields.text(entry, "Id", most=200)
        kind = _KINDS.get(fields.text(entry, "Type"), ItemKind.OTHER)
        music = kind is ItemKind.TRACK
        is_part = music or kind is ItemKind.EPISODE
        common: dict[str, Any] = {
            "kind": kind,
            "display_name": fields.text(entry, "Name", most=1000),
            "parent_key": fields.text(entry, "AlbumId" if music else "SeriesId", most=200),
            "title_name": fields.text(entry, "Album" if music else "SeriesName", most=1000),
            "year": fields.year(entry, "ProductionYear"),
            "season_number": fields.number(entry, "ParentIndexNumber") if is_part else None,
            "metadata": self._metadata(entry, kind),
            "raw": fields.kept(entry),
        }
        first = fields.number(entry, "IndexNumber") if is_part else None
        if kind in (ItemKind.SHOW, ItemKind.ALBUM):
            yield Item(provider_key=key, **common)
            return
        files = _files(entry)
        if not files:
            yield Item(provider_key=key, remark="has no file", **common)
        last = fields.number(entry, "IndexNumberEnd") or first
        numbers: list[int | None] = [first]
        if kind is ItemKind.EPISODE and first is not None and last is not None and last > first:
            numbers = list(range(first, min(last, first + _MOST_EPISODES) + 1))
        for index, (path, facts) in enumerate(files):
            for number in numbers:
                own = key if index == 0 or not key else f"{key}:{facts.remote_id or index}"
                if number != first:
                    own += f":e{number}"
                yield Item(provider_key=own, number=number, server_path=path, file=facts, **common)

    def _metadata(self, entry: dict[str, Any], kind: ItemKind) -> Metadata:
        key = fields.text(entry, "Id", most=200)
        people = [
            Person(
                fields.text(person, "Name", most=500),
                role,
                fields.text(person, "Role", most=500) if role is PersonRole.ACTOR else "",
                self._image(fields.text(person, "Id"), "Primary")
                if fields.text(person, "PrimaryImageTag")
                else "",
            )
            for person in fields.objects(entry.get("People"))
            if (role := _ROLES.get(fields.text(person, "Type"))) is not None
        ]
        ids = fields.child(entry, "ProviderIds")
        images = []
        if fields.text(fields.child(entry, "ImageTags"), "Primary"):
            own = ImageKind.STILL if kind is ItemKind.EPISODE else ImageKind.POSTER
            images.append(Image(own, url=self._image(key, "Primary")))
        if fields.texts(entry.get("BackdropImageTags")):
            images.append(Image(ImageKind.BACKDROP, url=self._image(key, "Backdrop")))
        return Metadata(
            display_name=fields.text(entry, "Name", most=1000),
            original_name=fields.text(entry, "OriginalTitle", most=1000),
            sort_name=fields.text(entry, "SortName", most=1000),
            overview=fields.text(entry, "Overview"),
            tagline=next(iter(fields.texts(entry.get("Taglines"))), ""),
            release_date=fields.day(entry, "PremiereDate"),
            year=fields.year(entry, "ProductionYear"),
            duration_ms=fields.millis(entry, "RunTimeTicks", _TICK_MS),
            genres=fields.texts(entry.get("Genres")),
            studios=fields.texts(entry.get("Studios"), "Name"),
            rating=fields.rating(entry, "CommunityRating"),
            content_rating=fields.text(entry, "OfficialRating", most=50),
            creators=fields.texts(entry.get("Artists")),
            people=fields.people(people),
            images=tuple(images),
            external_ids=external_ids(
                f"{scheme}://{fields.text(ids, name)}" for name, scheme in _IDS.items()
            ),
        )

    def _image(self, key: str, kind: str) -> str:
        return self._http.url(f"/Items/{key}/Images/{kind}") if key.isalnum() else ""


def _files(entry: dict[str, Any]) -> list[tuple[str, FileFacts]]:
    sources = fields.objects(entry.get("MediaSources"))
    found = [(fields.path(source, "Path"), _facts(source)) for source in sources]
    if not any(path for path, _ in found) and fields.path(entry, "Path"):
        return [(fields.path(entry, "Path"), FileFacts())]
    return [(path, facts) for path, facts in found if path]


def _facts(source: dict[str, Any]) -> FileFacts:
    streams = fields.objects(source.get("MediaStreams"))
    video = next((s for s in streams if s.get("Type") == "Video"), {})
    audio = next((s for s in streams if s.get("Type") == "Audio"), {})
    return FileFacts(
        size_bytes=fields.size(source, "Size"),
        duration_ms=fields.millis(source, "RunTimeTicks", _TICK_MS) or 0,
        quality=fields.text(video, "DisplayTitle", most=100),
        resolution=fields.number(video, "Height", 10_000) or 0,
        container=fields.text(source, "Container", most=50),
        video_codec=fields.text(video, "Codec", most=50),
        audio_codec=fields.text(audio, "Codec", most=50),
        remote_id=fields.text(source, "Id", most=200),
    )
