"""The folder that holds everything: database, keys, results, logs."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SERVICES = ("catalog", "playback", "transcode", "requests")


class AlreadyRunningError(Exception):
    """Another process has this data folder."""


def default_folder(environment: Mapping[str, str]) -> Path:
    """Returns the data folder: REELHOUSE_DATA_DIR, else where data of this account belongs.

    Root's is not below /root: PostgreSQL runs as another account, which could not get there.
    """
    chosen = environment.get("REELHOUSE_DATA_DIR")
    if chosen:
        return Path(chosen).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/reelhouse")
    base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "reelhouse"


@dataclass(frozen=True, slots=True)
class Running:
    """What others need to know of a running suite."""

    pid: int
    addresses: dict[str, str]
    delivery: str
    database_port: int


class DataFolder:
    """The data folder and what is where in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.postgres = path / "postgres"
        self.secrets = path / "secrets"
        self.store = path / "store"
        self.logs = path / "logs"
        self.backups = path / "backups"
        self.admin_token = path / "secrets" / "admin-token"
        self.admin_password = path / "secrets" / "admin-password"
        self.public_keys = path / "secrets" / "public-keys.json"
        self.user_key = path / "secrets" / "user-key.json"
        self.delivery_key = path / "secrets" / "delivery-key"
        self.secrets_key = path / "secrets" / "secrets-key.json"
        self._passwords = path / "secrets" / "database-passwords.json"
        self._running = path / "running.json"

    def service_key(self, service: str) -> Path:
        """Returns where a service's own private key is."""
        return self.secrets / f"{service}-key.json"

    def create(self) -> None:
        """Makes what is missing. Secrets are readable by this account only."""
        for folder, mode in (
            (self.path, 0o711),
            (self.secrets, 0o700),
            (self.store, 0o755),
            (self.logs, 0o700),
            (self.backups, 0o700),
        ):
            if not folder.exists():
                folder.mkdir(parents=True, mode=mode)
                folder.chmod(mode)
        self._create_keys()
        if not self.delivery_key.exists():
            self._write_secret(self.delivery_key, secrets.token_urlsafe(48))
        if not self._passwords.exists():
            made = {name: secrets.token_urlsafe(24) for name in ("superuser", *SERVICES)}
            self._write_secret(self._passwords, json.dumps(made, indent=1))

    def _create_keys(self) -> None:
        services = {f"services/{name}": self.service_key(name) for name in SERVICES}
        made = (*services.values(), self.user_key, self.public_keys, self.secrets_key)
        if all(path.exists() for path in made):
            return
        # In another process: the supervisor lives as long as the suite and needs no cryptography.
        task = {
            "users": str(self.user_key),
            "services": {issuer: str(path) for issuer, path in services.items()},
            "public": str(self.public_keys),
            "secrets": str(self.secrets_key),
        }
        maker = [sys.executable, "-m", "reelhouse_cli.suite.keys"]
        subprocess.run(maker, input=json.dumps(task), text=True, check=True, timeout=60)

    @staticmethod
    def _write_secret(path: Path, text: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(path, flags, 0o600), "w") as file:
            file.write(text)

    def passwords(self) -> dict[str, str]:
        """Returns the database's passwords: "superuser", and each service's by its name."""
        found: dict[str, str] = json.loads(self._passwords.read_text())
        return found

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps the folder to this process while the block runs.

        Raises:
            AlreadyRunningError: Another process has it. A process that is gone has nothing.
        """
        with (self.path / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError from None
            yield

    def is_locked(self) -> bool:
        """Tells whether a process has the folder."""
        try:
            with self.lock():
                return False
        except AlreadyRunningError:
            return True
        except FileNotFoundError:
            return False

    def write_running(self, running: Running) -> None:
        """Notes what runs, for other commands."""
        temporary = self._running.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(running), indent=1))
        temporary.rename(self._running)

    def read_running(self) -> Running | None:
        """Returns what was last noted to run."""
        try:
            values: dict[str, Any] = json.loads(self._running.read_text())
            return Running(**values)
        except (OSError, ValueError, TypeError):
            return None

    def forget_running(self) -> None:
        """Notes that nothing runs."""
        self._running.unlink(missing_ok=True)
