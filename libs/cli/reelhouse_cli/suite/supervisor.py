"""Keeps the suite running: starts it in order, restarts what dies, stops it in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from reelhouse_cli.suite.data import DataFolder, Running
from reelhouse_cli.suite.plan import Plan, Process, bootstrap
from reelhouse_kit.postgres import EmbeddedPostgres, PostgresError
from reelhouse_kit.processes import leashed

STOP_SECONDS = 20.0
"""How long a process may take to stop before it is killed."""
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_STEADY_SECONDS = 60.0
"""A process that ran for this long gets its first pause again."""
_POLL = 0.2
_MAX_LOG = 50 * 1024 * 1024

Say = Callable[[str], None]


class StartError(Exception):
    """The suite cannot be started; the message says why."""


class Child:
    """A process that is started again whenever it ends, until it is told to stop."""

    def __init__(self, process: Process, log: Path, say: Say) -> None:
        self.process = process
        self._log = log
        self._say = say
        self._running: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._running.pid if self._running else None

    def start(self) -> None:
        """Begins to keep the process running."""
        self._task = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stops the process: in order, or by force when that takes too long."""
        self._stopping.set()
        running = self._running
        if running is not None and running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                running.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await running.wait()
            except TimeoutError:
                self._say(f"{self.process.name} does not stop; it is killed")
                with contextlib.suppress(ProcessLookupError):
                    running.kill()
                await running.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            self._running = await self._spawn()
            code = await self._running.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - began > _STEADY_SECONDS:
                pause = _FIRST_PAUSE
            self._say(
                f"{self.process.name} ended ({_ending(code)}); it is started again in {pause:g} s,"
                f" see {self._log}"
            )
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _spawn(self) -> asyncio.subprocess.Process:
        if self._log.exists() and self._log.stat().st_size > _MAX_LOG:
            self._log.rename(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as output:
            return await asyncio.create_subprocess_exec(
                *leashed(self.process.arguments, death_signal=signal.SIGTERM),
                env=self.process.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor only
            )


class Supervisor:
    """Runs the suite.

    Args:
        folder: The data folder, locked by this process.
        plan: What to run.
        postgres: The embedded database; None where another one is used.
        admin_url: The database, as a role that may do anything.
        say: Tells people what happens.
    """

    def __init__(
        self,
        folder: DataFolder,
        plan: Plan,
        *,
        postgres: EmbeddedPostgres | None,
        admin_url: str,
        say: Say,
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._postgres = postgres
        self._admin_url = admin_url
        self._say = say
        self._postgres_again = 0.0
        self._postgres_pause = _FIRST_PAUSE
        self._children = [
            Child(process, folder.logs / f"{process.name}.log", say) for process in plan.processes
        ]

    def prepare(self) -> None:
        """Brings the database up to date and makes the first administrator.

        Raises:
            StartError: One of them failed.
        """
        environment = {
            **self._plan.processes[0].environment,
            "REELHOUSE_DATABASE_URL": self._admin_url,
            "REELHOUSE_DATA_DIR": str(self._folder.path),
        }
        reelhouse = [sys.executable, "-m", "reelhouse_cli"]
        _run_once([*reelhouse, "db", "migrate", "--json"], environment, "the database migration")
        first = bootstrap(self._plan)
        _run_once(first.arguments, first.environment, "making the first administrator")

    async def run(self, stopping: asyncio.Event, started: Callable[[], None]) -> None:
        """Runs everything until told to stop, then stops it in order."""
        self._folder.write_running(self.running())
        for child in self._children:
            child.start()
        waiting = asyncio.create_task(stopping.wait())
        try:
            ready = asyncio.create_task(self._wait_until_ready())
            await asyncio.wait({ready, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                await ready
                started()
            ready.cancel()
            while not stopping.is_set():
                self._keep_postgres()
                await asyncio.wait({waiting}, timeout=_POLL)
        finally:
            waiting.cancel()
            self._folder.forget_running()
            await self._stop()

    def running(self) -> Running:
        """Returns what others need to know."""
        return Running(
            os.getpid(),
            self._plan.addresses,
            self._plan.delivery,
            self._postgres.port if self._postgres else 0,
        )

    async def _wait_until_ready(self) -> None:
        addresses = [f"{name}={address}" for name, address in self._plan.addresses.items()]
        process = await asyncio.create_subprocess_exec(
            *leashed([sys.executable, "-m", "reelhouse_cli.suite.ready", *addresses]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        if process.returncode:
            raise StartError(
                f"{output.decode(errors='replace').strip()}\nThe logs are in {self._folder.logs}"
            )

    def _keep_postgres(self) -> None:
        # In this thread, although it takes a second: PostgreSQL is stopped when the one that
        # started it ends.
        if self._postgres is None or self._postgres.poll() is None:
            return
        if time.monotonic() < self._postgres_again:
            return
        self._say("PostgreSQL ended; it is started again")
        try:
            self._postgres.start()
            self._postgres_pause = _FIRST_PAUSE
        except PostgresError as error:
            self._say(f"{error}; trying again in {self._postgres_pause:g} s")
            self._postgres_again = time.monotonic() + self._postgres_pause
            self._postgres_pause = min(2 * self._postgres_pause, _LONGEST_PAUSE)

    async def _stop(self) -> None:
        # Workers first: they hand back what they are at. Then whoever calls others, before those.
        for child in reversed(self._children):
            await child.stop()
        if self._postgres is not None:
            self._postgres.stop()


def _run_once(arguments: list[str], environment: dict[str, str], what: str) -> None:
    done = subprocess.run(
        arguments,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(f"{what} failed:\n{(done.stdout + done.stderr).strip()}")


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit status {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
