from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from reelhouse.playback.v1 import playback_service_pb2 as pb
from reelhouse.playback.v1 import playback_service_pb2_grpc, session_pb2
from tests.media import Media
from tests.suite import Suite

CHROME = "deviceProfiles/chrome"
PAGE = {"Origin": "https://player.example"}


class House:
    """Films, and somebody who plays them."""

    def __init__(self, suite: Suite, files: dict[str, Any], root: Path) -> None:
        self.files = files
        self.root = root
        self.playback = suite.stub(playback_service_pb2_grpc, "PlaybackService", "alice")

    async def play(self, file: str) -> session_pb2.Session:
        request = pb.StartSessionRequest(media_file=self.files[file].name, device_profile=CHROME)
        session: session_pb2.Session = await self.playback.StartSession(request)
        return session


@pytest.fixture
async def house(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[House]:
    films = tmp_path / "films"
    media.film(films / "Amélie (2001).mp4")
    media.film(films / "Remux (2002).mkv", seconds=6)
    async with suite.workers():
        await suite.library(films)
        yield House(suite, await suite.files(), films)


async def test_downloads_have_the_name_of_the_file(house: House) -> None:
    url = (await house.play("Amélie (2001).mp4")).stream_url
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            assert "Content-Disposition" not in response.headers
        async with http.get(f"{url}?download=1", headers={"Range": "bytes=5-"}) as response:
            assert response.status == 206
            assert response.headers["Content-Type"] == "video/mp4"
            assert response.headers["Content-Disposition"] == (
                'attachment; filename="Amelie (2001).mp4"; '
                "filename*=UTF-8''Am%C3%A9lie%20%282001%29.mp4"
            )
            assert await response.read() == (house.root / "Amélie (2001).mp4").read_bytes()[5:]


async def test_pages_of_other_origins_may_play(house: House) -> None:
    url = (await house.play("Amélie (2001).mp4")).stream_url
    preflight = {
        **PAGE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range, if-none-match",
    }
    async with aiohttp.ClientSession() as http:
        async with http.options(url, headers=preflight) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert "GET" in response.headers["Access-Control-Allow-Methods"]
            allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
            assert {"range", "if-range", "if-none-match"} <= set(allowed)
        for headers, status in (({}, 200), ({"Range": "bytes=0-1"}, 206), ({"If-Match": "x"}, 412)):
            async with http.get(url, headers={**PAGE, **headers}) as response:
                assert response.status == status
                assert response.headers["Access-Control-Allow-Origin"] == "*"
                assert "Content-Range" in response.headers["Access-Control-Expose-Headers"]
        async with http.get(url.replace("/file", "x/file"), headers=PAGE) as response:
            assert response.status == 403
            assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_segments_are_fetched_once_and_playlists_always(house: House) -> None:
    url = (await house.play("Remux (2002).mkv")).stream_url
    async with aiohttp.ClientSession() as http:
        async with http.get(url) as response:
            assert response.headers["Content-Type"] == "application/vnd.apple.mpegurl"
            assert response.headers["Cache-Control"] == "no-store"
        part = url.replace("main.m3u8", "init.mp4")
        async with http.get(part) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, "video/mp4")
            etag = response.headers["ETag"]
        async with http.get(part, headers={"If-None-Match": etag}) as response:
            assert response.status == 304
