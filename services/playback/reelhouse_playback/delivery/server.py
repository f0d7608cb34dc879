"""The HTTP server that media is fetched from."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from aiohttp import web

from reelhouse_kit import errors, log
from reelhouse_kit.db import Database
from reelhouse_playback.clients.catalog import CatalogClient, MediaFile
from reelhouse_playback.clients.transcode import Output, TranscodeClient
from reelhouse_playback.delivery.addresses import PREFIX, Addresses
from reelhouse_playback.delivery.disposition import attachment
from reelhouse_playback.delivery.files import Files
from reelhouse_playback.delivery.headers import OPEN, preflight
from reelhouse_playback.delivery.memory import Memory
from reelhouse_playback.images.cache import ImageCache
from reelhouse_playback.images.serving import Images
from reelhouse_playback.sessions import store
from reelhouse_playback.sessions.model import OVER, Session

_HLS_FILE = re.compile(r"main\.m3u8|init\.mp4|seg-[0-9]{5}\.m4s")
_TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": "video/mp4",
    ".m4s": "video/iso.segment",
}
_REMEMBERED = 5.0
"""Seconds that what a session plays is remembered: a player asks many times a second."""
_FIRST_SECONDS = 30.0
"""How long a player waits for the first segment of what is being made."""
_LOOK_EVERY = 0.2
_logger = log.get(__name__)


class Delivery:
    """Serves sessions' media."""

    def __init__(
        self,
        database: Database,
        catalog: CatalogClient,
        transcode: TranscodeClient,
        addresses: Addresses,
        *,
        store_dir: Path,
        image_cache: ImageCache,
    ) -> None:
        self._database = database.for_everybody()
        self._catalog = catalog
        self._transcode = transcode
        self._addresses = addresses
        self._store_dir = store_dir
        self._sender = Files()
        self._images = Images(catalog, addresses, image_cache, self._sender)
        # By address, not by session: who selects other streams gets another address.
        self._sessions: Memory[str, Session | None] = Memory(_REMEMBERED)
        self._files: Memory[UUID, MediaFile] = Memory(_REMEMBERED)
        self._outputs: Memory[str, Output] = Memory(_REMEMBERED)

    @asynccontextmanager
    async def run(self, host: str, port: int) -> AsyncIterator[int]:
        """Serves while the block runs, and yields the port."""
        application = web.Application(middlewares=[answered])
        for path, handler in (("file", self._file), ("hls/{name}", self._hls)):
            application.router.add_get(f"{PREFIX}/{{token}}/{path}", handler)
            application.router.add_options(f"{PREFIX}/{{token}}/{path}", preflight)
        self._images.add_to(application.router)
        # Whoever goes away takes the handler along, whatever it waits for.
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=2, handler_cancellation=True
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port)
            await site.start()
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()
            self._sender.close()

    async def _file(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        media_file = await self._files.get(
            session.media_file_id,
            lambda: self._catalog.get_media_file(session.media_file_id),
        )
        if not media_file.there:
            raise web.HTTPNotFound(text="the file is missing")
        kind = session.mime_type or "application/octet-stream"
        headers = dict(OPEN)
        if request.query.get("download") == "1":
            headers["Content-Disposition"] = attachment(os.path.basename(media_file.path))
        return await self._sender.answer(request, media_file.path, kind, headers)

    async def _hls(self, request: web.Request) -> web.StreamResponse:
        session = await self._session(request)
        name = request.match_info["name"]
        if not session.transcode or not _HLS_FILE.fullmatch(name):
            raise web.HTTPNotFound(text="there is no such file")
        folder = await self._folder(session.transcode)
        headers = dict(OPEN)
        if name.endswith(".m3u8"):
            headers["Cache-Control"] = "no-store"  # it grows
        kind = _TYPES[Path(name).suffix]
        return await self._sender.answer(request, os.fsencode(folder / name), kind, headers)

    async def _session(self, request: web.Request) -> Session:
        token = request.match_info["token"]
        read = self._addresses.read(token)
        if read is None:
            raise web.HTTPForbidden(text="the address is not valid, or no longer")
        session_id, user_id = read
        session = await self._sessions.get(token, lambda: store.get(self._database, session_id))
        if session is None or session.user_id != user_id or session.state in OVER:
            raise web.HTTPForbidden(text="the session is over")
        return session

    async def _folder(self, transcode: str) -> Path:
        """Returns where a transcode's result is, waiting for its first part."""
        until = time.monotonic() + _FIRST_SECONDS
        output = await self._outputs.get(transcode, lambda: self._transcode.get_output(transcode))
        while not (output.path and await _is_there(self._store_dir / output.path)):
            if output.failed:
                raise web.HTTPBadGateway(text=f"the transcode failed: {output.message}")
            if time.monotonic() > until:
                raise web.HTTPServiceUnavailable(
                    text="nothing is ready yet", headers={"Retry-After": "2"}
                )
            await asyncio.sleep(_LOOK_EVERY)
            output = await self._transcode.get_output(transcode)
            self._outputs.forget(transcode)
        return self._store_dir / output.path


async def _is_there(folder: Path) -> bool:
    return await asyncio.to_thread(os.path.isdir, folder)


@web.middleware
async def answered(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns what goes wrong into an answer without a traceback."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        error.headers.update(OPEN)
        raise
    except errors.NotFoundError as error:
        raise web.HTTPNotFound(text=error.message, headers=OPEN) from None
    except errors.RetryableError as error:
        raise web.HTTPServiceUnavailable(
            text=error.message, headers={**OPEN, "Retry-After": "1"}
        ) from None
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        raise web.HTTPNotFound(text="the file is missing", headers=OPEN) from None
    except (ConnectionError, asyncio.CancelledError):
        raise  # the player went away
    except Exception:
        _logger.exception("delivery failed")
        raise web.HTTPInternalServerError(text="the server failed", headers=OPEN) from None
