"""Providers against servers on loopback that speak their documented protocols."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reelhouse_catalog.enrichment.model import ImageKind, PersonRole, Provider, Subject
from reelhouse_catalog.providers import http, musicbrainz, setup, store, tmdb, tvdb
from reelhouse_catalog.providers.settings import ProviderSettings
from reelhouse_kit import errors
from reelhouse_kit.breaker import OPEN_SECONDS, Breaker, State
from reelhouse_kit.db import Database, Query
from tests.protocol_servers import audnexus as audnexus_server
from tests.protocol_servers import musicbrainz as musicbrainz_server
from tests.protocol_servers import recorder
from tests.protocol_servers import tmdb as tmdb_server
from tests.protocol_servers import tvdb as tvdb_server
from tests.protocol_servers.recorder import Recorder

MATRIX = Subject("movie", "The Matrix", 1999)
SHOW = Subject("show", "Breaking Bad", 2008, episodes=((1, 1), (1, 2), (5, 1)))
ALBUM = Subject(
    "album",
    "Dummy",
    1994,
    ("Portishead",),
    tracks=((1, 1, "Mysterons", 306_000), (1, 2, "Sour Times", 252_000)),
)
BOOK = Subject("audiobook", "Project Hail Mary", creators=("Andy Weir",), duration_ms=58_000_000)
EXPIRE = Query(text("UPDATE catalog.provider_responses SET expires_at = now()"))
RELEASE_HOSTS = Query(text("UPDATE catalog.provider_hosts SET next_at = now()"))
KEPT = Query(text("SELECT count(*) FROM catalog.provider_responses"))


class House:
    """The four servers and what asks them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.recorders = {name: Recorder() for name in ("tmdb", "tvdb", "musicbrainz", "audnexus")}
        self.settings: Any = None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            made = (
                (tmdb_server, "tmdb", "/3"),
                (tvdb_server, "tvdb", "/v4"),
                (musicbrainz_server, "musicbrainz", "/ws/2"),
                (audnexus_server, "audnexus", ""),
            )
            for module, name, prefix in made:
                kept = self.recorders[name]
                await stack.enter_async_context(recorder.serving(module.make(kept), kept, prefix))
            self.settings = ProviderSettings(
                database_url="",
                public_keys_file=Path(),
                service_key_file=Path(),
                tmdb_key=tmdb_server.KEY,
                tmdb_url=self.recorders["tmdb"].url,
                tmdb_image_url="https://images.example",
                tvdb_key=tvdb_server.KEY,
                tvdb_url=self.recorders["tvdb"].url,
                musicbrainz_contact="me@example.org",
                musicbrainz_url=self.recorders["musicbrainz"].url,
                cover_art_url="https://covers.example",
                audible_region="us",
                audible_url=self.recorders["audnexus"].url,
                audnexus_url=self.recorders["audnexus"].url,
            )
            yield

    @asynccontextmanager
    async def asking(self, name: str, **changes: Any) -> AsyncIterator[tuple[Provider, Recorder]]:
        """Yields a provider as a process of its own has it, and what its server was asked."""
        settings = replace(self.settings, **changes)
        async with setup.opened(settings, self.database) as providers:
            yield providers[name], self.recorders[name]


@pytest.fixture
async def house(catalog_db: Database) -> AsyncIterator[House]:
    made = House(catalog_db)
    async with made.serving():
        yield made


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes MusicBrainz's second a tenth of one; that it is kept is a test of its own."""
    monkeypatch.setattr(musicbrainz, "INTERVAL", timedelta(milliseconds=10))


async def test_tmdb_films(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        found = await provider.find(MATRIX)
    assert found is not None
    title = found.title
    assert (found.source, found.key, found.confidence) == ("tmdb", "603", 1.0)
    assert (title.display_name, title.year, title.duration_ms) == ("The Matrix", 1999, 8_160_000)
    assert (title.release_date, title.rating, title.rating_count) == (date(1999, 3, 31), 8.2, 25000)
    assert (title.tagline, title.content_rating) == ("Free your mind.", "R")
    assert title.genres == ("Action", "Science Fiction")
    assert title.creators == ("Lana Wachowski", "Lilly Wachowski")
    assert title.external_ids == {"tmdb": "603", "imdb": "tt0133093"}
    people = [(person.name, person.role, person.character) for person in title.people]
    assert people == [
        ("Keanu Reeves", PersonRole.ACTOR, "Neo"),
        ("Lana Wachowski", PersonRole.DIRECTOR, ""),
        ("Lilly Wachowski", PersonRole.DIRECTOR, ""),
    ]
    assert title.people[0].image_url == "https://images.example/keanu.jpg"
    images = [(image.kind, image.url, image.width) for image in title.images]
    assert images == [
        (ImageKind.POSTER, "https://images.example/p1.jpg", 2000),
        (ImageKind.BACKDROP, "https://images.example/b1.jpg", 1920),
    ]
    assert asked.paths() == ["/search/movie", "/movie/603"]
    assert asked.asked[0].query["primary_release_year"] == "1999"


async def test_tmdb_takes_its_read_access_token_too(house: House) -> None:
    async with house.asking("tmdb", tmdb_key=tmdb_server.TOKEN) as (provider, asked):
        assert await provider.find(MATRIX)
    assert all("api_key" not in question.query for question in asked.asked)


async def test_tmdb_by_the_ids_that_are_known(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        by_imdb = replace(MATRIX, display_name="x", external_ids={"imdb": "tt0133093"})
        found = await provider.find(by_imdb)
        assert found is not None
        assert (found.key, found.confidence) == ("603", 1.0)
        assert asked.paths() == ["/find/tt0133093", "/movie/603"]
        gone = await provider.find(replace(MATRIX, external_ids={"tmdb": "999"}))
        assert gone is not None
        assert gone.key == "603"
        assert await provider.find(replace(MATRIX, external_ids={"imdb": "../../x"})) is not None
    assert not any(".." in path for path in asked.paths())


async def test_tmdb_finds_nothing_for_what_is_not_like_enough(house: House) -> None:
    async with house.asking("tmdb") as (provider, _):
        assert await provider.find(Subject("movie", "Matrix Reloaded Again", 2003)) is None
        assert await provider.find(Subject("movie", "The Matrix", 1971)) is None


async def test_tmdb_series_with_the_seasons_that_we_have(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        found = await provider.find(SHOW)
    assert found is not None
    assert found.title.content_rating == "TV-MA"
    assert found.title.creators == ("Vince Gilligan",)
    assert found.title.external_ids == {"tmdb": "1396", "imdb": "tt0903747", "tvdb": "81189"}
    assert [p.character for p in found.title.people if p.role is PersonRole.ACTOR] == [
        "Walter White"
    ]
    assert set(found.seasons) == {1}
    pilot = found.episodes[1, 1]
    assert (pilot.display_name, pilot.duration_ms, pilot.rating) == ("Pilot", 3_540_000, 8.0)
    assert set(found.episodes) == {(1, 1), (1, 2)}
    assert asked.paths()[-2:] == ["/tv/1396/season/1", "/tv/1396/season/5"]


async def test_tvdb_series_page_by_page(house: House) -> None:
    async with house.asking("tvdb") as (provider, asked):
        found = await provider.find(SHOW)
        assert found is not None
        title = found.title
        assert (title.display_name, title.overview) == (
            "Breaking Bad",
            "A teacher changes his trade.",
        )
        assert title.external_ids == {"tvdb": "81189", "imdb": "tt0903747", "tmdb": "1396"}
        assert (title.content_rating, title.studios) == ("TV-MA", ("AMC",))
        assert [(i.kind, i.url) for i in title.images] == [
            (ImageKind.POSTER, "https://a.example/p.jpg")
        ]
        assert [(p.name, p.character) for p in title.people] == [
            ("Bryan Cranston", "Walter White"),
            ("Vince Gilligan", ""),
        ]
        assert set(found.seasons) == {1}
        assert {place: e.display_name for place, e in found.episodes.items()} == {
            (1, 1): "Pilot",
            (1, 2): "Cat's in the Bag...",
        }
        assert asked.paths().count("/login") == 1
        known = await provider.find(replace(SHOW, external_ids={"imdb": "tt0903747"}))
        assert known is not None
        assert known.confidence == 1.0
        assert await provider.find(Subject("movie", "Breaking Bad", 2008)) is None


async def test_tvdb_signs_in_anew_when_its_token_is_over(house: House) -> None:
    async with house.asking("tvdb") as (provider, asked):
        assert await provider.find(SHOW)
        await house.database.run(EXPIRE)
        asked.faults.append(recorder.status(401))
        assert await provider.find(SHOW)
        assert asked.paths().count("/login") == 2


async def test_wrong_keys_are_refused_and_not_asked_with_again_and_again(house: House) -> None:
    for name, subject, changes in (
        ("tmdb", MATRIX, {"tmdb_key": "wrong"}),
        ("tmdb", MATRIX, {"tmdb_key": "a.b.c"}),
        ("tvdb", SHOW, {"tvdb_key": "wrong"}),
        ("musicbrainz", ALBUM, {"musicbrainz_contact": "nobody"}),
    ):
        async with house.asking(name, **changes) as (provider, asked):
            asked.asked.clear()
            with pytest.raises(errors.FailedPreconditionError) as caught:
                await provider.find(subject)
            assert caught.value.reason == "PROVIDER_REFUSED"
            assert "wrong" not in str(caught.value).replace("is wrong", "")
            assert len(asked.asked) <= 2


async def test_musicbrainz_albums_by_their_tracks(house: House, hasty: None) -> None:
    async with house.asking("musicbrainz") as (provider, asked):
        found = await provider.find(ALBUM)
        assert found is not None
        title = found.title
        assert (found.key, found.confidence) == (musicbrainz_server.RELEASE, 1.0)
        assert (title.display_name, title.year, title.creators) == (
            "Dummy",
            1994,
            ("Portishead",),
        )
        assert (title.genres, title.studios) == (("Trip Hop",), ("Go! Beat",))
        cover = f"https://covers.example/release/{musicbrainz_server.RELEASE}/front"
        assert [image.url for image in title.images] == [cover]
        assert title.external_ids["musicbrainz_release_group"] == musicbrainz_server.GROUP
        assert found.tracks[1, 2].display_name == "Sour Times"
        assert asked.asked[0].query["query"] == 'release:"Dummy" AND artist:"Portishead"'
        assert "me@example.org" in asked.asked[0].headers["User-Agent"]
        known = replace(ALBUM, external_ids={"musicbrainz": musicbrainz_server.DELUXE})
        by_id = await provider.find(known)
        assert by_id is not None
        assert by_id.key == musicbrainz_server.DELUXE
        other = replace(ALBUM, creators=("Somebody Else",))
        assert await provider.find(other) is None
        await provider.find(replace(ALBUM, display_name='a" OR release:*'))
        assert asked.asked[-1].query["query"].startswith('release:"a\\" OR release\\:\\*" AND')


async def test_musicbrainz_is_asked_once_a_second_by_all_together(house: House) -> None:
    async with (
        house.asking("musicbrainz") as (one, asked),
        house.asking("musicbrainz") as (other, _),
    ):
        await one.find(ALBUM)
        await other.find(replace(ALBUM, display_name="Third"))
        await one.find(replace(ALBUM, display_name="Portishead"))
    times = [question.time for question in asked.asked]
    assert len(times) >= 4
    # A question may be late on a busy machine, and the next one then seems early.
    assert times[-1] - times[0] > len(times) - 2


async def test_audnexus_by_asin_and_by_audibles_catalogue(house: House) -> None:
    async with house.asking("audnexus") as (provider, asked):
        found = await provider.find(BOOK)
        assert found is not None
        title = found.title
        assert (found.key, title.display_name) == (audnexus_server.ASIN, "Project Hail Mary")
        assert (title.creators, title.narrators) == (("Andy Weir",), ("Ray Porter",))
        assert (title.series, title.series_position) == ("Hail", "1")
        assert title.overview == "A lone astronaut.\nTom & Jerry not aboard."
        assert (title.duration_ms, title.rating, title.year) == (58_252_995, 9.8, 2021)
        assert title.genres == ("Science Fiction & Fantasy",)
        assert title.external_ids == {"asin": audnexus_server.ASIN, "isbn": "9781603935470"}
        assert found.raw["chapters"]["chapters"][0]["title"] == "Opening Credits"
        assert asked.asked[1].query["region"] == "us"
        known = await provider.find(replace(BOOK, external_ids={"asin": audnexus_server.ASIN}))
        assert known is not None
        assert known.confidence == 1.0
        # A wrong ASIN is looked up by name instead.
        wrong = await provider.find(replace(BOOK, external_ids={"asin": "B000000000"}))
        assert wrong is not None
        assert await provider.find(Subject("audiobook", "Something Else")) is None


async def test_what_was_answered_is_not_asked_again_until_its_time(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        first = await provider.find(MATRIX)
        await provider.find(replace(MATRIX, external_ids={"tmdb": "999"}))
        count = len(asked.asked)
    async with house.asking("tmdb") as (provider, asked):
        assert await provider.find(MATRIX) == first
        await provider.find(replace(MATRIX, external_ids={"tmdb": "999"}))
        assert len(asked.asked) == count
        await house.database.run(EXPIRE)
        assert await provider.find(MATRIX) == first
        assert asked.asked[-1].headers["If-None-Match"] == 'W/"matrix"'
        # Its 304 made the kept answer good again.
        count = len(asked.asked)
        assert await provider.find(MATRIX) == first
        assert len(asked.asked) == count
    rows = await house.database.all(Query(text("SELECT * FROM catalog.provider_responses")))
    assert tmdb_server.KEY not in str([dict(row) for row in rows])


async def test_kept_answers_are_bounded_in_size_and_age(catalog_db: Database) -> None:
    for number in range(2500):
        await store.put(
            catalog_db,
            number.to_bytes(32, "big"),
            provider="x",
            status=200,
            etag="",
            body=b"x" * 100,
            lifetime=timedelta(days=1),
        )
    month = timedelta(days=30)
    assert await store.prune(catalog_db, most_bytes=300_000, oldest=month) == 0
    assert await store.prune(catalog_db, most_bytes=120_000, oldest=month) == 1300
    newest = await store.get(catalog_db, (2499).to_bytes(32, "big"))
    assert newest is not None
    assert await store.prune(catalog_db, most_bytes=10**9, oldest=timedelta(0)) == 1200
    assert await catalog_db.value(KEPT) == 0


async def test_one_more_attempt_after_a_fault(house: House) -> None:
    for fault in (recorder.status(500), recorder.status(502), recorder.cut):
        async with house.asking("tmdb") as (provider, asked):
            asked.faults.append(fault)
            assert await provider.find(replace(MATRIX, year=None)) is not None
            await house.database.run(Query(text("DELETE FROM catalog.provider_responses")))


async def test_faults_that_stay_are_told_in_our_words(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        for fault, reason, count in (
            (recorder.status(500), "PROVIDER_UNAVAILABLE", 2),
            # How often aiohttp itself tries a connection that was kept open is its own matter.
            (recorder.cut, "PROVIDER_UNAVAILABLE", 0),
            (recorder.text("<html>no"), "PROVIDER_ANSWER_INVALID", 1),
            (recorder.text("[1, 2]"), "PROVIDER_ANSWER_INVALID", 1),
            (recorder.text("[" * 100_000), "PROVIDER_ANSWER_INVALID", 1),
            (recorder.endless, "PROVIDER_ANSWER_INVALID", 1),
            (
                recorder.status(302, Location="http://169.254.169.254/"),
                "PROVIDER_ANSWER_INVALID",
                1,
            ),
            (recorder.status(418), "PROVIDER_ANSWER_INVALID", 1),
        ):
            asked.asked.clear()
            asked.faults[:] = [fault] * 4
            with pytest.raises(errors.RetryableError) as caught:
                await provider.find(MATRIX)
            assert caught.value.reason == reason
            assert len(asked.asked) == count or not count, reason
            assert tmdb_server.KEY not in str(caught.value)
            # Others succeed meanwhile; else the breaker would open, as it should.
            asked.faults.clear()
            await house.database.run(Query(text("DELETE FROM catalog.provider_responses")))
            assert await provider.find(MATRIX)
            await house.database.run(Query(text("DELETE FROM catalog.provider_responses")))


async def test_a_slow_provider_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", 0.2)
    async with house.asking("tmdb") as (provider, asked):
        asked.faults[:] = [recorder.slow(5), recorder.slow(5)]
        with pytest.raises(errors.UnavailableError) as caught:
            await provider.find(MATRIX)
        assert caught.value.reason == "PROVIDER_UNAVAILABLE"


async def test_who_wants_to_be_left_alone_is_left_alone_by_all(house: House) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    async with (
        house.asking("tmdb") as (one, asked),
        house.asking("tmdb") as (other, _),
    ):
        asked.faults.append(recorder.status(429, Retry_After=later))
        with pytest.raises(errors.ResourceExhaustedError) as caught:
            await one.find(MATRIX)
        assert caught.value.reason == "PROVIDER_RATE_LIMITED"
        assert 580 < caught.value.retry_after <= 600
        with pytest.raises(errors.ResourceExhaustedError) as caught:
            await other.find(MATRIX)
        assert 570 < caught.value.retry_after <= 600
        assert len(asked.asked) == 1
        await house.database.run(RELEASE_HOSTS)
        # A short while is waited for.
        asked.faults.append(recorder.status(429, Retry_After="1"))
        assert await other.find(MATRIX)
        assert asked.asked[2].time - asked.asked[1].time > 0.95


async def test_a_dead_provider_is_not_asked_for_a_while(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        asked.faults[:] = [recorder.status(500)] * 20
        for _ in range(6):
            with pytest.raises(errors.UnavailableError):
                await provider.find(MATRIX)
        assert len(asked.asked) == 5


async def test_a_question_that_is_given_up_leaves_the_next_one_its_chance(house: House) -> None:
    async with house.asking("tmdb") as (provider, asked):
        client: Any = provider._client  # type: ignore[attr-defined]
        client._breaker = Breaker(State.OPEN, opened_at=time.monotonic() - OPEN_SECONDS - 1)
        asked.faults.append(recorder.slow(30))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await provider.find(MATRIX)
        assert client._breaker.state is State.HALF_OPEN
        assert await provider.find(MATRIX)


def test_without_keys_nobody_is_asked() -> None:
    bare = ProviderSettings(database_url="", public_keys_file=Path(), service_key_file=Path())
    assert setup.configured(bare) == {}
    assert [info.name for info in setup.described(bare)] == [
        "audnexus",
        "musicbrainz",
        "tmdb",
        "tvdb",
    ]
    assert tmdb.Tmdb.kinds == tvdb.Tvdb.kinds == {"movie", "show"}
    wrong = replace(bare, tmdb_url="ftp://x", audible_region="mars", metadata_language="English")
    told = "\n".join(wrong.problems())
    for name in ("TMDB_URL", "AUDIBLE_REGION", "METADATA_LANGUAGE"):
        assert name in told
