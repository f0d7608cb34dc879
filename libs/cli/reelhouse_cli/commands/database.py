"""`reelhouse db`."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg
import typer

from reelhouse_catalog.schema import SCHEMA as CATALOG
from reelhouse_cli import output
from reelhouse_cli.commands.options import AsJson
from reelhouse_cli.suite.data import DataFolder, default_folder
from reelhouse_kit.migrations import runner
from reelhouse_kit.postgres import EmbeddedPostgres
from reelhouse_playback.schema import SCHEMA as PLAYBACK
from reelhouse_requests.schema import SCHEMA as REQUESTS
from reelhouse_transcode.schema import SCHEMA as TRANSCODE

SCHEMAS = (CATALOG, TRANSCODE, REQUESTS, PLAYBACK)
db = typer.Typer(help="Look after the database.", no_args_is_help=True)


def _folder() -> DataFolder:
    return DataFolder(default_folder(os.environ))


def _url() -> str:
    """Returns the database: the one that is set, else the embedded one of a running suite."""
    given = os.environ.get("REELHOUSE_DATABASE_URL")
    if given:
        return given
    folder = _folder()
    running = folder.read_running()
    if running is None or not running.database_port:
        raise typer.BadParameter(
            "no database is at hand: start Reelhouse, or set REELHOUSE_DATABASE_URL"
        )
    return EmbeddedPostgres(
        folder.postgres, password=folder.passwords()["superuser"], port=running.database_port
    ).url()


def _run(work: Any) -> Any:
    try:
        return asyncio.run(work)
    except (OSError, asyncpg.PostgresError, runner.MigrationError, TimeoutError) as error:
        output.errors.print(f"[red]error:[/] {str(error) or 'the database does not answer'}")
        raise typer.Exit(1) from None


@db.command("status")
def status(as_json: AsJson = False) -> None:
    """Show each schema's revision and size."""
    rows = _run(_status(_url()))
    if as_json:
        output.print_json(rows)
        return
    output.print_table(
        ("schema", "revision", "newest", "size", "rows, about"),
        [
            (r["schema"], r["revision"] or "none", r["newest"], output.size(r["bytes"]), r["rows"])
            for r in rows
        ],
    )


async def _status(url: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        found = []
        for schema in SCHEMAS:
            sizes: Any = await connection.fetchrow(
                "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes, "
                "coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint AS rows "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = $1 AND c.relkind = 'r'",
                schema.name,
            )
            found.append(
                {
                    "schema": schema.name,
                    "revision": await runner.current(url, schema),
                    "newest": runner.scripts(schema).get_current_head(),
                    "bytes": sizes["bytes"],
                    "rows": sizes["rows"],
                }
            )
        return found
    finally:
        await connection.close()


@db.command("migrate")
def migrate(as_json: AsJson = False) -> None:
    """Bring all schemas up to date, creating what is missing."""
    url = _url()
    passwords = _folder().passwords() if _folder().secrets.exists() else {}
    _run(runner.upgrade(url, SCHEMAS, passwords))
    rows = _run(_status(url))
    if as_json:
        output.print_json(rows)
    else:
        output.console.print(
            ", ".join(f"{row['schema']} is at revision {row['revision']}" for row in rows)
        )


def _program(name: str) -> str:
    """Returns PostgreSQL's program of this name: the embedded one, else the one on PATH."""
    embedded = EmbeddedPostgres(_folder().postgres, password="", port=0).program(name)
    found = str(embedded) if os.access(embedded, os.X_OK) else shutil.which(name)
    if not found:
        raise typer.BadParameter(f"{name} is not installed")
    return found


def _backup(path: Path) -> None:
    unfinished = path.with_name(path.name + ".part")
    address = urlsplit(_url())
    password = unquote(address.password or "")
    # Not in the arguments: everybody on this machine can read those.
    public = address._replace(netloc=address.netloc.replace(f":{address.password}@", "@"))
    command = [_program("pg_dump"), "--format=custom", f"--file={unfinished}"]
    done = subprocess.run(
        [*command, "--dbname", urlunsplit(public)],
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        env={**os.environ, "PGPASSWORD": password} if password else None,
    )
    if done.returncode:
        unfinished.unlink(missing_ok=True)
        output.errors.print(f"[red]error:[/] {done.stderr.strip()}")
        raise typer.Exit(1)
    unfinished.rename(path)


@db.command("backup")
def backup(
    path: Annotated[Path | None, typer.Argument(help="The file to write.")] = None,
    as_json: AsJson = False,
) -> None:
    """Back the database up into one file, which pg_restore reads."""
    target = path or _folder().backups / time.strftime("reelhouse-%Y%m%d-%H%M%S.dump")
    if target.exists():
        raise typer.BadParameter(f"{target} exists")
    _backup(target)
    size = target.stat().st_size
    if as_json:
        output.print_json({"path": str(target), "bytes": size})
    else:
        output.console.print(f"{target}, {output.size(size)}")


@db.command("reset")
def reset(
    confirm: Annotated[
        str, typer.Option(help="Type: delete everything", prompt="Type: delete everything")
    ],
    as_json: AsJson = False,
) -> None:
    """Delete everything in the database, after a backup, and start afresh."""
    if confirm != "delete everything":
        output.errors.print("Nothing was changed.")
        raise typer.Exit(1)
    saved = _folder().backups / time.strftime("before-reset-%Y%m%d-%H%M%S.dump")
    saved.parent.mkdir(parents=True, exist_ok=True)
    _backup(saved)
    url = _url()
    _run(_drop(url))
    passwords = _folder().passwords() if _folder().secrets.exists() else {}
    _run(runner.upgrade(url, SCHEMAS, passwords))
    _folder().admin_token.unlink(missing_ok=True)
    if as_json:
        output.print_json({"reset": True, "backup": str(saved)})
    else:
        output.console.print(
            f"The database is empty. What was in it is in {saved}. "
            "Stop and start Reelhouse to get a new administrator."
        )


async def _drop(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '10s'")
            for schema in SCHEMAS:
                await connection.execute(f"DROP SCHEMA IF EXISTS {schema.name} CASCADE")
    finally:
        await connection.close()
