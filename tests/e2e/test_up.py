"""Starting, stopping, and starting again after the worst."""

from __future__ import annotations

import socket
import time
import urllib.request
from pathlib import Path

import pytest

from reelhouse_kit.postgres import EmbeddedPostgres, free_port
from tests.e2e.house import SECONDS, House, house

pytestmark = pytest.mark.timeout(180)


def users(house: House) -> list[str]:
    return sorted(user["username"] for user in house.json("users", "ls"))


def test_a_life(tmp_path: Path) -> None:
    """Stopped, started, killed, started: nothing acknowledged is lost."""
    with house() as made:
        with made.up():
            assert set(made.started["addresses"]) == {
                "catalog",
                "playback",
                "transcode",
                "requests",
            }
            assert users(made) == ["admin"]
            made.json("users", "add", "alice", "--password-stdin", given="a long password\n")
            token = Path(made.started["admin_token"])
            assert token.stat().st_mode & 0o777 == 0o600
            again = made.run("up")
            assert (again.returncode, "runs already" in again.stderr) == (1, True)
        assert made.json("down") == {"stopped": False}
        leftovers = made.run("users", "ls")
        assert leftovers.returncode == 1
        assert "Traceback" not in leftovers.stderr

        made.start()
        assert users(made) == ["admin", "alice"]
        made.json("users", "add", "bob", "--password-stdin", given="a long password\n")
        made.kill_everything()
        with made.up():
            assert users(made) == ["admin", "alice", "bob"]
            assert made.json("down") == {"stopped": True}
    assert not tmp_path.joinpath("data").exists()


def test_what_dies_is_started_again_and_said() -> None:
    with house() as made, made.up():
        for name in ("catalog", "postgres"):
            made.kill(name)
            text = made.wait_for("message")["text"]
            assert ("PostgreSQL" if name == "postgres" else name) in text
        deadline = time.monotonic() + SECONDS
        while made.run("ls", "--json").returncode:
            assert time.monotonic() < deadline


def test_a_taken_port_is_named() -> None:
    with house() as made, socket.create_server(("127.0.0.1", made.ports["catalog"])):
        done = made.run("up")
        assert done.returncode == 1
        assert f"port {made.ports['catalog']} is in use" in done.stderr
        assert "REELHOUSE_CATALOG_PORT" in done.stderr


def test_metrics_and_nothing_but_loopback(running: House) -> None:
    port = running.environment["REELHOUSE_CATALOG_METRICS_PORT"]
    running.json("ls")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        text = response.read().decode()
    assert "ListLibraries" in text
    listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ours = {f"{int(port):04X}" for name, port in running.environment.items() if "PORT" in name}
    hosts = {
        line.split()[1].split(":")[0]
        for line in listening
        if line.split()[3] == "0A" and line.split()[1].split(":")[1] in ours
    }
    assert hosts == {"0100007F"}


def test_another_database(tmp_path_factory: pytest.TempPathFactory) -> None:
    with house() as made:
        server = EmbeddedPostgres(made.folder / "elsewhere", password="p@ss/word", port=free_port())
        server.start()
        try:
            made.environment["REELHOUSE_DATABASE_URL"] = server.url()
            with made.up():
                assert "postgres" not in made.processes()
                assert users(made) == ["admin"]
                assert [row["schema"] for row in made.json("db", "status")] == [
                    "catalog",
                    "transcode",
                    "requests",
                    "playback",
                ]
        finally:
            server.stop()


def test_the_database_commands() -> None:
    with house() as made, made.up():
        made.json("users", "add", "alice", "--password-stdin", given="a long password\n")
        for row in made.json("db", "status"):
            assert row["revision"] == row["newest"]
            assert row["bytes"] > 0
        assert len(made.json("db", "migrate")) == 4
        saved = made.json("db", "backup", str(made.folder / "saved.dump"))
        assert Path(saved["path"]).stat().st_size == saved["bytes"] > 10_000
        assert Path(saved["path"]).stat().st_mode & 0o777 == 0o600
        assert Path(saved["path"]).read_bytes().startswith(b"PGDMP")
        refused = made.run("db", "reset", "--confirm", "yes")
        assert refused.returncode == 1
        assert users(made) == ["admin", "alice"]
        reset = made.json("db", "reset", "--confirm", "delete everything")
        assert Path(reset["backup"]).exists()
        made.stop()
        made.start()
        assert users(made) == ["admin"]


def test_children_do_not_outlive_their_supervisor() -> None:
    with house() as made:
        made.start()
        children = made.processes()
        assert len(children) == 7
        made.kill_supervisor()
        for name, pid in children.items():
            for _ in range(300):
                if not alive(pid):
                    break
                time.sleep(0.05)
            assert not alive(pid), name


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
