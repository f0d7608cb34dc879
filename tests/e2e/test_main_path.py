"""The whole path through all services as processes; also while any one of them is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.house import House
from tests.e2e.path import Walk, client
from tests.media import Media

pytestmark = pytest.mark.timeout(240)


async def test_undisturbed(running: House, media: Media, tmp_path: Path) -> None:
    async with client(running) as app:
        await Walk(app, media, tmp_path, moment=lambda _: None).whole()


@pytest.mark.parametrize(
    ("victim", "moment"),
    [
        ("catalog", "scanning"),
        ("catalog-worker", "scanning"),
        ("postgres", "scanning"),
        ("playback", "playing"),
        ("playback", "reported"),
        ("transcode", "transcoding"),
        ("transcode-worker", "transcoding"),
        ("postgres", "transcoding"),
        ("requests", "asked"),
        ("requests", "approved"),
        ("requests", "brought"),
    ],
)
async def test_one_is_killed(
    running: House, media: Media, tmp_path: Path, victim: str, moment: str
) -> None:
    killed = []

    def kill(reached: str) -> None:
        if reached == moment:
            running.kill(victim)
            killed.append(victim)

    async with client(running) as app:
        await Walk(app, media, tmp_path, kill).whole()
    assert killed == [victim]
