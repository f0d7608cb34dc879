"""Plugins for tests: each a process of its own."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from reelhouse_kit.processes import leashed

ROOT = Path(__file__).parents[1]
LISTING = ROOT / "libs" / "plugin_sdk" / "examples" / "tv_listing.py"
ODD = Path(__file__).parent / "integration" / "catalog" / "odd_plugin.py"


class PluginProcess:
    """A running plugin."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: asyncio.subprocess.Process | None = None
        self.address = "127.0.0.1:0"

    async def start(self) -> None:
        """Starts it, again at the same address if it ran before."""
        self._process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, *self._arguments, self.address]),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            line = await self._process.stdout.readline()
        self.address = line.decode().split()[-1]

    async def kill(self) -> None:
        """Kills it, as a crash would."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()

    async def terminate(self) -> int:
        """Ends it in order. Returns its exit status."""
        assert self._process is not None
        self._process.terminate()
        async with asyncio.timeout(15):
            return await self._process.wait()

    async def died(self) -> int:
        """Waits until it is dead. Returns its exit status."""
        assert self._process is not None
        return await self._process.wait()


@asynccontextmanager
async def running(*arguments: str) -> AsyncIterator[PluginProcess]:
    """Runs a plugin while the block runs."""
    plugin = PluginProcess(*arguments)
    await plugin.start()
    try:
        yield plugin
    finally:
        await plugin.kill()


class Odd:
    """The odd plugin, and the file that tells it what to do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tell()

    def tell(self, **what: Any) -> None:
        """Tells the plugin what to do from now on."""
        self.path.write_text(json.dumps(what))

    @asynccontextmanager
    async def running(self, kind: str) -> AsyncIterator[PluginProcess]:
        """Runs the plugin while the block runs."""
        async with running(str(ODD), kind, str(self.path)) as process:
            yield process
