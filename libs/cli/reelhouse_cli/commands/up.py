"""`reelhouse up` and `reelhouse down`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time

import typer

from reelhouse_cli import output
from reelhouse_cli.commands.options import AsJson
from reelhouse_cli.suite.data import AlreadyRunningError, DataFolder, default_folder
from reelhouse_cli.suite.plan import (
    DATABASE_PORT,
    Plan,
    free_port_or,
    make_plan,
    taken_ports,
)
from reelhouse_cli.suite.supervisor import StartError, Supervisor
from reelhouse_kit.postgres import EmbeddedPostgres, PostgresError

_DOWN_SECONDS = 60.0


def up(as_json: AsJson = False) -> None:
    """Start everything and keep it running. Ctrl-C stops it."""
    folder = DataFolder(default_folder(os.environ))
    try:
        folder.create()
        with folder.lock():
            _run(folder, as_json=as_json)
    except AlreadyRunningError:
        running = folder.read_running()
        where = f", process {running.pid}" if running else ""
        output.errors.print(f"Reelhouse runs already with the data in {folder.path}{where}.")
        raise typer.Exit(1) from None
    except (StartError, PostgresError, OSError) as error:
        output.errors.print(f"[red]error:[/] {error}", markup=True)
        raise typer.Exit(1) from None


def _run(folder: DataFolder, *, as_json: bool) -> None:
    began = time.monotonic()
    postgres, admin_url = _database(folder)
    try:
        plan = make_plan(folder, admin_url, os.environ)
        problems = taken_ports(plan)
        if problems:
            raise StartError("\n".join(problems))
        say = _say_json if as_json else _say
        supervisor = Supervisor(folder, plan, postgres=postgres, admin_url=admin_url, say=say)
        supervisor.prepare()
        asyncio.run(_supervise(supervisor, folder, plan, began, as_json=as_json))
    finally:
        if postgres is not None:
            postgres.stop()


def _database(folder: DataFolder) -> tuple[EmbeddedPostgres | None, str]:
    given = os.environ.get("REELHOUSE_DATABASE_URL")
    if given:
        return None, given
    wanted = int(os.environ.get("REELHOUSE_POSTGRES_PORT", DATABASE_PORT))
    postgres = EmbeddedPostgres(
        folder.postgres, password=folder.passwords()["superuser"], port=free_port_or(wanted)
    )
    postgres.start()
    return postgres, postgres.url()


async def _supervise(
    supervisor: Supervisor, folder: DataFolder, plan: Plan, began: float, *, as_json: bool
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stopping.set)

    def started() -> None:
        facts = {
            "addresses": plan.addresses,
            "delivery": plan.delivery,
            "data": str(folder.path),
            "logs": str(folder.logs),
            "admin_token": str(folder.admin_token),
            "seconds": round(time.monotonic() - began, 1),
        }
        if as_json:
            output.print_line({"event": "started", **facts})
            return
        output.console.print(f"Reelhouse is up, after {facts['seconds']} s.\n")
        for name, address in plan.addresses.items():
            output.console.print(f"  {name:<12} {address}")
        output.console.print(f"  {'media':<12} {plan.delivery}\n")
        output.console.print(f"  data         {folder.path}")
        output.console.print(f"  logs         {folder.logs}")
        output.console.print(f"  admin token  {folder.admin_token}\n")
        output.console.print("Stop it with Ctrl-C, or `make down` from elsewhere.")

    await supervisor.run(stopping, started)
    if as_json:
        output.print_line({"event": "stopped"})
    else:
        output.console.print("\nReelhouse has stopped.")


def _say(text: str) -> None:
    output.console.print(f"{time.strftime('%H:%M:%S')} {text}")


def _say_json(text: str) -> None:
    output.print_line({"event": "message", "text": text})


def down(as_json: AsJson = False) -> None:
    """Stop what `reelhouse up` started."""
    folder = DataFolder(default_folder(os.environ))
    running = folder.read_running()
    if running is None or not folder.is_locked():
        if as_json:
            output.print_json({"stopped": False})
        else:
            output.console.print("Reelhouse does not run.")
        return
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _DOWN_SECONDS
    while folder.is_locked():
        if time.monotonic() > deadline:
            output.errors.print(f"Process {running.pid} does not stop.")
            sys.exit(1)
        time.sleep(0.1)
    if as_json:
        output.print_json({"stopped": True})
    else:
        output.console.print("Reelhouse has stopped.")
