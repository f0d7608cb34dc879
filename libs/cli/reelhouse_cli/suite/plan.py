"""What runs: every process of the suite, with its environment."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from reelhouse_cli.suite.data import SERVICES, DataFolder

PORTS = {"catalog": 50051, "playback": 50052, "transcode": 50053, "requests": 50054}
METRICS_PORTS = {"catalog": 9101, "playback": 9102, "transcode": 9103, "requests": 9104}
DELIVERY_PORT = 8080
DATABASE_PORT = 54329


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the suite."""

    name: str
    module: str
    command: str
    environment: dict[str, str] = field(repr=False)

    @property
    def arguments(self) -> list[str]:
        """How it is started."""
        return [sys.executable, "-m", self.module, self.command]


@dataclass(frozen=True, slots=True)
class Plan:
    """All processes, in the order in which they are started; they are stopped in the reverse."""

    host: str
    ports: dict[str, int]
    delivery_port: int
    processes: list[Process]

    @property
    def addresses(self) -> dict[str, str]:
        """Where each service listens."""
        return {name: f"{self.host}:{port}" for name, port in self.ports.items()}

    @property
    def delivery(self) -> str:
        """Where media is fetched from."""
        return f"http://{self.host}:{self.delivery_port}"


def make_plan(folder: DataFolder, database_url: str, given: Mapping[str, str]) -> Plan:
    """Returns the plan for a data folder.

    Args:
        folder: Where data and keys are.
        database_url: The database, as a role that may do anything.
        given: The environment of this process; what it sets for services is passed on.
    """
    host = given.get("REELHOUSE_HOST", "127.0.0.1")
    ports = {name: int(given.get(_variable(name, "PORT"), PORTS[name])) for name in SERVICES}
    delivery_port = int(given.get("REELHOUSE_PLAYBACK_DELIVERY_PORT", DELIVERY_PORT))
    passed = {k: v for k, v in given.items() if k.startswith("REELHOUSE_")}
    for private in ("REELHOUSE_DATABASE_URL", "REELHOUSE_TOKEN"):
        passed.pop(private, None)
    reach = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 # compared, not bound
    common = {
        **_system(given),
        **passed,
        # Without docstrings a service takes some MB less.
        "PYTHONOPTIMIZE": "2",
        "REELHOUSE_HOST": host,
        "REELHOUSE_PUBLIC_KEYS_FILE": str(folder.public_keys),
        "REELHOUSE_CATALOG_ADDRESS": f"{reach}:{ports['catalog']}",
        "REELHOUSE_TRANSCODE_ADDRESS": f"{reach}:{ports['transcode']}",
        "REELHOUSE_STORE_DIR": str(folder.store),
        "REELHOUSE_USER_KEY_FILE": str(folder.user_key),
        "REELHOUSE_DELIVERY_KEY_FILE": str(folder.delivery_key),
        "REELHOUSE_SECRETS_KEY_FILE": str(folder.secrets_key),
        "REELHOUSE_ADMIN_TOKEN_FILE": str(folder.admin_token),
        "REELHOUSE_ADMIN_PASSWORD_FILE": str(folder.admin_password),
    }
    passwords = folder.passwords()

    def process(service: str, command: str) -> Process:
        metrics = given.get(_variable(service, "METRICS_PORT"), str(METRICS_PORTS[service]))
        environment = {
            **common,
            _variable(service, "PORT"): str(ports[service]),
            _variable(service, "METRICS_PORT"): metrics if command == "serve" else "0",
            _variable(service, "DATABASE_URL"): as_role(
                database_url, f"reelhouse_{service}", passwords[service]
            ),
            _variable(service, "SERVICE_KEY_FILE"): str(folder.service_key(service)),
        }
        name = service if command == "serve" else f"{service}-{command}"
        return Process(name, f"reelhouse_{service}", command, environment)

    processes = [
        process("catalog", "serve"),
        process("transcode", "serve"),
        process("requests", "serve"),
        process("playback", "serve"),
        process("catalog", "worker"),
        process("transcode", "worker"),
    ]
    return Plan(host, ports, delivery_port, processes)


def bootstrap(plan: Plan) -> Process:
    """Returns the process that makes the first administrator."""
    serve = next(p for p in plan.processes if p.name == "requests")
    return Process("bootstrap", serve.module, "bootstrap", serve.environment)


def taken_ports(plan: Plan) -> list[str]:
    """Returns which ports are in use, with the settings that choose others."""
    wanted = {_variable(name, "PORT"): port for name, port in plan.ports.items()}
    wanted["REELHOUSE_PLAYBACK_DELIVERY_PORT"] = plan.delivery_port
    for process in plan.processes:
        variable = _variable(process.name.partition("-")[0], "METRICS_PORT")
        port = int(process.environment[variable])
        if port:
            wanted[variable] = port
    return [
        f"port {port} is in use; choose another one: {variable}=…"
        for variable, port in wanted.items()
        if port and not _is_free(plan.host, port)
    ]


def as_role(url: str, role: str, password: str) -> str:
    """Returns a database's address as another role."""
    parts = urlsplit(url)
    server = parts.netloc.rsplit("@", 1)[-1]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{server}"))


def free_port_or(port: int) -> int:
    """Returns a port of the loopback address: the wanted one if it is free, else any."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _variable(service: str, name: str) -> str:
    return f"REELHOUSE_{service.upper()}_{name}"


def _system(given: Mapping[str, str]) -> dict[str, str]:
    """Returns what every process needs of the environment, and no more."""
    kept = {name: given[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in given}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", **kept, "PYTHONUNBUFFERED": "1"}
