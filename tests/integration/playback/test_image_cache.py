"""Images made smaller by a process of their own, and kept."""

from __future__ import annotations

import asyncio
import os
import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from reelhouse_playback.images.cache import ImageCache, UnreadableImageError
from reelhouse_playback.images.model import Form, Rendition


def rendition(path: Path, width: int = 342, form: Form = Form.JPEG) -> Rendition:
    found = path.stat()
    return Rendition(os.fsencode(path), found.st_size, found.st_mtime_ns, found.st_ino, width, form)


def picture(path: Path, size: tuple[int, int] = (1000, 1500), mode: str = "RGB") -> Path:
    Image.effect_noise(size, 50).convert(mode).save(path)
    return path


def png(path: Path, width: int, height: int) -> Path:
    """Writes a PNG that says of itself how large it is, with next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    data = zlib.compress(bytes(1_000_000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )
    return path


@pytest.fixture
def cache(tmp_path: Path) -> ImageCache:
    return ImageCache(tmp_path / "cache", 1024**2)


@pytest.mark.parametrize(
    ("size", "width", "expected"),
    [
        ((1000, 1500), 342, (342, 513)),
        ((1000, 1500), 1920, (1000, 1500)),
        ((50, 2000), 92, (9, 368)),
    ],
)
async def test_images_become_smaller_never_larger(
    cache: ImageCache, tmp_path: Path, size: tuple[int, int], width: int, expected: tuple[int, int]
) -> None:
    original = picture(tmp_path / "poster.jpg", size)
    for form in Form:
        with Image.open(os.fsdecode(await cache.get(rendition(original, width, form)))) as made:
            assert (made.format, made.size) == (form.upper(), expected)


async def test_what_is_turned_stands_upright(cache: ImageCache, tmp_path: Path) -> None:
    original = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1500, 1000)).save(original, exif=exif)
    with Image.open(os.fsdecode(await cache.get(rendition(original)))) as made:
        assert made.size == (342, 513)
        assert 0x0112 not in made.getexif()


async def test_what_is_clear_stays_so_where_it_can(cache: ImageCache, tmp_path: Path) -> None:
    original = tmp_path / "logo.png"
    Image.new("RGBA", (800, 310), (255, 0, 0, 0)).save(original)
    with Image.open(os.fsdecode(await cache.get(rendition(original, form=Form.WEBP)))) as made:
        assert made.mode == "RGBA"
        assert made.getchannel("A").getextrema() == (0, 0)
    with Image.open(os.fsdecode(await cache.get(rendition(original)))) as made:
        assert made.mode == "RGB"
        assert max(high for _, high in made.getextrema()) < 3  # type: ignore[misc]


async def test_what_is_no_image_or_too_large_is_refused(cache: ImageCache, tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("no image")
    script = tmp_path / "script.jpg"
    script.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    half = picture(tmp_path / "half.jpg")
    half.write_bytes(half.read_bytes()[:20_000])
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(65 * 1024**2)
    bomb = png(tmp_path / "bomb.png", 60_000, 60_000)
    for original in (text, script, half, large, bomb):
        async with asyncio.timeout(25):
            with pytest.raises(UnreadableImageError):
                await cache.get(rendition(original))
    assert list((tmp_path / "cache").iterdir()) == []


async def test_many_who_want_the_same_wait_for_one(cache: ImageCache, tmp_path: Path) -> None:
    wanted = rendition(picture(tmp_path / "poster.jpg"))
    paths = await asyncio.gather(*(cache.get(wanted) for _ in range(20)))
    assert len(set(paths)) == 1
    made = Path(os.fsdecode(paths[0]))
    before = made.stat()
    await cache.get(wanted)
    assert (made.stat().st_ino, made.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert os.listdir(made.parent) == [made.name]


async def test_who_goes_away_leaves_nothing(cache: ImageCache, tmp_path: Path) -> None:
    wanted = rendition(picture(tmp_path / "poster.png", (4000, 6000)))
    task = asyncio.create_task(cache.get(wanted))
    async with asyncio.timeout(10):
        while not list(tmp_path.glob("cache/.draft-*")):
            await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "cache").iterdir()) == []
    assert await cache.get(wanted)


async def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache = ImageCache(folder, 182_000)
    folder.mkdir()
    noise = random.Random(3).randbytes(60_000)
    for age in range(1, 4):
        (folder / f"old{age}").write_bytes(noise)
        os.utime(folder / f"old{age}", (1e9 - age, 1e9))
    (folder / ".draft-left").touch()
    os.utime(folder / ".draft-left", (1e9, 1e9))
    (folder / ".draft-new").touch()
    original = picture(tmp_path / "poster.jpg", (500, 500))
    made = Path(os.fsdecode(await cache.get(rendition(original, 92))))
    assert made.exists()
    assert not (folder / "old3").exists()
    assert [path.name for path in folder.glob(".draft-*")] == [".draft-new"]
    assert (folder / "old1").exists()
    assert sum(entry.stat().st_size for entry in folder.iterdir()) <= 182_000
