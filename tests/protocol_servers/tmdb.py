"""TMDB's API, version 3, as far as it is documented and we use it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.recorder import Recorder

KEY = "0123456789abcdef0123456789abcdef"
TOKEN = "header.payload.signature"

MATRIX: dict[str, Any] = {
    "adult": False,
    "backdrop_path": "/backdrop.jpg",
    "genres": [{"id": 28, "name": "Action"}, {"id": 878, "name": "Science Fiction"}],
    "id": 603,
    "imdb_id": "tt0133093",
    "original_language": "en",
    "original_title": "The Matrix",
    "overview": "A hacker learns what the world is.",
    "poster_path": "/poster.jpg",
    "production_companies": [
        {"id": 79, "logo_path": None, "name": "Village Roadshow Pictures", "origin_country": "US"}
    ],
    "release_date": "1999-03-31",
    "runtime": 136,
    "spoken_languages": [{"english_name": "English", "iso_639_1": "en", "name": "English"}],
    "status": "Released",
    "tagline": "Free your mind.",
    "title": "The Matrix",
    "vote_average": 8.2,
    "vote_count": 25000,
    "credits": {
        "cast": [
            {
                "id": 6384,
                "name": "Keanu Reeves",
                "character": "Neo",
                "order": 0,
                "profile_path": "/keanu.jpg",
                "known_for_department": "Acting",
                "credit_id": "52fe425bc3a36847f80181c1",
            },
            {"id": 1, "name": "", "character": "nobody", "profile_path": None},
        ],
        "crew": [
            {"id": 9340, "name": "Lana Wachowski", "job": "Director", "department": "Directing"},
            {"id": 9339, "name": "Lilly Wachowski", "job": "Director", "department": "Directing"},
            {"id": 9339, "name": "Lilly Wachowski", "job": "Catering", "department": "Crew"},
        ],
    },
    "images": {
        "backdrops": [
            {"file_path": "/b1.jpg", "width": 1920, "height": 1080, "iso_639_1": None},
        ],
        "posters": [{"file_path": "/p1.jpg", "width": 2000, "height": 3000, "iso_639_1": "en"}],
        "logos": [{"file_path": "/../../etc/passwd", "width": 1, "height": 1, "iso_639_1": "en"}],
    },
    "external_ids": {"imdb_id": "tt0133093", "wikidata_id": "Q83495", "facebook_id": None},
    "release_dates": {
        "results": [
            {"iso_3166_1": "DE", "release_dates": [{"certification": "16", "type": 3}]},
            {
                "iso_3166_1": "US",
                "release_dates": [
                    {"certification": "", "type": 1},
                    {"certification": "R", "type": 3, "release_date": "1999-03-31T00:00:00.000Z"},
                ],
            },
        ]
    },
}
SHOW: dict[str, Any] = {
    "id": 1396,
    "name": "Breaking Bad",
    "original_name": "Breaking Bad",
    "overview": "A teacher changes his trade.",
    "tagline": "",
    "first_air_date": "2008-01-20",
    "episode_run_time": [45],
    "genres": [{"id": 18, "name": "Drama"}],
    "networks": [{"id": 174, "name": "AMC", "logo_path": None, "origin_country": "US"}],
    "created_by": [{"id": 66633, "name": "Vince Gilligan", "profile_path": None}],
    "vote_average": 8.9,
    "vote_count": 14000,
    "seasons": [{"season_number": 1, "id": 3572, "episode_count": 7}],
    "aggregate_credits": {
        "cast": [
            {
                "id": 17419,
                "name": "Bryan Cranston",
                "roles": [{"character": "Walter White", "episode_count": 62}],
                "profile_path": "/bryan.jpg",
            }
        ],
        "crew": [{"id": 3, "name": "Some Body", "jobs": [{"job": "Writer", "episode_count": 2}]}],
    },
    "external_ids": {"imdb_id": "tt0903747", "tvdb_id": 81189},
    "content_ratings": {"results": [{"iso_3166_1": "US", "rating": "TV-MA", "descriptors": []}]},
    "images": {"backdrops": [], "posters": [], "logos": []},
}
SEASON: dict[str, Any] = {
    "id": 3572,
    "name": "Season 1",
    "season_number": 1,
    "overview": "The first.",
    "air_date": "2008-01-20",
    "poster_path": "/s1.jpg",
    "episodes": [
        {
            "id": 62085,
            "name": "Pilot",
            "overview": "It begins.",
            "air_date": "2008-01-20",
            "episode_number": 1,
            "season_number": 1,
            "runtime": 59,
            "still_path": "/e1.jpg",
            "vote_average": 8.0,
            "vote_count": 200,
            "crew": [{"name": "Vince Gilligan", "job": "Director"}],
            "guest_stars": [],
        },
        {"id": 62086, "name": "Cat's in the Bag...", "episode_number": 2, "runtime": None},
        {"id": 62087, "name": "no number at all"},
    ],
}


def make(recorder: Recorder, films: list[dict[str, Any]] | None = None) -> web.Application:  # noqa: C901 # a function for each path
    """Returns the API; it wants the key, or the token, as TMDB does."""
    known = {str(film["id"]): film for film in (films or [MATRIX])}

    def refused(request: web.Request) -> web.Response | None:
        if request.query.get("api_key") == KEY:
            return None
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            return None
        body = {"status_code": 7, "status_message": "Invalid API key", "success": False}
        return web.json_response(body, status=401)

    def missing() -> web.Response:
        body = {"success": False, "status_code": 34, "status_message": "not found"}
        return web.json_response(body, status=404)

    async def search(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        kind = request.match_info["kind"]
        rows = [SHOW] if kind == "tv" else list(known.values())
        wanted = request.query.get("primary_release_year" if kind == "movie" else "x")
        field = "release_date" if kind == "movie" else "first_air_date"
        query = request.query["query"].lower().split()
        name = "title" if kind == "movie" else "name"
        results = [
            {k: row[k] for k in row if k not in ("credits", "images", "runtime")}
            for row in rows
            if (not wanted or row[field].startswith(wanted))
            and any(word in row[name].lower() for word in query)
        ]
        body = {"page": 1, "results": results, "total_pages": 1, "total_results": len(results)}
        return web.json_response(body)

    async def movie(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        film = known.get(request.match_info["id"])
        if film is None:
            return missing()
        if request.headers.get("If-None-Match") == 'W/"matrix"':
            return web.Response(status=304)
        return web.json_response(film, headers={"ETag": 'W/"matrix"'})

    async def show(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        return web.json_response(SHOW) if request.match_info["id"] == "1396" else missing()

    async def season(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        return web.json_response(SEASON) if request.match_info["n"] == "1" else missing()

    async def find(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        source, key = request.query["external_source"], request.match_info["id"]
        body: dict[str, Any] = {"movie_results": [], "tv_results": [], "person_results": []}
        if source == "imdb_id" and key == MATRIX["imdb_id"]:
            body["movie_results"] = [{"id": 603, "title": "The Matrix", "media_type": "movie"}]
        return web.json_response(body)

    app = web.Application()
    app.router.add_get("/3/search/{kind:movie|tv}", search)
    app.router.add_get("/3/movie/{id}", movie)
    app.router.add_get("/3/tv/{id}", show)
    app.router.add_get("/3/tv/{id}/season/{n}", season)
    app.router.add_get("/3/find/{id}", find)
    return app
