"""TheTVDB's API, version 4, as its published description has it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.recorder import Recorder

KEY = "11111111-2222-3333-4444-555555555555"

SERIES: dict[str, Any] = {
    "id": 81189,
    "name": "Breaking Bad",
    "slug": "breaking-bad",
    "image": "https://artworks.thetvdb.com/banners/posters/81189-10.jpg",
    "firstAired": "2008-01-20",
    "lastAired": "2013-09-29",
    "averageRuntime": 48,
    "originalCountry": "usa",
    "originalLanguage": "eng",
    "originalNetwork": {"id": 174, "name": "AMC"},
    "defaultSeasonType": 1,
    "overview": "untranslated",
    "year": "2008",
    "genres": [{"id": 12, "name": "Drama", "slug": "drama"}],
    "remoteIds": [
        {"id": "tt0903747", "type": 2, "sourceName": "IMDB"},
        {"id": "1396", "type": 12, "sourceName": "TheMovieDB.com"},
        {"id": "https://example.org", "type": 4, "sourceName": "Official Website"},
    ],
    "contentRatings": [{"id": 246, "name": "TV-MA", "country": "usa", "contentType": "episode"}],
    "artworks": [
        {
            "id": 1,
            "type": 2,
            "image": "https://a.example/p.jpg",
            "width": 680,
            "height": 1000,
            "language": "eng",
        },
        {"id": 2, "type": 3, "image": "javascript:alert(1)", "width": 1, "height": 1},
        {"id": 3, "type": 7, "image": "https://a.example/season.jpg"},
    ],
    "characters": [
        {
            "id": 1,
            "name": "Walter White",
            "peopleType": "Actor",
            "personName": "Bryan Cranston",
            "personImgURL": "https://a.example/bryan.jpg",
        },
        {"id": 2, "name": None, "peopleType": "Creator", "personName": "Vince Gilligan"},
        {"id": 3, "name": "x", "peopleType": "Musical Guest", "personName": "Some Band"},
    ],
    "seasons": [
        {
            "id": 30272,
            "number": 1,
            "name": "Season 1",
            "image": "https://a.example/s1.jpg",
            "type": {"id": 1, "name": "Aired Order", "type": "official"},
        },
        {"id": 99, "number": 1, "type": {"id": 2, "name": "DVD Order", "type": "dvd"}},
    ],
    "translations": {
        "nameTranslations": [
            {"name": "In Teufels Küche", "language": "deu"},
            {"name": "Breaking Bad (US)", "language": "eng", "isAlias": True},
            {"name": "Breaking Bad", "language": "eng", "isPrimary": True},
        ],
        "overviewTranslations": [{"overview": "A teacher changes his trade.", "language": "eng"}],
    },
}
PAGES: list[list[dict[str, Any]]] = [
    [
        {
            "id": 349232,
            "name": "Pilot",
            "aired": "2008-01-20",
            "runtime": 58,
            "overview": "It begins.",
            "image": "https://a.example/e1.jpg",
            "seasonNumber": 1,
            "number": 1,
            "absoluteNumber": 1,
        }
    ],
    [{"id": 349235, "name": "Cat's in the Bag...", "seasonNumber": 1, "number": 2}],
]


def make(recorder: Recorder) -> web.Application:  # noqa: C901 # a function for each path
    """Returns the API. A token that `revoked` holds is no longer good."""
    issued: list[str] = []

    def refused(request: web.Request) -> web.Response | None:
        if issued and request.headers.get("Authorization") == f"Bearer {issued[-1]}":
            return None
        return web.json_response({"status": "failure", "message": "Unauthorized"}, status=401)

    async def login(request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("apikey") != KEY:
            failure = {"status": "failure", "message": "InvalidAPIKey: apikey invalid"}
            return web.json_response(failure, status=401)
        issued.append(f"token{len(issued)}")
        return web.json_response({"status": "success", "data": {"token": issued[-1]}})

    async def revoke(_: web.Request) -> web.Response:
        issued.append("nobody has this one")
        return web.json_response({})

    async def search(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        rows = [
            {
                "objectID": "series-81189",
                "id": "series-81189",
                "tvdb_id": "81189",
                "type": "series",
                "name": "Breaking Bad",
                "year": "2008",
                "first_air_time": "2008-01-20",
                "aliases": ["In Teufels Kueche"],
                "translations": {"deu": "In Teufels Küche", "eng": "Breaking Bad"},
                "remote_ids": [{"id": "tt0903747", "type": 2, "sourceName": "IMDB"}],
            }
        ]
        data = rows if request.query.get("type") == "series" else []
        links = {"prev": None, "self": "x", "next": None, "total_items": len(data), "page_size": 20}
        return web.json_response({"status": "success", "data": data, "links": links})

    async def remote(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        found = [{"series": {"id": 81189, "name": "Breaking Bad"}}]
        data = found if request.match_info["id"] == "tt0903747" else None
        return web.json_response({"status": "success", "data": data})

    async def extended(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        if request.match_info["id"] != "81189":
            return web.json_response({"status": "failure", "data": None}, status=404)
        return web.json_response({"status": "success", "data": SERIES})

    async def episodes(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        page = int(request.query["page"])
        more = page + 1 < len(PAGES)
        links = {"prev": None, "self": "x", "next": "https://a.example/next" if more else None}
        data = {"series": {"id": 81189}, "episodes": PAGES[page]}
        return web.json_response({"status": "success", "data": data, "links": links})

    app = web.Application()
    app.router.add_post("/v4/login", login)
    app.router.add_post("/revoke", revoke)
    app.router.add_get("/v4/search", search)
    app.router.add_get("/v4/search/remoteid/{id}", remote)
    app.router.add_get("/v4/series/{id}/extended", extended)
    app.router.add_get("/v4/series/{id}/episodes/default/eng", episodes)
    return app
