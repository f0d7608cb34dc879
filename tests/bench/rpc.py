"""Server CPU of one GetMediaFile, against a bare handler for the same row."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import psutil

from reelhouse.catalog.v1 import media_file_service_pb2, media_file_service_pb2_grpc
from reelhouse_catalog.media_files import store
from reelhouse_cli.suite.data import DataFolder
from reelhouse_cli.suite.plan import as_role
from reelhouse_kit.db import Database
from reelhouse_kit.postgres import free_port
from tests.bench.figures import Figure
from tests.e2e.house import House

CALLS = 3_000
ROUNDS = 5
AT_ONCE = 8
_BARE = Path(__file__).with_name("bare_catalog.py")


def database_url(house: House) -> str:
    """Returns the address of the suite's database as the catalog's role."""
    folder = DataFolder(Path(house.started["data"]))
    port = house.environment["REELHOUSE_POSTGRES_PORT"]
    password = folder.passwords()["catalog"]
    return as_role(f"postgresql://x@127.0.0.1:{port}/reelhouse", "reelhouse_catalog", password)


async def cpu_per_call(address: str, pid: int, name: str, token: str) -> list[float]:
    """Returns microseconds of a server's CPU time per call, for each round."""
    server = psutil.Process(pid)
    metadata = [("authorization", f"Bearer {token}")]
    request = media_file_service_pb2.GetMediaFileRequest(name=name)
    async with grpc.aio.insecure_channel(address) as channel:
        stub: Any = media_file_service_pb2_grpc.MediaFileServiceStub(channel)

        async def calls(count: int) -> None:
            for _ in range(count):
                await stub.GetMediaFile(request, metadata=metadata, timeout=10)

        await asyncio.gather(*(calls(50) for _ in range(AT_ONCE)))
        rounds = []
        for _ in range(ROUNDS):
            before = sum(server.cpu_times()[:2])
            await asyncio.gather(*(calls(CALLS // AT_ONCE) for _ in range(AT_ONCE)))
            rounds.append((sum(server.cpu_times()[:2]) - before) / CALLS * 1e6)
    return rounds


async def statement_cost(url: str, file_id: str) -> tuple[float, float]:
    """Returns microseconds of CPU for a point read by a compiled statement, and by bare asyncpg."""
    key = UUID(file_id.removeprefix("mediaFiles/"))

    async def measured(read: Any) -> float:
        for _ in range(200):
            await read()
        best = float("inf")
        for _ in range(ROUNDS):
            start = time.process_time()
            for _ in range(1000):
                await read()
            best = min(best, (time.process_time() - start) * 1000)
        return best

    async with (
        Database.open(url, schema="catalog", size=1) as database,
        asyncpg.create_pool(url, min_size=1, max_size=1) as pool,
    ):
        compiled = await measured(lambda: database.one(store._GET, id=key))
        raw = await measured(
            lambda: pool.fetchrow(store._GET.sql, *store._GET.arguments({"id": key}))
        )
    return compiled, raw


def run(house: House) -> list[Figure]:
    """Measures with a running suite that has a demo library."""
    files = house.json("ls", "files", "--library", "Films")
    name = next(file["name"] for file in files if "Night Train" in file["path"])
    token = house.json("token", "access")["access_token"]
    url, port = database_url(house), free_port()
    ours: list[float] = []
    bare: list[float] = []
    with subprocess.Popen(
        [sys.executable, str(_BARE), url, str(port)], stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"serving\n"
            pid = house.processes()["catalog"]
            address = house.started["addresses"]["catalog"]
            for _ in range(2):  # in turns: the machine is not the same all the time
                bare += asyncio.run(cpu_per_call(f"127.0.0.1:{port}", process.pid, name, token))
                ours += asyncio.run(cpu_per_call(address, pid, name, token))
        finally:
            process.terminate()
    ratio = statistics.median(ours) / statistics.median(bare)
    compiled, raw = asyncio.run(statement_cost(url, name))
    return [
        Figure(
            "CPU of the catalog per GetMediaFile",
            f"{statistics.median(ours):.0f} µs",
            f"{statistics.median(bare):.0f} µs, bare grpc.aio and asyncpg",
            ratio,
            "at most 1.3",
        ),
        Figure(
            "CPU of a point read by a compiled Core statement",
            f"{compiled:.0f} µs",
            f"{raw:.0f} µs, asyncpg alone",
            compiled / raw,
        ),
    ]
