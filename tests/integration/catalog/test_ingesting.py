"""Ingests whose workers are killed, and what is handed over of titles."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from reelhouse_catalog.enrichment.model import Finding
from reelhouse_catalog.ingesting import item_store
from reelhouse_catalog.ingesting import usecases as ingesting
from reelhouse_catalog.ingesting.handing import findings_of, hand_over_all
from reelhouse_catalog.ingesting.handler import IngestHandler
from reelhouse_catalog.ingesting.linking import link_all
from reelhouse_catalog.ingesting.model import ENDED, Ingest, IngestState
from reelhouse_catalog.ingesting.watcher import Linker
from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.model import ENDED as SCAN_ENDED
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.sources import store as source_store
from reelhouse_catalog.sources import usecases as sources
from reelhouse_catalog.sources.model import Config, Source, SourceKind
from reelhouse_catalog.sources.paths import Mapping
from reelhouse_catalog.sources.remote import Selection
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.jobs import Worker
from reelhouse_kit.processes import leashed
from reelhouse_kit.secrets import Box, new_key
from reelhouse_naming import LibraryKind
from tests.media import Media
from tests.protocol_servers.base import ProtocolServer, running
from tests.protocol_servers.plex import Plex

SCRIPT = Path(__file__).with_name("ingest_worker.py")
ITEMS = Query(text("SELECT provider_key, ingest_id FROM catalog.source_items"))
TITLES = Query(text("SELECT id, name FROM catalog.titles"))
STATES = Query(text("SELECT provider_key, state FROM catalog.source_items"))
ATTEMPTS = Query(text("SELECT attempts FROM catalog.jobs WHERE type = 'ingest_source'"))
AGAIN = Query(text("UPDATE catalog.source_items SET handed_at = NULL"))
FORGET = Query(text("DELETE FROM catalog.media_files"))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": {"1": new_key()}}))
    return path


@pytest.fixture
def box(key_file: Path) -> Box:
    return Box.read(key_file)


async def make(
    database: Database, box: Box, server: ProtocolServer, page: int = 5, **local: Path
) -> Source:
    """Makes a source, with all collections enabled and mapped."""
    source = await sources.create_source(
        database, box, name="x", kind=SourceKind.PLEX, external_id="", base_url=server.url,
        root_path="", credential=server.credential, enabled=True, config=Config(page_size=page),
        once=None,
    )  # fmt: skip
    found = await sources.discover_collections(database, box, source.id)
    for one in found.collections:
        await sources.update_collection(database, source.id, one.id, {"enabled": True}, "")
        if one.name in local:
            mapping = Mapping(one.locations[0], str(local[one.name]))
            await sources.replace_path_mappings(database, source.id, one.id, [mapping], "")
    return source


async def start(database: Database, source: Source, **values: Any) -> Ingest:
    options: dict[str, Any] = {"selection": Selection(), "dry_run": False, "max_new": 0}
    return await ingesting.start_ingest(
        database, source.id, None, once=None, **{**options, **values}
    )


async def ended(database: Database, ingest: Ingest) -> Ingest:
    async with asyncio.timeout(50):
        while ingest.state not in ENDED:
            await asyncio.sleep(0.05)
            ingest = await ingesting.get_ingest(database, ingest.source_id, ingest.id)
    return ingest


async def scan(database: Database, root: Path, kind: LibraryKind) -> None:
    """Makes a library and scans it; needs a worker."""
    library = await libraries.create_library(
        database, name=root.name, kind=kind, root_path=str(root),
        scan_interval=DEFAULT_SCAN_INTERVAL, once=None,
    )  # fmt: skip
    found = await scanning.start_scan(database, library.id, full=False, once=None)
    async with asyncio.timeout(40):
        while found.state not in SCAN_ENDED:
            await asyncio.sleep(0.05)
            found = await scanning.get_scan(database, library.id, found.id)


@pytest.mark.timeout(120)
async def test_killed_workers_lose_and_repeat_nothing(
    catalog_db: Database, catalog_url: str, box: Box, key_file: Path, tmp_path: Path
) -> None:
    """Kill -9 in the middle, again and again: the counts are those of one calm run."""

    class Slow(Plex):
        async def _all(self, request: Any) -> Any:
            await asyncio.sleep(0.12)
            return await super()._all(request)

    async with running(Slow()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        plex.section("2", "movie", "More", "/data/more")
        for number in range(1, 101):
            place = "1" if number <= 60 else "2"
            plex.movie(place, number, f"Film {number}", 2000, f"/data/films/{number}.mkv")
        source = await make(catalog_db, box, plex, Films=tmp_path)
        ingest = await start(catalog_db, source)
        killed = 0
        while ingest.state not in ENDED:
            process = await asyncio.create_subprocess_exec(
                *leashed([sys.executable, str(SCRIPT), catalog_url, str(key_file)]),
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                assert process.stdout is not None
                assert await process.stdout.readline() == b"working\n"
                if killed < 2:
                    pages = len(plex.requests) + 4
                    async with asyncio.timeout(30):
                        while len(plex.requests) < pages:
                            await asyncio.sleep(0.02)
                    process.send_signal(signal.SIGKILL)
                    killed += 1
                else:
                    ingest = await ended(catalog_db, ingest)
            finally:
                if process.returncode is None:
                    process.kill()
                await process.communicate()
            ingest = await ingesting.get_ingest(catalog_db, source.id, ingest.id)
    assert killed == 2
    assert await catalog_db.value(ATTEMPTS) == 3
    assert ingest.state is IngestState.COMPLETED
    stats = ingest.stats
    assert (stats["discovered_count"], stats["ingested_count"]) == (100, 100)
    assert (stats["duplicate_count"], stats["error_count"], stats["gone_count"]) == (0, 0, 0)
    assert (stats["pending_count"], stats["unmapped_count"]) == (60, 40)
    rows = await catalog_db.all(ITEMS)
    assert {row["provider_key"] for row in rows} == {str(number) for number in range(1, 101)}
    # It went on where it was: no page was asked for much more often than once.
    asked = [request for request in plex.requests if "/all" in request]
    assert len(asked) <= 20 + 2 * 2


async def test_what_is_said_is_handed_over(  # noqa: PLR0915 # one long story
    catalog_db: Database, catalog_url: str, box: Box, media: Media, tmp_path: Path
) -> None:
    tv, films = tmp_path / "tv", tmp_path / "films"
    for number in (1, 2):
        media.film(tv / "Show" / "Season 01" / f"Show - S01E0{number}.mkv")
    media.film(films / "Heat (1995)" / "Heat.mkv")
    taken: dict[UUID, list[Finding]] = {}

    async def take(
        database: Database, title_id: UUID, findings: Sequence[Finding], said: Collection[str]
    ) -> None:
        assert set(said) == {"plex"}
        taken[title_id] = list(findings)

    handlers: dict[str, Any] = {
        scanning.JOB: ScanHandler(catalog_db, prober_count=1),
        ingesting.JOB: IngestHandler(catalog_db, box, hand_over=take),
    }
    worker = Worker(catalog_url, catalog_db, jobs, handlers)
    hub = Hub(catalog_url, catalog_db, outbox)
    async with running(Plex()) as plex, worker.running(), hub.run():
        plex.section("1", "movie", "Films", "/data/films")
        plex.section("2", "show", "Shows", "/data/tv")
        plex.movie("1", 7, "Heat", 1995, "/data/films/Heat (1995)/Heat.mkv")
        show = plex.show("2", 100, "Show", 2008)
        for number in (1, 2):
            path = f"/data/tv/Show/Season 01/Show - S01E0{number}.mkv"
            plex.episode("2", 100 + number, show, 1, number, path)
        source = await make(catalog_db, box, plex, page=1, Films=films, Shows=tv)
        await scan(catalog_db, tv, LibraryKind.TV)
        assert (await ended(catalog_db, await start(catalog_db, source))).state == "completed"
        names = {row["name"]: row["id"] for row in await catalog_db.all(TITLES)}
        assert set(taken) == {names["Show"]}
        [finding] = taken.pop(names["Show"])
        assert (finding.source, finding.key) == ("plex", "100")
        assert finding.title.external_ids == {"tvdb": "100"}
        assert set(finding.episodes) == {(1, 1), (1, 2)}
        assert finding.raw["leafCount"] == 1
        # Nothing new: nothing is handed over again.
        await ended(catalog_db, await start(catalog_db, source))
        assert not taken
        # The show changed, its episodes did not: it is, all of it.
        show["summary"] = "Something else."
        await ended(catalog_db, await start(catalog_db, source))
        assert taken.pop(names["Show"])[0].title.overview == "Something else."
        plex.items["2"][1]["title"] = "Pilot"
        await ended(catalog_db, await start(catalog_db, source))
        assert taken.pop(names["Show"])[0].episodes[1, 1].display_name == "Pilot"
        # The film's file comes later; the scan's events lead to it.
        async with Linker(catalog_db, hub, take).run():
            await asyncio.sleep(0.3)
            await scan(catalog_db, films, LibraryKind.MOVIE)
            async with asyncio.timeout(20):
                while not taken:
                    await asyncio.sleep(0.05)
        [[finding]] = taken.values()
        assert finding.title.display_name == "Heat"
        [title] = taken
        assert await findings_of(catalog_db, title) == [finding]

        # A title that is gone by then stops nothing.
        async def refuse(
            database: Database, title_id: UUID, findings: Sequence[Finding], said: Collection[str]
        ) -> None:
            raise errors.NotFoundError("catalog.reelhouse/Title", f"titles/{title_id}")

        await catalog_db.run(AGAIN)
        assert await hand_over_all(catalog_db, refuse) == 2
        assert await hand_over_all(catalog_db, take) == 0
        # What the source no longer tells of, it no longer says anything of.
        plex.items["2"].clear()
        plex.show("2", 200, "Other", 2009)
        taken.clear()
        await ended(catalog_db, await start(catalog_db, source))
        assert taken == {names["Show"]: []}
    # Files that are forgotten are waited for again.
    await catalog_db.run(FORGET)
    states = {row["provider_key"]: row["state"] for row in await catalog_db.all(STATES)}
    gone = dict.fromkeys(("100", "101", "102"), "gone")
    assert states == {"7": "pending", "200": "group", **gone}
    assert await link_all(catalog_db) == 0


async def test_checking_encrypts_with_the_newest_key(catalog_db: Database) -> None:
    old, new = os.urandom(32), os.urandom(32)
    async with running(Plex()) as plex:
        source = await make(catalog_db, Box({"old": old}), plex)
        both = Box({"new": new, "old": old})
        assert (await sources.check_source(catalog_db, both, source.id)).authenticated
        check = await sources.check_source(catalog_db, Box({"new": new}), source.id)
        assert check.authenticated


async def test_a_source_whose_key_is_gone_or_that_is_deleted_fails(
    catalog_db: Database, catalog_url: str, box: Box
) -> None:
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        source = await make(catalog_db, box, plex)
        first = await start(catalog_db, source)
        other = IngestHandler(catalog_db, Box({"other": os.urandom(32)}))
        async with Worker(catalog_url, catalog_db, jobs, {ingesting.JOB: other}).running():
            failed = await ended(catalog_db, first)
        assert (failed.state, failed.error_code) == ("failed", "SOURCE_REFUSED")
        await start(catalog_db, source)
        await sources.delete_source(catalog_db, source.id, "", force=True)
        handler = IngestHandler(catalog_db, box)
        async with Worker(catalog_url, catalog_db, jobs, {ingesting.JOB: handler}).running():
            query = Query(text("SELECT error_code FROM catalog.jobs WHERE status = 'failed'"))
            async with asyncio.timeout(20):
                while "SOURCE_GONE" not in {r["error_code"] for r in await catalog_db.all(query)}:
                    await asyncio.sleep(0.05)


async def test_a_link_made_meanwhile_stays(
    catalog_db: Database, catalog_url: str, box: Box, media: Media, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    media.film(films / "Heat.mkv")
    handlers = {scanning.JOB: ScanHandler(catalog_db, prober_count=1)}
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        source = await make(catalog_db, box, plex, Films=films)
        async with Worker(catalog_url, catalog_db, jobs, handlers).running():
            await scan(catalog_db, films, LibraryKind.MOVIE)
    [collection] = await source_store.collections_of(catalog_db, source.id)
    row: dict[str, Any] = {
        "canonical_key": "k", "kind": "movie", "provider_key": "7", "parent_key": "",
        "display_name": "Heat", "year": None, "season_number": None, "number": None,
        "server_path": "/data/films/Heat.mkv", "local_path": str(films / "Heat.mkv"),
        "media_file_id": None, "file": {}, "raw": {}, "finding": {}, "fingerprint": b"1",
    }  # fmt: skip

    async def write(**values: Any) -> str:
        async with catalog_db.transaction() as session:
            await item_store.write(session, collection.id, source.id, [row | values])
        return str((await catalog_db.all(STATES))[0]["state"])

    assert await write() == "pending"
    assert await link_all(catalog_db) == 1
    # What was read before the link, and is written after it, does not undo it.
    assert await write(fingerprint=b"2") == "linked"
    assert await write(local_path="/elsewhere.mkv") == "pending"
