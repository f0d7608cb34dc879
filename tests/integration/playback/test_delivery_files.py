"""Files over HTTP, from a server in a process of its own."""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.integration.playback.file_server import FileServer, file_server

SIZE = 3_000_000
CONTENT = random.Random(5).randbytes(SIZE)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[FileServer]:
    folder = tmp_path / "films"
    folder.mkdir()
    (folder / "film").write_bytes(CONTENT)
    os.utime(folder / "film", (1e9, 1e9))
    (folder / "empty").touch()
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe")
    with (folder / "large").open("wb") as file:
        file.truncate(1 << 30)
    async with file_server(folder) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def test_whole_files(server: FileServer, http: aiohttp.ClientSession) -> None:
    for _ in range(3):  # on one connection
        async with http.get(server.url("film")) as response:
            assert (response.status, response.headers["Content-Type"]) == (200, "video/mp4")
            assert response.headers["Accept-Ranges"] == "bytes"
            assert response.headers["Last-Modified"] == "Sun, 09 Sep 2001 01:46:40 GMT"
            assert await response.read() == CONTENT
    async with http.head(server.url("film"), headers={"Range": "bytes=0-9"}) as response:
        assert (response.status, response.headers["Content-Length"]) == (200, str(SIZE))
        assert "Content-Range" not in response.headers
    async with http.get(server.url("empty")) as response:
        assert (response.status, await response.read()) == (200, b"")
    for name in ("missing", "folder", "pipe"):
        async with asyncio.timeout(5), http.get(server.url(name)) as response:
            assert response.status == 404, name


async def test_single_ranges(server: FileServer, http: aiohttp.ClientSession) -> None:
    for wanted, first, last in (
        ("0-0", 0, 0),
        ("1000000-2000000", 1_000_000, 2_000_000),
        ("-7", SIZE - 7, SIZE - 1),
        ("2999999-9999999", SIZE - 1, SIZE - 1),
        ("5-10,8-20", 5, 20),
    ):
        async with http.get(server.url("film"), headers={"Range": f"bytes={wanted}"}) as response:
            assert response.status == 206
            assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
            assert await response.read() == CONTENT[first : last + 1]
    async with http.get(server.url("film"), headers={"Range": f"bytes={SIZE}-"}) as response:
        assert (response.status, response.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
    too_many = ",".join(f"{n * 10}-{n * 10}" for n in range(100))
    async with http.get(server.url("film"), headers={"Range": f"bytes={too_many}"}) as response:
        assert (response.status, await response.read()) == (200, CONTENT)


async def test_several_ranges(server: FileServer, http: aiohttp.ClientSession) -> None:
    wanted = {"Range": "bytes=2000000-2999999,0-99,-5000,500-600"}
    async with http.get(server.url("film"), headers=wanted) as response:
        assert response.status == 206
        kind, body = response.headers["Content-Type"], await response.read()
        assert len(body) == int(response.headers["Content-Length"])
    message = email.message_from_bytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP
    )
    found = {}
    for part in message.iter_parts():
        assert part.get_content_type() == "video/mp4"
        found[part["Content-Range"]] = True
    assert list(found) == [
        f"bytes 0-99/{SIZE}",
        f"bytes 500-600/{SIZE}",
        f"bytes 2000000-2999999/{SIZE}",
    ]
    boundary = kind.partition("boundary=")[2].encode()
    pieces = [piece.partition(b"\r\n\r\n")[2] for piece in body.split(b"\r\n--" + boundary)[1:-1]]
    assert pieces == [CONTENT[0:100], CONTENT[500:601], CONTENT[2_000_000:]]
    assert body.endswith(b"\r\n--" + boundary + b"--\r\n")


async def test_conditions(server: FileServer, http: aiohttp.ClientSession) -> None:
    url = server.url("film")
    async with http.head(url) as response:
        etag, modified = response.headers["ETag"], response.headers["Last-Modified"]
    part = {"Range": "bytes=0-9"}
    for headers, status, length in (
        ({"If-None-Match": etag}, 304, 0),
        ({"If-Modified-Since": modified}, 304, 0),
        ({"If-None-Match": '"other"'}, 200, SIZE),
        ({"If-Match": '"other"'}, 412, 0),
        ({"If-Unmodified-Since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 412, 0),
        ({**part, "If-Match": etag}, 206, 10),
        ({**part, "If-Range": etag}, 206, 10),
        ({**part, "If-Range": modified}, 206, 10),
        ({**part, "If-Range": '"other"'}, 200, SIZE),
        ({**part, "If-None-Match": etag}, 304, 0),
    ):
        async with http.get(url, headers=headers) as response:
            assert (response.status, len(await response.read())) == (status, length), headers
            assert response.headers["ETag"] == etag


async def test_who_changes_a_file_changes_its_tag(
    server: FileServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with http.head(server.url("film")) as response:
        etag = response.headers["ETag"]
    other = tmp_path / "films" / "other"
    other.write_bytes(CONTENT[::-1])
    os.utime(other, (1e9, 1e9))
    other.replace(tmp_path / "films" / "film")
    wanted = {"Range": "bytes=0-9", "If-Range": etag}
    async with http.get(server.url("film"), headers=wanted) as response:
        assert response.status == 200
        assert await response.read() == CONTENT[::-1]


def ask(server: FileServer, name: str, receive_buffer: int = 4096) -> socket.socket:
    """Asks for a file on a connection that is slow to take anything."""
    asking = socket.socket()
    asking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    asking.connect(("127.0.0.1", server.port))
    asking.sendall(f"GET /{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return asking


async def test_clients_that_vanish_free_all_that_was_held(
    server: FileServer, tmp_path: Path
) -> None:
    folder = tmp_path / "films"
    before = server.sockets()
    with ExitStack() as stack:
        asking = [stack.enter_context(ask(server, "large")) for _ in range(60)]
        await until(lambda: server.open_files(folder) == 60)
        for number, one in enumerate(asking):
            if number % 2:  # a reset instead of an orderly end
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()
        await until(lambda: server.open_files(folder) == 0)
        await until(lambda: server.sockets() == before)


async def test_slow_readers_do_not_keep_others_waiting(
    server: FileServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            stack.enter_context(ask(server, "large"))
        await until(lambda: server.open_files(tmp_path / "films") == 200)
        started = time.monotonic()
        for _ in range(20):
            async with http.get(server.url("film")) as response:
                assert await response.read() == CONTENT
        assert time.monotonic() - started < 10


async def test_a_file_that_becomes_shorter_breaks_the_connection_off(
    server: FileServer, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    async with http.get(server.url("large")) as response:
        await response.content.readexactly(1_000_000)
        os.truncate(tmp_path / "films" / "large", 1_000_000)
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    await until(lambda: server.open_files(tmp_path / "films") == 0)
    async with http.get(server.url("film")) as response:
        assert await response.read() == CONTENT


async def test_requests_in_a_row_on_one_connection_are_answered_in_order(
    server: FileServer,
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for first in (0, 1_000_000, 10):
        wanted = f"Range: bytes={first}-{first + 999_999}\r\n\r\n"
        writer.write(f"GET /film HTTP/1.1\r\nHost: x\r\n{wanted}".encode())
    for first in (0, 1_000_000, 10):
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 206 " in head.partition(b"\r\n")[0]
        assert await reader.readexactly(1_000_000) == CONTENT[first : first + 1_000_000]
    writer.close()
