"""`reelhouse sessions`, `continue`, `next-up`, `watched` and `history`, against a running suite."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from reelhouse.playback.v1 import playback_service_pb2, playback_service_pb2_grpc
from reelhouse_kit.processes import leashed
from tests.media import Media
from tests.suite import Suite

SCRIPT = Path(__file__).with_name("shell.py")
Run = Callable[..., Awaitable[str]]


def environment(suite: Suite, folder: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "REELHOUSE_DATA_DIR": str(folder / "data"),
        "REELHOUSE_TOKEN": suite.tokens["admin"],
        **{f"REELHOUSE_{n.upper()}_ADDRESS": a for n, a in suite.addresses.items()},
    }


@pytest.fixture
async def run(suite: Suite, tmp_path: Path) -> AsyncIterator[Run]:
    """Runs commands in one process, and returns what they print."""
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(SCRIPT)]),
        env=environment(suite, tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def command(*arguments: str, stdin: str = "", code: int = 0) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        asked = {"arguments": arguments, "stdin": stdin}
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        answer = json.loads(await process.stdout.readline())
        assert answer["code"] == code, answer
        return str(answer["out"] + (answer["err"] if code else ""))

    yield command
    await process.communicate(b"")  # which closes its input: that ends it


@pytest.fixture
async def files(suite: Suite, media: Media, tmp_path: Path) -> dict[str, Any]:
    for number in (1, 2):
        media.film(tmp_path / "tv" / "Harbor" / "Season 01" / f"Harbor - S01E0{number}.mkv")
    media.film(tmp_path / "films" / "Film (2001)" / "Film (2001).mp4", seconds=20)
    async with suite.workers():
        await suite.library(tmp_path / "tv", "TV")
        await suite.library(tmp_path / "films")
    return await suite.files()


async def begin(suite: Suite, file: str, seconds: int) -> str:
    """Plays a file as the administrator, to some place."""
    plays = suite.stub(playback_service_pb2_grpc, "PlaybackService", "admin")
    start = playback_service_pb2.StartSessionRequest(media_file=file, device_id="the tv")
    session = await plays.StartSession(start)
    report = playback_service_pb2.ReportProgressRequest(name=session.name)
    report.position.FromSeconds(seconds)
    await plays.ReportProgress(report)
    return str(session.name)


async def test_what_is_watched_and_was(
    suite: Suite, run: Run, files: dict[str, Any], tmp_path: Path
) -> None:
    async def document(*arguments: str) -> Any:
        return json.loads(await run(*arguments, "--json"))

    film = files["Film (2001).mp4"]
    session = await begin(suite, film.name, 10)
    (listed,) = await document("sessions", "ls")
    assert (listed["name"], listed["position"]) == (session, "10s")
    assert "0:10 of 0:20" in await run("sessions", "ls")
    (begun,) = await document("continue")
    assert begun["item"] == film.links[0].episode
    assert "0:10 of 0:20" in await run("continue")
    assert "stopped" in await run("sessions", "stop", session)
    assert await document("sessions", "ls") == []
    assert len(await document("sessions", "ls", "--all")) == 1

    episodes = [files[f"Harbor - S01E0{n}.mkv"].links[0].episode for n in (1, 2)]
    assert await document("watched", episodes[0]) == {"itemCount": 1}
    (following,) = await document("next-up")
    assert following["episode"] == episodes[1]
    assert "S01E02" in await run("next-up")
    assert "1 marked as not watched" in await run("unwatched", episodes[0])
    assert await document("next-up") == []
    assert "does not exist" in await run(
        "watched", f"mediaFiles/{'0' * 8}-{'0' * 4}-4{'0' * 3}-8{'0' * 3}-{'0' * 12}", code=1
    )

    await begin(suite, film.name, 20)
    (entry,) = await document("history", "ls")
    assert entry["completed"]
    assert "the tv" in await run("history", "ls")
    assert json.loads(await run("history", "export"))["device_id"] == "the tv"
    target = tmp_path / "history.csv"
    written = await document("history", "export", "--format", "csv", "--to", str(target))
    assert written["bytes"] == target.stat().st_size
    assert "jsonl" in await run("history", "export", "--format", "xml", code=2)
    found = await document("history", "stats", "--by", "title")
    assert found["stats"][0]["subject"] == film.links[0].title
    assert "in all" in await run("history", "stats", "--user", "-", "--by", "user")
    assert "after" in await run(
        *("history", "stats", "--since", "2020-02-01", "--until", "2020-01-01"), code=1
    )
    await run("history", "delete", stdin="n\n", code=1)
    assert len(await document("history", "ls")) == 1
    await run("history", "delete", "--yes")
    assert await document("history", "ls") == []


async def test_watching_sessions(suite: Suite, files: dict[str, Any], tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, "-m", "reelhouse_cli", "sessions", "watch", "--json"]),
        env=environment(suite, tmp_path),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert "checkpoint" in json.loads(await process.stdout.readline())
            session = await begin(suite, files["Film (2001).mp4"].name, 1)
            created = json.loads(await process.stdout.readline())
            assert created["created"]["name"] == session
    finally:
        process.kill()
        await process.communicate()
