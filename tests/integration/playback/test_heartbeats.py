"""Heartbeats between memory and database: nothing goes back, is lost or is counted twice."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_playback.progress import store as progress
from reelhouse_playback.sessions import heartbeat_store, heartbeats, usecases
from reelhouse_playback.sessions.heartbeat_store import Heartbeat
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.model import ItemKind, Session, State
from tests.integration.playback.sessions import HOUR, age, start, stored, viewer

EVENTS = Query(text("SELECT name FROM playback.events ORDER BY id"))


async def write(database: Database, *rows: Heartbeat) -> list[heartbeat_store.Heard]:
    async with database.for_everybody().transaction() as session:
        return await heartbeat_store.write(session, rows)


def beat(session: Session, position: int, seconds: float, sequence: int | None = None) -> Heartbeat:
    at = datetime.now(UTC) + timedelta(seconds=seconds)
    return Heartbeat(session.id, position, 0, sequence, at, False)


async def test_reports_are_in_memory_until_they_are_written(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    assert (await beats.report(session.id, 5_000, None, viewer(user))).position_ms == 5_000
    assert (await stored(playback_db, session)).position_ms == 0
    await beats.settle_for(user)
    assert (await stored(playback_db, session)).position_ms == 5_000
    kept = await progress.get(playback_db.for_everybody(), user, session.item)
    assert kept is not None
    assert kept.position_ms == 5_000


async def test_the_loop_writes_within_a_second_and_the_end_writes_the_rest(
    playback_db: Database,
) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    async with beats.run():
        await beats.report(session.id, 5_000, None, viewer(user))
        async with asyncio.timeout(1):
            while (await stored(playback_db, session)).position_ms != 5_000:
                await asyncio.sleep(0.02)
        await beats.report(session.id, 6_000, None, viewer(user))
    assert (await stored(playback_db, session)).position_ms == 6_000


async def test_users_report_for_their_own_sessions_only(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    for _ in range(2):  # not known in memory, then known
        with pytest.raises(errors.NotFoundError):
            await beats.report(session.id, 1, None, viewer(uuid4()))
        await beats.report(session.id, 5_000, None, viewer(user))
    assert (await beats.report(session.id, 5_000, None, viewer(user))).position_ms == 5_000


async def test_what_comes_late_changes_nothing(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    await beats.report(session.id, 20_000, 2, viewer(user))
    assert (await beats.report(session.id, 10_000, 1, viewer(user))).position_ms == 20_000
    await beats.settle_for(None)
    assert (await stored(playback_db, session)).position_ms == 20_000
    # Another replica, which has not heard of the newer one.
    assert await write(playback_db, beat(session, 10_000, 5, 1)) == []
    assert await write(playback_db, beat(session, 10_000, 5, 2)) == []
    assert await write(playback_db, beat(session, 1_000, -60)) == []
    assert (await stored(playback_db, session)).position_ms == 20_000
    assert len(await write(playback_db, beat(session, 30_000, 5, 3))) == 1
    assert (await stored(playback_db, session)).position_ms == 30_000


async def test_numbered_reports_through_two_replicas_in_any_order(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    replicas = [Heartbeats(playback_db), Heartbeats(playback_db)]
    dice = random.Random(3)
    numbers = list(range(1, 200))
    # Each is late by some.
    numbers.sort(key=lambda number: number + dice.uniform(0, 12))
    for number in numbers:
        await dice.choice(replicas).report(session.id, number * 1_000, number, viewer(user))
        if dice.random() < 0.2:
            await dice.choice(replicas).settle_for(None)
    await asyncio.gather(*(replica.settle_for(None) for replica in replicas))
    found = await stored(playback_db, session)
    assert (found.position_ms, found.sequence) == (199_000, 199)
    kept = await progress.get(playback_db.for_everybody(), user, session.item)
    assert kept is not None
    assert kept.position_ms == 199_000


async def test_two_devices_with_the_same_film(playback_db: Database) -> None:
    user, item = uuid4(), f"mediaFiles/{uuid4()}"
    first = await start(playback_db, user, item=item)
    second = await start(playback_db, user, item=item)
    beats = Heartbeats(playback_db)
    await beats.report(second.id, 50_000, None, viewer(user))
    await beats.report(first.id, 70_000, None, viewer(user))
    await beats.settle_for(None)
    kept = await progress.get(playback_db.for_everybody(), user, item)
    assert kept is not None
    assert kept.position_ms == 70_000
    assert (await stored(playback_db, second)).position_ms == 50_000


async def test_a_session_that_is_over_elsewhere_takes_no_more(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    here, there = Heartbeats(playback_db), Heartbeats(playback_db)
    await here.report(session.id, 5_000, None, viewer(user))
    await there.change(session.id, State.STOPPED, "stop it", viewer(user), position_ms=7_000)
    await here.report(session.id, 6_000, None, viewer(user))
    await here.settle_for(None)
    assert (await stored(playback_db, session)).position_ms == 7_000
    with pytest.raises(errors.WrongStateError):
        await here.report(session.id, 8_000, None, viewer(user))


async def test_a_pause_elsewhere_is_heard_of(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    here, there = Heartbeats(playback_db), Heartbeats(playback_db)
    await here.report(session.id, 1_000, None, viewer(user))
    await here.settle_for(None)
    await there.change(session.id, State.PAUSED, "pause it", viewer(user))
    await asyncio.sleep(0.01)
    await here.report(session.id, 1_000, None, viewer(user))
    await here.settle_for(None)
    assert (await here.report(session.id, 1_000, None, viewer(user))).state is State.PAUSED
    assert (await stored(playback_db, session)).state is State.PAUSED


async def test_a_seek_is_not_undone_by_what_was_on_its_way(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    here, there = Heartbeats(playback_db), Heartbeats(playback_db)
    await here.report(session.id, 5_000, 1, viewer(user))
    await usecases.seek(playback_db.for_caller(viewer(user)), session.id, 900_000, 3)
    await there.report(session.id, 6_000, 2, viewer(user))
    await asyncio.gather(here.settle_for(None), there.settle_for(None))
    assert (await stored(playback_db, session)).position_ms == 900_000


async def test_what_comes_right_after_a_change_counts(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    await beats.report(session.id, 1_000, None, viewer(user))
    beats._clock._ahead = -3_600.0  # however wrong the clock is
    beats._clock._last = 0.0
    await beats.change(session.id, State.PAUSED, "pause it", viewer(user))
    for position in (2_000, 3_000):
        await beats.report(session.id, position, None, viewer(user))
    await beats.settle_for(user)
    assert (await stored(playback_db, session)).position_ms == 3_000


async def test_completion_is_counted_once_with_all_that_the_file_holds(
    playback_db: Database,
) -> None:
    user, title = uuid4(), uuid4()
    items = [f"titles/{title}/episodes/{uuid4()}" for _ in range(2)]
    session = await start(
        playback_db, user, item=items[0], more_items=items[1:], title_id=title, series=True
    )
    replicas = [Heartbeats(playback_db), Heartbeats(playback_db)]
    for replica in replicas:
        await replica.report(session.id, HOUR - 60_000, None, viewer(user))
        await asyncio.sleep(0.01)
    await asyncio.gather(*(replica.settle_for(None) for replica in replicas))
    await replicas[0].report(session.id, HOUR - 50_000, None, viewer(user))
    await replicas[0].settle_for(None)
    everything = playback_db.for_everybody()
    known = await progress.batch(everything, user, items)
    assert [(known[item].completed, known[item].play_count) for item in items] == [(True, 1)] * 2
    async with everything.transaction() as transaction:
        last = await transaction.value(Query(text("SELECT item FROM playback.user_series")))
    assert last == items[1]


async def test_watched_time_is_neither_lost_nor_doubled(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    await age(playback_db, 100)
    beats = Heartbeats(playback_db)
    await beats.report(session.id, 60_000, None, viewer(user))
    await asyncio.gather(*(beats.settle_for(None) for _ in range(5)))
    assert (await stored(playback_db, session)).watched_ms == 60_000
    changed = await beats.change(session.id, State.STOPPED, "stop it", viewer(user))
    assert changed.watched_ms == 60_000


async def test_what_cannot_be_written_is_written_later(
    playback_db: Database, admin_url: str
) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    await age(playback_db, 100)
    beats = Heartbeats(playback_db)
    connection = await asyncpg.connect(admin_url)
    await beats.report(session.id, 60_000, None, viewer(user))
    rename = "ALTER TABLE playback.user_media_progress RENAME TO {}"
    await connection.execute(rename.format("away"))
    with pytest.raises(asyncpg.UndefinedTableError):
        await beats.settle_for(None)
    await connection.execute("ALTER TABLE playback.away RENAME TO user_media_progress")
    await connection.close()
    # Memory goes on taking reports meanwhile.
    assert (await beats.report(session.id, 61_000, None, viewer(user))).position_ms == 61_000
    await beats.settle_for(None)
    found = await stored(playback_db, session)
    assert found.position_ms == 61_000
    assert 60_000 <= found.watched_ms <= 61_000


async def test_who_reads_or_changes_waits_for_what_is_on_its_way(
    playback_db: Database, admin_url: str
) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    await beats.report(session.id, 60_000, None, viewer(user))
    connection = await asyncpg.connect(admin_url)
    held = connection.transaction()
    await held.start()
    await connection.execute("LOCK TABLE playback.user_media_progress IN EXCLUSIVE MODE")
    writing = asyncio.create_task(beats.settle_for(None))
    await asyncio.sleep(0.1)
    pausing = asyncio.create_task(beats.change(session.id, State.PAUSED, "pause it", viewer(user)))
    reading = asyncio.create_task(beats.settle_for(user))
    await asyncio.sleep(0.1)
    assert not any(task.done() for task in (writing, pausing, reading))
    await held.rollback()
    await connection.close()
    paused = await pausing
    assert (paused.state, paused.position_ms) == (State.PAUSED, 60_000)
    await asyncio.gather(writing, reading)


async def test_positions_are_told_every_half_minute(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    for position in (1_000, 2_000):
        await beats.report(session.id, position, None, viewer(user))
        await beats.settle_for(None)
    assert await playback_db.all(EVENTS) == []
    await age(playback_db, 31)
    for position in (3_000, 4_000):
        await beats.report(session.id, position, None, viewer(user))
        await beats.settle_for(None)
    assert [row["name"] for row in await playback_db.all(EVENTS)] == [session.resource]


async def test_the_end_ends_the_session(playback_db: Database) -> None:
    user = uuid4()
    session = await start(playback_db, user)
    beats = Heartbeats(playback_db)
    ended = await beats.report(session.id, HOUR, None, viewer(user))
    assert (ended.state, ended.position_ms) == (State.ENDED, HOUR)
    with pytest.raises(errors.WrongStateError):
        await beats.report(session.id, HOUR, None, viewer(user))


async def test_many_sessions_at_once(
    playback_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "AT_ONCE", 7)
    user = uuid4()
    sessions = [
        await start(playback_db, user, item_kind=ItemKind.OTHER, item="mediaFiles/one")
        for _ in range(30)
    ]
    replicas = [Heartbeats(playback_db), Heartbeats(playback_db)]
    for round_ in range(1, 6):
        for replica in replicas:
            await asyncio.gather(
                *(replica.report(one.id, round_ * 1_000, None, viewer(user)) for one in sessions)
            )
        await asyncio.gather(*(replica.settle_for(None) for replica in replicas))
    assert {(await stored(playback_db, one)).position_ms for one in sessions} == {5_000}


async def test_memory_is_bounded(playback_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "MOST", 3)
    user = uuid4()
    sessions = [await start(playback_db, user) for _ in range(8)]
    beats = Heartbeats(playback_db)
    for one in sessions:
        await beats.report(one.id, 9_000, None, viewer(user))
        assert len(beats._entries) <= 3
    await beats.settle_for(None)
    assert {(await stored(playback_db, one)).position_ms for one in sessions} == {9_000}
