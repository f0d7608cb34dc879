from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from reelhouse.catalog.v1 import title_service_pb2, title_service_pb2_grpc
from reelhouse.playback.v1 import image_service_pb2, image_service_pb2_grpc
from tests.media import Media
from tests.suite import Suite


@pytest.fixture
async def heat(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a film's images, without the kind."""
    folder = tmp_path / "films" / "Heat (1995)"
    media.film(folder / "Heat (1995).mp4")
    Image.effect_noise((1000, 1500), 40).save(folder / "poster.jpg")
    secret = tmp_path / "secret.jpg"
    Image.new("RGB", (10, 10)).save(secret)
    (folder / "fanart.jpg").symlink_to(secret)
    (folder / "banner.jpg").write_text("no image")
    async with suite.workers():
        await suite.library(tmp_path / "films")
        titles = suite.stub(title_service_pb2_grpc, "TitleService", "alice")
        (title,) = (await titles.ListTitles(title_service_pb2.ListTitlesRequest())).titles
        images = suite.stub(image_service_pb2_grpc, "ImageService", "alice")
        signed = await images.SignImages(image_service_pb2.SignImagesRequest())
        yield f"{signed.url_prefix}/{title.name}"


async def test_posters_in_the_size_and_form_that_is_asked_for(heat: str) -> None:
    async with aiohttp.ClientSession() as http:
        browser = {"Accept": "image/avif,image/webp,*/*"}
        async with http.get(f"{heat}/poster?width=300", headers=browser) as response:
            assert response.status == 200
            assert response.headers["Content-Type"] == "image/webp"
            assert response.headers["Vary"] == "Accept"
            assert response.headers["Cache-Control"] == "private, max-age=3600"
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            etag = response.headers["ETag"]
            assert (await response.read())[8:12] == b"WEBP"
        same = {**browser, "If-None-Match": etag}
        async with http.get(f"{heat}/poster?width=342", headers=same) as response:
            assert response.status == 304
        async with http.get(f"{heat}/poster?width=342", headers={"If-None-Match": etag}) as other:
            assert (other.status, other.headers["Content-Type"]) == (200, "image/jpeg")
        async with http.get(f"{heat}/poster?width=0") as response:
            assert response.status == 400


async def test_nothing_else_is_sent(heat: str, suite: Suite) -> None:
    token, film = heat.split("/")[5], heat.rpartition("/")[2]
    another = "0197a000-0000-7000-8000-000000000000"
    async with aiohttp.ClientSession() as http:
        for url, status in (
            (f"{heat}/backdrop", 404),  # a link that leads out of the library
            (f"{heat}/banner", 422),
            (f"{heat}/logo", 404),
            (f"{heat}/secret", 404),
            (f"{heat}/poster".replace(film, another), 404),
            (f"{heat}/seasons/{another}/poster", 404),
            (f"{heat}/episodes/{another}/poster", 404),
            (f"{heat}/poster".replace(token, f"{token[:-2]}xx"), 403),
            (f"{heat}/poster".replace(token, "x"), 403),
            (f"{heat.split('/v1/', maxsplit=1)[0]}/v1/play/{token}/file", 403),
        ):
            async with http.get(url) as response:
                assert response.status == status, url


async def test_addresses_stay_the_same_for_a_while(heat: str, suite: Suite) -> None:
    alice = suite.stub(image_service_pb2_grpc, "ImageService", "alice")
    bob = suite.stub(image_service_pb2_grpc, "ImageService", "bob")
    first, second = [await alice.SignImages(image_service_pb2.SignImagesRequest()) for _ in "ab"]
    others = await bob.SignImages(image_service_pb2.SignImagesRequest())
    assert first.expire_time.seconds % 3600 == 0
    assert second.expire_time.seconds - first.expire_time.seconds in (0, 3600)
    assert others.url_prefix != first.url_prefix
