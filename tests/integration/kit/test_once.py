from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from reelhouse_catalog.schema import once as store
from reelhouse_kit.db import Database, Query, Session, atomic
from reelhouse_kit.errors import InvalidArgumentError
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once


@atomic
async def make(session: Session, once: Once) -> tuple[UUID, bool]:
    own = new_id()
    done = await store.claim(session, once, own)
    await asyncio.sleep(0.02)
    return done or own, done is None


async def test_the_same_request_is_done_once_however_often_it_comes(catalog_db: Database) -> None:
    once = Once("users/a", uuid4(), b"same")
    results = await asyncio.gather(*(make(catalog_db, once) for _ in range(6)))
    assert len({made for made, _ in results}) == 1
    assert sum(first for _, first in results) == 1


async def test_another_content_or_caller_is_another_request(catalog_db: Database) -> None:
    request_id = uuid4()
    first, _ = await make(catalog_db, Once("users/a", request_id, b"one"))
    with pytest.raises(InvalidArgumentError) as caught:
        await make(catalog_db, Once("users/a", request_id, b"two"))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    other, done = await make(catalog_db, Once("users/b", request_id, b"two"))
    assert done
    assert other != first


async def test_what_is_undone_can_be_done_again(catalog_db: Database) -> None:
    once = Once("users/a", uuid4(), b"x")

    @atomic
    async def fail(session: Session) -> None:
        await store.claim(session, once, new_id())
        raise LookupError

    with pytest.raises(LookupError):
        await fail(catalog_db)
    assert (await make(catalog_db, once))[1]


async def test_old_ones_are_forgotten(catalog_db: Database) -> None:
    once = Once("users/a", uuid4(), b"x")
    await make(catalog_db, once)
    age = "UPDATE catalog.idempotency_keys SET created_at = now() - interval '25 hours'"
    await catalog_db.run(Query(text(age)))
    async with catalog_db.transaction() as session:
        await store.purge(session)
    assert (await make(catalog_db, once))[1]
