"""A PostgreSQL for tests.

It is the one named by REELHOUSE_TEST_DSN, else a container where a Docker engine answers, else the
embedded one; never none.

Every schema is migrated once, into a template database; every test gets a copy of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from reelhouse_kit.ids import new_id
from reelhouse_kit.migrations import runner
from reelhouse_kit.migrations.roles import login_role
from reelhouse_kit.migrations.schema import Schema
from reelhouse_kit.postgres import EmbeddedPostgres, free_port

PASSWORD = "test-password"  # noqa: S105 # of databases that live for one test run
_PREFIX = "reelhouse-pg-"
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def server() -> Iterator[str]:
    """Yields the address of a database server, as a role that may create databases and roles."""
    dsn = os.environ.get("REELHOUSE_TEST_DSN")
    if dsn:
        yield dsn
    elif _docker_answers():
        with _container() as url:
            yield url
    else:
        with embedded() as url:
            yield url


@contextmanager
def embedded() -> Iterator[str]:
    """Yields the address of an embedded server that does not care for its data."""
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_scratch()))
    folder.chmod(0o711)
    postgres = EmbeddedPostgres(folder, password=PASSWORD, port=free_port(), settings=_FAST)
    try:
        postgres.start()
        yield postgres.url()
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _scratch() -> str:
    # In memory where that is to be had: copying a database takes 12 ms there, on disk 270 ms.
    memory = "/dev/shm"  # noqa: S108 # a mount, and mkdtemp makes names that nobody can guess
    return memory if os.access(memory, os.W_OK) else tempfile.gettempdir()


def _remove_leftovers() -> None:
    """Removes what test runs that were killed left behind."""
    for folder in Path(_scratch()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _docker_answers() -> bool:
    """Tells whether a Docker engine listens where Docker's clients look for it."""
    parts = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    local = parts.scheme == "unix"
    address = parts.path if local else (parts.hostname or "", parts.port or 2375)
    with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
        probe.settimeout(3)
        return probe.connect_ex(address) == 0


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.postgres import PostgresContainer  # noqa: PLC0415 # for development only

    image = os.environ.get("REELHOUSE_TEST_IMAGE", "postgres:18")
    with PostgresContainer(image, password=PASSWORD, driver=None) as container:
        yield container.get_connection_url()


def with_database(url: str, database: str) -> str:
    """Returns the address of another database on the same server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def as_service(url: str, schema: str) -> str:
    """Returns the same address as a service's role."""
    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1]
    netloc = f"{login_role(schema)}:{PASSWORD}@{host}"
    return urlunsplit(parts._replace(netloc=netloc))


async def make_template(url: str, schemas: Sequence[Schema]) -> str:
    """Migrates schemas in a new database and returns its name."""
    name = f"template_{new_id().hex}"
    await _on_server(url, f"CREATE DATABASE {name}")
    passwords = {schema.name: PASSWORD for schema in schemas}
    await runner.upgrade(with_database(url, name), schemas, passwords)
    return name


@asynccontextmanager
async def copy(url: str, template: str) -> AsyncIterator[str]:
    """Yields the address of a copy of a database, which is dropped at the end."""
    name = f"test_{new_id().hex}"
    await _on_server(url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield with_database(url, name)
    finally:
        await _on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


async def _on_server(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
