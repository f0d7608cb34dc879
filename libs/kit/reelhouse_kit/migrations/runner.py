"""Runs migrations, safely also when several processes do it at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from reelhouse_kit.migrations import roles
from reelhouse_kit.migrations.schema import Schema

T = TypeVar("T")

VERSION_TABLE = "alembic_version"
_LOCK = "hashtext('reelhouse:migrations')"


class MigrationError(Exception):
    """Migrations cannot be run; the message says why."""


def scripts(schema: Schema) -> ScriptDirectory:
    """Returns the revisions of a schema."""
    return ScriptDirectory(str(schema.versions.parent), version_locations=[str(schema.versions)])


def driver_url(url: str) -> str:
    """Returns a PostgreSQL URL in the form that SQLAlchemy takes."""
    return "postgresql+asyncpg" + url[url.index("://") :]


@asynccontextmanager
async def _connect(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(driver_url(url), poolclass=NullPool, connect_args={"timeout": 5})
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def _alone(url: str) -> AsyncIterator[AsyncConnection]:
    """Yields a connection while no other process migrates.

    The lock is asked for again and again rather than waited for: a process that waits in a
    statement holds a snapshot, and CREATE INDEX CONCURRENTLY of the one at work would wait for it.
    """
    async with _connect(url) as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        while not await connection.scalar(  # noqa: ASYNC110 # another process holds the lock
            text(f"SELECT pg_try_advisory_lock({_LOCK})")
        ):
            await asyncio.sleep(0.2)
        try:
            yield connection
        finally:
            await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))


def _migrate(
    connection: Connection,
    schema: Schema,
    destination: str,
    revisions: Callable[[ScriptDirectory, Any], Sequence[Any]],
) -> None:
    directory = scripts(schema)

    def steps(current: Any, _: MigrationContext) -> Any:
        return revisions(directory, current)

    with EnvironmentContext(
        Config(), directory, fn=steps, destination_rev=destination
    ) as environment:
        environment.configure(
            connection=connection,
            target_metadata=schema.metadata,
            version_table=VERSION_TABLE,
            version_table_schema=schema.name,
            transaction_per_migration=True,
        )
        with environment.begin_transaction():
            environment.run_migrations()


async def _run(
    url: str,
    schema: Schema,
    destination: str,
    revisions: Callable[[ScriptDirectory, Any], Sequence[Any]],
) -> None:
    async with _connect(url) as connection:
        # A migration that cannot have its lock soon gives up, rather than make all others wait.
        for setting in (
            f"SET ROLE {roles.OWNER}",
            "SET lock_timeout = '4s'",
            "SET statement_timeout = '5min'",
        ):
            await connection.execute(text(setting))
        await connection.commit()
        await connection.run_sync(_migrate, schema, destination, revisions)
        await connection.commit()


async def upgrade(
    url: str, schemas: Sequence[Schema], passwords: dict[str, str], *, revision: str = "head"
) -> None:
    """Brings schemas up to a revision, creating all that is missing.

    Args:
        url: The database, as a role that may create roles and schemas.
        schemas: What to migrate, in this order.
        passwords: What services log in with, by schema.
        revision: How far.

    Raises:
        MigrationError: The database is newer than this code.
    """
    async with _alone(url) as connection:
        for schema in schemas:
            await roles.prepare(connection, schema, passwords.get(schema.name))
            found = await current(url, schema)
            known = {script.revision for script in scripts(schema).walk_revisions()}
            if found is not None and found not in known:
                raise MigrationError(
                    f"the schema {schema.name} is at revision {found}, which this version of "
                    "Reelhouse does not know: it was migrated by a newer one"
                )
            await _run(
                url,
                schema,
                revision,
                lambda directory, at: directory._upgrade_revs(revision, at),  # noqa: SLF001 # as alembic.command does
            )


async def downgrade(url: str, schema: Schema, revision: str) -> None:
    """Takes a schema back to a revision; "base" empties it."""
    async with _alone(url):
        await _run(
            url,
            schema,
            revision,
            lambda directory, at: directory._downgrade_revs(revision, at),  # noqa: SLF001 # as alembic.command does
        )


async def current(url: str, schema: Schema) -> str | None:
    """Returns the revision that a schema is at; None before the first."""

    def read(sync: Connection) -> str | None:
        options = {"version_table": VERSION_TABLE, "version_table_schema": schema.name}
        context = MigrationContext.configure(sync, opts=options)
        revision: str | None = context.get_current_revision()
        return revision

    return await inspect(url, read)


async def inspect(url: str, read: Callable[[Connection], T]) -> T:
    """Returns what a function reads from the database."""
    async with _connect(url) as connection:
        return await connection.run_sync(read)


async def differences(url: str, schema: Schema) -> list[Any]:
    """Returns where the database differs from the tables that the code declares."""

    def compare(sync: Connection) -> list[Any]:
        context = MigrationContext.configure(sync, opts=comparison(schema))
        return list(compare_metadata(context, schema.metadata))

    return await inspect(url, compare)


def comparison(schema: Schema) -> dict[str, Any]:
    """Returns Alembic's options for comparing a schema, and only it, with its tables."""

    def ours(name: str | None, kind: str, _: Any) -> bool:
        if kind == "schema":
            return name == schema.name
        if kind != "table" or name is None:
            return True
        # Partitions belong to their table.
        return name != VERSION_TABLE and "_p2" not in name

    return {
        "version_table": VERSION_TABLE,
        "version_table_schema": schema.name,
        "include_schemas": True,
        "include_name": ours,
        "compare_type": True,
        "compare_server_default": True,
    }
