"""Plugins as processes of their own: good ones, and such as hang, crash and lie."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from sqlalchemy import text

from reelhouse_catalog.enriching import handler as enriching
from reelhouse_catalog.enriching import store as enrichments
from reelhouse_catalog.enriching import usecases as asking
from reelhouse_catalog.enrichment.model import Finding, Subject
from reelhouse_catalog.plugins import client as plugin_client
from reelhouse_catalog.plugins import said_store, usecases
from reelhouse_catalog.plugins.client import PluginClients
from reelhouse_catalog.plugins.model import Plugin, PluginState
from reelhouse_catalog.plugins.sealing import Sealer
from reelhouse_catalog.plugins.watcher import PluginWatcher
from reelhouse_catalog.schema import jobs
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Worker
from reelhouse_kit.rpc.paging import Page
from reelhouse_kit.secrets import KEY_BYTES, Box
from tests import plugins
from tests.integration.catalog.test_enriching import LIBRARY, TITLE_ROW
from tests.plugins import Odd

FILE = Query(
    text(
        "INSERT INTO catalog.media_files (id, library_id, directory, filename, path, size_bytes,"
        " mtime_ns, inode, device) VALUES (:id, :library, ''::bytea, :name, :shown, 5, 0, 0, 0)"
    )
)
SOON = Query(text("UPDATE catalog.plugins SET inspect_at = now(), check_at = now()"))
MATRIX = Subject("movie", "The Matrix", 1999)
FIRST = Page(50, None, "")


@pytest.fixture
async def clients() -> AsyncIterator[PluginClients]:
    sealer = Sealer(Box({"test": bytes(KEY_BYTES)}))
    async with PluginClients.open(sealer) as opened:
        yield opened


@pytest.fixture
def odd(tmp_path: Path) -> Odd:
    return Odd(tmp_path / "odd.json")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has nobody wait ten seconds for a plugin that hangs."""
    monkeypatch.setattr(plugin_client, "CALL_SECONDS", 0.5)


async def enabled(
    database: Database, clients: PluginClients, address: str, **config: object
) -> Plugin:
    made = await usecases.register(database, clients, address, config, None)
    return await usecases.enable(database, clients.sealer, made.id)


async def add_files(database: Database, *names: str) -> list[UUID]:
    library = new_id()
    ids = [new_id() for _ in names]
    async with database.transaction() as session:
        await session.run(LIBRARY, id=library, root=f"/srv/{library}")
        for file_id, name in zip(ids, names, strict=True):
            await session.run(FILE, id=file_id, library=library, name=name.encode(), shown=name)
    return ids


async def said(database: Database, plugin: Plugin) -> dict[UUID, Any]:
    rows = await said_store.said_page(database, plugin.id, None, None, FIRST)
    return {row.media_file_id or row.title_id: row for row in rows}  # type: ignore[misc]


async def test_the_example_reads_a_listing(
    catalog_db: Database, clients: PluginClients, tmp_path: Path
) -> None:
    listing = tmp_path / "listing.csv"
    listing.write_text(
        "title,year,kind,overview,genres,rating,season,episode,episode_title\n"
        "Tatort,1970,show,Sundays.,Crime / Drama,7.5,,,\n"
        "Tatort,1970,show,In Hamburg.,,,1,2,Taxi nach Leipzig\n"
        "The Matrix,1999,movie,Free your mind.,,not a number,,,\n"
    )
    async with plugins.running(str(plugins.LISTING)) as process:
        made = await usecases.register(catalog_db, clients, process.address, {}, None)
        assert (made.name, made.state) == ("tv-listing", PluginState.INSTALLING)
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await usecases.enable(catalog_db, clients.sealer, made.id)
        assert caught.value.reason == "PLUGIN_NOT_CONFIGURED"
        for wrong, field in (
            ({"path": 5}, "plugin.config.path"),
            ({"path": ""}, "plugin.config.path"),
            ({"path": "x", "more": 1}, "plugin.config"),
        ):
            with pytest.raises(errors.InvalidArgumentError) as refused:
                await usecases.update(catalog_db, clients, made.id, {"config": wrong}, "")
            assert [violation.field for violation in refused.value.violations] == [field]
        config = {"config": {"path": str(listing)}}
        made = await usecases.update(catalog_db, clients, made.id, config, "")
        assert made.state is PluginState.DISABLED
        assert await usecases.provider(catalog_db, clients, "tv-listing") is None
        await usecases.enable(catalog_db, clients.sealer, made.id)
        provider = await usecases.provider(catalog_db, clients, "tv-listing")
        assert provider is not None
        assert provider.kinds == {"movie", "show"}
        show = await provider.find(Subject("show", "tatort", 1970, episodes=((1, 2),)))
        assert show is not None
        assert (show.source, show.confidence) == ("tv-listing", 0.95)
        assert (show.title.display_name, show.title.rating) == ("Tatort", 7.5)
        assert show.title.genres == ("Crime", "Drama")
        assert show.episodes[1, 2].display_name == "Taxi nach Leipzig"
        film = await provider.find(MATRIX)
        assert film is not None
        assert (film.title.overview, film.title.rating) == ("Free your mind.", None)
        assert await provider.find(Subject("movie", "Unknown")) is None
        listing.unlink()
        with pytest.raises(errors.UnavailableError) as failed:
            await provider.find(MATRIX)
        assert failed.value.reason == "PLUGIN_UNAVAILABLE"
        assert await process.terminate() == 0


async def test_what_is_no_plugin_is_not_registered(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    for address in ("127.0.0.1:1", "no-such-host.invalid:7000"):
        with pytest.raises(errors.UnavailableError) as caught:
            await usecases.register(catalog_db, clients, address, {}, None)
        assert caught.value.reason == "PLUGIN_UNAVAILABLE"
    for address in ("x", "x:0", "x:99999", "169.254.169.254:80", "[fe80::1]:80", "0.0.0.0:80"):
        with pytest.raises(errors.InvalidArgumentError):
            await usecases.register(catalog_db, clients, address, {}, None)
    async with odd.running("enrichment") as process:
        for what in (
            {"act": "bad schema"},
            {"name": "tmdb"},
            {"name": "Not A Name"},
            {"version": ""},
        ):
            odd.tell(**what)
            with pytest.raises(errors.FailedPreconditionError) as refused:
                await usecases.register(catalog_db, clients, process.address, {}, None)
            assert refused.value.reason == "PLUGIN_INVALID", what
        odd.tell()
        await usecases.register(catalog_db, clients, process.address, {}, None)
        with pytest.raises(errors.AlreadyExistsError):
            await usecases.register(catalog_db, clients, process.address, {}, None)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ("hang", "PLUGIN_UNAVAILABLE"),
        ("crash", "PLUGIN_UNAVAILABLE"),
        ("fail", "PLUGIN_UNAVAILABLE"),
        ("lie", "PLUGIN_INVALID"),
        ("nan", "PLUGIN_INVALID"),
        ("huge", "PLUGIN_UNAVAILABLE"),
    ],
)
async def test_a_bad_plugin_costs_its_own_answer_only(  # noqa: PLR0917 # fixtures
    catalog_db: Database, clients: PluginClients, odd: Odd, hasty: None, act: str, reason: str
) -> None:
    async with odd.running("enrichment") as process:
        await enabled(catalog_db, clients, process.address)
        provider = await usecases.provider(catalog_db, clients, "odd")
        assert provider is not None
        odd.tell(act=act)
        began = time.monotonic()
        with pytest.raises(errors.UnavailableError) as caught:
            await provider.find(MATRIX)
        assert time.monotonic() - began < 8
        assert caught.value.reason == reason
        if act == "crash":
            assert await process.died() == -9
            await process.start()
        odd.tell()
        found = None
        # On a busy machine the breaker may have opened meanwhile: that is 30 seconds.
        async with asyncio.timeout(60):
            while found is None:
                try:
                    found = await provider.find(MATRIX)
                except errors.UnavailableError:
                    await asyncio.sleep(1)
        assert found.confidence == 0.7


async def test_endless_answers_end(
    catalog_db: Database, clients: PluginClients, odd: Odd, hasty: None
) -> None:
    odd.tell(act="endless")
    async with odd.running("enrichment") as process:
        await enabled(catalog_db, clients, process.address)
        provider = await usecases.provider(catalog_db, clients, "odd")
        assert provider is not None
        began = time.monotonic()
        with pytest.raises(errors.UnavailableError):
            await provider.find(MATRIX)
        assert time.monotonic() - began < 5


async def test_odd_values_are_left_out(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    async with odd.running("enrichment") as process:
        await enabled(catalog_db, clients, process.address)
        provider = await usecases.provider(catalog_db, clients, "odd")
        assert provider is not None
        odd.tell(act="odd values")
        found = await provider.find(MATRIX)
        assert found is not None
        title = found.title
        assert (title.rating, title.year, title.duration_ms, title.release_date) == (None,) * 4
        assert (title.overview, title.images, title.people) == ("ab", (), ())
        assert [len(genre) for genre in title.genres] == [200]
        assert found.episodes == {}


async def test_who_fails_again_and_again_is_left_alone(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    async with odd.running("enrichment") as process:
        await enabled(catalog_db, clients, process.address)
        provider = await usecases.provider(catalog_db, clients, "odd")
        assert provider is not None
        odd.tell(act="fail")
        for _ in range(5):
            with pytest.raises(errors.UnavailableError):
                await provider.find(MATRIX)
        odd.tell()
        with pytest.raises(errors.UnavailableError) as caught:
            await provider.find(MATRIX)
        assert "left alone" in caught.value.message
        assert 25 < caught.value.retry_after <= 30


async def test_enrichment_goes_on_beside_a_bad_plugin_and_keeps_what_a_good_one_says(
    catalog_db: Database, catalog_url: str, clients: PluginClients, odd: Odd, hasty: None
) -> None:
    library, title = new_id(), new_id()
    async with catalog_db.transaction() as session:
        await session.run(LIBRARY, id=library, root="/x")
        await session.run(TITLE_ROW, id=title, library=library, kind="movie", name="The Matrix")

    class Good:
        name = "tmdb"
        kinds = frozenset({"movie"})

        async def find(self, subject: Subject) -> Finding | None:
            return None

    async def ask(name: str) -> Any:
        good = Good() if name == "tmdb" else None
        return good or await usecases.provider(catalog_db, clients, name)

    handler = enriching.EnrichHandler(catalog_db, ask, usecases.keep_said, days=30, language="en")
    worker = Worker(catalog_url, catalog_db, jobs, {asking.JOB: handler})
    known = {"tmdb": frozenset({"movie"}), "odd": frozenset({"movie"})}

    async def states() -> dict[str, str]:
        await asking.enrich_title(catalog_db, title, [], known, language="en", once=None)
        async with asyncio.timeout(15):
            while True:
                rows = await enrichments.of_title(catalog_db, title, list(known))
                if all(row.state not in ("pending", "running") for row in rows):
                    return {row.source: row.state for row in rows}
                await asyncio.sleep(0.02)

    async with odd.running("enrichment") as process, worker.running():
        plugin = await enabled(catalog_db, clients, process.address, word="Matrix!")
        odd.tell(act="hang")
        assert await states() == {"tmdb": "not_found", "odd": "failed"}
        odd.tell(version="2.0.0")
        await usecases.check(catalog_db, clients, plugin.id)
        assert await states() == {"tmdb": "not_found", "odd": "found"}
    row = (await said(catalog_db, plugin))[title]
    assert (row.metadata_type, row.confidence, row.plugin_version) == ("title", 0.7, "2.0.0")
    assert row.metadata == {"displayName": "Matrix!"}


async def test_health_over_time(catalog_db: Database, clients: PluginClients, odd: Odd) -> None:
    watcher = PluginWatcher(catalog_db, clients)
    async with odd.running("enrichment") as process:
        plugin = await enabled(catalog_db, clients, process.address, word="x", token="secret")

        async def look(times: int = 1) -> Plugin:
            for _ in range(times):
                await catalog_db.run(SOON)
                assert await watcher.check_due() == 1
            return await usecases.required(catalog_db, plugin.id)

        assert await watcher.check_due() == 0  # not before its thirty seconds
        assert (await look()).last_health_check is not None
        await process.kill()
        down = await look(2)
        assert (down.state, down.failed_checks) == (PluginState.ENABLED, 2)
        down = await look()
        assert (down.state, down.error_code) == (PluginState.ERROR, "PLUGIN_UNAVAILABLE")
        assert down.failed_at is not None
        await process.start()
        async with asyncio.timeout(20):
            while (up := await look()).state is not PluginState.ENABLED:
                await asyncio.sleep(0.2)
        assert (up.error_code, up.failed_checks) == ("", 0)
        # A new version that wants more than it was given.
        odd.tell(version="2.0.0", needs="number")
        newer = await look()
        assert (newer.version, newer.state) == ("2.0.0", PluginState.UPDATING)
        config = {"config": {"word": "x", "token": "••••••••", "number": 3}}
        newer = await usecases.update(catalog_db, clients, plugin.id, config, "")
        assert newer.state is PluginState.ENABLED
        # Not readable where it lies, and what the plugin gets.
        assert "secret" not in str(newer.config)
        opened = clients.sealer.opened(plugin.id, newer.config)
        assert opened == {"word": "x", "token": "secret", "number": 3}
        # Somebody else at its address.
        odd.tell(name="other")
        assert (await look()).error_code == "PLUGIN_REPLACED"
        assert (await usecases.required(catalog_db, plugin.id)).state is PluginState.ERROR
        odd.tell(version="2.0.0", needs="number")
        assert (await look()).state is PluginState.ENABLED
        assert (await usecases.disable(catalog_db, plugin.id)).state is PluginState.DISABLED
        assert (await look()).state is PluginState.DISABLED


async def test_two_replicas_check_and_tell_once(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    async with odd.running("scanner") as process:
        await enabled(catalog_db, clients, process.address)
        await add_files(catalog_db, *(f"{number}.mkv" for number in range(30)))
        await catalog_db.run(SOON)
        watchers = [PluginWatcher(catalog_db, clients, horizon=-1) for _ in range(4)]
        checks = await asyncio.gather(*(watcher.check_due() for watcher in watchers))
        assert sorted(checks) == [0, 0, 0, 1]
        told = await asyncio.gather(*(watcher.inspect_due() for watcher in watchers))
        assert sum(told) == 30


async def test_scanner_plugins_are_told_of_files(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    watcher = PluginWatcher(catalog_db, clients, horizon=-1)
    async with odd.running("scanner") as process:
        plugin = await enabled(catalog_db, clients, process.address)
        first = await add_files(catalog_db, "a.mkv", "b.mkv")
        patient = PluginWatcher(catalog_db, clients)
        assert await patient.inspect_due() == 0  # their transaction might still be open
        await catalog_db.run(SOON)
        assert await watcher.inspect_due() == 2
        rows = await said(catalog_db, plugin)
        assert set(rows) == set(first)
        row = rows[first[0]]
        assert (row.metadata_type, row.confidence, row.plugin_version) == (
            "file-name",
            0.5,
            "1.0.0",
        )
        assert row.metadata == {"name": "a.mkv", "size": 5}
        later = await add_files(catalog_db, "c.mkv")
        await catalog_db.run(SOON)
        assert await watcher.inspect_due() == 1
        assert set(await said(catalog_db, plugin)) == {*first, *later}
        await usecases.delete(catalog_db, plugin.id, "")
        assert await said(catalog_db, plugin) == {}


@pytest.mark.parametrize(
    ("act", "rounds"),
    [("hang", 3), ("crash", 6), ("fail", 3), ("lie", 1), ("bad type", 1), ("many", 1)],
)
async def test_a_file_that_a_plugin_fails_with_is_left_out(  # noqa: PLR0917 # fixtures
    catalog_db: Database, clients: PluginClients, odd: Odd, hasty: None, act: str, rounds: int
) -> None:
    watcher = PluginWatcher(catalog_db, clients, horizon=-1)
    async with odd.running("scanner") as process:
        plugin = await enabled(catalog_db, clients, process.address)
        ids = await add_files(catalog_db, "a.mkv", "bad.mkv", "c.mkv")
        odd.tell(act=act, **{"bad file": "bad.mkv"})
        for _ in range(rounds):
            await catalog_db.run(SOON)
            await watcher.inspect_due()
            if act == "crash":
                await process.kill()
                await process.start()
                await asyncio.sleep(1.5)  # gRPC waits before it connects again
        assert set(await said(catalog_db, plugin)) == {ids[0], ids[2]}


async def test_answers_that_are_too_large_are_not_stored(
    catalog_db: Database, clients: PluginClients, odd: Odd
) -> None:
    watcher = PluginWatcher(catalog_db, clients, horizon=-1)
    async with odd.running("scanner") as process:
        plugin = await enabled(catalog_db, clients, process.address)
        await add_files(catalog_db, "a.mkv")
        odd.tell(act="large")
        await catalog_db.run(SOON)
        assert await watcher.inspect_due() == 1
        assert await said(catalog_db, plugin) == {}
        await add_files(catalog_db, "b.mkv")
        odd.tell(act="huge")
        for _ in range(3):
            await catalog_db.run(SOON)
            await watcher.inspect_due()
        assert await said(catalog_db, plugin) == {}
        after = await usecases.required(catalog_db, plugin.id)
        assert after.inspect_failures == 0


async def test_plugins_have_reflection_and_health(odd: Odd) -> None:
    from grpc_health.v1 import health_pb2  # noqa: PLC0415 # for this test only

    async with odd.running("scanner") as process:
        async with grpc.aio.insecure_channel(process.address) as channel:
            check: Any = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            for name in ("", "reelhouse.plugin.v1.ScannerPluginService"):
                answer = await check(health_pb2.HealthCheckRequest(service=name), timeout=5)
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
        assert await process.terminate() == 0
