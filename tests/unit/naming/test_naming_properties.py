"""What holds for every name: never an error, bounded time, facts within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelhouse_naming import (
    MAX_RANGE,
    Facts,
    Kind,
    LibraryKind,
    clean_name,
    disc_number,
    extra_type,
    format_episodes,
    media_type,
    normalize_title,
    parse,
    quality,
    read_book_name,
    read_season_folder,
    read_subtitle,
    series_name,
    sort_title,
    split_titles,
    title_similarity,
)

# Pieces that names are made of, so that random names reach every branch.
PIECES = st.sampled_from(
    [
        *("Show", "Name", "The", "Film", "S01E02", "s1", "1x02", "x03", "E04", "-E05", "01", "103"),
        *("-", ".", "_", "[", "]", "(", ")", "{", "}", "/", "\\", "&", "+", ",", "~", "to", "12.5"),
        *("2010", "(2010)", "2010-10-11", "Season 1", "Episode", "Staffel", "Сезон", "第1季", "v2"),
        *("Cap.104", "5of9", "Part 2", "OVA", "Special", "1080p", "WEB-DL", "x264", "4K", "HDR"),
        *("German", "Extended Cut", "REPACK", "-GRP", "[Group]", "[ABCD1234]", "{tmdb-1}", "CD1"),
        *(".mkv", ".mp3", ".srt", "DDP5.1", "é", "日本語", "\u200d", "\ufdfa"),
    ]
)
NAMES = st.one_of(
    st.text(max_size=300),
    st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=14).map(" ".join),
    st.lists(PIECES, max_size=14).map("".join),
    st.lists(PIECES, max_size=14).map(".".join),
)
LIBRARIES = st.sampled_from([None, *LibraryKind])

# Of every name less than this; best of five, with room for a machine five times as slow.
LIMIT = timedelta(milliseconds=10)
ROOM = 5


@given(name=NAMES, library=LIBRARIES)
def test_parse_never_fails_and_stays_within_bounds(name: str, library: LibraryKind | None) -> None:
    facts = parse(name, library=library)
    assert isinstance(facts, Facts)
    assert 0.0 <= facts.confidence <= 1.0
    assert facts.year is None or 1000 <= facts.year <= 2099
    assert facts.season is None or 0 <= facts.season <= 9999
    assert len(facts.title) <= 500
    assert facts.title == facts.title.strip()
    assert facts.resolution is None or 100 <= facts.resolution <= 9999
    assert facts.part is None or facts.part >= 0
    assert quality(facts)
    assert media_type(facts)


@given(name=NAMES, library=LIBRARIES)
def test_numbers_ascend_and_ranges_are_short(name: str, library: LibraryKind | None) -> None:
    facts = parse(name, library=library)
    assert list(facts.episodes) == sorted(set(facts.episodes))
    assert list(facts.absolute_episodes) == sorted(set(facts.absolute_episodes))
    assert list(facts.seasons) == sorted(set(facts.seasons))
    if facts.episodes or facts.air_date:
        assert facts.kind in (Kind.EPISODE, Kind.EXTRA, Kind.MOVIE)
    run = longest = 0
    for before, number in zip((None, *facts.episodes), facts.episodes, strict=False):
        run = run + 1 if before is not None and number == before + 1 else 1
        longest = max(longest, run)
    # Side by side, several ranges may touch; no single one is longer than the limit.
    assert longest <= MAX_RANGE * 3


@given(first=st.integers(1, 300), length=st.integers(0, 100))
def test_a_range_has_at_most_twenty_episodes(first: int, length: int) -> None:
    facts = parse(f"Show S01E{first:02}-E{first + length:02} 1080p")
    if length == 0:
        assert facts.episodes == (first,)
    elif length < MAX_RANGE:
        assert facts.episodes == tuple(range(first, first + length + 1))
    else:
        assert (facts.kind, facts.episodes) == (Kind.SEASON, ())


@given(numbers=st.sets(st.integers(1, 400), min_size=1, max_size=8), season=st.integers(0, 60))
def test_reads_back_what_it_writes(numbers: set[int], season: int) -> None:
    facts = parse(f"Some Show - {format_episodes(season, sorted(numbers))} - Title.mkv")
    if max(numbers) - min(numbers) < MAX_RANGE:
        assert (facts.season, set(facts.episodes)) == (season, numbers)


@given(title=st.text(max_size=200))
def test_normalizing_twice_changes_nothing(title: str) -> None:
    once = normalize_title(title)
    assert normalize_title(once) == once
    once = normalize_title(title, split_camel_case=True)
    assert normalize_title(once, split_camel_case=True) == once


@given(left=st.text(max_size=100), right=st.text(max_size=100))
def test_similarity_is_symmetric_and_bounded(left: str, right: str) -> None:
    similarity = title_similarity(left, right)
    assert 0.0 <= similarity <= 1.0
    assert similarity == title_similarity(right, left)
    assert title_similarity(left, left) == 1.0


@given(name=NAMES, other=NAMES)
def test_the_single_rules_never_fail(name: str, other: str) -> None:
    read_season_folder(name, other)
    read_subtitle(f"{name}.srt", other)
    extra_type(name, other)
    for rule in RULES.values():
        rule(name)


RULES: dict[str, Callable[[str], object]] = {
    "clean_name": clean_name,
    "disc_number": disc_number,
    "extra_type": extra_type,
    "normalize_title": normalize_title,
    "read_book_name": read_book_name,
    "read_season_folder": read_season_folder,
    "read_subtitle": lambda name: read_subtitle(f"{name}.srt"),
    "series_name": series_name,
    "sort_title": sort_title,
    "split_titles": split_titles,
}

LENGTH = 10_000


def repeat(piece: str) -> str:
    return (piece * LENGTH)[:LENGTH]


HOSTILE = {
    "one letter": repeat("a"),
    "digits": repeat("1"),
    "digits apart": repeat("1 "),
    "numbers in a row": "-".join(map(str, range(3000)))[:LENGTH],
    "brackets open": repeat("["),
    "brackets nested": "([{" * 1500 + "}])" * 1500,
    "brackets mixed": repeat("(["),
    "spaces": repeat(" ") + "a",
    "dots": repeat("."),
    "dashes": repeat(" - "),
    "slashes": repeat("a/"),
    "slashes in brackets": repeat("[a/b]"),
    "backslashes": repeat("\\"),
    "years": repeat("2010."),
    "days": repeat("2010.10.10."),
    "S01E01": repeat("S01E01"),
    "S01": repeat("S01 "),
    "ranges": repeat("1-"),
    "lists": repeat("1, "),
    "1x1": repeat("1x1"),
    "season words": repeat("season 1 "),
    "other season words": repeat("сезон 1 "),
    "第": repeat("第"),
    "tags": repeat("x264."),
    "half tags": repeat("web-"),
    "languages": repeat("german "),
    "editions": repeat("directors cut "),
    "acronyms": repeat("S.H.I.E.L.D."),
    "apostrophes": repeat("a'"),
    "hash": repeat("deadbeef"),
    "ids": repeat("{tmdb-"),
    "sites": repeat("www."),
    "extensions": repeat(".mkv"),
    "every character": "".join(map(chr, range(0x20, 0x20 + LENGTH))),
    "every thousandth character": "".join(map(chr, range(0x20, 0x10FFFF, 111)))[:LENGTH],
    "expanding": repeat("\ufdfa"),
    "joiners": repeat("\u200d"),
    "surrogates": repeat("\ud800"),
    "no-break spaces": repeat("\u00a0"),
    "books": repeat("a - 1 - "),
}


def best_of_five(rule: Callable[[], object]) -> timedelta:
    times = []
    for _ in range(5):
        start = time.perf_counter()
        rule()
        times.append(time.perf_counter() - start)
    return timedelta(seconds=min(times))


@pytest.mark.parametrize("library", [None, *LibraryKind], ids=str)
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_take_no_time(name: str, library: LibraryKind | None) -> None:
    assert best_of_five(lambda: parse(name, library=library)) < LIMIT * ROOM


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_hostile_names_take_no_time_in_single_rules(
    name: str, rule: Callable[[str], object]
) -> None:
    assert best_of_five(lambda: rule(name)) < LIMIT * ROOM


@settings(max_examples=50)
@given(name=st.text(min_size=1000, max_size=3000), library=LIBRARIES)
def test_long_random_names_take_no_time(name: str, library: LibraryKind | None) -> None:
    assert best_of_five(lambda: parse(name, library=library)) < LIMIT * ROOM
