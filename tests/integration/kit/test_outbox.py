from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.db.database import translated
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.outbox import Change, Event, Position
from reelhouse_kit.events.watch import Update, Watch


async def write(database: Database, *names: str, change: Change = Change.UPDATED) -> None:
    async with database.transaction() as session:
        await outbox.append(session, *(Event("things", name, change) for name in names))


async def read_all(database: Database) -> list[str]:
    async with database.connection() as session:
        return [found.event.name for found in await outbox.read(session, Position(0, 0), 1000)]


async def test_no_event_is_passed_by_one_that_commits_later(catalog_db: Database) -> None:
    async with catalog_db.transaction() as early:
        await outbox.append(early, Event("things", "early", Change.CREATED))
        await write(catalog_db, "late")
        # "late" is committed, but "early" could still come before it.
        assert await read_all(catalog_db) == []
    assert await read_all(catalog_db) == ["early", "late"]


async def test_concurrent_writers_lose_nothing(catalog_db: Database) -> None:
    async def writer(number: int) -> None:
        for step in range(25):
            await write(catalog_db, f"{number}/{step}")

    seen: list[str] = []
    position = Position(0, 0)
    writers = asyncio.gather(*(writer(n) for n in range(6)))
    while True:
        done = writers.done()
        async with catalog_db.connection() as session:
            for found in await outbox.read(session, position, 10):
                seen.append(found.event.name)
                position = found.position
        if done and len(seen) == 150:
            break
        await asyncio.sleep(0.005)
    assert len(set(seen)) == 150
    for number in range(6):
        own = [name for name in seen if name.startswith(f"{number}/")]
        assert own == [f"{number}/{step}" for step in range(25)]


@pytest.fixture
async def hub(catalog_url: str, catalog_db: Database) -> AsyncIterator[Hub]:
    made = Hub(catalog_url, catalog_db, outbox)
    async with made.run():
        yield made


def watch(hub: Hub, things: dict[str, int], stopping: asyncio.Event) -> Watch[int]:
    async def snapshot() -> AsyncIterator[tuple[str, int]]:
        for name, value in list(things.items()):
            yield name, value

    async def load(names: Sequence[str]) -> dict[str, int]:
        return {name: things[name] for name in names if name in things}

    return Watch(
        hub=hub, topic="things", checksum="c", snapshot=snapshot, load=load, stopping=stopping
    )


async def take(updates: AsyncIterator[Update[int]], count: int) -> list[Update[int]]:
    found: list[Update[int]] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found.append(await anext(updates))
    return found


async def test_a_watch_begins_with_what_there_is_then_tells_changes(
    hub: Hub, catalog_db: Database
) -> None:
    things = {"a": 1, "b": 2}
    updates = watch(hub, things, asyncio.Event()).updates("")
    first = await take(updates, 3)
    assert [(u.change, u.name) for u in first[:2]] == [
        (Change.CREATED, "a"),
        (Change.CREATED, "b"),
    ]
    assert first[2].change is None
    assert first[2].token

    things["a"] = 10
    await write(catalog_db, "a", "unknown")
    (changed,) = await take(updates, 1)
    assert (changed.change, changed.name, changed.resource) == (Change.UPDATED, "a", 10)

    del things["b"]
    await write(catalog_db, "b", change=Change.DELETED)
    (gone,) = await take(updates, 1)
    assert (gone.change, gone.name, gone.resource) == (Change.DELETED, "b", None)


async def test_a_watch_goes_on_where_it_was_left(hub: Hub, catalog_db: Database) -> None:
    things = {"a": 1}
    updates = watch(hub, things, asyncio.Event()).updates("")
    token = (await take(updates, 2))[-1].token
    await updates.aclose()  # type: ignore[attr-defined]

    for number in range(3):
        things[f"new{number}"] = number
        await write(catalog_db, f"new{number}", change=Change.CREATED)
    resumed = watch(hub, things, asyncio.Event()).updates(token)
    names = [update.name for update in await take(resumed, 3)]
    assert names == ["new0", "new1", "new2"]


async def test_many_watchers_each_get_everything(hub: Hub, catalog_db: Database) -> None:
    things: dict[str, int] = {}

    async def collect() -> set[str]:
        seen: set[str] = set()
        async for update in watch(hub, things, asyncio.Event()).updates(""):
            seen.add(update.name)
            if len(seen) == 51:  # with the nameless checkpoint
                return seen
        raise AssertionError

    watchers = [asyncio.create_task(collect()) for _ in range(10)]
    await asyncio.sleep(0.3)
    for number in range(50):
        things[str(number)] = number
        await write(catalog_db, str(number), change=Change.CREATED)
    async with asyncio.timeout(20):
        results = await asyncio.gather(*watchers)
    assert all(result == {"", *things} for result in results)


async def test_bad_and_foreign_tokens_are_refused(hub: Hub) -> None:
    for token in ("nonsense", "AAAA"):
        with pytest.raises(errors.InvalidArgumentError) as caught:
            await anext(watch(hub, {}, asyncio.Event()).updates(token))
        assert caught.value.reason == "RESUME_TOKEN_INVALID"


async def test_stopping_ends_watches_with_unavailable(hub: Hub) -> None:
    stopping = asyncio.Event()
    updates = watch(hub, {}, stopping).updates("")
    await take(updates, 1)
    asyncio.get_running_loop().call_later(0.1, stopping.set)
    with pytest.raises(errors.UnavailableError):
        await take(updates, 1)


async def test_the_hub_listens_again_after_its_connection_was_killed(
    hub: Hub, catalog_db: Database, admin_url: str
) -> None:
    things: dict[str, int] = {}
    updates = watch(hub, things, asyncio.Event()).updates("")
    await take(updates, 1)
    admin = await asyncpg.connect(admin_url)
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reelhouse_catalog'"
    )
    await admin.close()
    things["a"] = 1
    for _ in range(10):
        try:
            await write(catalog_db, "a")
            break
        except Exception as error:  # noqa: BLE001 # each must be the database's fault
            assert translated(error) is not None
            await asyncio.sleep(0.1)
    (changed,) = await take(updates, 1)
    assert changed.name == "a"
