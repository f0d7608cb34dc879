"""Values out of JSON that others wrote: of the right type and size, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.enrichment.model import Finding
from reelhouse_catalog.providers import audnexus, musicbrainz, reading
from reelhouse_catalog.providers.http import retry_after
from reelhouse_catalog.providers.model import Candidate
from reelhouse_catalog.providers.tmdb import Tmdb
from reelhouse_catalog.providers.tvdb import Tvdb
from tests.protocol_servers import audnexus as audnexus_server
from tests.protocol_servers import musicbrainz as musicbrainz_server
from tests.protocol_servers import tmdb as tmdb_server
from tests.protocol_servers import tvdb as tvdb_server

NOBODY: Any = None
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert retry_after("7", NOW) == 7
    assert retry_after("Thu, 01 Jan 2026 00:02:00 GMT", NOW) == 120
    assert retry_after(None, NOW) == 60
    for nonsense in ("soon", "-5", "١٢", "Thu, 99 Foo", ""):
        assert retry_after(nonsense, NOW) == 60, nonsense
    assert retry_after("Thu, 01 Jan 2015 00:00:00 GMT", NOW) == 1
    assert retry_after("9" * 400, NOW) == 86_400


@given(st.text(max_size=40))
def test_retry_after_is_never_endless(header: str) -> None:
    assert 1 <= retry_after(header, NOW) <= 86_400


def test_values_of_the_wrong_type_are_left_out() -> None:
    document = {"a": 5, "b": True, "c": "x\x00y", "d": [1, {"name": "n"}, None], "e": "1999-13-45"}
    assert reading.text(document, "a") == ""
    assert reading.whole(document, "b") is None
    assert reading.text(document, "c") == "xy"
    assert reading.names(document, "d") == ("n",)
    assert reading.day(document, "e") is None
    assert reading.year("1999-05") == 1999
    assert reading.day("1999-03-31T00:00:00Z") == date(1999, 3, 31)
    assert reading.year("0012") is None
    assert reading.web_address("javascript:alert(1)") == ""
    assert reading.text("a\ud800b") == "ab"


@given(JUNK)
def test_readers_take_anything(value: Any) -> None:
    found = reading.whole(value)
    assert found is None or 0 <= found <= 2**53
    rating = reading.number(value, least=0, most=10)
    assert rating is None or 0 <= rating <= 10
    assert len(reading.text(value)) <= 500
    assert len(list(reading.each({"x": value}, "x"))) <= reading.MOST_ITEMS
    reading.text(value).encode()


def spoiled(document: Any, path: list[int], junk: Any) -> Any:
    """Returns a document where what lies at a path of places is something else."""
    if not path or not document:
        return junk
    if isinstance(document, dict):
        key = list(document)[path[0] % len(document)]
        return {**document, key: spoiled(document[key], path[1:], junk)}
    if isinstance(document, list):
        place = path[0] % len(document)
        return [
            spoiled(item, path[1:], junk) if n == place else item for n, item in enumerate(document)
        ]
    return junk


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), JUNK)
def test_answers_with_one_wrong_value_are_read_without_it(path: list[int], junk: Any) -> None:
    tmdb = Tmdb(NOBODY, "https://images.example", "en")
    tvdb = Tvdb(NOBODY, "en")
    albums = musicbrainz.MusicBrainz(NOBODY, "https://covers.example")
    film, show = tmdb_server.MATRIX, tmdb_server.SHOW
    series, book = tvdb_server.SERIES, audnexus_server.BOOK
    release = musicbrainz_server.RELEASES[musicbrainz_server.RELEASE]
    found = [
        tmdb._title(spoiled(film, path, junk), "movie"),
        tmdb._title(spoiled(show, path, junk), "tv"),
        tvdb._title(spoiled(series, path, junk), "series"),
        audnexus._title(spoiled(book, path, junk), audnexus_server.CHAPTERS),
    ]
    wrong = spoiled(release, path, junk)
    if isinstance(wrong, dict):
        album = albums._finding(Candidate(wrong, 1.0))
        assert isinstance(album, Finding)
        found.append(album.title)
    dict(tmdb._episodes(1, spoiled(tmdb_server.SEASON, path, junk)))
    dict(tvdb._seasons(spoiled(series, path, junk)))
    for metadata in found:
        assert metadata.rating is None or 0 <= metadata.rating <= 10
        assert all(metadata.genres)
        assert all(image.url.startswith(("http://", "https://")) for image in metadata.images)
