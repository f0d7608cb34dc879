"""A real HTTP server on loopback that speaks a documented protocol, and can misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
S = TypeVar("S", bound="ProtocolServer")


@dataclass
class Trouble:
    """How the next `times` answers go wrong."""

    times: int
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    endless: bool = False
    cut: bool = False
    path: str = ""
    after: int = 0


class ProtocolServer:
    """What all servers share: who may ask, what was asked, and misbehaving."""

    def __init__(self) -> None:
        self.credential = "s3cret-key"
        self.requests: list[str] = []
        self.trouble: Trouble | None = None
        self.url = ""

    def routes(self) -> list[web.RouteDef]:
        """Returns what the server answers."""
        raise NotImplementedError

    def allowed(self, request: web.Request) -> bool:
        """Tells whether a request carries the credential."""
        raise NotImplementedError

    def asked(self, path: str) -> list[str]:
        """Returns the requests so far for a path."""
        return [request for request in self.requests if request.partition("?")[0] == path]

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.requests.append(str(request.rel_url))
        trouble = self.trouble
        if trouble and trouble.times > 0 and trouble.path in ("", request.path):
            if trouble.after > 0:
                trouble.after -= 1
            else:
                trouble.times -= 1
                return await self._misbehave(request, trouble)
        if not self.allowed(request):
            return web.Response(status=401, text="Unauthorized")
        return await handler(request)

    @staticmethod
    async def _misbehave(request: web.Request, trouble: Trouble) -> web.StreamResponse:
        await asyncio.sleep(trouble.wait)
        if not (trouble.endless or trouble.cut):
            return web.Response(
                status=trouble.status or 200, body=trouble.body, headers=trouble.headers
            )
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        if trouble.cut:
            response.content_length = 1000
        await response.prepare(request)
        await response.write(b"[")
        while trouble.endless:
            await response.write(b'"' + b"x" * 65536 + b'",')
        if request.transport is not None:
            request.transport.abort()
        return response


@asynccontextmanager
async def running(server: S) -> AsyncIterator[S]:
    """Runs a server on a free port of loopback while the block runs."""

    @web.middleware
    async def middleware(request: web.Request, handler: Any) -> web.StreamResponse:
        return await server._answer(request, handler)

    app = web.Application(middlewares=[middleware])
    app.add_routes(server.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()


def page(items: list[Any], start: int, size: int) -> list[Any]:
    """Returns a page of a list."""
    return items[start : start + size]
