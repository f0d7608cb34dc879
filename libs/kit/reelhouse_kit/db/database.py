"""Connections, transactions and what becomes of their errors."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import asyncpg
import orjson

from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db.query import Query

P = ParamSpec("P")
R = TypeVar("R")
Record = asyncpg.Record

IDLE_SECONDS = 15.0
"""After so long a connection that nobody needs is closed: each takes some MB of the server."""
CONNECT_TIMEOUT = 3.0
COMMAND_TIMEOUT = 10.0
ACQUIRE_TIMEOUT = 2.0
"""Seconds. Without all three asyncpg waits for minutes on a network that swallows packets."""
_ATTEMPTS = 5
_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    OSError,
    TimeoutError,
)
_RETRIED = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_BUSY = (asyncpg.InsufficientResourcesError, asyncpg.LockNotAvailableError)


class Session:
    """One connection, inside a transaction unless it came from `Database.connection`."""

    __slots__ = ("raw",)

    def __init__(self, raw: Any) -> None:
        self.raw = raw

    async def all(self, query: Query, /, **values: object) -> list[Record]:
        """Returns all rows."""
        rows: list[Record] = await self.raw.fetch(query.sql, *query.arguments(values))
        return rows

    async def one(self, query: Query, /, **values: object) -> Record | None:
        """Returns the first row."""
        row: Record | None = await self.raw.fetchrow(query.sql, *query.arguments(values))
        return row

    async def value(self, query: Query, /, **values: object) -> Any:
        """Returns the first column of the first row."""
        return await self.raw.fetchval(query.sql, *query.arguments(values))

    async def run(self, query: Query, /, **values: object) -> int:
        """Runs a statement and returns how many rows it touched."""
        status: str = await self.raw.execute(query.sql, *query.arguments(values))
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    async def many(self, query: Query, rows: Iterable[dict[str, object]]) -> None:
        """Runs a statement once per row, all in one exchange with the server."""
        await self.raw.executemany(query.sql, [query.arguments(row) for row in rows])


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows a transaction reaches, in tables under row-level security.

    `user` None reaches the rows of all. A transaction without a scope reaches none at all there.
    """

    user: UUID | None

    @classmethod
    def of(cls, principal: Principal) -> Scope:
        """Returns what a caller reaches: administrators and services all, users their own."""
        return cls(None if principal.sees_all else principal.user_id)


EVERYBODY = Scope(None)


class Database:
    """A pool of connections as one service's role."""

    def __init__(self, pool: Any, schema: str, scope: Scope | None = None) -> None:
        self._pool = pool
        self._scope = scope
        self.schema = schema
        self._begin = "BEGIN"
        if scope is not None:
            self._begin += (
                f"; SET LOCAL reelhouse.user_id = '{scope.user}'"
                if scope.user
                else f"; SET LOCAL ROLE reelhouse_{schema}_all"
            )

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, schema: str, size: int = 8, name: str | None = None
    ) -> AsyncIterator[Database]:
        """Opens a pool of at most `size` connections and closes it at the end.

        Opening needs no server: connections are made when they are wanted, so a service starts,
        and says it is not ready, while its database is down.
        """
        pool = asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=CONNECT_TIMEOUT,
            command_timeout=COMMAND_TIMEOUT,
            max_inactive_connection_lifetime=IDLE_SECONDS,
            server_settings=server_settings(name or f"reelhouse-{schema}"),
            init=prepare,
            reset=_reset,
        )
        async with pool:
            yield cls(pool, schema)

    def scoped(self, scope: Scope) -> Database:
        """Returns the same pool, where transactions reach the rows of a scope."""
        return Database(self._pool, self.schema, scope)

    def for_caller(self, principal: Principal) -> Database:
        """Returns the same pool, where transactions reach what a caller may reach."""
        return self.scoped(Scope.of(principal))

    def for_everybody(self) -> Database:
        """Returns the same pool, where transactions reach everybody's rows."""
        return self.scoped(EVERYBODY)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Session]:
        """Lends a connection outside of a transaction."""
        try:
            raw = await self._pool.acquire(timeout=ACQUIRE_TIMEOUT)
        except TimeoutError:
            raise errors.ResourceExhaustedError(
                "OVERLOADED", "all database connections are in use", retry_after=1
            ) from None
        try:
            yield Session(raw)
        finally:
            await self._pool.release(raw)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Runs a block in a transaction: committed at its end, undone when it raises."""
        async with self.connection() as session:
            await session.raw.execute(self._begin)
            try:
                yield session
            except BaseException:
                await _roll_back(session.raw)
                raise
            await session.raw.execute("COMMIT")

    async def all(self, query: Query, /, **values: object) -> list[Record]:
        """Returns all rows of one statement."""
        async with self._single() as session:
            return await session.all(query, **values)

    async def one(self, query: Query, /, **values: object) -> Record | None:
        """Returns the first row of one statement."""
        async with self._single() as session:
            return await session.one(query, **values)

    async def value(self, query: Query, /, **values: object) -> Any:
        """Returns the first column of the first row of one statement."""
        async with self._single() as session:
            return await session.value(query, **values)

    async def run(self, query: Query, /, **values: object) -> int:
        """Runs one statement and returns how many rows it touched."""
        async with self._single() as session:
            return await session.run(query, **values)

    def _single(self) -> AbstractAsyncContextManager[Session]:
        # One statement is a transaction of its own; only a scope needs an explicit one.
        return self.connection() if self._scope is None else self.transaction()


def atomic(
    work: Callable[Concatenate[Session, P], Awaitable[R]],
) -> Callable[Concatenate[Database, P], Awaitable[R]]:
    """Makes a function on a session into one on a database: it runs as one transaction.

    Where PostgreSQL asks for it (serialization failure, deadlock) the whole function runs again, so
    it must have no effects beyond the database.
    """

    @functools.wraps(work)
    async def run(database: Database, /, *args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with database.transaction() as session:
                    return await work(session, *args, **kwargs)
            except _RETRIED:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 # jitter
        raise AssertionError("unreachable")

    return run


def translated(error: BaseException) -> errors.Error | None:
    """Returns the answer that a database error stands for; None for other errors and defects."""
    if isinstance(error, _RETRIED):
        return errors.AbortedError(
            "CONCURRENT_CHANGE", "the change lost against concurrent ones; try again"
        )
    if isinstance(error, asyncpg.QueryCanceledError):
        return errors.DeadlineExceededError("DEADLINE_EXCEEDED", "the database took too long")
    if isinstance(error, (*_BUSY, *_LOST)):
        return errors.UnavailableError.dependency("the database")
    return None


def server_settings(name: str) -> dict[str, str]:
    """Returns the session settings of every connection: no statement or lock waits for ever."""
    return {
        "application_name": name,
        "statement_timeout": "15s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "10s",
        "jit": "off",
        # Statements are planned once, maybe while their tables are empty, when reading a table
        # whole looks cheapest; and it would be read whole ever after, while it fills. Each has an
        # index that serves it: a test sees to that.
        "enable_seqscan": "off",
    }


async def prepare(connection: Any) -> None:
    """Sets up a new connection: jsonb columns are plain Python values."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: b"\x01" + orjson.dumps(value),
        decoder=lambda data: orjson.loads(data[1:]),
        format="binary",
    )


async def _roll_back(connection: Any) -> None:
    # What is being raised matters more than that the connection is gone.
    try:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
    except Exception:  # noqa: BLE001 # of whatever kind: the connection is of no more use
        connection.terminate()


async def _reset(connection: Any) -> None:
    # asyncpg's own reset costs a round trip for every use. Sessions set nothing beyond their
    # transaction, so only one that was left open needs work.
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


def in_order(keys: Sequence[UUID], rows: Sequence[Record], column: str = "id") -> list[Record]:
    """Returns rows in the order of their keys; keys without a row are left out."""
    by_key = {row[column]: row for row in rows}
    return [by_key[key] for key in keys if key in by_key]
