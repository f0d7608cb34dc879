"""MusicBrainz's web service, version 2, in JSON."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.recorder import Recorder

RELEASE = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"
DELUXE = "11111111-6cda-33eb-8e9a-044b5e15ffdd"
GROUP = "b84ee12a-09ef-421b-82de-0441a926375b"
ARTIST = "5b11f4ce-a62d-471e-81fc-a69a8278c7da"
_CREDIT = [
    {
        "name": "Portishead",
        "joinphrase": "",
        "artist": {"id": ARTIST, "name": "Portishead", "sort-name": "Portishead"},
    }
]


def _track(position: int, title: str, length: int | None) -> dict[str, Any]:
    recording = f"00000000-0000-4000-8000-{position:012}"
    return {
        "id": f"00000000-0000-4000-9000-{position:012}",
        "number": f"A{position}",
        "position": position,
        "title": title,
        "length": length,
        "recording": {"id": recording, "title": title, "length": length, "video": False},
        "artist-credit": _CREDIT,
    }


def release(key: str, tracks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": key,
        "title": "Dummy",
        "status": "Official",
        "date": "1994-08-22",
        "country": "GB",
        "barcode": "042282855329",
        "asin": "B000001FI7",
        "artist-credit": _CREDIT,
        "release-group": {
            "id": GROUP,
            "title": "Dummy",
            "primary-type": "Album",
            "first-release-date": "1994-08-22",
            "genres": [{"id": "x", "name": "trip hop", "count": 20}],
        },
        "text-representation": {"language": "eng", "script": "Latn"},
        "label-info": [{"catalog-number": "828 553-2", "label": {"id": "y", "name": "Go! Beat"}}],
        "cover-art-archive": {"artwork": True, "front": True, "back": False, "count": 1},
        "genres": [],
        "media": [
            {
                "position": 1,
                "format": "CD",
                "title": "",
                "track-count": len(tracks),
                "tracks": tracks,
            }
        ],
    }


TWO = [_track(1, "Mysterons", 305_000), _track(2, "Sour Times", 254_000)]
RELEASES = {
    DELUXE: release(DELUXE, [*TWO, _track(3, "It's a Fire", 228_000)]),
    RELEASE: release(RELEASE, TWO),
}


def make(recorder: Recorder) -> web.Application:
    """Returns the service. Who does not say who they are is refused, as there."""

    def refused(request: web.Request) -> web.Response | None:
        agent = request.headers.get("User-Agent", "")
        return None if "@" in agent or "http" in agent else web.Response(status=403)

    async def search(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        assert request.query["fmt"] == "json"
        wanted = "Dummy" in request.query["query"]
        rows = [
            {
                "id": key,
                "score": 100,
                "title": found["title"],
                "date": found["date"],
                "artist-credit": _CREDIT,
                "release-group": {"id": GROUP, "primary-type": "Album"},
                "track-count": found["media"][0]["track-count"],
                "media": [{"format": "CD", "track-count": found["media"][0]["track-count"]}],
            }
            for key, found in RELEASES.items()
        ]
        body = {"created": "2026-01-01T00:00:00Z", "count": len(rows), "offset": 0}
        return web.json_response({**body, "releases": rows if wanted else []})

    async def lookup(request: web.Request) -> web.Response:
        if answer := refused(request):
            return answer
        assert "recordings" in request.query["inc"]
        found = RELEASES.get(request.match_info["id"])
        if found is None:
            return web.json_response({"error": "Not Found", "help": "x"}, status=404)
        return web.json_response(found)

    app = web.Application()
    app.router.add_get("/ws/2/release", search)
    app.router.add_get("/ws/2/release/{id}", lookup)
    return app
