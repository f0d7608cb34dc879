"""The processes of a service: `python -m reelhouse_catalog serve`, `… worker`, `… check-config`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import uvloop
from prometheus_client import start_http_server
from sqlalchemy import text

from reelhouse_kit import log, settings
from reelhouse_kit.auth.keys import KeyFileError, read_signing_key, read_verifying_keys
from reelhouse_kit.auth.tokens import ServiceToken, Verifier
from reelhouse_kit.db import Database, Query
from reelhouse_kit.migrations.schema import Schema
from reelhouse_kit.rpc.server import Server
from reelhouse_kit.settings import setting

S = TypeVar("S", bound="ServiceSettings")
Command = Callable[[S, asyncio.Event], Coroutine[Any, Any, None]]

_USAGE_ERROR = 2


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(settings.Settings):
    """What every service is told."""

    host: str = setting("The address to listen on.", default="127.0.0.1")
    port: int = setting("The port to listen on.", default=0)
    metrics_port: int = setting("The port that Prometheus scrapes; 0: none.", default=0)
    database_url: str = setting("The database, as the service's role.", secret=True)
    database_pool: int = setting("The most database connections of a process.", default=8)
    public_keys_file: Path = setting("The public keys of all token issuers, as a JWK set.")
    service_key_file: Path = setting("The private key that the service signs its own tokens with.")
    log_level: str = setting("debug, info, warning or error.", default="info")
    shutdown_seconds: float = setting("How long calls may go on after SIGTERM.", default=10.0)

    def problems(self) -> list[str]:
        """Checks what can be checked without connecting anywhere."""
        found = []
        if self.log_level not in ("debug", "info", "warning", "error"):
            found.append(f"{self.variables('log_level')[0]}: {self.log_level!r} is no level")
        for name in ("public_keys_file", "service_key_file"):
            try:
                reader = read_verifying_keys if name.startswith("public") else read_signing_key
                reader(getattr(self, name))
            except KeyFileError as error:
                found.append(f"{self.variables(name)[0]}: {error}")
        return found


@dataclass(frozen=True, slots=True)
class Foundation:
    """What every service stands on."""

    database: Database
    server: Server
    token: ServiceToken


@asynccontextmanager
async def foundation(config: ServiceSettings, schema: Schema) -> AsyncIterator[Foundation]:
    """Opens what every serving process needs, and closes it."""
    verifier = Verifier(read_verifying_keys(config.public_keys_file))
    token = ServiceToken(read_signing_key(config.service_key_file))
    name = schema.name
    async with Database.open(
        config.database_url, schema=name, size=config.database_pool
    ) as database:
        server = Server(f"{name}.reelhouse", verifier, ready=ready(database, schema))
        yield Foundation(database, server, token)


def ready(database: Database, schema: Schema) -> Callable[[], Awaitable[bool]]:
    """Returns what tells whether a service can answer: its schema is there and new enough."""
    revision = Query(text(f"SELECT version_num FROM {schema.name}.alembic_version"))  # noqa: S608 # a constant

    async def check() -> bool:
        found = await database.value(revision)
        return found is not None and str(found) >= schema.revision

    return check


@asynccontextmanager
async def serving(config: ServiceSettings, server: Server) -> AsyncIterator[int]:
    """Serves, and exposes metrics, while the block runs."""
    if config.metrics_port:
        start_http_server(config.metrics_port, addr=config.host)
    async with server.run(f"{config.host}:{config.port}", grace=config.shutdown_seconds) as port:
        log.get(__name__).info("serving", address=f"{config.host}:{port}")
        yield port


def main(settings_type: type[S], commands: Mapping[str, Command[S]]) -> None:
    """Runs one of a service's commands until SIGTERM or SIGINT.

    Exits with 2, and all that is wrong, when settings are missing or wrong.
    """
    parser = argparse.ArgumentParser(prog=f"reelhouse_{settings_type.SERVICE}")
    parser.add_argument("command", choices=[*commands, "check-config"])
    command = parser.parse_args().command
    try:
        config = settings_type.read(os.environ)
    except settings.SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 # before there is a log
        sys.exit(_USAGE_ERROR)
    if command == "check-config":
        for name, value in config.shown().items():
            print(f"{name}={value}")  # noqa: T201 # this command's output
        return
    log.configure(config.log_level, service=f"{settings_type.SERVICE}/{command}")
    uvloop.run(_until_stopped(commands[command], config))


async def _until_stopped(command: Command[S], config: S) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await command(config, stopping)
