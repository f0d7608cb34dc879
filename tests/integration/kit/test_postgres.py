"""The embedded PostgreSQL after accidents."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from reelhouse_kit.postgres import EmbeddedPostgres, PostgresError, copied, free_port


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="reelhouse-pg-test-"))
    folder.chmod(0o711)
    made = EmbeddedPostgres(folder, password="it's a / p@ssword", port=free_port())
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def ask(server: EmbeddedPostgres, *statements: str) -> object:
    connection = await asyncpg.connect(server.url())
    try:
        value: object = None
        for statement in statements:
            value = await connection.fetchval(statement)
        return value
    finally:
        await connection.close()


def test_what_was_committed_outlives_a_kill(server: EmbeddedPostgres) -> None:
    server.start()
    asyncio.run(ask(server, "CREATE TABLE t (i int)", "INSERT INTO t VALUES (7)"))
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.poll() is None:
        time.sleep(0.01)
    # At once: the dead server's sessions may still be ending.
    server.start()
    assert asyncio.run(ask(server, "SELECT i FROM t")) == 7


def test_a_lock_file_of_nobody_is_no_obstacle(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    lock = server.folder / "data" / "postmaster.pid"
    # The number of a process that lives and is something else, as after a restart of a container.
    lock.write_text(f"{os.getpid()}\n{server.folder / 'data'}\n")
    server.start()
    assert asyncio.run(ask(server, "SELECT 1")) == 1


def test_another_server_on_the_data_is_stopped_first(server: EmbeddedPostgres) -> None:
    server.start()
    second = EmbeddedPostgres(server.folder, password="it's a / p@ssword", port=free_port())
    second.start()
    try:
        assert server.poll() is not None
        assert asyncio.run(ask(second, "SELECT 1")) == 1
    finally:
        second.stop()


def test_a_copy_of_the_programs_runs(server: EmbeddedPostgres, tmp_path: Path) -> None:
    """As where the account that runs them cannot enter the folder of the package."""
    programs = copied(server.program("initdb").parent, tmp_path / "postgres")
    assert programs.is_relative_to(tmp_path)
    for program in ("initdb", "psql", "pg_dump"):  # linked with a library of the copy
        asked = [str(programs / program), "--version"]
        assert subprocess.run(asked, capture_output=True, check=True).stdout
    assert copied(programs, tmp_path / "postgres") == programs


def test_why_it_does_not_start_is_told(server: EmbeddedPostgres) -> None:
    broken = EmbeddedPostgres(
        server.folder, password="x", port=free_port(), settings={"shared_buffers": "nonsense"}
    )
    with pytest.raises(PostgresError, match="shared_buffers"):
        broken.start()
    assert broken.poll() is not None or broken.pid is None


def test_it_listens_on_loopback_and_wants_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    wrong = EmbeddedPostgres(server.folder, password="wrong", port=server.port)
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(ask(wrong, "SELECT 1"))
    assert asyncio.run(ask(server, "SHOW listen_addresses")) == "127.0.0.1"
