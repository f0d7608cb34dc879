from __future__ import annotations

from sqlalchemy import text

from reelhouse_kit.db import Database, Query
from reelhouse_requests.auth import store

_AGE = Query(
    text("UPDATE requests.login_failures SET since = now() - interval '1 day' WHERE key = 'old'")
)
_LEFT = Query(text("SELECT key FROM requests.login_failures"))


async def test_failures_that_count_no_longer_are_forgotten(requests_db: Database) -> None:
    async with requests_db.for_everybody().transaction() as session:
        for key in ("old", "new"):
            await store.count_failure(session, key)
        await session.run(_AGE)
        await store.purge(session)
        assert [row["key"] for row in await session.all(_LEFT)] == ["new"]
