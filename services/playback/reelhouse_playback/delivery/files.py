"""Answers requests for files: conditions, ranges, downloads (RFC 9110)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

from aiohttp import web

from reelhouse_kit import log
from reelhouse_playback.delivery import conditions, ranges
from reelhouse_playback.delivery.conditions import Validators, Verdict
from reelhouse_playback.delivery.ranges import Multipart, Range
from reelhouse_playback.delivery.sending import STALL_SECONDS, OpenFile

_THREADS = 32
"""They wait for disks only, so that few disks that hang leave some for the others."""
_logger = log.get(__name__)


class Files:
    """Sends files."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="delivery")

    def close(self) -> None:
        """Ends the threads, without waiting for disks that hang."""
        self._executor.shutdown(wait=False)

    async def answer(
        self, request: web.Request, path: bytes, kind: str, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        """Answers a GET or HEAD with a file of a MIME type, or what was asked for of it.

        Raises:
            OSError: The file cannot be read.
        """
        async with await OpenFile.open(self._executor, path) as file:
            have = Validators.of(inode=file.inode, size=file.size, mtime_ns=file.mtime_ns)
            headers = {
                **headers,
                "ETag": have.etag,
                "Last-Modified": have.last_modified,
                "Accept-Ranges": "bytes",
            }
            verdict = conditions.judge(request.headers, have)
            if verdict is not Verdict.GO_ON:
                return web.Response(status=verdict.value, headers=headers)
            try:
                wanted = _wanted(request, file.size, have)
            except ranges.UnsatisfiableError:
                headers["Content-Range"] = f"bytes */{file.size}"
                return web.Response(status=416, headers=headers)
            return await _send(request, file, wanted, kind, headers)


def _wanted(request: web.Request, size: int, have: Validators) -> list[Range] | None:
    header = request.headers.get("Range")
    # Ranges are defined for GET only (14.2).
    if header is None or request.method != "GET":
        return None
    if not conditions.range_counts(request.headers.get("If-Range"), have, time.time()):
        return None
    return ranges.parse(header, size)


async def _send(
    request: web.Request,
    file: OpenFile,
    wanted: list[Range] | None,
    kind: str,
    headers: dict[str, str],
) -> web.StreamResponse:
    body: list[bytes | Range]
    if wanted is None:
        body = [Range(0, file.size - 1)] if file.size else []
        length = file.size
    elif len(wanted) == 1:
        headers["Content-Range"] = ranges.content_range(wanted[0], file.size)
        body = [wanted[0]]
        length = wanted[0].length
    else:
        several = Multipart.of(wanted, file.size, kind, uuid4().hex)
        kind = f"multipart/byteranges; boundary={several.boundary}"
        body = [piece for part in several.parts for piece in (part.head, part.range)]
        body.append(several.end)
        length = several.length
    headers["Content-Type"] = kind
    response = web.StreamResponse(status=206 if wanted else 200, headers=headers)
    response.content_length = length
    writer = await response.prepare(request)
    transport = request.transport
    if request.method == "HEAD" or writer is None or transport is None:
        return response
    # What is written goes out before what is sent past the transport: it keeps nothing back.
    transport.set_write_buffer_limits(high=0)
    try:
        writer.send_headers()
        for piece in body:
            if isinstance(piece, bytes):
                await response.write(piece)
            else:
                await _flushed(transport, writer.drain)
                await file.send(transport, piece.first, piece.length)
        await response.write_eof()
    except OSError as error:
        # What was promised will not come: nothing else may follow on this connection.
        transport.abort()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            _logger.warning("a file cannot be sent", error=repr(error))
        return response
    transport.set_write_buffer_limits()
    return response


async def _flushed(
    transport: asyncio.Transport, drain: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Waits until everything that was written has gone into the socket."""
    async with asyncio.timeout(STALL_SECONDS):
        while transport.get_write_buffer_size():
            await drain()
            await asyncio.sleep(0)
