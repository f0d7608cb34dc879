from __future__ import annotations

import asyncio

import asyncpg
import pytest

from reelhouse_kit.migrations import Schema, runner
from reelhouse_kit.testing import postgres
from tests.conftest import SCHEMAS


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
async def test_revisions_make_what_the_code_declares(admin_url: str, schema: Schema) -> None:
    assert await runner.differences(admin_url, schema) == []
    assert runner.scripts(schema).get_current_head() == schema.revision


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
async def test_down_and_up_again(admin_url: str, schema: Schema) -> None:
    await runner.downgrade(admin_url, schema, "base")
    assert await runner.current(admin_url, schema) is None
    connection = await asyncpg.connect(admin_url)
    left = await connection.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relname NOT LIKE 'alembic_version%'",
        schema.name,
    )
    await connection.close()
    assert left == []
    await runner.upgrade(admin_url, [schema], {})
    assert await runner.differences(admin_url, schema) == []


async def test_racing_migrators_agree(postgres_url: str) -> None:
    name = await postgres.make_template(postgres_url, [])
    url = postgres.with_database(postgres_url, name)
    await asyncio.gather(*(runner.upgrade(url, SCHEMAS, {}) for _ in range(3)))
    for schema in SCHEMAS:
        assert await runner.current(url, schema) == schema.revision


async def test_a_newer_database_is_refused(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    await connection.execute("UPDATE catalog.alembic_version SET version_num = '9999'")
    await connection.close()
    with pytest.raises(runner.MigrationError, match="9999"):
        await runner.upgrade(admin_url, SCHEMAS, {})


async def test_partitions_are_made_ahead_and_old_ones_dropped(admin_url: str) -> None:
    connection = await asyncpg.connect(admin_url)
    made = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'catalog.events'::regclass"
    assert await connection.fetchval(made) == 3
    assert await connection.fetchval("SELECT catalog.ensure_partitions()") == 0
    await connection.execute(
        "SET ROLE reelhouse_owner; CREATE TABLE catalog.events_p202001 PARTITION OF catalog.events "
        "FOR VALUES FROM ('2020-01-01') TO ('2020-02-01'); RESET ROLE"
    )
    dropped = await connection.fetchval("SELECT catalog.drop_partitions('events', '90 days')")
    assert dropped == 1
    assert await connection.fetchval(made) == 3
    await connection.close()
