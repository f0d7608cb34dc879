"""What Sonarr and Radarr have in common: their API v3."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any

from reelhouse_catalog.enrichment.model import Image, ImageKind, Metadata
from reelhouse_catalog.sources import paths
from reelhouse_catalog.sources.clients import fields
from reelhouse_catalog.sources.clients.http import Http
from reelhouse_catalog.sources.guids import external_ids
from reelhouse_catalog.sources.model import Content
from reelhouse_catalog.sources.remote import FileFacts, RemoteCollection, ServerInfo, SourceError

_IMAGES = {
    "poster": ImageKind.POSTER,
    "fanart": ImageKind.BACKDROP,
    "banner": ImageKind.BANNER,
    "clearlogo": ImageKind.LOGO,
}
_MINUTE_MS = 60_000


def headers(credential: str) -> dict[str, str]:
    """Returns what every request carries."""
    return {"X-Api-Key": credential}


async def check(http: Http, app: str) -> ServerInfo:
    """Asks an instance for its name and version; it must be the application that it should be."""
    found = fields.required_object(await http.get("/api/v3/system/status"), "system status")
    if fields.text(found, "appName").lower() != app:
        raise SourceError("SOURCE_MALFORMED", f"the source is no {app.capitalize()}")
    name = fields.text(found, "instanceName", "appName", most=200)
    return ServerInfo(name, fields.text(found, "version", most=100))


async def root_folders(http: Http, content: Content) -> list[RemoteCollection]:
    """Returns an instance's root folders as collections."""
    found = fields.required_list(await http.get("/api/v3/rootfolder"), "root folders")
    return [
        RemoteCollection(fields.text(folder, "id"), _name(path), content, (path,))
        for folder in found
        if fields.text(folder, "id") and (path := fields.path(folder, "path"))
    ]


def _name(path: str) -> str:
    return posixpath.basename(path.replace("\\", "/").rstrip("/"))[:200] or path[:200]


def within(entry: dict[str, Any], locations: Iterable[str]) -> bool:
    """Tells whether a film or series lies in one of these folders."""
    own = paths.parse(fields.path(entry, "path"))
    for location in locations:
        folder = paths.parse(location)
        if own is not None and folder is not None and own.below(folder) is not None:
            return True
    return False


def metadata(http: Http, entry: dict[str, Any], *, day: tuple[str, ...]) -> Metadata:
    """Returns what an instance says of a film or series; `day` names where its date may be."""
    ratings = fields.child(entry, "ratings")
    tmdb = fields.child(ratings, "tmdb")
    ids = [
        f"{scheme}://{fields.text(entry, name)}"
        for scheme, name in (("imdb", "imdbId"), ("tmdb", "tmdbId"), ("tvdb", "tvdbId"))
        if fields.text(entry, name) not in ("", "0")
    ]
    return Metadata(
        display_name=fields.text(entry, "title", most=1000),
        original_name=fields.text(entry, "originalTitle", most=1000),
        sort_name=fields.text(entry, "sortTitle", most=1000),
        overview=fields.text(entry, "overview"),
        release_date=fields.day(entry, *day),
        year=fields.year(entry, "year"),
        duration_ms=fields.millis(entry, "runtime", _MINUTE_MS),
        genres=fields.texts(entry.get("genres")),
        studios=tuple(s for s in (fields.text(entry, "studio", "network", most=500),) if s),
        rating=fields.rating(tmdb, "value") or fields.rating(ratings, "value"),
        rating_count=fields.number(tmdb, "votes") or fields.number(ratings, "votes") or None,
        content_rating=fields.text(entry, "certification", most=50),
        images=tuple(images(http, entry)),
        external_ids=external_ids(ids),
    )


def images(http: Http, entry: dict[str, Any]) -> list[Image]:
    """Returns the images of a film, series or season: at their origin, else at the instance."""
    found = []
    for image in fields.objects(entry.get("images"))[: fields.MAX_LIST]:
        kind = _IMAGES.get(fields.text(image, "coverType").lower())
        remote = fields.text(image, "remoteUrl", most=2048)
        url = remote if remote.startswith(("http://", "https://")) else ""
        url = url or http.url(fields.text(image, "url", most=2048).partition("?")[0])
        if kind is not None and url:
            found.append(Image(kind, url=url))
    return found


def image_url(http: Http, entry: dict[str, Any], kind: ImageKind) -> str:
    """Returns the address of the first image of a kind; empty where there is none."""
    return next((image.url for image in images(http, entry) if image.kind is kind), "")


def file_facts(file: dict[str, Any], *, monitored: bool) -> FileFacts:
    """Returns what an instance says of a file."""
    quality = fields.child(fields.child(file, "quality"), "quality")
    media = fields.child(file, "mediaInfo")
    return FileFacts(
        size_bytes=fields.size(file, "size"),
        quality=fields.text(quality, "name", most=100),
        resolution=fields.number(quality, "resolution", 10_000) or 0,
        video_codec=fields.text(media, "videoCodec", most=50),
        audio_codec=fields.text(media, "audioCodec", most=50),
        release_group=fields.text(file, "releaseGroup", most=200),
        remote_id=fields.text(file, "id", most=50),
        monitored=monitored,
    )
