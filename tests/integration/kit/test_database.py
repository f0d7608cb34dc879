from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query, Scope, Session, atomic
from reelhouse_kit.db.database import translated
from reelhouse_kit.ids import new_id
from reelhouse_kit.testing import postgres

ONE = Query(text("SELECT 1"))
SLEEP = Query(text("SELECT pg_sleep(30)"))
PROGRESS = Query(text("SELECT user_id FROM playback.user_media_progress ORDER BY 1"))


async def add_progress(database: Database, user: UUID) -> None:
    query = Query(
        text(
            "INSERT INTO playback.user_media_progress (user_id, item, media_file_id) "
            "VALUES (CAST(:user AS uuid), 'titles/a', CAST(:user AS uuid))"
        )
    )
    await database.run(query, user=str(user))


async def test_row_level_security_keeps_users_to_their_own(playback_db: Database) -> None:
    alice, bob = new_id(), new_id()
    everybody = playback_db.for_everybody()
    for user in (alice, bob):
        await add_progress(everybody, user)

    own = playback_db.scoped(Scope(alice))
    assert [row["user_id"] for row in await own.all(PROGRESS)] == [alice]
    assert len(await everybody.all(PROGRESS)) == 2
    # Whoever says nothing reaches nothing, and the connection forgets what was said before.
    assert await playback_db.all(PROGRESS) == []

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await add_progress(own, bob)


async def test_a_service_reaches_its_own_schema_only(admin_url: str) -> None:
    tables = {
        "catalog": "media_files",
        "playback": "playback_sessions",
        "transcode": "transcode_sessions",
        "requests": "users",
    }
    for service in tables:
        url = postgres.as_service(admin_url, service)
        async with Database.open(url, schema=service, size=1) as database:
            for schema, table in tables.items():
                query = Query(text(f"SELECT count(*) FROM {schema}.{table}"))
                if schema == service:
                    assert await database.value(query) == 0
                else:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await database.value(query)
            for forbidden in (
                f"CREATE TABLE {service}.x (i int)",
                f"DROP TABLE {service}.events CASCADE",
                "CREATE TABLE public.x (i int)",
            ):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await database.run(Query(text(forbidden)))


async def test_the_audit_log_cannot_be_changed(admin_url: str) -> None:
    url = postgres.as_service(admin_url, "requests")
    async with Database.open(url, schema="requests", size=1) as database:
        everybody = database.for_everybody()
        for statement in (
            "UPDATE requests.audit_log SET actor = ''",
            "DELETE FROM requests.audit_log",
        ):
            for one in (database, everybody):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await one.run(Query(text(statement)))


async def test_a_transaction_that_raises_leaves_nothing(playback_db: Database) -> None:
    everybody = playback_db.for_everybody()

    @atomic
    async def fail(session: Session) -> None:
        await session.run(
            Query(
                text(
                    "INSERT INTO playback.user_media_progress (user_id, item, media_file_id) "
                    "VALUES (gen_random_uuid(), 'x', gen_random_uuid())"
                )
            )
        )
        raise LookupError

    with pytest.raises(LookupError):
        await fail(everybody)
    assert await everybody.all(PROGRESS) == []


async def test_cancelled_queries_give_their_connections_back(playback_db: Database) -> None:
    for _ in range(20):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await playback_db.value(SLEEP)
    assert await asyncio.gather(*(playback_db.value(ONE) for _ in range(30))) == [1] * 30


async def test_a_pool_in_use_is_overload(
    playback_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelhouse_kit.db.database.ACQUIRE_TIMEOUT", 0.1)
    async with (
        Database.open(playback_url, schema="playback", size=1) as database,
        database.connection(),
    ):
        with pytest.raises(errors.ResourceExhaustedError):
            await database.value(ONE)


async def test_deadlocks_are_tried_again(catalog_db: Database) -> None:
    add = Query(
        text(
            "INSERT INTO catalog.media_libraries (id, name, root_path) "
            "VALUES (gen_random_uuid(), 'x', :path)"
        )
    )
    for path in ("/a", "/b"):
        await catalog_db.run(add, path=path)
    touch = Query(
        text("UPDATE catalog.media_libraries SET revision = revision + 1 WHERE root_path = :path")
    )
    met = asyncio.Barrier(2)
    first = {"/a": True, "/b": True}

    @atomic
    async def both(session: Session, one: str, other: str) -> None:
        await session.run(touch, path=one)
        if first[one]:
            first[one] = False
            await met.wait()
        await session.run(touch, path=other)

    await asyncio.gather(both(catalog_db, "/a", "/b"), both(catalog_db, "/b", "/a"))
    total = Query(text("SELECT sum(revision)::int FROM catalog.media_libraries"))
    assert await catalog_db.value(total) == 6


async def test_the_pool_heals_when_backends_are_killed(
    playback_db: Database, admin_url: str
) -> None:
    await asyncio.gather(*(playback_db.value(ONE) for _ in range(8)))
    admin = await asyncpg.connect(admin_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE usename = 'reelhouse_playback' AND pid <> pg_backend_pid()"
    )
    await admin.close()
    for attempt in range(20):
        try:
            assert await playback_db.value(ONE) == 1
        except Exception as error:  # noqa: BLE001 # each must be known as the database's fault
            known = translated(error)
            assert known is not None, repr(error)
            assert known.code is errors.Code.UNAVAILABLE
            assert attempt < 10
    assert await playback_db.value(ONE) == 1


async def test_opening_needs_no_server() -> None:
    async with Database.open("postgresql://u:p@127.0.0.1:1/x", schema="catalog") as database:
        with pytest.raises(OSError) as caught:
            await database.value(ONE)
        known = translated(caught.value)
        assert known is not None
        assert known.code is errors.Code.UNAVAILABLE
