"""What talks to sources, against servers that are slow, broken, huge, or change meanwhile."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from reelhouse_catalog.enrichment.model import ImageKind, PersonRole
from reelhouse_catalog.sources.clients import connect
from reelhouse_catalog.sources.clients.http import _GuardedResolver, retry_after
from reelhouse_catalog.sources.model import Collection, Config, Content, Source, SourceKind
from reelhouse_catalog.sources.protocol import Limits, SourceClient
from reelhouse_catalog.sources.remote import (
    Item,
    ItemKind,
    MovieRow,
    Selection,
    SeriesRow,
    SourceError,
)
from tests.protocol_servers.base import ProtocolServer, Trouble, running
from tests.protocol_servers.jellyfin import Jellyfin
from tests.protocol_servers.plex import Plex
from tests.protocol_servers.radarr import Radarr
from tests.protocol_servers.sonarr import Sonarr

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = Limits(
    connect=1, read=0.5, total=1, first_delay=0.01, longest_delay=0.2, most_bytes=1 << 20
)
EVERYTHING = Selection()


def source(kind: SourceKind, url: str = "", root: str = "", page: int = 2) -> Source:
    return Source(
        uuid4(), "x", "x", kind, url, root, None, enabled=True, config=Config(page_size=page),
        server_name="", server_version="", check_error="", checked_at=None, created_at=NOW,
        updated_at=NOW, revision=1,
    )  # fmt: skip


def collection(key: str, content: Content, *locations: str) -> Collection:
    return Collection(
        uuid4(), uuid4(), key, key, content, list(locations), enabled=True, config={}, gone_at=None,
        ingested_at=None, created_at=NOW, updated_at=NOW, revision=1,
    )  # fmt: skip


@asynccontextmanager
async def client(
    kind: SourceKind, server: ProtocolServer, limits: Limits = QUICK
) -> AsyncIterator[SourceClient]:
    async with connect(source(kind, server.url), server.credential, limits) as made:
        yield made


async def all_of(
    made: SourceClient, one: Collection, selection: Selection = EVERYTHING, cursor: Any = None
) -> list[Item]:
    return [item async for batch in made.batches(one, cursor, selection) for item in batch.items]


FILMS = collection("1", Content.MOVIES)
SHOWS = collection("2", Content.SHOWS)


def filled() -> Plex:
    plex = Plex()
    plex.section("1", "movie", "Films", "/data/films")
    plex.section("2", "show", "Shows", "/data/tv")
    for number in range(1, 6):
        plex.movie("1", number, f"Film {number}", 2000, f"/data/films/{number}.mkv")
    show = plex.show("2", 100, "Show", 2008)
    for number in range(1, 4):
        plex.episode("2", 100 + number, show, 1, number, f"/data/tv/{number}.mkv")
    return plex


async def test_plex_pages_and_cursors() -> None:
    async with running(filled()) as plex, client(SourceKind.PLEX, plex) as made:
        batches = [batch async for batch in made.batches(FILMS, None, EVERYTHING)]
        assert [[item.provider_key for item in batch.items] for batch in batches] == [
            ["1", "2"], ["3", "4"], ["5"],
        ]  # fmt: skip
        assert {batch.total for batch in batches} == {5}
        assert batches[-1].cursor is None
        rest = await all_of(made, FILMS, cursor=batches[0].cursor)
        assert [item.provider_key for item in rest] == ["3", "4", "5"]
        shows = await all_of(made, SHOWS)
        assert [item.kind for item in shows] == [ItemKind.SHOW] + [ItemKind.EPISODE] * 3
        one = await all_of(made, SHOWS, Selection("100", 1, 2))
        assert [item.provider_key for item in one] == ["100", "102"]


async def test_a_server_that_lies_about_its_total_ends() -> None:
    plex = filled()
    async with running(plex), client(SourceKind.PLEX, plex) as made:
        body = b'{"MediaContainer": {"totalSize": 999999, "size": 0}}'
        plex.trouble = Trouble(1, body=body, after=1)
        assert len(await all_of(made, FILMS)) == 2


async def test_what_plex_says() -> None:
    async with running(filled()) as plex, client(SourceKind.PLEX, plex) as made:
        [film] = await all_of(made, FILMS, Selection("Film 1 (2000)"))
        url = plex.url
    said = film.metadata
    assert film.server_path == "/data/films/1.mkv"
    assert (film.file.resolution, film.file.size_bytes) == (1080, 8_000_000_000)
    assert said.external_ids == {"tmdb": "1", "imdb": "tt0000001"}
    assert (said.display_name, said.year, said.duration_ms) == ("Film 1", 2000, 7_200_000)
    assert str(said.release_date) == "2000-05-04"
    assert (said.genres, said.studios) == (("Crime", "Drama"), ("Studio",))
    assert (said.rating, said.content_rating, said.tagline) == (8.2, "PG-13", "Once more.")
    assert [(p.name, p.role) for p in said.people] == [
        ("Al Pacino", PersonRole.ACTOR),
        ("Michael Mann", PersonRole.DIRECTOR),
        ("Michael Mann", PersonRole.WRITER),
    ]
    assert (said.people[0].character, said.people[0].image_url) == (
        "Hanna", "https://img.test/p.jpg",
    )  # fmt: skip
    assert [(i.kind, i.url) for i in said.images] == [
        (ImageKind.POSTER, f"{url}/library/metadata/1/thumb/1"),
        (ImageKind.BACKDROP, f"{url}/library/metadata/1/art/1"),
    ]
    assert film.raw["ratingKey"] == "1"


async def test_what_jellyfin_says() -> None:
    async with running(Jellyfin()) as jellyfin, client(SourceKind.JELLYFIN, jellyfin) as made:
        jellyfin.library("abc", "movies", "Films", "/m")
        for number in range(5):
            jellyfin.movie("abc", f"m{number}", f"Film {number}", 1995, f"/m/{number}.mkv", "/m/4k")
        [found] = await made.collections()
        assert (found.external_id, found.content, found.locations) == (
            "abc", Content.MOVIES, ("/m",),
        )  # fmt: skip
        items = await all_of(made, collection("abc", Content.MOVIES))
        assert len(items) == 10
        assert len(jellyfin.asked("/Items")) == 3
    film, other = items[:2]
    assert (film.provider_key, other.provider_key) == ("m0", "m0:m01")
    assert (other.server_path, other.file.resolution) == ("/m/4k", 2160)
    said = film.metadata
    assert said.external_ids == {"tmdb": "949", "imdb": "tt0113277"}
    assert (said.duration_ms, said.rating, said.year) == (7_200_000, 7.5, 1995)
    assert (said.studios, said.genres, said.tagline) == (("Studio",), ("Crime",), "Once more.")
    assert [person.role for person in said.people] == [PersonRole.ACTOR, PersonRole.DIRECTOR]
    assert said.images[0].url.endswith("/Items/m0/Images/Primary")


async def test_what_radarr_and_sonarr_say() -> None:
    async with running(Radarr()) as radarr, client(SourceKind.RADARR, radarr) as made:
        radarr.root(1, "/movies")
        radarr.movie(3, "C", 1995, "/movies/C", "/movies/C/C.mkv")
        radarr.movie(1, "A", 1995, "/movies/A", "/movies/A/A.mkv")
        radarr.movie(2, "B", 1995, "/movies2/B", "/movies2/B/B.mkv")
        films = collection("1", Content.MOVIES, "/movies")
        items = await all_of(made, films)
        assert [item.provider_key for item in items] == ["1", "3"]
        assert [i.provider_key for i in await all_of(made, films, cursor={"after": 1})] == ["3"]
    row = items[0].row
    assert isinstance(row, MovieRow)
    assert (row.imdb_id, row.tmdb_id, row.monitored) == ("tt0000001", 901, True)
    said = items[0].metadata
    assert (said.rating, said.rating_count, said.duration_ms) == (7.9, 7, 10_200_000)
    assert str(said.release_date) == "1995-05-04"
    async with running(Sonarr()) as sonarr, client(SourceKind.SONARR, sonarr) as made:
        sonarr.root(1, "/tv")
        sonarr.series(1, "Show", 2008, "/tv/Show")
        sonarr.file(1, 5, 1, "/tv/Show/S01E01-E02.mkv", 1, 2)
        items = await all_of(made, collection("1", Content.SHOWS, "/tv/"))
    assert [item.provider_key for item in items] == ["1", "e501", "e502"]
    assert isinstance(items[0].row, SeriesRow)
    assert items[0].metadata.content_rating == "TV-MA"
    assert items[1].metadata.external_ids == {"tvdb": "349501"}
    assert (items[1].file.release_group, items[1].file.quality) == ("NTb", "WEBDL-1080p")


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(3, status=503),
        Trouble(3, status=429, headers={"Retry-After": "0"}),
        Trouble(3, cut=True),
        Trouble(3, wait=5),
    ],
)
async def test_what_passes_is_asked_for_again(trouble: Trouble) -> None:
    plex = filled()
    async with running(plex), client(SourceKind.PLEX, plex) as made:
        plex.trouble = trouble
        assert (await made.check()).name == "Attic"
        assert len(plex.requests) == 4
        plex.trouble = Trouble(4, status=500)
        with pytest.raises(SourceError) as caught:
            await made.check()
        assert caught.value.code == "SOURCE_UNREACHABLE"


async def test_a_server_may_say_how_long_to_wait() -> None:
    plex = filled()
    limits = Limits(connect=1, read=1, total=2, first_delay=0.01, longest_delay=0.5)
    async with running(plex), client(SourceKind.PLEX, plex, limits) as made:
        for wanted in ("0.3", "1000000"):  # the former is no whole number, as it must be
            plex.trouble = Trouble(1, status=503, headers={"Retry-After": wanted})
            started = datetime.now(UTC)
            await made.check()
            waited = (datetime.now(UTC) - started).total_seconds()
            assert waited >= 0.5 if wanted == "1000000" else waited < 0.5


def test_retry_after() -> None:
    assert retry_after("7") == 7
    assert retry_after("") is None
    assert retry_after("soon") is None
    assert retry_after("-1") is None
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 55 < (retry_after(later) or 0) <= 60
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Trouble(9, status=401), "SOURCE_REFUSED"),
        (Trouble(9, status=403), "SOURCE_REFUSED"),
        (Trouble(9, endless=True), "SOURCE_MALFORMED"),
        (Trouble(9, body=b"not json"), "SOURCE_MALFORMED"),
        (Trouble(9, body=b""), "SOURCE_MALFORMED"),
        (Trouble(9, body=b"null"), "SOURCE_MALFORMED"),
        (Trouble(9, body=b"[" * 500_000), "SOURCE_MALFORMED"),
        (Trouble(9, body=b'{"MediaContainer": []}'), "SOURCE_MALFORMED"),
        (Trouble(9, status=301, headers={"Location": "/x"}), "SOURCE_MALFORMED"),
    ],
)
async def test_what_does_not_pass_is_told_at_once(trouble: Trouble, code: str) -> None:
    plex = filled()
    async with running(plex), client(SourceKind.PLEX, plex) as made:
        plex.trouble = trouble
        with pytest.raises(SourceError) as caught:
            await made.check()
        assert caught.value.code == code
        assert plex.credential not in str(caught.value)
        assert len(plex.requests) == 1


async def test_values_of_the_wrong_kind_break_nothing() -> None:
    plex = filled()
    odd: dict[str, Any] = {
        "ratingKey": 5, "type": "movie", "title": ["x"], "year": "1e9", "duration": -5,
        "rating": 1e308, "originallyAvailableAt": "not a day", "Genre": {"tag": "x"},
        "Guid": [{"id": 7}, None, "x"], "Role": [{"tag": None}, 3], "index": 2**70,
        "Media": [{"Part": [{"file": 3, "size": "huge"}]}, {"Part": "none"}, 4],
        "thumb": "javascript:x", "summary": "a\x00b" * 20_000,
        "contentRating": {"deep": "x" * 400_000},
    }  # fmt: skip
    plex.items["1"] = [odd]
    async with running(plex), client(SourceKind.PLEX, plex) as made:
        [item] = await all_of(made, FILMS)
    assert (item.provider_key, item.display_name, item.server_path) == ("5", "", "")
    assert (item.year, item.metadata.rating, item.metadata.images) == (None, None, ())
    assert "\x00" not in item.metadata.overview
    assert len(item.metadata.overview) <= 10_000
    assert list(item.raw) == ["omitted_bytes"]


async def test_names_are_checked_for_what_they_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = _GuardedResolver()
    [local] = {ipaddress.ip_address(r["host"]) for r in await resolver.resolve("127.0.0.1", 80)}
    assert local.is_loopback
    for forbidden in ("169.254.169.254", "0.0.0.0", "224.0.0.1"):  # noqa: S104 # not bound
        with pytest.raises(OSError, match="no source may have"):
            await resolver.resolve(forbidden, 80, socket.AF_INET)


async def test_folders_go_on_after_any_file(tmp_path: Path) -> None:
    root = tmp_path / "pool"
    names = ["b/2.mkv", "a/x/1.mkv", "a/2.mkv", "a!.mkv", "c.mp3", "a/.h/3.mkv", "b/n.txt"]
    for name in names:
        (root / "films" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "films" / name).touch()
    (root / "films" / "loop").symlink_to(root)
    (root / "films" / "dead.mkv").symlink_to(root / "nowhere")
    one = collection("films", Content.MIXED)
    async with connect(source(SourceKind.FILESYSTEM, root=str(root)), "") as made:
        batches = [batch async for batch in made.batches(one, None, EVERYTHING)]
        items = [item for batch in batches for item in batch.items]
        paths = [item.server_path.removeprefix(f"{root}/films/") for item in items]
        assert sorted(paths) == ["a!.mkv", "a/2.mkv", "a/x/1.mkv", "b/2.mkv", "c.mp3", "dead.mkv"]
        for place, batch in enumerate(batches):
            if batch.cursor is not None:
                rest = await all_of(made, one, cursor=batch.cursor)
                told = sum(len(b.items) for b in batches[: place + 1])
                assert [item.server_path for item in rest] == [
                    item.server_path for item in items[told:]
                ]
        missing = source(SourceKind.FILESYSTEM, root=str(root / "none"))
    async with connect(missing, "") as made:
        with pytest.raises(SourceError):
            await made.check()
