"""Plex Media Server, by its HTTP API in JSON."""

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

_CONTENT = {"movie": Content.MOVIES, "show": Content.SHOWS, "artist": Content.MUSIC}
# Plex's numbers of what to list, groups first.
_PHASES = {Content.MOVIES: (1,), Content.SHOWS: (2, 4), Content.MUSIC: (9, 10)}
_KINDS = {
    "movie": ItemKind.MOVIE,
    "show": ItemKind.SHOW,
    "episode": ItemKind.EPISODE,
    "album": ItemKind.ALBUM,
    "track": ItemKind.TRACK,
}
_LINES = {"sd": 480, "4k": 2160, "8k": 4320}


class PlexClient:
    """Asks a Plex Media Server."""

    def __init__(self, http: Http, page: int) -> None:
        self._http = http
        self._page = page

    @staticmethod
    def headers(credential: str) -> dict[str, str]:
        """Returns what every request carries."""
        return {
            "X-Plex-Token": credential,
            "X-Plex-Client-Identifier": "reelhouse",
            "X-Plex-Product": "Reelhouse",
        }

    async def check(self) -> ServerInfo:
        """Asks the server for its name and version."""
        found = await self._container("/")
        if not fields.text(found, "machineIdentifier"):
            raise SourceError("SOURCE_MALFORMED", "the source is no Plex Media Server")
        return ServerInfo(fields.text(found, "friendlyName"), fields.text(found, "version"))

    async def collections(self) -> list[RemoteCollection]:
        """Returns the server's libraries."""
        found = await self._container("/library/sections")
        return [
            RemoteCollection(
                fields.text(section, "key"),
                fields.text(section, "title", most=200),
                _CONTENT.get(fields.text(section, "type"), Content.OTHER),
                fields.texts(section.get("Location"), "path"),
            )
            for section in fields.objects(found.get("Directory"))
            if fields.text(section, "key").isalnum()
        ]

    async def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields shows before their episodes, page by page."""
        phases = _PHASES.get(collection.content, ())
        phase, start = (int(cursor["phase"]), int(cursor["start"])) if cursor else (0, 0)
        while phase < len(phases):
            found = await self._container(
                f"/library/sections/{collection.external_id}/all",
                {"type": str(phases[phase]), "includeGuids": "1"},
                {
                    "X-Plex-Container-Start": str(start),
                    "X-Plex-Container-Size": str(self._page),
                },
            )
            entries = fields.objects(found.get("Metadata"))
            total = fields.number(found, "totalSize")
            start += len(entries)
            # Whatever the server says of the total: a page without anything is the last.
            if not entries or (total is not None and start >= total):
                phase, start = phase + 1, 0
            following = {"phase": phase, "start": start} if phase < len(phases) else None
            items = [item for entry in entries for item in self._items(entry)]
            yield Batch(selection.of(items), following, total)

    async def _container(
        self,
        path: str,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        answer = await self._http.get(path, params, headers)
        found = answer.get("MediaContainer") if isinstance(answer, dict) else None
        return fields.required_object(found, "MediaContainer")

    def _items(self, entry: dict[str, Any]) -> Iterator[Item]:
        """Yields an item for each file of an entry, or one for a group."""
        key = fields.text(entry, "ratingKey", most=200)
        kind = _KINDS.get(fields.text(entry, "type"), ItemKind.OTHER)
        music = kind in (ItemKind.TRACK, ItemKind.ALBUM)
        is_part = kind in (ItemKind.EPISODE, ItemKind.TRACK)
        common: dict[str, Any] = {
            "kind": kind,
            "display_name": fields.text(entry, "title", most=1000),
            "parent_key": fields.text(
                entry, "parentRatingKey" if music else "grandparentRatingKey", most=200
            )
            if is_part
            else "",
            "title_name": fields.text(entry, "parentTitle" if music else "grandparentTitle")
            if is_part
            else "",
            "year": fields.year(entry, "year"),
            "season_number": fields.number(entry, "parentIndex") if is_part else None,
            "number": fields.number(entry, "index") if is_part else None,
            "metadata": self._metadata(entry, kind),
            "raw": fields.kept(entry),
        }
        files = [
            (media, part)
            for media in fields.objects(entry.get("Media"))
            for part in fields.objects(media.get("Part"))
        ]
        if not files or kind in (ItemKind.SHOW, ItemKind.ALBUM):
            remark = "" if kind in (ItemKind.SHOW, ItemKind.ALBUM) else "has no file"
            yield Item(provider_key=key, remark=remark, **common)
        for index, (media, part) in enumerate(files):
            part_id = fields.text(part, "id", most=200) or str(index)
            own = key if index == 0 or not key else f"{key}:{part_id}"
            yield Item(
                provider_key=own,
                server_path=fields.path(part, "file"),
                file=_facts(media, part),
                **common,
            )

    def _metadata(self, entry: dict[str, Any], kind: ItemKind) -> Metadata:
        roles = {
            "Director": PersonRole.DIRECTOR,
            "Writer": PersonRole.WRITER,
            "Producer": PersonRole.PRODUCER,
        }
        crew = [
            fields.person(person, "tag", role)
            for name, role in roles.items()
            for person in fields.objects(entry.get(name))
        ]
        cast = [
            Person(
                fields.text(person, "tag", most=500),
                PersonRole.ACTOR,
                fields.text(person, "role", most=500),
                _web(fields.text(person, "thumb")),
            )
            for person in fields.objects(entry.get("Role"))
        ]
        guids = [fields.text(entry, "guid"), *fields.texts(entry.get("Guid"), "id")]
        poster = ImageKind.STILL if kind is ItemKind.EPISODE else ImageKind.POSTER
        images = [
            Image(image, url=self._http.url(fields.text(entry, name)))
            for image, name in ((poster, "thumb"), (ImageKind.BACKDROP, "art"))
            if fields.text(entry, name).startswith("/")
        ]
        artist = fields.text(entry, "parentTitle") if kind is ItemKind.ALBUM else ""
        return Metadata(
            display_name=fields.text(entry, "title", most=1000),
            original_name=fields.text(entry, "originalTitle", most=1000),
            sort_name=fields.text(entry, "titleSort", most=1000),
            overview=fields.text(entry, "summary"),
            tagline=fields.text(entry, "tagline"),
            release_date=fields.day(entry, "originallyAvailableAt"),
            year=fields.year(entry, "year"),
            duration_ms=fields.millis(entry, "duration"),
            genres=fields.texts(entry.get("Genre"), "tag"),
            studios=(studio,) if (studio := fields.text(entry, "studio", most=500)) else (),
            rating=fields.rating(entry, "audienceRating") or fields.rating(entry, "rating"),
            content_rating=fields.text(entry, "contentRating", most=50),
            creators=(artist,) if artist else (),
            people=fields.people([*cast, *crew]),
            images=tuple(images),
            external_ids=external_ids(guids),
        )


def _web(address: str) -> str:
    return address if address.startswith(("http://", "https://")) else ""


def _facts(media: dict[str, Any], part: dict[str, Any]) -> FileFacts:
    resolution = fields.text(media, "videoResolution", most=20).lower()
    lines = int(resolution) if resolution.isdigit() else _LINES.get(resolution, 0)
    return FileFacts(
        size_bytes=fields.size(part, "size"),
        duration_ms=fields.millis(media, "duration") or 0,
        quality=resolution,
        resolution=min(lines, 10_000),
        container=fields.text(part, "container", most=50) or fields.text(media, "container"),
        video_codec=fields.text(media, "videoCodec", most=50),
        audio_codec=fields.text(media, "audioCodec", most=50),
        remote_id=fields.text(part, "id", most=50),
    )
