"""Radarr, as its OpenAPI document of the API v3 says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from aiohttp import web

from tests.protocol_servers.arr import Arr

_COMMANDS: dict[str, dict[str, type]] = {
    "MoviesSearch": {"movieIds": list},
    "RescanMovie": {"movieId": int},
}


class Radarr(Arr):
    """A Radarr instance."""

    known_commands = _COMMANDS
    system = MappingProxyType(
        {"appName": "Radarr", "instanceName": "Radarr 4K", "version": "5.16.3.9541"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.movies: list[dict[str, Any]] = []

    def movie(self, key: int, title: str, year: int, folder: str, file: str = "") -> dict[str, Any]:
        """Adds a film in a folder; with a file when one is named."""
        item: dict[str, Any] = {
            "id": key,
            "title": title,
            "originalTitle": title,
            "sortTitle": title.lower(),
            "overview": f"What happens in {title}.",
            "inCinemas": f"{year}-05-04T00:00:00Z",
            "images": [
                {"coverType": "poster", "url": f"/MediaCover/{key}/poster.jpg?lastWrite=1",
                 "remoteUrl": "https://image.tmdb.test/poster.jpg"},
                {"coverType": "fanart", "url": f"/MediaCover/{key}/fanart.jpg?lastWrite=1"},
            ],
            "year": year,
            "studio": "Studio",
            "path": folder,
            "qualityProfileId": 1,
            "monitored": True,
            "runtime": 170,
            "imdbId": f"tt{key:07}",
            "tmdbId": 900 + key,
            "certification": "R",
            "genres": ["Crime"],
            "tags": [],
            "added": "2024-03-01T10:20:30Z",
            "ratings": {"imdb": {"votes": 10, "value": 8.3}, "tmdb": {"votes": 7, "value": 7.9}},
            "hasFile": bool(file),
            "movieFileId": key * 10 if file else 0,
        }  # fmt: skip
        if file:
            item["movieFile"] = {
                "id": key * 10,
                "movieId": key,
                "relativePath": file.rpartition("/")[2],
                "path": file,
                "size": 12_345_678_901,
                "dateAdded": "2024-03-01T11:00:00Z",
                "sceneName": f"{title}.{year}.1080p.BluRay-GRP",
                "releaseGroup": "GRP",
                "quality": {
                    "quality": {"id": 7, "name": "Bluray-1080p", "source": "bluray",
                                "resolution": 1080, "modifier": "none"},
                    "revision": {"version": 1, "real": 0, "isRepack": False},
                },
                "mediaInfo": {"videoCodec": "x264", "audioCodec": "DTS", "resolution": "1920x800"},
            }  # fmt: skip
        self.movies.append(item)
        return item

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.get("/api/v3/movie", self._movies),
        ]

    async def _movies(self, request: web.Request) -> web.Response:
        return web.json_response(self.movies)
