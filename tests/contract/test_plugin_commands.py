"""`reelhouse enrich`, `providers` and `plugins`, as processes against a running suite."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests import plugins
from tests.media import Media
from tests.suite import Suite

REELHOUSE = str(Path(sys.executable).with_name("reelhouse"))
Command = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
def reelhouse(suite: Suite, tmp_path: Path) -> Command:
    """Runs the command as the administrator. Returns its exit status and its JSON."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "REELHOUSE_TOKEN": suite.tokens["admin"],
        **{f"REELHOUSE_{name.upper()}_ADDRESS": at for name, at in suite.addresses.items()},
    }

    async def run(*arguments: str, as_json: bool = True) -> tuple[int, Any]:
        process = await asyncio.create_subprocess_exec(
            REELHOUSE,
            *arguments,
            *(["--json"] if as_json else []),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
        )
        out, err = await process.communicate()
        text = out.decode()
        assert process.returncode is not None
        if as_json and text:
            return process.returncode, json.loads(text)
        return process.returncode, text + err.decode()

    return run


@pytest.mark.timeout(240)
async def test_plugins_and_enrichment_by_hand(
    suite: Suite, reelhouse: Command, media: Media, tmp_path: Path
) -> None:
    status, found = await reelhouse("providers", "ls")
    assert status == 0
    assert [one["name"] for one in found][-2:] == ["providers/tmdb", "providers/tvdb"]
    listing = tmp_path / "listing.csv"
    listing.write_text("title,year,kind,overview\nA Film,2001,movie,It is about A.\n")
    root = tmp_path / "films"
    media.film(root / "A Film (2001).mkv")
    async with plugins.running(str(plugins.LISTING)) as process:
        status, made = await reelhouse("plugins", "register", process.address)
        assert (status, made["state"]) == (0, "STATE_INSTALLING")
        status, refused = await reelhouse("plugins", "configure", "tv-listing", '{"path": 5}')
        assert status == 1
        assert [v["field"] for v in refused["error"]["violations"]] == ["plugin.config.path"]
        config = json.dumps({"path": str(listing)})
        await reelhouse("plugins", "configure", "tv-listing", config)
        status, text = await reelhouse("plugins", "enable", "tv-listing", as_json=False)
        assert "enabled" in text
        async with suite.workers():
            await suite.library(root)
            status, said = await reelhouse("enrich", "a film")
        assert status == 0
        assert [(one["source"], one["state"]) for one in said] == [("tv-listing", "STATE_FOUND")]
        status, text = await reelhouse("plugins", "metadata", "tv-listing", as_json=False)
        assert "It is about A." in text
        await process.kill()
        status, made = await reelhouse("plugins", "check", "tv-listing")
        assert (status, made["state"]) == (1, "STATE_ENABLED")
        assert (await reelhouse("plugins", "rm", "tv-listing"))[0] == 0
