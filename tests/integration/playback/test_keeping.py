"""What is kept of watching, for how long, and from whom."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text

from reelhouse_kit.db import Database, Query
from reelhouse_kit.ids import new_id
from reelhouse_kit.migrations import runner
from reelhouse_kit.rpc.paging import Page
from reelhouse_playback.history import store, usecases
from reelhouse_playback.history.model import Grouping, HistoryEntry
from reelhouse_playback.progress import store as progress
from reelhouse_playback.progress.model import Completion
from reelhouse_playback.schema import SCHEMA
from reelhouse_playback.sessions import usecases as sessions
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.model import State
from tests.integration.playback.sessions import age, start, stored, viewer

DAY = timedelta(days=1)


def entry(
    user: UUID, at: datetime, title: UUID | None = None, watched: int = 60_000
) -> HistoryEntry:
    return HistoryEntry(
        id=new_id(),
        user_id=user,
        media_file_id=uuid4(),
        item=f"mediaFiles/{uuid4()}",
        title_id=title,
        device_id="",
        played_at=at,
        duration_watched_ms=watched,
        completed=True,
    )


async def add(database: Database, *entries: HistoryEntry) -> None:
    async with database.for_everybody().transaction() as session:
        for one in entries:
            await store.add(session, one)


async def count(database: Database, table: str) -> int:
    query = Query(text(f"SELECT count(*) FROM playback.{table}"))  # a constant
    return int(await database.value(query))


async def test_idle_sessions_are_stopped_once_by_several_replicas(playback_db: Database) -> None:
    user = uuid4()
    made = [await start(playback_db, user) for _ in range(150)]
    await age(playback_db, 1_900)
    fresh = await start(playback_db, user)
    everything = playback_db.for_everybody()

    async def sweep() -> int:
        total = 0
        while stopped := await sessions.sweep(everything):
            total += stopped
        return total

    assert sum(await asyncio.gather(*(sweep() for _ in range(3)))) == 150
    assert (await stored(playback_db, made[0])).state is State.STOPPED
    assert (await stored(playback_db, fresh)).state is State.PLAYING
    assert await count(playback_db, "events") == 150


async def test_who_is_stopped_for_idling_keeps_what_was_watched(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    await age(playback_db, 60)
    beats = Heartbeats(playback_db)
    await beats.report(session.id, 60_000, None, viewer(user))
    await beats.settle_for(None)
    await age(playback_db, 1_900)
    assert await sessions.sweep(playback_db.for_everybody()) == 1
    (kept,) = await store.page(playback_db.for_everybody(), user, Page(5, None, ""))
    assert kept.duration_watched_ms == 60_000


async def test_sessions_that_are_over_go_after_a_day_and_watchers_hear_of_it(
    playback_db: Database,
) -> None:
    user = uuid4()
    old, recent, playing = [await start(playback_db, user) for _ in range(3)]
    beats = Heartbeats(playback_db)
    await beats.change(old.id, State.STOPPED, "stop it", viewer(user))
    everything = playback_db.for_everybody()
    earlier = "UPDATE playback.playback_sessions SET end_time = end_time - interval '25 hours'"
    await everything.run(Query(text(earlier)))
    await beats.change(recent.id, State.STOPPED, "stop it", viewer(user))
    done = await asyncio.gather(*(usecases.purge_sessions(everything, DAY) for _ in range(3)))
    assert done == [False] * 3
    found = Query(text("SELECT id FROM playback.playback_sessions"))
    assert {row["id"] for row in await everything.all(found)} == {recent.id, playing.id}
    gone = Query(text("SELECT name FROM playback.events WHERE change = 'deleted'"))
    assert [row["name"] for row in await playback_db.all(gone)] == [old.resource]


async def test_history_goes_by_months(playback_db: Database, admin_url: str) -> None:
    user = uuid4()
    now = datetime.now(UTC)
    connection = await asyncpg.connect(admin_url)
    await connection.execute(
        "SET ROLE reelhouse_owner; CREATE TABLE playback.playback_history_p202001 PARTITION OF"
        " playback.playback_history FOR VALUES FROM ('2020-01-01') TO ('2020-02-01'); RESET ROLE"
    )
    old = entry(user, datetime(2020, 1, 15, tzinfo=UTC))
    await add(playback_db, old, entry(user, now))
    await connection.execute(
        "UPDATE playback.playback_history SET created_at = '2020-01-15' WHERE id = $1", old.id
    )
    await connection.close()
    everything = playback_db.for_everybody()
    await usecases.purge_history(everything, 365 * DAY)
    assert len(await store.page(everything, user, Page(5, None, ""))) == 1
    assert await count(everything, "watch_days") == 1


async def test_statistics(playback_db: Database) -> None:
    ada, bob, title = uuid4(), uuid4(), uuid4()
    noon = datetime(2026, 3, 31, 12, tzinfo=UTC)
    await add(
        playback_db,
        entry(ada, noon, title, 10_000),
        entry(ada, noon + timedelta(hours=11, minutes=59), title, 20_000),
        entry(ada, noon + DAY, None, 40_000),
        entry(bob, noon + DAY, title, 80_000),
    )
    everything = playback_db.for_everybody()

    async def stats(
        user: UUID | None, grouping: Grouping, first: int = 31, limit: int = 10
    ) -> list[tuple[object, int, int]]:
        days = date(2026, 3, first), date(2026, 4, 30)
        found = await store.stats(everything, user, *days, grouping, limit=limit)
        return [(one.key, one.play_count, one.watched_ms) for one in found]

    assert await stats(ada, Grouping.DAY) == [
        (None, 3, 70_000),
        (date(2026, 3, 31), 2, 30_000),
        (date(2026, 4, 1), 1, 40_000),
    ]
    found = await stats(None, Grouping.TITLE)
    assert found[:2] == [(None, 4, 150_000), (f"titles/{title}", 3, 110_000)]
    assert await stats(None, Grouping.USER, limit=1) == [(None, 4, 150_000), (bob, 1, 80_000)]
    assert await stats(uuid4(), Grouping.DAY) == []


@pytest.mark.parametrize("table", ["user_series", "watch_days", "playback_history"])
async def test_rows_are_their_users_own(playback_db: Database, table: str) -> None:
    ada, bob = uuid4(), uuid4()
    for user in (ada, bob):
        await add(playback_db, entry(user, datetime.now(UTC)))
        title = uuid4()
        done = Completion(user, f"titles/{title}/e", None, title, True, None, datetime.now(UTC))
        async with playback_db.for_everybody().transaction() as session:
            await progress.complete(session, [done])
    assert await count(playback_db, table) == 0
    assert await count(playback_db.for_caller(viewer(ada)), table) == 1
    assert await count(playback_db.for_everybody(), table) == 2


async def test_deleting_everything_of_a_user_leaves_the_others(playback_db: Database) -> None:
    ada, bob = uuid4(), uuid4()
    for user in (ada, bob):
        await start(playback_db, user)
        await add(playback_db, entry(user, datetime.now(UTC)))
    # In the user's own scope: row-level security allows it.
    await usecases.delete_watch_data(playback_db.for_caller(viewer(ada)), ada)
    everything = playback_db.for_everybody()
    for table in ("playback_sessions", "playback_history", "watch_days"):
        assert await count(everything, table) == 1
    await usecases.delete_watch_data(playback_db.for_caller(viewer(ada)), bob)
    assert await count(everything, "playback_sessions") == 1


async def test_what_was_known_before_is_kept_by_the_migration(admin_url: str) -> None:
    await runner.downgrade(admin_url, SCHEMA, "0001")
    user, title, file = uuid4(), uuid4(), uuid4()
    episode = f"titles/{title}/episodes/{uuid4()}"
    connection = await asyncpg.connect(admin_url)
    for item, completed in ((episode, True), (f"mediaFiles/{file}", False)):
        await connection.execute(
            "INSERT INTO playback.user_media_progress"
            " (user_id, item, media_file_id, position_ms, completed) VALUES ($1, $2, $3, 5, $4)",
            user,
            item,
            file,
            completed,
        )
        await connection.execute(
            "INSERT INTO playback.playback_history"
            " (id, user_id, media_file_id, item, played_at, duration_watched_ms, completed)"
            " VALUES ($1, $2, $3, $4, '2026-05-06T23:59Z', 7, $5)",
            uuid4(),
            user,
            file,
            item,
            completed,
        )
    await runner.upgrade(admin_url, [SCHEMA], {})
    known = {
        row["item"]: (row["title_id"], row["completed"], row["play_count"])
        for row in await connection.fetch("SELECT * FROM playback.user_media_progress")
    }
    assert known == {episode: (title, True, 1), f"mediaFiles/{file}": (None, False, 0)}
    days = await connection.fetch("SELECT * FROM playback.watch_days ORDER BY completed_count")
    assert [(row["day"], row["subject"], row["watched_ms"]) for row in days] == [
        (date(2026, 5, 6), f"mediaFiles/{file}", 7),
        (date(2026, 5, 6), f"titles/{title}", 7),
    ]
    await runner.downgrade(admin_url, SCHEMA, "0001")
    left = await connection.fetchval("SELECT count(*) FROM playback.user_media_progress")
    assert left == 2
    await connection.close()
