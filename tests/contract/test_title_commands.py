"""`reelhouse title`, `ls` and `search`, as processes against running services."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media import Media
from tests.suite import Suite

Run = Callable[..., Awaitable[Any]]


@pytest.fixture
async def run(suite: Suite, media: Media, tmp_path: Path) -> Run:
    """Returns what runs a command with --json and returns the document."""
    for name in ("Heat (1995)", "Ronin (1998)", "Ronin (1998) - 720p"):
        media.film(tmp_path / "films" / name.removesuffix(" - 720p") / f"{name}.mkv")
    async with suite.workers():
        await suite.library(tmp_path / "films")
    environment = {
        **os.environ,
        "REELHOUSE_TOKEN": suite.tokens["admin"],
        **{f"REELHOUSE_{n.upper()}_ADDRESS": a for n, a in suite.addresses.items()},
    }

    async def command(*arguments: str, ok: bool = True) -> Any:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "reelhouse_cli", *arguments, "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        output, errors = await process.communicate()
        assert (process.returncode == 0) is ok, (arguments, output, errors)
        return json.loads(output)

    return command


@pytest.mark.timeout(120)
async def test_titles_are_shown_and_put_right(run: Run) -> None:
    await run(
        *("title", "edit", "heat", "--overview", "A crew and a cop.", "--released", "1995-12-15"),
        *("--genre", "Crime", "--rating", "8.3", "--id", "tmdb=949"),
    )
    heat = await run("title", "show", "heat")
    assert (heat["overview"], heat["rating"]) == ("A crew and a cop.", 8.3)
    assert heat["externalIds"] == {"tmdb": "949"}
    assert "overview" in heat["lockedFields"]
    after = await run("title", "unlock", heat["name"], "overview")
    assert "overview" not in after
    assert "tagline" in (await run("title", "lock", heat["name"], "tagline"))["lockedFields"]
    listed = await run("ls", "titles", "--genre", "crime", "--by", "rating")
    assert [title["displayName"] for title in listed] == ["Heat"]
    found = await run("search", "ronnin")
    assert found[0]["title"]["displayName"] == "Ronin"

    ronin = found[0]["title"]["name"]
    files = {file["path"]: file["name"] for file in await run("ls", "files")}
    small = files["Ronin (1998)/Ronin (1998) - 720p.mkv"]
    made = await run("title", "split", ronin, small, "--name", "Ronin Redone", "--year", "2013")
    assert made["year"] == 2013
    merged = await run("title", "merge", ronin, made["name"])
    assert merged["mediaFileCount"] == 2
    assert (await run("title", "unlink", small)).get("links", []) == []
    assert len((await run("title", "rematch", small))["links"]) == 1
    assert (await run("title", "unlink", small)).get("links", []) == []
    linked = await run("title", "link", small, ronin, "--canonical")
    assert [(link["title"], link["canonical"]) for link in linked["links"]] == [(ronin, True)]
    refused = await run("title", "show", made["name"], ok=False)
    assert refused["error"]["reason"] == "TITLE_MERGED"
