"""Delivery's sender in a process of its own, on the event loop of the services.

Serves the files of a folder at /NAME and tells its port on standard output.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop
from aiohttp import web

from reelhouse_kit.processes import leashed
from reelhouse_playback.delivery.files import Files
from reelhouse_playback.delivery.server import answered


@dataclass(frozen=True)
class FileServer:
    """A running process."""

    pid: int
    port: int

    def url(self, name: str) -> str:
        """Returns a file's address."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def open_files(self, folder: Path) -> int:
        """Returns how many files of a folder the process holds open."""
        held = 0
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                held += str(fd.readlink()).startswith(str(folder))
            except FileNotFoundError:
                continue
        return held

    def sockets(self) -> int:
        """Returns how many sockets the process holds open."""
        held = 0
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                held += str(fd.readlink()).startswith("socket:")
            except FileNotFoundError:
                continue
        return held


@asynccontextmanager
async def file_server(folder: Path) -> AsyncIterator[FileServer]:
    """Serves a folder while the block runs."""
    command = leashed([sys.executable, "-m", __name__, str(folder)])
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            port = int(await process.stdout.readline())
        yield FileServer(process.pid, port)
    finally:
        process.kill()
        await process.wait()


async def _serve(folder: Path) -> None:
    files = Files()

    async def handle(request: web.Request) -> web.StreamResponse:
        path = os.fsencode(folder / request.match_info["name"])
        return await files.answer(request, path, "video/mp4", {})

    application = web.Application(middlewares=[answered])
    application.router.add_get("/{name}", handle)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)  # noqa: T201 # whoever started it reads this
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1])))
