"""Asking providers about titles: when, how often, and what is kept of it."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from reelhouse_catalog.enriching import store, usecases
from reelhouse_catalog.enriching.handler import EnrichHandler
from reelhouse_catalog.enriching.model import TRANSITIONS, EnrichmentState, before, retry_delay
from reelhouse_catalog.enriching.watcher import EnrichmentWatcher
from reelhouse_catalog.enrichment.model import Finding, Metadata, Provider, Subject
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.titles.model import TITLE
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Worker
from reelhouse_kit.processes import leashed
from reelhouse_kit.rpc.paging import Page

LIBRARY = Query(
    text("INSERT INTO catalog.media_libraries (id, name, root_path) VALUES (:id, 'x', :root)")
)
TITLE_ROW = Query(
    text(
        "INSERT INTO catalog.titles (id, library_id, kind, name, sort_name, match_key, search_text)"
        " VALUES (:id, :library, :kind, :name, :name, :name, :name)"
    )
)
RENAME = Query(text("UPDATE catalog.titles SET name = :name WHERE id = :id"))
DUE = Query(text("UPDATE catalog.enrichments SET due_at = now()"))
ROWS = Query(text("SELECT * FROM catalog.enrichments ORDER BY source, title_id"))
JOBS = Query(text("SELECT count(*) FROM catalog.jobs WHERE type = 'enrich_title'"))
LOST = Query(
    text(
        "UPDATE catalog.jobs SET status = 'active', worker = :worker, attempts = max_attempts,"
        " lease_until = now() - interval '1 second'"
    )
)
FINDINGS = Query(text("SELECT caller, count(*) AS n FROM catalog.idempotency_keys GROUP BY caller"))
FIRST = Page(50, None, "")
SCRIPT = Path(__file__).with_name("enrich_worker.py")


class Source:
    """A provider that answers as told."""

    def __init__(self, name: str, kinds: Sequence[str] = ("movie",)) -> None:
        self.name = name
        self.kinds = frozenset(kinds)
        self.asked: list[Subject] = []
        self.answer: Any = None

    async def find(self, subject: Subject) -> Finding | None:
        self.asked.append(subject)
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            return None
        return Finding(self.name, "603", 0.9, Metadata(display_name=self.answer))


class House:
    """A catalog, and what asks about its titles."""

    def __init__(self, database: Database, url: str) -> None:
        self.database = database
        self.url = url
        self.sources: dict[str, Source] = {}
        self.applied: list[tuple[UUID, list[Finding]]] = []
        self.rename = False
        self.watcher = EnrichmentWatcher(database, self.known, language="en", cache_bytes=1_000_000)

    def add(self, source: Source) -> Source:
        self.sources[source.name] = source
        return source

    async def known(self) -> dict[str, frozenset[str]]:
        return {name: source.kinds for name, source in self.sources.items()}

    async def ask(self, name: str) -> Provider | None:
        return self.sources.get(name)

    async def apply(self, session: Session, title_id: UUID, found: Sequence[Finding]) -> None:
        self.applied.append((title_id, list(found)))
        if self.rename:
            await session.run(RENAME, id=title_id, name=found[0].title.display_name)
            await outbox.append(session, Event("titles", TITLE.format(title_id), Change.UPDATED))

    async def title(self, name: str, kind: str = "movie") -> UUID:
        library, title = new_id(), new_id()
        async with self.database.transaction() as session:
            await session.run(LIBRARY, id=library, root=f"/{library}")
            await session.run(TITLE_ROW, id=title, library=library, kind=kind, name=name)
            await outbox.append(session, Event("titles", TITLE.format(title), Change.CREATED))
        return title

    async def settle(self) -> None:
        """Lets the watcher look and the worker do all there is to do."""
        handler = EnrichHandler(self.database, self.ask, self.apply, days=30, language="en")
        worker = Worker(self.url, self.database, jobs, {usecases.JOB: handler}, concurrency=4)
        async with worker.running():
            for _ in range(3):
                await self.watcher.look()
                async with asyncio.timeout(20):
                    while any(row["state"] in ("pending", "running") for row in await self.rows()):
                        await asyncio.sleep(0.02)

    async def rows(self) -> list[Any]:
        return list(await self.database.all(ROWS))


@pytest.fixture
def house(catalog_db: Database, catalog_url: str) -> House:
    return House(catalog_db, catalog_url)


async def test_new_titles_are_asked_about_once(house: House) -> None:
    source = house.add(Source("tmdb"))
    old = await house.title("Old")
    await house.settle()
    source.answer = "Found"
    new = await house.title("New")
    await house.title("An album", kind="album")
    await house.settle()
    await house.settle()
    assert [subject.display_name for subject in source.asked] == ["Old", "New"]
    states = {row["title_id"]: row["state"] for row in await house.rows()}
    assert states == {old: "not_found", new: "found"}
    assert [(title, [f.key for f in found]) for title, found in house.applied] == [(new, ["603"])]


async def test_nobody_to_ask_nothing_queued(house: House) -> None:
    await house.title("A")
    await house.settle()
    assert await house.rows() == []
    assert await house.database.value(JOBS) == 0
    cursors = Query(text("SELECT count(*) FROM catalog.enrichment_cursors"))
    assert await house.database.value(cursors) == 0


async def test_a_source_that_is_set_up_later_is_told_of_all_titles(house: House) -> None:
    house.add(Source("tmdb"))
    for number in range(3):
        await house.title(f"T{number}")
    await house.settle()
    later = house.add(Source("tvdb"))
    await house.settle()
    assert sorted(subject.display_name for subject in later.asked) == ["T0", "T1", "T2"]
    assert len(house.sources["tmdb"].asked) == 3


async def test_changed_titles_are_asked_about_again_but_not_for_what_asking_changed(
    house: House,
) -> None:
    source = house.add(Source("tmdb"))
    other = house.add(Source("tvdb"))
    source.answer = "A Better Name"
    house.rename = True
    title = await house.title("a name")
    await house.settle()
    await house.settle()
    assert len(source.asked) == 1
    assert len(other.asked) == 1
    house.rename = False
    async with house.database.transaction() as session:
        await session.run(RENAME, id=title, name="Another")
        await outbox.append(session, Event("titles", TITLE.format(title), Change.UPDATED))
    await house.settle()
    assert [subject.display_name for subject in source.asked] == ["a name", "Another"]
    # An event that changes nothing of the question asks nothing.
    async with house.database.transaction() as session:
        await outbox.append(session, Event("titles", TITLE.format(title), Change.UPDATED))
    await house.settle()
    assert len(source.asked) == 2


async def test_after_its_days_a_title_is_asked_about_anew(house: House) -> None:
    source = house.add(Source("tmdb"))
    source.answer = "Found"
    await house.title("A")
    await house.settle()
    (row,) = await house.rows()
    assert 26 < (row["due_at"] - row["asked_at"]).days < 34
    await house.database.run(DUE)
    await house.settle()
    assert len(source.asked) == 2


async def test_what_fails_costs_nobody_else_and_is_tried_later(house: House) -> None:
    good = house.add(Source("tvdb"))
    good.answer = "Found"
    bad = house.add(Source("tmdb"))
    bad.answer = errors.UnavailableError("PROVIDER_UNAVAILABLE", "tmdb is down", retry_after=60)
    await house.title("A")
    await house.settle()
    rows = {row["source"]: row for row in await house.rows()}
    assert rows["tvdb"]["state"] == "found"
    failed = rows["tmdb"]
    assert (failed["state"], failed["error_code"]) == ("failed", "PROVIDER_UNAVAILABLE")
    assert (failed["attempts"], failed["error_message"]) == (1, "tmdb is down")
    assert 200 < (failed["due_at"] - failed["updated_at"]).total_seconds() <= 300
    bad.answer = errors.ResourceExhaustedError("PROVIDER_RATE_LIMITED", "wait", retry_after=9000)
    await house.database.run(DUE)
    await house.settle()
    failed = {row["source"]: row for row in await house.rows()}["tmdb"]
    assert failed["attempts"] == 1  # to be told to wait is no failure
    assert (failed["due_at"] - failed["updated_at"]).total_seconds() >= 9000
    bad.answer = RuntimeError("a defect")
    await house.database.run(DUE)
    await house.settle()
    failed = {row["source"]: row for row in await house.rows()}["tmdb"]
    assert (failed["error_code"], failed["error_message"]) == ("ENRICHMENT_FAILED", "RuntimeError")
    bad.answer = "Found"
    await house.database.run(DUE)
    await house.settle()
    found = {row["source"]: row for row in await house.rows()}["tmdb"]
    assert (found["state"], found["attempts"], found["error_code"]) == ("found", 0, "")


async def test_asking_by_hand(house: House) -> None:
    house.add(Source("tmdb"))
    house.add(Source("musicbrainz", ["album"]))
    title = await house.title("A")
    await house.settle()
    known = await house.known()

    async def ask(*sources: str, of: UUID = title) -> list[str]:
        rows = await usecases.enrich_title(
            house.database, of, sources, known, language="en", once=None
        )
        return [f"{row.source} {row.state}" for row in rows]

    assert await ask() == ["tmdb pending"]
    assert await ask("tmdb") == ["tmdb pending"]
    assert await house.database.value(JOBS) == 2  # the first one, and one for both calls
    await house.settle()
    assert len(house.sources["tmdb"].asked) == 2
    for wrong in ("musicbrainz", "nobody"):
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await ask(wrong)
        assert caught.value.reason == "PROVIDER_NOT_CONFIGURED"
    with pytest.raises(errors.NotFoundError):
        await ask(of=new_id())


async def test_a_job_that_is_lost_for_good_is_told_by_any_worker(house: House) -> None:
    house.add(Source("tmdb"))
    title = await house.title("A")
    known = await house.known()
    await usecases.enrich_title(house.database, title, [], known, language="en", once=None)
    await house.database.run(LOST, worker=new_id())
    handler = EnrichHandler(house.database, house.ask, house.apply, days=30, language="en")
    handlers = {usecases.JOB: handler}
    worker = Worker(house.url, house.database, jobs, handlers, only=["scan_library"])
    async with worker.running(), asyncio.timeout(15):
        while (row := (await house.rows())[0])["state"] != "failed":
            await asyncio.sleep(0.05)
    assert row["error_code"] == "WORKER_LOST"
    assert house.sources["tmdb"].asked == []


async def test_pages(house: House) -> None:
    for name in ("a", "b", "c"):
        house.add(Source(name))
    title = await house.title("A")
    await house.title("B")
    await house.settle()
    first = await store.page(house.database, title, "", None, Page(1, None, ""))
    assert [row.source for row in first] == ["a", "b"]
    rest = await store.page(house.database, title, "", None, Page(5, ("a",), ""))
    assert [row.source for row in rest] == ["b", "c"]
    state = EnrichmentState.NOT_FOUND
    assert len(await store.page(house.database, None, "a", state, FIRST)) == 2
    assert await store.page(house.database, None, "a", EnrichmentState.FOUND, FIRST) == []


@asynccontextmanager
async def worker_process(url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    running = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(SCRIPT), url]), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        assert await running.stdout.readline() == b"working\n"
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


@pytest.mark.timeout(120)
async def test_killed_workers_lose_no_title(house: House) -> None:
    titles = [await house.title(f"T{number}") for number in range(30)]
    kills = 0
    async with asyncio.timeout(90):
        while True:
            async with worker_process(house.url) as process:
                if kills < 3:
                    kills += 1
                    await asyncio.sleep(0.4)
                    process.send_signal(signal.SIGKILL)
                    continue
                while True:
                    rows = await house.rows()
                    if len(rows) == 30 and all(row["state"] == "found" for row in rows):
                        break
                    await asyncio.sleep(0.1)
                break
    found = {UUID(row["caller"]): row["n"] for row in await house.database.all(FINDINGS)}
    # What was found is applied in the transaction that ends the job: exactly once each.
    assert found == dict.fromkeys(titles, 1)


def test_states_have_one_table() -> None:
    assert set(TRANSITIONS) == set(EnrichmentState)
    assert before(EnrichmentState.PENDING) == ["found", "not_found", "failed"]


@given(st.integers(1, 10_000), st.floats(0, 10**6))
def test_waits_are_bounded_and_never_shorter_than_asked_for(attempts: int, wait: float) -> None:
    delay = retry_delay(attempts, wait).total_seconds()
    assert max(wait, 225) - 1 <= delay <= max(wait, 86_400) + 1
