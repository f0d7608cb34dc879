"""An HTTP server on loopback that answers as told, once or always, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    time: float


@dataclass
class Recorder:
    """The server's side of a test.

    `faults` are answered first, one request each; then the protocol itself answers.
    """

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    faults: list[Handler] = field(default_factory=list)

    def paths(self) -> list[str]:
        """Returns the paths asked for, in order."""
        return [asked.path for asked in self.asked]


@asynccontextmanager
async def serving(app: web.Application, recorder: Recorder, prefix: str = "") -> AsyncIterator[str]:
    """Serves an application on loopback while the block runs, and yields its address."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        now = asyncio.get_running_loop().time()
        recorder.asked.append(
            Asked(
                request.method,
                request.path.removeprefix(prefix),
                dict(request.query),
                dict(request.headers),
                now,
            )
        )
        if recorder.faults:
            return await recorder.faults.pop(0)(request)
        return await handler(request)

    app.middlewares.insert(0, record)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    recorder.url = f"http://127.0.0.1:{port}{prefix}"
    try:
        yield recorder.url
    finally:
        await runner.cleanup()


def status(code: int, **headers: str) -> Handler:
    """Returns what answers with a status and headers; underscores in names are hyphens."""

    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response({"status_message": "a fault"}, status=code, headers=named)

    return answer


def text(body: str) -> Handler:
    """Returns what answers with any text, which need not be JSON."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type="application/json")

    return answer


def slow(seconds: float) -> Handler:
    """Returns what answers too late."""

    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.json_response({})

    return answer


async def cut(request: web.Request) -> web.StreamResponse:
    """Breaks the connection off."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def endless(request: web.Request) -> web.StreamResponse:
    """Answers, packed small, with more than anybody has room for."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_compression(web.ContentCoding.gzip)
    await response.prepare(request)
    try:
        for _ in range(4000):
            await response.write(b" " * 65536)
    except ConnectionError:
        return response
    return response
