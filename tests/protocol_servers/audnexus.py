"""Audnexus by its published description, and the part of Audible's catalogue that finds ASINs."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from tests.protocol_servers.recorder import Recorder

ASIN = "B08G9PRS1K"
BOOK: dict[str, Any] = {
    "asin": ASIN,
    "authors": [{"asin": "B00G0WYW92", "name": "Andy Weir"}],
    "copyright": 2021,
    "description": "A lone astronaut.",
    "formatType": "unabridged",
    "genres": [
        {"asin": "18580606011", "name": "Science Fiction & Fantasy", "type": "genre"},
        {"asin": "18580629011", "name": "Space Opera", "type": "tag"},
    ],
    "image": "https://m.media-amazon.com/images/I/91vS2L5YfEL.jpg",
    "isAdult": False,
    "isbn": "9781603935470",
    "language": "english",
    "literatureType": "fiction",
    "narrators": [{"name": "Ray Porter"}],
    "publisherName": "Audible Studios",
    "rating": "4.9",
    "ratings": {"value": "4.9", "numRatings": 120000, "numReviews": 30000},
    "region": "us",
    "releaseDate": "2021-05-04T00:00:00.000Z",
    "runtimeLengthMin": 970,
    "seriesPrimary": {"asin": "B00X", "name": "Hail", "position": "1"},
    "subtitle": "",
    "summary": "<p>A lone astronaut.</p><p>Tom &amp; Jerry <b>not</b> aboard.</p>",
    "title": "Project Hail Mary",
}
CHAPTERS: dict[str, Any] = {
    "asin": ASIN,
    "brandIntroDurationMs": 1625,
    "brandOutroDurationMs": 4945,
    "chapters": [
        {"lengthMs": 10000, "startOffsetMs": 0, "startOffsetSec": 0, "title": "Opening Credits"}
    ],
    "isAccurate": True,
    "region": "us",
    "runtimeLengthMs": 58_252_995,
    "runtimeLengthSec": 58253,
}


def make(recorder: Recorder) -> web.Application:
    """Returns both."""

    async def products(request: web.Request) -> web.Response:
        rows = [
            {
                "asin": "B000000001",
                "title": "Summary of Project Hail Mary",
                "authors": [{"name": "Quick Reads"}],
                "runtime_length_min": 40,
            },
            {
                "asin": ASIN,
                "title": "Project Hail Mary",
                "subtitle": "",
                "authors": [{"asin": "B00G0WYW92", "name": "Andy Weir"}],
                "narrators": [{"name": "Ray Porter"}],
                "runtime_length_min": 970,
                "release_date": "2021-05-04",
                "product_images": {"500": "https://a.example/500.jpg"},
            },
            {"asin": "../../etc", "title": "Project Hail Mary"},
        ]
        wanted = "hail" in request.query["keywords"].lower()
        found = rows if wanted else []
        return web.json_response({"products": found, "total_results": len(found)})

    async def book(request: web.Request) -> web.Response:
        if request.match_info["asin"] != ASIN:
            error = {"error": {"code": "NOT_FOUND", "message": "Item not available"}}
            return web.json_response(error, status=404)
        return web.json_response(BOOK)

    async def chapters(_: web.Request) -> web.Response:
        return web.json_response(CHAPTERS)

    app = web.Application()
    app.router.add_get("/1.0/catalog/products", products)
    app.router.add_get("/books/{asin}", book)
    app.router.add_get("/books/{asin}/chapters", chapters)
    return app
