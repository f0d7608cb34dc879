"""Sonarr, as its OpenAPI document of the API v3 says."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer

_COMMANDS: dict[str, dict[str, type]] = {
    "SeriesSearch": {"seriesId": int},
    "SeasonSearch": {"seriesId": int, "seasonNumber": int},
    "EpisodeSearch": {"episodeIds": list},
    "RescanSeries": {"seriesId": int},
}


class Sonarr(ProtocolServer):
    """A Sonarr instance."""

    def __init__(self) -> None:
        super().__init__()
        self.root_folders: list[dict[str, Any]] = []
        self.shows: list[dict[str, Any]] = []
        self.episodes: dict[int, list[dict[str, Any]]] = {}
        self.files: dict[int, list[dict[str, Any]]] = {}
        self.commands: list[dict[str, Any]] = []
        self.pending_polls = 1
        """How often a command is still at work when it is asked about."""

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("X-Api-Key") == self.credential

    def root(self, key: int, path: str) -> None:
        """Adds a root folder."""
        self.root_folders.append(
            {"id": key, "path": path, "accessible": True, "freeSpace": 1, "unmappedFolders": []}
        )

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
            web.get("/api/v3/system/status", self._status),
            web.get("/api/v3/rootfolder", self._roots),
            web.post("/api/v3/command", self._command),
            web.get("/api/v3/command/{id:\\d+}", self._command_status),
            web.get("/api/v3/series", self._series),
            web.get("/api/v3/episode", self._episodes),
            web.get("/api/v3/episodefile", self._files),
        ]

    async def _command(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("name") not in _COMMANDS:
            return web.json_response({"message": "unknown command"}, status=400)
        required = _COMMANDS[body["name"]]
        if not all(isinstance(body.get(name), kind) for name, kind in required.items()):
            return web.json_response([{"errorMessage": "a field is missing"}], status=400)
        self.commands.append(body)
        return web.json_response(self._resource(len(self.commands)), status=201)

    async def _command_status(self, request: web.Request) -> web.Response:
        number = int(request.match_info["id"])
        if not 1 <= number <= len(self.commands):
            return web.json_response({"message": "NotFound"}, status=404)
        return web.json_response(self._resource(number))

    def _resource(self, number: int) -> dict[str, Any]:
        body = self.commands[number - 1]
        return {
            "id": number,
            "name": body["name"],
            "commandName": body["name"],
            "body": body,
            "priority": "normal",
            "status": self._state(number),
            "queued": "2024-05-01T10:00:00Z",
            "trigger": "manual",
        }

    def _state(self, number: int) -> str:
        if self.pending_polls <= 0:
            return "completed"
        self.pending_polls -= 1
        return "started"

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"appName": "Sonarr", "instanceName": "Sonarr", "version": "4.0.11.2680"}
        )

    async def _roots(self, request: web.Request) -> web.Response:
        return web.json_response(self.root_folders)

    async def _series(self, request: web.Request) -> web.Response:
        return web.json_response(self.shows)

    async def _episodes(self, request: web.Request) -> web.Response:
        return web.json_response(self.episodes.get(int(request.query["seriesId"]), []))

    async def _files(self, request: web.Request) -> web.Response:
        return web.json_response(self.files.get(int(request.query["seriesId"]), []))
