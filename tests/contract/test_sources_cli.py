"""`reelhouse sources` in a process of its own, against a running suite."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from reelhouse_kit.processes import leashed
from tests.media import Media
from tests.protocol_servers.base import running
from tests.protocol_servers.plex import Plex
from tests.suite import Suite

SCRIPT = Path(__file__).with_name("shell.py")


class Shell:
    """Runs commands as the administrator."""

    def __init__(self, process: asyncio.subprocess.Process, command: str) -> None:
        self._process = process
        self._command = command

    @classmethod
    @asynccontextmanager
    async def open(
        cls, suite: Suite, folder: Path, command: str = "sources"
    ) -> AsyncIterator[Shell]:
        """Starts what runs them, and ends it."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "REELHOUSE_DATA_DIR": str(folder / "data"),
            "REELHOUSE_TOKEN": suite.tokens["admin"],
            **{
                f"REELHOUSE_{name.upper()}_ADDRESS": address
                for name, address in suite.addresses.items()
            },
        }
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, str(SCRIPT)]),
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            yield cls(process, command)
        finally:
            await process.communicate(b"")  # which closes its input: that ends it

    async def run(self, *arguments: str, stdin: str = "", code: int = 0) -> str:
        """Runs a command of its group, `reelhouse sources …`, and returns what it prints."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        command = {"arguments": [self._command, *arguments], "stdin": stdin}
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        answer = json.loads(await self._process.stdout.readline())
        assert answer["code"] == code, answer
        return str(answer["out"] + (answer["err"] if code else ""))

    async def json(self, *arguments: str, **options: Any) -> Any:
        """Runs a command with --json and returns what it prints."""
        return json.loads(await self.run(*arguments, "--json", **options))


async def test_a_plex_server_from_adding_to_ingesting(
    suite: Suite, media: Media, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    media.film(films / "Heat (1995)" / "Heat.mkv")
    async with (
        running(Plex()) as plex,
        suite.workers(),
        Shell.open(suite, tmp_path) as shell,
    ):
        await suite.library(films)
        plex.section("1", "movie", "Films", "/data/films")
        plex.movie("1", 7, "Heat", 1995, "/data/films/Heat (1995)/Heat.mkv")
        plex.movie("1", 8, "Elsewhere", 2001, "/other/Elsewhere.mkv")
        add = ("add", "plex", plex.url, "--name", "Attic", "--ask")
        [added] = await shell.json(*add, stdin=plex.credential + "\n")
        assert (added["kind"], added["credential"]) == ("KIND_PLEX", "••••••••")
        assert "all is well" in await shell.run("check", "Attic")
        assert "1 new, 0 gone" in await shell.run("discover", "Attic")
        assert "COLLECTION_DISABLED" in await shell.run("ingest", "Attic", code=1)
        [enabled] = await shell.json("enable", "Attic/Films")
        assert enabled["enabled"]
        mapped = await shell.run("map", "Attic/Films", f"/data/films={films}")
        assert str(films) in mapped
        path = "/data/films/Heat (1995)/Heat.mkv"
        resolved = await shell.json("resolve", "Films", path)
        assert resolved["rule"] == "RULE_MAPPING"
        assert resolved["exists"]
        back = await shell.run("resolve", "Films", resolved["resolvedPath"], "--reverse")
        assert back.startswith(path)
        assert "No mapping" in await shell.run("resolve", "Films", "/other", code=1)
        plan = await shell.run("ingest", "Attic", "--dry-run")
        assert "Elsewhere" in plan
        assert "no path mapping is for its path" in plan
        assert "2 would be looked at: 2 new, 1 linked, 1 not mapped" in plan
        done = await shell.json("ingest", "Attic/Films")
        assert done["ingest"]["state"] == "STATE_COMPLETED"
        assert [entry["errorCode"] for entry in done["entries"]] == ["UNMAPPED"]
        one = await shell.json("ingest", "Attic/Films", "--title", "Heat (1995)")
        assert one["ingest"]["stats"]["skippedCount"] == "1"
        listed = await shell.run("items", "Films", "--state", "linked")
        assert "Heat" in listed
        assert "Elsewhere" not in listed
        assert "Films" in await shell.run("ls", "Attic")
        [disabled] = await shell.json("disable", "Films")
        assert disabled["enabled"] is False
        assert "forgotten" in await shell.run("rm", "Attic", "--force")
        assert await shell.json("ls") == []
        await shell.run("add", "nonsense", "x", code=2)
