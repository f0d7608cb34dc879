"""The commands about scans, libraries, reviews, markers and hashes, as people run them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from reelhouse.catalog.v1 import (
    library_service_pb2,
    library_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from tests.media import Media
from tests.suite import Suite

pytestmark = pytest.mark.timeout(240)  # each command is a process of its own


async def run(suite: Suite, *arguments: str, code: int = 0) -> str:
    """Runs `reelhouse` with these arguments, as the administrator. Returns what it prints."""
    environment = {
        **os.environ,
        **{
            f"REELHOUSE_{name.upper()}_ADDRESS": address
            for name, address in suite.addresses.items()
        },
        "REELHOUSE_TOKEN": suite.tokens["admin"],
        "COLUMNS": "300",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "reelhouse_cli",
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == code, (arguments, out.decode(), err.decode())
    return (out + err).decode()


async def as_json(suite: Suite, *arguments: str) -> Any:
    return json.loads(await run(suite, *arguments, "--json"))


async def test_scans_and_libraries(suite: Suite, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "films"
    media.film(root / "Night Train (2019).mkv")
    media.film(root / "Extras" / "More.mkv", hertz=220)
    async with suite.workers():
        made = await as_json(suite, "scan", str(root), "--kind", "movie")
        assert made["stats"]["addedCount"] == "2"
        changed = await as_json(
            suite,
            *("library", "set", "films", "--scan-interval", "12h", "--no-watch"),
            *("--ignore", "Extras/", "--ignore", "*.part", "--mount-marker", "Extras"),
        )
        assert changed["ignorePatterns"] == ["Extras/", "*.part"]
        assert (changed["scanInterval"], changed["watchState"]) == ("43200s", "WATCH_STATE_OFF")
        await run(suite, "library", "set", "films", "--ignore", "[z-a]", code=1)
        assert (await as_json(suite, "library", "set", "films", "--ignore", ""))[
            "scanInterval"
        ] == "43200s"
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    request = library_service_pb2.ScanLibraryRequest(name=changed["name"])
    scan = await libraries.ScanLibrary(request)
    assert (await as_json(suite, "scan", "pause", "films"))["state"] == "STATE_PAUSED"
    assert (await as_json(suite, "scan", "resume", "films"))["state"] == "STATE_PENDING"
    assert (await as_json(suite, "scan", "cancel", scan.name))["state"] == "STATE_CANCELLED"
    states = [found["state"] for found in await as_json(suite, "scan", "status", "films")]
    assert states == ["STATE_CANCELLED", "STATE_COMPLETED"]
    assert "no scan" in await run(suite, "scan", "pause", "films", code=2)


async def test_reviews_markers_and_hashes(suite: Suite, media: Media, tmp_path: Path) -> None:
    root = tmp_path / "tv"
    media.film(root / "Harbor Lights" / "Harbor Lights - S01E01.mkv")
    path = media.film(root / "stranger.mkv", hertz=220)
    async with suite.workers():
        await suite.library(root, "TV")
        file = (await suite.files())["stranger.mkv"].name
        items = await as_json(suite, "reviews", "ls", "--reason", "unmatched", "--library", "tv")
        (item,) = items
        assert "stranger.mkv" in await run(suite, "reviews", "ls")
        titles = suite.stub(title_service_pb2_grpc, "TitleService", "admin")
        (title,) = (await titles.ListTitles(title_service_pb2.ListTitlesRequest())).titles
        listing = title_service_pb2.ListEpisodesRequest(parent=title.name)
        (episode,) = (await titles.ListEpisodes(listing)).episodes
        done = await as_json(suite, "reviews", "resolve", item["name"], episode.name)
        assert done["resolution"] == "RESOLUTION_LINK"
        added = await as_json(suite, "reviews", "add", file, "--notes", "odd")
        assert (await as_json(suite, "reviews", "reject", added["name"]))["notes"] == "odd"
        assert (await as_json(suite, "reviews", "stats"))["pendingCount"] == "2"

        marker = await as_json(suite, "markers", "add", file, "intro", "0.1", "0.5")
        assert (marker["startOffset"], marker["endOffset"]) == ("0.100s", "0.500s")
        await run(suite, "markers", "add", file, "intro", "0.5", "99", code=1)
        assert "intro" in await run(suite, "markers", "ls", file)
        await run(suite, "markers", "rm", marker["name"])
        assert await as_json(suite, "markers", "ls", file) == []

        expected = hashlib.sha256(path.read_bytes()).hexdigest()
        found = await as_json(suite, "verify", file)
        assert (found["sha256"], found["outcome"]) == (expected, "OUTCOME_HASHED")
        path.unlink()
        await run(suite, "verify", file, code=1)
