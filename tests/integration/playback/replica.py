"""A playback service in a process of its own, to be killed and stopped. It has no catalog."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from reelhouse.playback.v1 import (
    playback_service_pb2_grpc,
    progress_service_pb2_grpc,
)
from reelhouse_kit.auth import keys, tokens
from reelhouse_kit.auth.principal import Role
from reelhouse_kit.postgres import free_port
from reelhouse_kit.processes import leashed
from tests.suite import Client

SERVICE = "reelhouse.playback.v1.PlaybackService"


@dataclass(frozen=True)
class Replica:
    """A running process, as one user sees it."""

    process: asyncio.subprocess.Process
    channel: grpc.aio.Channel
    metadata: list[tuple[str, str]]

    @property
    def playback(self) -> Client:
        """Returns its PlaybackService."""
        stub: Any = playback_service_pb2_grpc.PlaybackServiceStub
        return Client(stub(self.channel), self.metadata)

    @property
    def progress(self) -> Client:
        """Returns its ProgressService."""
        stub: Any = progress_service_pb2_grpc.ProgressServiceStub
        return Client(stub(self.channel), self.metadata)


@dataclass(frozen=True)
class Place:
    """Where replicas run: a database, a folder with keys, and somebody who calls."""

    database_url: str
    folder: Path
    user_id: UUID
    token: str

    @classmethod
    def make(cls, database_url: str, folder: Path) -> Place:
        """Writes the keys."""
        made = {"playback": keys.generate("services/playback"), "users": keys.generate(keys.USERS)}
        for name, key in made.items():
            keys.write(folder / f"{name}.json", key)
        keys.write(folder / "public.json", {"keys": [keys.public_part(k) for k in made.values()]})
        (folder / "delivery.key").write_text("k" * 48)
        user_id = uuid4()
        signing = keys.read_signing_key(folder / "users.json")
        token = tokens.issue(signing, f"users/{user_id}", Role.USER, 3600)
        return cls(database_url, folder, user_id, token)

    @asynccontextmanager
    async def replica(self) -> AsyncIterator[Replica]:
        """Runs one while the block runs, from when it answers."""
        port = free_port()
        environment = {
            "REELHOUSE_PLAYBACK_PORT": str(port),
            "REELHOUSE_PLAYBACK_DELIVERY_PORT": str(free_port()),
            "REELHOUSE_PLAYBACK_DATABASE_URL": self.database_url,
            "REELHOUSE_PUBLIC_KEYS_FILE": str(self.folder / "public.json"),
            "REELHOUSE_PLAYBACK_SERVICE_KEY_FILE": str(self.folder / "playback.json"),
            "REELHOUSE_DELIVERY_KEY_FILE": str(self.folder / "delivery.key"),
            "REELHOUSE_STORE_DIR": str(self.folder),
            "REELHOUSE_CATALOG_ADDRESS": "127.0.0.1:1",
            "REELHOUSE_TRANSCODE_ADDRESS": "127.0.0.1:1",
            "REELHOUSE_LOG_LEVEL": "error",
        }
        command = leashed([sys.executable, "-m", "reelhouse_playback", "serve"])
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                await _ready(process, channel)
                yield Replica(process, channel, [("authorization", f"Bearer {self.token}")])
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, channel: grpc.aio.Channel) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)
    request = health_pb2.HealthCheckRequest(service=SERVICE)
    async with asyncio.timeout(40):
        while True:
            assert process.returncode is None
            try:
                answer = await health.Check(request)
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            except grpc.aio.AioRpcError as error:
                if error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
            await asyncio.sleep(0.05)
