"""`reelhouse up` as a user starts it: real processes, with ports and a data folder of their own."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reelhouse_kit.postgres import free_port

REELHOUSE = str(Path(sys.executable).with_name("reelhouse"))
SERVICES = ("catalog", "playback", "transcode", "requests")
SECONDS = 60.0
"""The longest that anything may take here."""


class House:
    """One installation: its data folder, and the suite while it runs."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in SERVICES}
        self.home = folder / "home"
        self.home.mkdir()
        self.environment = {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "REELHOUSE_DATA_DIR": str(folder / "data"),
            # Scans begin when a test says so.
            "REELHOUSE_CATALOG_WATCH": "false",
            "REELHOUSE_POSTGRES_PORT": str(free_port()),
            "REELHOUSE_PLAYBACK_DELIVERY_PORT": str(free_port()),
            **{f"REELHOUSE_{name.upper()}_PORT": str(port) for name, port in self.ports.items()},
            **{f"REELHOUSE_{name.upper()}_METRICS_PORT": str(free_port()) for name in SERVICES},
            **environment,
        }
        self.started: dict[str, Any] = {}
        self.messages: list[str] = []
        self._process: subprocess.Popen[str] | None = None
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()

    @property
    def pid(self) -> int:
        """The process id of `reelhouse up`."""
        assert self._process is not None
        return self._process.pid

    @contextmanager
    def up(self) -> Iterator[House]:
        """Runs the suite while the block runs."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Starts the suite and waits until it says that it is up."""
        self._events = queue.Queue()
        self._process = subprocess.Popen(
            [REELHOUSE, "up", "--json"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        reading = (self._process, self._events)
        threading.Thread(target=self._read, args=reading, daemon=True).start()
        self.started = self.wait_for("started")

    def wait_for(self, event: str) -> dict[str, Any]:
        """Returns the next event of this kind that `reelhouse up` tells of."""
        deadline = time.monotonic() + SECONDS
        while True:
            found = self._events.get(timeout=max(0.01, deadline - time.monotonic()))
            assert found.get("event") != "ended", self.messages
            if found.get("event") == event:
                return found

    def _read(self, process: subprocess.Popen[str], events: queue.Queue[dict[str, Any]]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self.messages.append(line.rstrip())
                try:
                    events.put(json.loads(line))
                except ValueError:
                    continue
        events.put({"event": "ended"})

    def stop(self) -> None:
        """Stops the suite in order."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            assert self._process.wait(SECONDS) == 0, self.messages
        finally:
            self._process.kill()

    def kill_everything(self) -> None:
        """Kills every process of the suite at once, as a power cut would."""
        for pid in self.processes().values():
            os.kill(pid, signal.SIGKILL)
        self.kill_supervisor()

    def kill_supervisor(self) -> None:
        """Kills `reelhouse up` alone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(SECONDS)

    def kill(self, name: str) -> None:
        """Kills one process: "catalog", "catalog-worker", "postgres" and so on."""
        os.kill(self.processes()[name], signal.SIGKILL)

    def processes(self) -> dict[str, int]:
        """Returns the process ids of what `reelhouse up` runs, by name."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                command = (entry / "cmdline").read_bytes().decode().split("\0")
            except OSError:
                continue
            if int(parent) != self.pid:
                continue
            if command[0].endswith("/postgres"):
                found["postgres"] = int(entry.name)
            elif command[1:2] == ["-m"] and len(command) > 3:
                service = command[2].removeprefix("reelhouse_")
                name = service if command[3] == "serve" else f"{service}-{command[3]}"
                found[name] = int(entry.name)
        return found

    def run(
        self, *arguments: str, given: str | None = None, limit: float = SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command of the command line."""
        return subprocess.run(
            [REELHOUSE, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            input=given,
            timeout=limit,
        )

    def json(self, *arguments: str, given: str | None = None, limit: float = SECONDS) -> Any:
        """Runs a command with --json and returns what it prints."""
        done = self.run(*arguments, "--json", given=given, limit=limit)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return json.loads(done.stdout)


@contextmanager
def house(**environment: str) -> Iterator[House]:
    """Yields a new installation, and removes it at the end."""
    # PostgreSQL runs as another account than root, which cannot enter pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="reelhouse-e2e-", dir=_scratch()))
    folder.chmod(0o711)
    made = House(folder, **environment)
    try:
        yield made
    finally:
        made.kill_supervisor()
        shutil.rmtree(folder, ignore_errors=True)


def _scratch() -> str | None:
    memory = Path("/dev/shm")  # noqa: S108 # a folder of our own is made in it
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 2e9 else None
