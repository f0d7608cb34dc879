"""How fast delivery sends a file, against nginx, or a bare loop of sendfile where that is missing.

All servers are processes of their own, with the same file and the same client; the file is in the
page cache. It is sparse, so that it takes no room on the disk.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil

from reelhouse_kit.postgres import free_port
from reelhouse_kit.processes import leashed
from tests.bench.figures import Figure
from tests.integration.playback.file_server import file_server

SIZE = 1 << 30
READERS = 200
PART = 16 << 20
"""Bytes that each of many readers takes, from a place of its own."""
ROUNDS = 3
_TAKEN = 1 << 18
_NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""


def _bare(folder: Path) -> None:
    """Serves a folder: a thread and a sendfile for each connection, and as little HTTP as works."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listening.getsockname()[1], flush=True)  # noqa: T201 # the benchmark reads it
    while True:
        taken, _ = listening.accept()
        threading.Thread(target=_serve, args=(taken, folder), daemon=True).start()


def _serve(taken: socket.socket, folder: Path) -> None:
    with taken:
        head = taken.recv(4096).decode()
        wanted = head.partition("bytes=")[2].partition("\r\n")[0].partition("-")
        first, last = int(wanted[0]), int(wanted[2])
        length = last - first + 1
        taken.sendall(f"HTTP/1.1 206 OK\r\nContent-Length: {length}\r\n\r\n".encode())
        with (folder / "large").open("rb") as file:
            while length:
                sent = os.sendfile(taken.fileno(), file.fileno(), first, length)
                first, length = first + sent, length - sent


@asynccontextmanager
async def _process(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *leashed(command), stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def _baseline(folder: Path) -> AsyncIterator[tuple[str, int, int]]:
    """Yields name, port and process id of what delivery is measured against."""
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        async with _process([sys.executable, "-m", __name__, str(folder)]) as process:
            assert process.stdout is not None
            port = int(await process.stdout.readline())
            yield "a bare loop of sendfile", port, process.pid
        return
    with tempfile.TemporaryDirectory() as scratch:
        port = free_port()
        config = Path(scratch) / "nginx.conf"
        config.write_text(_NGINX.format(folder=scratch, files=folder, port=port))
        async with _process([nginx, "-p", scratch, "-c", str(config)]) as process:
            async with asyncio.timeout(10):
                while True:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", port)
                        writer.close()
                        break
                    except ConnectionError:
                        await asyncio.sleep(0.05)
            yield "nginx", port, process.pid


def _fetch(port: int, first: int, length: int) -> None:
    """Takes a range of the file and forgets it."""
    with socket.create_connection(("127.0.0.1", port), timeout=120) as asking:
        wanted = f"Range: bytes={first}-{first + length - 1}\r\n\r\n"
        asking.sendall(f"GET /large HTTP/1.1\r\nHost: x\r\n{wanted}".encode())
        buffer = bytearray(_TAKEN)
        got = asking.recv_into(buffer)
        head, found, body = bytes(buffer[:got]).partition(b"\r\n\r\n")
        assert found, head
        assert b" 206 " in head.partition(b"\r\n")[0], head
        left = length - len(body)
        while left:
            got = asking.recv_into(buffer)
            assert got, "the server ended too early"
            left -= got


def _many(port: int) -> None:
    step = (SIZE - PART) // READERS
    threads = [
        threading.Thread(target=_fetch, args=(port, number * step, PART))
        for number in range(READERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


async def _measure(port: int, pid: int) -> tuple[float, float, float]:
    """Returns bytes a second, to one reader and to many, and processor seconds per gigabyte."""
    await asyncio.to_thread(_fetch, port, 0, SIZE)  # everything is warm
    server = psutil.Process(pid)
    best = [0.0, 0.0]
    used = 0.0
    for _ in range(ROUNDS):
        before, started = sum(server.cpu_times()[:2]), time.perf_counter()
        await asyncio.to_thread(_fetch, port, 0, SIZE)
        best[0] = max(best[0], SIZE / (time.perf_counter() - started))
        used += sum(server.cpu_times()[:2]) - before
        started = time.perf_counter()
        await asyncio.to_thread(_many, port)
        best[1] = max(best[1], READERS * PART / (time.perf_counter() - started))
    return best[0], best[1], used / ROUNDS


async def _run(folder: Path) -> list[Figure]:
    with (folder / "large").open("wb") as file:
        file.truncate(SIZE)
    async with _baseline(folder) as (name, port, pid):
        theirs = await _measure(port, pid)
    async with file_server(folder) as server:
        ours = await _measure(server.port, server.pid)
    return [
        *(
            Figure(
                what,
                f"{mine / 1e6:,.0f} MB/s",
                f"{other / 1e6:,.0f} MB/s, {name}",
                mine / other,
                "at least 0.8",
            )
            for what, mine, other in zip(
                ("a file of 1 GB to one reader", f"16 MB each to {READERS} readers at once"),
                ours[:2],
                theirs[:2],
                strict=True,
            )
        ),
        Figure(
            "processor time to send 1 GB",
            f"{ours[2]:.2f} s",
            f"{theirs[2]:.2f} s, {name}",
            ours[2] / theirs[2] if theirs[2] else None,
        ),
    ]


def run() -> list[Figure]:
    """Measures on servers of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        return asyncio.run(_run(Path(scratch)))


if __name__ == "__main__":
    _bare(Path(sys.argv[1]))
