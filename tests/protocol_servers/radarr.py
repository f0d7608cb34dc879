"""Radarr, as its OpenAPI document of the API v3 says."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer

_COMMANDS: dict[str, dict[str, type]] = {
    "MoviesSearch": {"movieIds": list},
    "RescanMovie": {"movieId": int},
}


class Radarr(ProtocolServer):
    """A Radarr instance."""

    def __init__(self) -> None:
        super().__init__()
        self.root_folders: list[dict[str, Any]] = []
        self.movies: list[dict[str, Any]] = []
        self.commands: list[dict[str, Any]] = []

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("X-Api-Key") == self.credential

    def root(self, key: int, path: str) -> None:
        """Adds a root folder."""
        self.root_folders.append(
            {"id": key, "path": path, "accessible": True, "freeSpace": 1, "unmappedFolders": []}
        )

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
            web.get("/api/v3/system/status", self._status),
            web.get("/api/v3/rootfolder", self._roots),
            web.post("/api/v3/command", self._command),
            web.get("/api/v3/command/{id:\\d+}", self._command_status),
            web.get("/api/v3/movie", self._movies),
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

    @staticmethod
    def _state(number: int) -> str:
        return "completed" if number else "queued"

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"appName": "Radarr", "instanceName": "Radarr 4K", "version": "5.16.3.9541"}
        )

    async def _roots(self, request: web.Request) -> web.Response:
        return web.json_response(self.root_folders)

    async def _movies(self, request: web.Request) -> web.Response:
        return web.json_response(self.movies)
