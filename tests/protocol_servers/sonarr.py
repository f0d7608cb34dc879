"""Sonarr, as its OpenAPI document of the API v3 says."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from aiohttp import web

from tests.protocol_servers.arr import Arr

_COMMANDS: dict[str, dict[str, type]] = {
    "SeriesSearch": {"seriesId": int},
    "SeasonSearch": {"seriesId": int, "seasonNumber": int},
    "EpisodeSearch": {"episodeIds": list},
    "RescanSeries": {"seriesId": int},
}


class Sonarr(Arr):
    """A Sonarr instance."""

    known_commands = _COMMANDS
    system = MappingProxyType(
        {"appName": "Sonarr", "instanceName": "Sonarr", "version": "4.0.11.2680"}
    )

    def __init__(self) -> None:
        super().__init__()
        self.shows: list[dict[str, Any]] = []
        self.episodes: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[int, list[dict[str, Any]]] = {}
        self.pending_polls = 1

    def series(self, key: int, title: str, year: int, path: str) -> dict[str, Any]:
        """Adds a series."""
        item: dict[str, Any] = {
            "id": key,
            "title": title,
            "sortTitle": title.lower(),
            "status": "ended",
            "overview": f"All of {title}.",
            "network": "AMC",
            "images": [
                {"coverType": "poster", "url": f"/MediaCover/{key}/poster.jpg",
                 "remoteUrl": "https://artworks.thetvdb.test/poster.jpg"},
                {"coverType": "fanart", "url": f"/MediaCover/{key}/fanart.jpg",
                 "remoteUrl": "https://artworks.thetvdb.test/fanart.jpg"},
            ],
            "seasons": [{"seasonNumber": 1, "monitored": True}],
            "year": year,
            "path": path,
            "monitored": True,
            "runtime": 47,
            "tvdbId": 81189,
            "tmdbId": 1396,
            "imdbId": "tt0903747",
            "firstAired": f"{year}-01-20T00:00:00Z",
            "certification": "TV-MA",
            "genres": ["Drama"],
            "ratings": {"votes": 31714, "value": 9.4},
        }  # fmt: skip
        self.shows.append(item)
        self.episodes[key], self.files[key] = [], []
        return item

    def file(self, series: int, key: int, season: int, path: str, *numbers: int) -> None:
        """Adds a file with its episodes."""
        self.files[series].append(
            {
                "id": key,
                "seriesId": series,
                "seasonNumber": season,
                "relativePath": path.rpartition("/")[2],
                "path": path,
                "size": 2_000_000_000,
                "dateAdded": "2024-01-01T00:00:00Z",
                "releaseGroup": "NTb",
                "quality": {
                    "quality": {
                        "id": 3,
                        "name": "WEBDL-1080p",
                        "source": "web",
                        "resolution": 1080,
                    },
                    "revision": {"version": 1, "real": 0, "isRepack": False},
                },
                "mediaInfo": {"videoCodec": "h264", "audioCodec": "EAC3", "runTime": "47:02"},
            }
        )
        for number in numbers:
            self.episode(series, key * 100 + number, season, number, key)

    def episode(self, series: int, key: int, season: int, number: int, file: int = 0) -> None:
        """Adds an episode; one without a file is only known, not there."""
        self.episodes[series].append(
            {
                "id": key,
                "seriesId": series,
                "tvdbId": 349_000 + key,
                "episodeFileId": file,
                "seasonNumber": season,
                "episodeNumber": number,
                "title": f"Episode {number}",
                "airDate": "2008-01-20",
                "airDateUtc": "2008-01-21T02:00:00Z",
                "runtime": 58,
                "overview": "Something happens.",
                "hasFile": bool(file),
                "monitored": True,
            }
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            *super().routes(),
            web.get("/api/v3/series", self._series),
            web.get("/api/v3/episode", self._episodes),
            web.get("/api/v3/episodefile", self._files),
        ]

    async def _series(self, request: web.Request) -> web.Response:
        return web.json_response(self.shows)

    async def _episodes(self, request: web.Request) -> web.Response:
        return web.json_response(self.episodes.get(int(request.query["seriesId"]), []))

    async def _files(self, request: web.Request) -> web.Response:
        return web.json_response(self.files.get(int(request.query["seriesId"]), []))
