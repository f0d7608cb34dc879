"""Plex Media Server, as its API documentation says: libraries, films, shows, music, in JSON."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.base import ProtocolServer, page

_TYPES = {"1": "movie", "2": "show", "4": "episode", "9": "album", "10": "track"}


class Plex(ProtocolServer):
    """A Plex Media Server."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[dict[str, Any]] = []
        self.items: dict[str, list[dict[str, Any]]] = {}

    def allowed(self, request: web.Request) -> bool:
        return request.headers.get("X-Plex-Token") == self.credential

    def section(self, key: str, kind: str, title: str, *folders: str) -> None:
        """Adds a library."""
        self.sections.append(
            {
                "allowSync": True,
                "art": "/:/resources/movie-fanart.jpg",
                "key": key,
                "type": kind,
                "title": title,
                "agent": "tv.plex.agents.movie",
                "scanner": "Plex Movie",
                "language": "en-US",
                "uuid": f"uuid-{key}",
                "Location": [{"id": i + 1, "path": path} for i, path in enumerate(folders)],
            }
        )
        self.items.setdefault(key, [])

    def movie(self, section: str, key: int, title: str, year: int, *files: str) -> dict[str, Any]:
        """Adds a film with its files; returns it, to be changed."""
        item: dict[str, Any] = {
            "ratingKey": str(key),
            "key": f"/library/metadata/{key}",
            "guid": f"plex://movie/{key:024x}",
            "type": "movie",
            "title": title,
            "titleSort": title,
            "summary": f"What happens in {title}.",
            "tagline": "Once more.",
            "studio": "Studio",
            "contentRating": "PG-13",
            "rating": 7.9,
            "audienceRating": 8.2,
            "year": year,
            "thumb": f"/library/metadata/{key}/thumb/1",
            "art": f"/library/metadata/{key}/art/1",
            "duration": 7_200_000,
            "originallyAvailableAt": f"{year}-05-04",
            "addedAt": 1_600_000_000,
            "Media": [_media(key, index, file) for index, file in enumerate(files)],
            "Genre": [{"tag": "Crime"}, {"tag": "Drama"}],
            "Director": [{"tag": "Michael Mann"}],
            "Writer": [{"tag": "Michael Mann"}],
            "Role": [{"tag": "Al Pacino", "role": "Hanna", "thumb": "https://img.test/p.jpg"}],
            "Guid": [{"id": f"imdb://tt{key:07}"}, {"id": f"tmdb://{key}"}],
        }
        self.items[section].append(item)
        return item

    def show(self, section: str, key: int, title: str, year: int) -> dict[str, Any]:
        """Adds a show."""
        item: dict[str, Any] = {
            "ratingKey": str(key),
            "key": f"/library/metadata/{key}/children",
            "guid": f"plex://show/{key:024x}",
            "type": "show",
            "title": title,
            "summary": f"All of {title}.",
            "year": year,
            "leafCount": 1,
            "childCount": 1,
            "Guid": [{"id": f"tvdb://{key}"}],
        }
        self.items[section].append(item)
        return item

    def episode(  # noqa: PLR0917 # a test names them by place
        self, section: str, key: int, show: dict[str, Any], season: int, number: int, file: str
    ) -> dict[str, Any]:
        """Adds an episode."""
        item: dict[str, Any] = {
            "ratingKey": str(key),
            "key": f"/library/metadata/{key}",
            "parentRatingKey": str(key + 100_000),
            "grandparentRatingKey": show["ratingKey"],
            "guid": f"plex://episode/{key:024x}",
            "type": "episode",
            "title": f"Episode {number}",
            "grandparentTitle": show["title"],
            "parentTitle": f"Season {season}",
            "index": number,
            "parentIndex": season,
            "summary": "Something happens.",
            "thumb": f"/library/metadata/{key}/thumb/1",
            "duration": 2_700_000,
            "originallyAvailableAt": "2008-01-20",
            "Media": [_media(key, 0, file)],
        }
        self.items[section].append(item)
        return item

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self._root),
            web.get("/library/sections", self._sections),
            web.get("/library/sections/{key}/all", self._all),
        ]

    async def _root(self, request: web.Request) -> web.Response:
        return _container(
            friendlyName="Attic", machineIdentifier="62ad4ec5", version="1.41.0.8930-abc", size=1
        )

    async def _sections(self, request: web.Request) -> web.Response:
        return _container(size=len(self.sections), title1="Library", Directory=self.sections)

    async def _all(self, request: web.Request) -> web.Response:
        items = self.items.get(request.match_info["key"])
        if items is None:
            return web.Response(status=404)
        kind = _TYPES[request.query["type"]]
        found = [item for item in items if item["type"] == kind]
        start = int(request.headers["X-Plex-Container-Start"])
        some = page(found, start, int(request.headers["X-Plex-Container-Size"]))
        if request.query.get("includeGuids") != "1":
            some = [{k: v for k, v in item.items() if k != "Guid"} for item in some]
        return _container(
            size=len(some),
            totalSize=len(found),
            offset=start,
            librarySectionID=request.match_info["key"],
            Metadata=some,
        )


def _container(**values: Any) -> web.Response:
    return web.json_response({"MediaContainer": values})


def _media(key: int, index: int, file: str) -> dict[str, Any]:
    part = key * 10 + index
    return {
        "id": part,
        "duration": 7_200_000,
        "bitrate": 9000,
        "width": 1920,
        "height": 800,
        "videoCodec": "h264",
        "audioCodec": "ac3",
        "videoResolution": "1080",
        "container": "mkv",
        "Part": [
            {
                "id": part,
                "key": f"/library/parts/{part}/1/file.mkv",
                "duration": 7_200_000,
                "file": file,
                "size": 8_000_000_000,
                "container": "mkv",
            }
        ],
    }
