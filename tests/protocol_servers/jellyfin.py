"""Jellyfin, as its OpenAPI document says: libraries and items."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer, page


class Jellyfin(ProtocolServer):
    """A Jellyfin server."""

    def __init__(self) -> None:
        super().__init__()
        self.folders: list[dict[str, Any]] = []
        self.items: dict[str, list[dict[str, Any]]] = {}

    def allowed(self, request: web.Request) -> bool:
        header = request.headers.get("Authorization", "")
        found = re.search(r'^MediaBrowser .*Token="([^"]*)"', header)
        return found is not None and found[1] == self.credential

    def library(self, key: str, kind: str, name: str, *folders: str) -> None:
        """Adds a library. A mixed one has no CollectionType."""
        folder = {"Name": name, "Locations": list(folders), "ItemId": key}
        self.folders.append({**folder, "CollectionType": kind} if kind else folder)
        self.items.setdefault(key, [])

    def movie(self, library: str, key: str, name: str, year: int, *paths: str) -> dict[str, Any]:
        """Adds a film with its versions."""
        item = {
            "Name": name,
            "OriginalTitle": name,
            "ServerId": "server",
            "Id": key,
            "Type": "Movie",
            "Path": paths[0],
            "Overview": f"What happens in {name}.",
            "Taglines": ["Once more."],
            "Genres": ["Crime"],
            "Studios": [{"Name": "Studio", "Id": "s1"}],
            "CommunityRating": 7.5,
            "OfficialRating": "R",
            "PremiereDate": f"{year}-12-15T00:00:00.0000000Z",
            "ProductionYear": year,
            "RunTimeTicks": 72_000_000_000,
            "ProviderIds": {"Tmdb": "949", "Imdb": "tt0113277"},
            "People": [
                {"Name": "Al Pacino", "Id": "p1", "Role": "Hanna", "Type": "Actor",
                 "PrimaryImageTag": "t"},
                {"Name": "Michael Mann", "Id": "p2", "Role": "Director", "Type": "Director"},
            ],
            "ImageTags": {"Primary": "tag"},
            "BackdropImageTags": ["tag"],
            "MediaSources": [_source(f"{key}{i or ''}", path) for i, path in enumerate(paths)],
        }  # fmt: skip
        self.items[library].append(item)
        return item

    def series(self, library: str, key: str, name: str, year: int) -> dict[str, Any]:
        """Adds a series."""
        item = {
            "Name": name,
            "Id": key,
            "Type": "Series",
            "ProductionYear": year,
            "Path": f"/media/{name}",
            "ProviderIds": {"Tvdb": "81189"},
        }
        self.items[library].append(item)
        return item

    def episode(  # noqa: PLR0917 # a test names them by place
        self, library: str, key: str, series: dict[str, Any], season: int, number: int, path: str
    ) -> dict[str, Any]:
        """Adds an episode."""
        item = {
            "Name": f"Episode {number}",
            "Id": key,
            "Type": "Episode",
            "SeriesName": series["Name"],
            "SeriesId": series["Id"],
            "SeasonId": f"{series['Id']}s{season}",
            "ParentIndexNumber": season,
            "IndexNumber": number,
            "Path": path,
            "PremiereDate": "2008-01-20T00:00:00.0000000Z",
            "ProviderIds": {"Tvdb": "349232"},
            "MediaSources": [_source(key, path)],
        }
        self.items[library].append(item)
        return item

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/System/Info", self._info),
            web.get("/Library/VirtualFolders", self._folders),
            web.get("/Items", self._items),
        ]

    async def _info(self, request: web.Request) -> web.Response:
        return web.json_response(
            {"ServerName": "Cellar", "Version": "10.10.3", "Id": "abc", "ProductName": "Jellyfin"}
        )

    async def _folders(self, request: web.Request) -> web.Response:
        return web.json_response(self.folders)

    async def _items(self, request: web.Request) -> web.Response:
        query = request.query
        if query.get("Recursive") != "true":
            return web.json_response({"Items": [], "TotalRecordCount": 0, "StartIndex": 0})
        kinds = query["IncludeItemTypes"].split(",")
        wanted = query.get("Fields", "").split(",")
        items = self.items.get(query["ParentId"], [])
        found = sorted((i for i in items if i["Type"] in kinds), key=lambda i: str(i["Name"]))
        start = int(query.get("StartIndex", "0"))
        some = page(found, start, int(query.get("Limit", "100")))
        # What is not asked for by Fields is not told.
        optional = {
            "Path",
            "MediaSources",
            "Overview",
            "ProviderIds",
            "Genres",
            "People",
            "Studios",
        }
        told = [
            {k: v for k, v in item.items() if k not in optional or k in wanted} for item in some
        ]
        return web.json_response(
            {"Items": told, "TotalRecordCount": len(found), "StartIndex": start}
        )


def _source(key: str, path: str) -> dict[str, Any]:
    return {
        "Protocol": "File",
        "Id": key,
        "Path": path,
        "Type": "Default",
        "Container": "mkv",
        "Size": 4_000_000_000,
        "RunTimeTicks": 72_000_000_000,
        "MediaStreams": [
            {"Type": "Video", "Codec": "hevc", "Height": 2160, "DisplayTitle": "4K HEVC"},
            {"Type": "Audio", "Codec": "eac3", "DisplayTitle": "English"},
        ],
    }
