"""What many sources say becomes one: whoever comes first, and whatever people locked."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.enrichment import stored
from reelhouse_catalog.enrichment.known import PART_FIELDS, Item, Known, changes, merged
from reelhouse_catalog.enrichment.merging import (
    cleaned,
    cleaned_finding,
    merge,
    of_title,
    rating_system,
)
from reelhouse_catalog.enrichment.model import (
    EMBEDDED,
    FIELDS,
    FILENAME,
    LOCAL,
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
)

LATEST = 2031
SOURCES = (LOCAL, "tmdb", "tvdb", "musicbrainz", "plex", EMBEDDED, FILENAME, "a-plugin")

texts = st.text(max_size=12)
names = st.lists(texts, max_size=3).map(tuple)
people = st.lists(
    st.builds(Person, texts, st.sampled_from(PersonRole), texts, texts), max_size=3
).map(tuple)
images = st.lists(
    st.builds(Image, st.sampled_from(ImageKind), texts, st.binary(max_size=5)), max_size=3
).map(tuple)
metadata = st.builds(
    Metadata,
    display_name=texts,
    original_name=texts,
    sort_name=texts,
    overview=texts,
    tagline=texts,
    release_date=st.none() | st.dates(),
    year=st.none() | st.integers(-5, 3000),
    duration_ms=st.none() | st.integers(-5, 10**9),
    genres=names,
    studios=names,
    languages=names,
    rating=st.none() | st.floats(),
    rating_count=st.none() | st.integers(-1, 2**40),
    content_rating=texts,
    creators=names,
    narrators=names,
    series=texts,
    series_position=texts,
    people=people,
    images=images,
    external_ids=st.dictionaries(texts, texts, max_size=3),
)
findings = st.lists(
    st.builds(
        Finding,
        source=st.sampled_from(SOURCES),
        key=st.sampled_from(("1", "2", "")),
        confidence=st.floats(0, 1),
        title=metadata,
    ).map(lambda found: cleaned_finding(found, latest_year=LATEST)),
    max_size=6,
    unique_by=lambda found: (found.source, found.key),
)
locks = st.sets(st.sampled_from(FIELDS))


@given(findings, metadata, locks)
def test_locked_fields_never_change(
    said: list[Finding], current: Metadata, locked: set[str]
) -> None:
    after = merge(of_title(said), current=current, locked=locked)
    for name in locked:
        assert getattr(after, name) == getattr(current, name)


@given(findings, metadata, locks, st.randoms())
def test_the_order_of_arrival_does_not_matter(
    said: list[Finding], current: Metadata, locked: set[str], chance: random.Random
) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)
    one = merge(of_title(said), current=current, locked=locked)
    assert merge(of_title(shuffled), current=current, locked=locked) == one


@given(findings, metadata, locks)
def test_merging_again_changes_nothing(
    said: list[Finding], current: Metadata, locked: set[str]
) -> None:
    once = merge(of_title(said), current=current, locked=locked)
    assert merge(of_title(said), current=once, locked=locked) == once


@given(metadata)
def test_what_is_kept_is_what_was_said(said: Metadata) -> None:
    clean = cleaned(said, latest_year=LATEST)
    assert cleaned(clean, latest_year=LATEST) == clean
    assert stored.metadata_from_json(stored.metadata_to_json(clean)) == clean


def finding(source: str, confidence: float = 1.0, **values: Any) -> Finding:
    return Finding(source, "k", confidence, Metadata(**values))


def merge_all(*said: Finding, locked: tuple[str, ...] = (), **current: Any) -> Metadata:
    return merge(of_title(said), current=Metadata(**current), locked=locked)


def test_who_is_believed() -> None:
    after = merge_all(
        finding(FILENAME, display_name="heat", year=1996),
        finding("tmdb", display_name="Heat", year=1995, overview="Two men."),
        finding(LOCAL, overview="A heist."),
        finding("a-plugin", tagline="A Los Angeles crime saga", overview="?"),
    )
    assert (after.display_name, after.year, after.overview) == ("Heat", 1995, "A heist.")
    assert after.tagline == "A Los Angeles crime saga"
    assert after.sort_name == "heat"


def test_fields_with_rules_of_their_own() -> None:
    after = merge_all(
        finding("tmdb", duration_ms=170_000, genres=("Drama", "Crime"), rating=8.0),
        finding(EMBEDDED, duration_ms=171_000, genres=("drama", "Heist")),
        finding("tvdb", rating=9.0, rating_count=7, external_ids={"tvdb": "1", "imdb": "tt2"}),
        finding(LOCAL, external_ids={"imdb": "tt1"}),
    )
    assert after.duration_ms == 171_000
    assert after.genres == ("Drama", "Crime", "Heist")
    # A count of ratings is that of the rating that is believed.
    assert (after.rating, after.rating_count) == (8.0, None)
    assert after.external_ids == {"imdb": "tt1", "tvdb": "1"}


def test_a_sort_name_belongs_to_its_name() -> None:
    renamed = merge_all(
        finding("tmdb", display_name="The Thing", sort_name="Thing 1982"),
        locked=("display_name",),
        display_name="A Horror Film",
    )
    assert (renamed.display_name, renamed.sort_name) == ("A Horror Film", "horror film")


@pytest.mark.parametrize(
    ("given_year", "kept"), [(1799, None), (1800, 1800), (LATEST, LATEST), (LATEST + 1, None)]
)
def test_years_that_may_be(given_year: int, kept: int | None) -> None:
    assert cleaned(Metadata(year=given_year), latest_year=LATEST).year == kept


def test_the_year_of_a_release_date() -> None:
    assert merge_all(finding("tmdb", release_date=date(1995, 12, 15))).year == 1995


def test_text_that_a_database_cannot_hold() -> None:
    bad = Metadata(
        display_name="a\x00b\ud800", overview="x" * 50_000, people=(Person("", PersonRole.ACTOR),)
    )
    clean = cleaned(bad, latest_year=LATEST)
    assert clean.display_name == "ab?"
    assert len(clean.overview) == 10_000
    assert clean.people == ()
    assert stored.raw_json({"a": "\x00", "b": [1]}) == {"a": "", "b": [1]}
    assert stored.raw_json({"a": "x" * 2_000_000}) == {}
    assert stored.raw_json({"a": "\ud800"}) == {}


@pytest.mark.parametrize(
    ("rating", "system"),
    [
        ("TV-MA", "TV"),
        ("TV-Y7-FV", "TV"),
        ("pg-13", "MPAA"),
        ("NC-17", "MPAA"),
        ("FSK 16", ""),
        ("", ""),
    ],
)
def test_rating_systems(rating: str, system: str) -> None:
    assert rating_system(rating) == system


def item(table: str, place: tuple[int, ...] = (), **values: Any) -> Item:
    found_name = values.pop("found_name", "")
    return Item(table, uuid4(), Metadata(**values), frozenset(), 1, found_name, place)


def test_parts_go_by_their_numbers() -> None:
    said = Finding(
        "tvdb",
        "7",
        1.0,
        Metadata(display_name="Harbor Lights"),
        seasons={1: Metadata(display_name="First")},
        episodes={(1, 2): Metadata(display_name="Arrival"), (9, 9): Metadata(overview="?")},
    )
    episode = item("episodes", (1, 2), display_name="arrival x264", found_name="arrival x264")
    other = item("episodes", (1, 3), display_name="Departure", found_name="Departure")
    known = Known(
        title=item("titles", display_name="Harbor Lights", sort_name="harbor lights"),
        library_id=uuid4(),
        kind="show",
        base=Metadata(display_name="Harbor Lights"),
        findings=(said,),
        seasons={1: item("seasons", (1,))},
        episodes={(1, 2): episode, (1, 3): other},
    )
    after = {changed.id: values.display_name for changed, values in changes(known)}
    assert after == {known.seasons[1].id: "First", episode.id: "Arrival"}
    locked = replace(episode, locked=frozenset({"display_name"}))
    assert merged(known, locked).display_name == "arrival x264"
    # What a part has no room for is not merged into it.
    assert "genres" not in PART_FIELDS["episodes"]
    assert merged(known, episode).genres == ()


def test_tracks_without_numbers_keep_what_their_files_say() -> None:
    said = Finding(EMBEDDED, "", 1.0, Metadata(), tracks={(1, 0): Metadata(display_name="?")})
    one, two = (item("tracks", (1, 0), display_name=n, found_name=n) for n in ("Salt", "Home"))
    known = Known(
        title=item("titles", display_name="A", sort_name="a"),
        library_id=uuid4(),
        kind="album",
        base=Metadata(display_name="A"),
        findings=(said,),
        tracks={(1, 0): (one, two)},
    )
    assert changes(known) == []
