"""Ingests over gRPC: real HTTP servers, real files, real scans."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from reelhouse.catalog.v1 import (
    ingest_pb2,
    source_collection_pb2,
    source_item_pb2,
    source_pb2,
    source_service_pb2,
    source_service_pb2_grpc,
)
from tests.contract import expect
from tests.media import Media
from tests.protocol_servers.base import Trouble, running
from tests.protocol_servers.jellyfin import Jellyfin
from tests.protocol_servers.plex import Plex
from tests.protocol_servers.radarr import Radarr
from tests.protocol_servers.sonarr import Sonarr
from tests.suite import Client, Suite

Source = source_pb2.Source
Collection = source_collection_pb2.SourceCollection
Mapping = source_collection_pb2.PathMapping
Ingest = ingest_pb2.Ingest
Entry = ingest_pb2.IngestEntry
Item = source_item_pb2.SourceItem
pb = source_service_pb2


class House:
    """A suite with helpers for sources."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.admin: Client = suite.stub(source_service_pb2_grpc, "SourceService", "admin")

    async def source(self, kind: str, server: Any = None, **values: Any) -> Source:
        """Makes a source."""
        fields: dict[str, Any] = {"display_name": kind, "kind": Source.Kind.Value(f"KIND_{kind}")}
        if server is not None:
            fields |= {"base_url": server.url, "credential": server.credential}
        request = pb.CreateSourceRequest(source=Source(**{**fields, **values}))
        made: Source = await self.admin.CreateSource(request)
        return made

    async def enabled(self, source: Source, **local: Path) -> dict[str, Collection]:
        """Discovers and enables all collections, and maps their first location."""
        found = await self.admin.DiscoverCollections(
            pb.DiscoverCollectionsRequest(name=source.name)
        )
        kept = {}
        for one in found.collections:
            change = Collection(name=one.name, enabled=True)
            await self.admin.UpdateSourceCollection(
                pb.UpdateSourceCollectionRequest(collection=change)
            )
            mappings = []
            if one.display_name in local:
                here = str(local[one.display_name])
                mappings = [Mapping(server_path=one.locations[0], local_path=here)]
            kept[one.display_name] = await self.admin.ReplacePathMappings(
                pb.ReplacePathMappingsRequest(name=one.name, path_mappings=mappings)
            )
        return kept

    async def ended(self, ingest: Ingest) -> Ingest:
        """Watches an ingest until it has ended."""
        async for response in self.admin.WatchIngest(pb.WatchIngestRequest(name=ingest.name)):
            ingest = response.ingest
        return ingest

    async def ingest(self, name: str, **values: Any) -> Ingest:
        """Ingests a source or a collection. Returns how that ended."""
        if "/collections/" in name:
            of_one = pb.IngestCollectionRequest(name=name, **values)
            return await self.ended(await self.admin.IngestCollection(of_one))
        of_all = pb.IngestSourceRequest(name=name, **values)
        return await self.ended(await self.admin.IngestSource(of_all))

    async def items(self, collection: Collection, state: int = 0) -> dict[str, Item]:
        """Returns a collection's items by their keys at the source."""
        request = pb.ListSourceItemsRequest(parent=collection.name, page_size=1000, state=state)  # type: ignore[arg-type]
        listed = await self.admin.ListSourceItems(request)
        return {item.source_key or item.display_name: item for item in listed.items}

    async def entries(self, ingest: Ingest, action: int = 0) -> list[Entry]:
        """Returns an ingest's entries."""
        request = pb.ListIngestEntriesRequest(parent=ingest.name, action=action, page_size=1000)  # type: ignore[arg-type]
        return list((await self.admin.ListIngestEntries(request)).entries)

    async def rows(self, query: str) -> list[dict[str, Any]]:
        """Reads the database."""
        connection = await asyncpg.connect(self.suite.admin_url)
        try:
            return [dict(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()


@pytest.fixture
async def house(suite: Suite) -> AsyncIterator[House]:
    async with suite.workers():
        yield House(suite)


def counts(ingest: Ingest) -> dict[str, Any]:
    """Returns what an ingest counted, of items and without zeros."""
    assert ingest.state == Ingest.STATE_COMPLETED, ingest
    return {
        field.name.removesuffix("_count"): value
        for field, value in ingest.stats.ListFields()
        if "collection" not in field.name and field.name != "total_count"
    }


async def test_plex_films_shows_and_everything_wrong(  # noqa: PLR0915 # one long story
    house: House, media: Media, tmp_path: Path
) -> None:
    films, tv = tmp_path / "films", tmp_path / "tv"
    media.film(films / "Heat (1995)" / "Heat.mkv")
    media.film(tv / "Breaking Bad" / "Season 01" / "Breaking Bad - S01E01.mkv")
    await house.suite.library(films)
    await house.suite.library(tv, "TV")
    files = await house.suite.files()
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        plex.section("2", "show", "Shows", "D:\\tv")
        plex.movie("1", 7, "Heat", 1995, "/data/films/Heat (1995)/Heat.mkv", "/data/films/4k.mkv")
        plex.movie("1", 8, "Elsewhere", 2001, "/other/Elsewhere.mkv")
        plex.movie("1", 9, "No File", 2002)
        plex.movie("1", 7, "Heat again", 1995, "/data/films/Heat (1995)/Heat.mkv")
        nameless = plex.movie("1", 10, "Nameless", 2003, "")
        nameless["ratingKey"] = ""
        show = plex.show("2", 100, "Breaking Bad", 2008)
        plex.episode(
            "2", 101, show, 1, 1, "D:\\tv\\Breaking Bad\\Season 01\\Breaking Bad - S01E01.mkv"
        )
        plex.episode("2", 102, show, 1, 2, "D:\\tv\\Breaking Bad\\S01E02.mkv")
        source = await house.source("PLEX", plex, config=Source.Config(page_size=2))
        found = await house.enabled(source, Films=films, Shows=tv)
        plan = await house.ingest(source.name, dry_run=True)
        assert counts(plan) == {
            "discovered": 9, "ingested": 6, "linked": 2, "pending": 2, "unmapped": 1,
            "skipped": 1, "error": 1, "duplicate": 1,
        }  # fmt: skip
        assert not await house.items(found["Films"])
        entries = {entry.display_name: entry for entry in await house.entries(plan)}
        assert [entry.number for entry in await house.entries(plan)] == list(range(1, 10))
        assert entries["Elsewhere"].action == Entry.ACTION_WRONG
        assert entries["Elsewhere"].error_code == "UNMAPPED"
        assert entries["No File"].error_code == "NO_FILE"
        assert entries["Nameless"].error_code == "NO_IDENTIFIER"
        assert entries["Heat again"].error_code == "DUPLICATE"
        assert entries["Breaking Bad"].action == Entry.ACTION_CREATE
        assert entries["Episode 1"].action == Entry.ACTION_LINK
        assert entries["Episode 1"].local_path.endswith("Breaking Bad - S01E01.mkv")
        real = await house.ingest(source.name)
        assert counts(real) == counts(plan)
        assert {e.error_code for e in await house.entries(real)} == {"UNMAPPED", "NO_IDENTIFIER"}
        assert len(await house.entries(plan, Entry.ACTION_LINK)) == 2
        items = await house.items(found["Films"])
        assert {key: item.state for key, item in items.items()} == {
            "7": Item.STATE_LINKED,
            "7:71": Item.STATE_PENDING,
            "8": Item.STATE_UNMAPPED,
        }
        assert items["7"].media_file == files["Heat.mkv"].name
        assert items["7"].file.video_codec == "h264"
        full = await house.admin.GetSourceItem(pb.GetSourceItemRequest(name=items["7"].name))
        assert json.loads(full.raw_json)["Guid"][0]["id"] == "imdb://tt0000007"
        episodes = await house.items(found["Shows"])
        assert episodes["100"].state == Item.STATE_GROUP
        assert (episodes["101"].season_number, episodes["101"].parent_key) == (1, "100")
        assert set(await house.items(found["Shows"], Item.STATE_LINKED)) == {"101"}
        # Once more: nothing new, and the same counts of what there is.
        again = counts(await house.ingest(source.name))
        assert again["skipped"] == 6
        assert "ingested" not in again
        assert "linked" not in again
        plex.items["1"] = [plex.items["1"][0] | {"title": "Heat!"}]
        changed = counts(await house.ingest(source.name))
        assert (changed["updated"], changed["gone"]) == (2, 1)
        assert (await house.items(found["Films"]))["8"].state == Item.STATE_GONE


async def test_items_are_linked_when_a_scan_brings_their_files(
    house: House, media: Media, tmp_path: Path
) -> None:
    films = tmp_path / "films"
    films.mkdir()
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        plex.movie("1", 7, "Heat", 1995, "/data/films/Heat (1995)/Heat.mkv")
        source = await house.source("PLEX", plex)
        found = await house.enabled(source, Films=films)
        assert counts(await house.ingest(source.name))["pending"] == 1
    media.film(films / "Heat (1995)" / "Heat.mkv")
    await house.suite.library(films)
    item = Item()
    for _ in range(100):
        item = (await house.items(found["Films"]))["7"]
        if item.state == Item.STATE_LINKED:
            break
        await asyncio.sleep(0.1)
    assert item.state == Item.STATE_LINKED
    assert item.media_file == (await house.suite.files())["Heat.mkv"].name
    assert item.HasField("link_time")


async def test_jellyfin(house: House, media: Media, tmp_path: Path) -> None:
    tv = tmp_path / "tv"
    media.film(tv / "Show" / "Season 01" / "Show - S01E01-E02.mkv")
    await house.suite.library(tv, "TV")
    async with running(Jellyfin()) as jellyfin:
        jellyfin.library("lib1", "tvshows", "Shows", "/media/tv")
        jellyfin.library("lib2", "", "Mixed", "/media/mixed")
        show = jellyfin.series("lib1", "s1", "Show", 2010)
        double = jellyfin.episode(
            "lib1", "e1", show, 1, 1, "/media/tv/Show/Season 01/Show - S01E01-E02.mkv"
        )
        double["IndexNumberEnd"] = 2
        jellyfin.movie("lib2", "m1", "Heat", 1995, "/media/mixed/Heat.mkv")
        source = await house.source("JELLYFIN", jellyfin)
        found = await house.enabled(source, Shows=tv)
        assert found["Mixed"].content == Collection.CONTENT_MIXED
        told = counts(await house.ingest(source.name))
        assert told == {"discovered": 4, "ingested": 4, "linked": 2, "unmapped": 1}
        items = await house.items(found["Shows"])
        assert {key: item.number for key, item in items.items()} == {"s1": 0, "e1": 1, "e1:e2": 2}
        assert items["e1"].media_file == items["e1:e2"].media_file


async def test_radarr_and_its_tables(house: House, media: Media, tmp_path: Path) -> None:
    films = tmp_path / "films"
    real = tmp_path / "remote" / "heat.mkv"
    media.film(real)
    (films / "Heat (1995)").mkdir(parents=True)
    (films / "Heat (1995)" / "Heat.mkv").symlink_to(real)
    await house.suite.library(films)
    async with running(Radarr()) as radarr:
        radarr.root(1, "/movies")
        radarr.root(2, "/movies4k")
        radarr.movie(1, "Heat", 1995, "/movies/Heat (1995)", "/movies/Heat (1995)/Heat.mkv")
        radarr.movie(2, "Wanted", 2008, "/movies/Wanted (2008)")
        radarr.movie(3, "Big", 1988, "/movies4k/Big (1988)", "/movies4k/Big (1988)/Big.mkv")
        source = await house.source("RADARR", radarr, display_name="Main")
        found = await house.enabled(source, movies=films)
        told = counts(await house.ingest(found["movies"].name))
        assert told == {"discovered": 2, "ingested": 1, "linked": 1, "skipped": 1}
        radarr.movie(4, "Brief", 1999, "/movies/Brief", "/movies/Brief/Brief.mkv")
        await house.ingest(source.name)
        assert len(await house.rows("SELECT 1 FROM catalog.radarr_movies")) == 4
        assert len(await house.rows("SELECT 1 FROM catalog.radarr_movie_files")) == 3
        # What Radarr no longer has is forgotten, but not that of other folders.
        radarr.movies = radarr.movies[:2]
        await house.ingest(found["movies"].name)
        assert len(await house.rows("SELECT 1 FROM catalog.radarr_movies")) == 3
    one = " WHERE radarr_movie_id = 1"
    movies = await house.rows(
        "SELECT m.*, s.name AS instance FROM catalog.radarr_movies m"
        " JOIN catalog.sources s ON s.id = source_id WHERE radarr_id < 3 ORDER BY radarr_id"
    )
    assert [row["title"] for row in movies] == ["Heat", "Wanted"]
    heat = movies[0]
    assert (heat["instance"], heat["year"], heat["imdb_id"], heat["tmdb_id"]) == (
        "Main", 1995, "tt0000001", 901,
    )  # fmt: skip
    assert heat["monitored"]
    assert heat["added_at"].isoformat() == "2024-03-01T10:20:30+00:00"
    assert heat["poster_url"] == "https://image.tmdb.test/poster.jpg"
    assert heat["fanart_url"].endswith("/MediaCover/1/fanart.jpg")
    [file] = await house.rows("SELECT * FROM catalog.radarr_movie_files" + one)
    assert (file["radarr_movie_id"], file["radarr_file_id"]) == (1, 10)
    assert (file["quality"], file["resolution"]) == ("Bluray-1080p", 1080)
    assert (file["video_codec"], file["audio_codec"]) == ("x264", "DTS")
    assert file["size_bytes"] == 12_345_678_901
    assert file["original_path"] == "/movies/Heat (1995)/Heat.mkv"
    assert file["symlink_path"] == str(films / "Heat (1995)" / "Heat.mkv")
    assert file["media_file_id"] is not None


async def test_sonarr_and_its_tables(house: House, media: Media, tmp_path: Path) -> None:
    tv = tmp_path / "tv"
    media.film(tv / "Show" / "Season 01" / "Show - S01E01-E02.mkv")
    await house.suite.library(tv, "TV")
    async with running(Sonarr()) as sonarr:
        sonarr.root(1, "/tv")
        sonarr.series(1, "Show", 2008, "/tv/Show")
        sonarr.file(1, 5, 1, "/tv/Show/Season 01/Show - S01E01-E02.mkv", 1, 2)
        sonarr.episode(1, 999, 1, 3)
        sonarr.series(2, "Other", 2010, "/tv/Other")
        sonarr.file(2, 6, 1, "/tv/Other/S01E01.mkv", 1)
        source = await house.source("SONARR", sonarr)
        found = await house.enabled(source, tv=tv)
        title = pb.IngestTitleRequest(name=found["tv"].name, title="show (2008)")
        told = counts(await house.ended(await house.admin.IngestTitle(title)))
        assert told == {"discovered": 3, "ingested": 3, "linked": 2}
        assert len(sonarr.asked("/api/v3/episodefile")) == 1  # nobody else's
        only = pb.IngestTitleRequest(
            name=found["tv"].name, title="2", season_number=1, episode_number=1
        )
        told = counts(await house.ended(await house.admin.IngestTitle(only)))
        assert told == {"discovered": 2, "ingested": 2, "pending": 1}
    series = await house.rows("SELECT * FROM catalog.sonarr_series ORDER BY sonarr_id")
    assert (series[0]["title"], series[0]["tvdb_id"], series[0]["tmdb_id"]) == (
        "Show", 81189, 1396,
    )  # fmt: skip
    files = await house.rows("SELECT * FROM catalog.sonarr_episode_files ORDER BY sonarr_file_id")
    assert [row["sonarr_file_id"] for row in files] == [5, 6]
    assert (files[0]["season_number"], files[0]["release_group"]) == (1, "NTb")
    assert (files[0]["symlink_path"], files[0]["quality"]) == ("", "WEBDL-1080p")


async def test_folders(house: House, media: Media, tmp_path: Path) -> None:
    pool = tmp_path / "pool"
    media.film(pool / "films" / "Heat (1995)" / "Heat.mkv")
    (pool / "films" / ".trash").mkdir()
    (pool / "films" / ".trash" / "x.mkv").touch()
    (pool / "films" / "notes.txt").touch()
    (pool / "films" / "loop").symlink_to(pool / "films")
    await house.suite.library(pool / "films")
    source = await house.source("FILESYSTEM", root_path=str(pool))
    found = await house.enabled(source)
    assert counts(await house.ingest(source.name)) == {
        "discovered": 1, "ingested": 1, "linked": 1,
    }  # fmt: skip
    assert (await house.items(found["films"]))["Heat"].state == Item.STATE_LINKED


async def test_limits_disabled_sources_and_repeats(house: House, tmp_path: Path) -> None:
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        plex.section("9", "photo", "Photos", "/data/photos")
        for number in range(1, 8):
            plex.movie("1", number, f"Film {number}", 2000, f"/data/films/{number}.mkv")
        source = await house.source("PLEX", plex, config=Source.Config(page_size=3))
        discovered = await house.admin.DiscoverCollections(
            pb.DiscoverCollectionsRequest(name=source.name)
        )
        with expect.error(expect.PRECONDITION, "COLLECTION_DISABLED"):
            await house.ingest(source.name)
        with expect.error(expect.PRECONDITION, "COLLECTION_DISABLED"):
            await house.ingest(discovered.collections[0].name)
        found = await house.enabled(source, Films=tmp_path)
        with expect.error(expect.PRECONDITION, "COLLECTION_DISABLED"):
            await house.ingest(found["Photos"].name)
        limited = await house.ingest(source.name, max_new=4)
        assert limited.stats.limit_reached
        assert limited.stats.ingested_count == len(await house.items(found["Films"])) == 4
        rest = await house.ingest(source.name, max_new=3)
        assert (rest.stats.ingested_count, rest.stats.limit_reached) == (3, False)
        plex.trouble = Trouble(1, wait=2)
        once = pb.IngestSourceRequest(name=source.name, request_id=str(uuid4()))
        first = await house.admin.IngestSource(once)
        assert (await house.admin.IngestSource(once)).name == first.name
        with expect.error(expect.PRECONDITION, "INGEST_RUNNING"):
            await house.ingest(source.name)
        await house.ended(first)
        change = Source(name=source.name, enabled=False)
        await house.admin.UpdateSource(pb.UpdateSourceRequest(source=change))
        with expect.error(expect.PRECONDITION, "SOURCE_DISABLED"):
            await house.ingest(source.name)
        # A library that suddenly is empty is not believed.
        change = Source(name=source.name, enabled=True)
        await house.admin.UpdateSource(pb.UpdateSourceRequest(source=change))
        plex.items["1"] = []
        empty = await house.ingest(source.name)
        assert (empty.stats.gone_count, empty.stats.error_count) == (0, 1)
        [entry] = await house.entries(empty)
        assert entry.error_code == "COLLECTION_EMPTY"
        listed = await house.admin.ListIngests(pb.ListIngestsRequest(parent=source.name))
        assert [one.name for one in listed.ingests][:1] == [empty.name]


async def test_ingests_are_cancelled(house: House, tmp_path: Path) -> None:
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        plex.movie("1", 1, "Film", 2000, "/data/films/1.mkv")
        source = await house.source("PLEX", plex)
        await house.enabled(source, Films=tmp_path)
        plex.trouble = Trouble(9, wait=20)
        ingest = await house.admin.IngestSource(pb.IngestSourceRequest(name=source.name))
        async for response in house.admin.WatchIngest(pb.WatchIngestRequest(name=ingest.name)):
            if response.ingest.state == Ingest.STATE_RUNNING:
                break
        await house.admin.CancelIngest(pb.CancelIngestRequest(name=ingest.name))
        assert (await house.ended(ingest)).state == Ingest.STATE_CANCELLED
        with expect.error(expect.PRECONDITION, "WRONG_STATE"):
            await house.admin.CancelIngest(pb.CancelIngestRequest(name=ingest.name))


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble(99, status=401), "SOURCE_REFUSED"),
        (Trouble(99, body=b"<html>"), "SOURCE_MALFORMED"),
        (Trouble(99, body=b"{}", after=1), "SOURCE_MALFORMED"),
        (Trouble(99, status=404), "SOURCE_MALFORMED"),
    ],
)
async def test_servers_that_fail(
    house: House, tmp_path: Path, trouble: Trouble, reason: str
) -> None:
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        for number in (1, 2):
            plex.movie("1", number, f"Film {number}", 2000, f"/data/films/{number}.mkv")
        source = await house.source("PLEX", plex, config=Source.Config(page_size=1))
        found = await house.enabled(source, Films=tmp_path)
        plex.trouble = trouble
        kept = trouble.after
        failed = await house.ingest(source.name)
        assert failed.state == Ingest.STATE_FAILED
        assert failed.error.details[0].value.find(reason.encode()) > 0
        # What was told before stays.
        assert len(await house.items(found["Films"])) == kept


async def test_a_server_that_comes_back_is_gone_on_with(house: House, tmp_path: Path) -> None:
    async with running(Plex()) as plex:
        plex.section("1", "movie", "Films", "/data/films")
        for number in range(1, 6):
            plex.movie("1", number, f"Film {number}", 2000, f"/data/films/{number}.mkv")
        source = await house.source("PLEX", plex, config=Source.Config(page_size=2))
        await house.enabled(source, Films=tmp_path)
        plex.requests.clear()
        plex.trouble = Trouble(2, status=503, headers={"Retry-After": "0"}, after=1)
        assert counts(await house.ingest(source.name))["ingested"] == 5
        assert len(plex.asked("/library/sections/1/all")) == 5  # three pages, two refused
