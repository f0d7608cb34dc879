"""Which file of a second library a broken link is to lead to."""

from __future__ import annotations

from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.relinking.model import (
    Candidate,
    Identity,
    Reason,
    Wanted,
    choose,
    read_item,
)
from reelhouse_naming import LibraryKind


def candidate(
    name: str, year: int | None, unit: str = "s01e01", tmdb: int | None = None, rank: int = 30
) -> Candidate:
    path = f"/second/{name}/{year}/{tmdb}/{rank}.mkv".encode()
    return Candidate(uuid4(), path, tmdb, name, year, unit, b"/real" + path, rank)


def pick(wanted: Wanted, *candidates: Candidate, known: tuple[Identity, ...] = ()) -> object:
    titles = {Identity(c.show_norm, c.tmdb_id, c.year) for c in candidates} | set(known)
    answers = {
        chosen if isinstance(chosen := choose(wanted, list(order), titles), Reason) else chosen[0]
        for order in permutations(candidates)
    }
    assert len(answers) == 1, "the order decides"
    return answers.pop()


SHOW = Wanted(None, "show", 2010, "s01e01")


def test_the_best_resolution_wins() -> None:
    low, high = candidate("show", 2010, rank=20), candidate("show", 2010, rank=40)
    assert pick(SHOW, low, high, candidate("show", 2010, rank=30)) is high


def test_another_episode_never_does() -> None:
    others = [candidate("show", 2010, unit) for unit in ("s01e02", "s02e01", "s01e01e02", "a001")]
    assert pick(SHOW, *others) is Reason.NO_CANDIDATE


@pytest.mark.parametrize(
    ("wanted_year", "years", "expected"),
    [
        (2010, (2010,), 2010),
        (2010, (2011,), 2011),
        (2010, (2012,), None),
        (2010, (1990, 2010), 2010),
        (2010, (2009, 2010, 2011), 2010),
        (2010, (2009, 2011), Reason.AMBIGUOUS),
        (2010, (None,), None.__class__),
        (2010, (None, 2011), Reason.AMBIGUOUS),
        (2010, (None, 2010), 2010),
        (None, (2010,), 2010),
        (None, (1990, 2010), Reason.AMBIGUOUS),
        (None, (None, 2010), Reason.AMBIGUOUS),
    ],
)
def test_years(wanted_year: int | None, years: tuple[int | None, ...], expected: object) -> None:
    found = pick(
        Wanted(None, "show", wanted_year, "s01e01"), *(candidate("show", year) for year in years)
    )
    if expected is None:
        assert found is Reason.NO_CANDIDATE
    elif expected is None.__class__:
        assert isinstance(found, Candidate)
    elif isinstance(expected, int):
        assert isinstance(found, Candidate)
        assert found.year == expected
    else:
        assert found is expected


def test_what_lacks_the_episode_makes_a_title_ambiguous_all_the_same() -> None:
    wanted = Wanted(None, "the office", None, "s01e01")
    american = candidate("the office", 2005)
    assert pick(wanted, american) is american
    british = Identity("the office", None, 2001)
    assert pick(wanted, american, known=(british,)) is Reason.AMBIGUOUS


def test_an_id_decides_whatever_name_and_year_say() -> None:
    wanted = Wanted(7, "show", 2010, "s01e01")
    renamed = candidate("serie", 2008, tmdb=7, rank=10)
    namesake = candidate("show", 2010, tmdb=8, rank=40)
    assert pick(wanted, renamed, namesake) is renamed
    assert pick(wanted, namesake) is Reason.NO_CANDIDATE
    # The second library knows the title, but not this part of it.
    bare = candidate("show", 2010, rank=40)
    assert pick(wanted, bare, known=(Identity("show", 7, 2010),)) is Reason.NO_CANDIDATE
    assert pick(wanted, bare) is bare
    assert pick(wanted, bare, namesake) is Reason.NO_CANDIDATE


def test_two_titles_with_ids_of_their_own_are_ambiguous() -> None:
    wanted = Wanted(None, "show", 2010, "s01e01")
    one, two = candidate("show", 2010, tmdb=7), candidate("show", 2010, tmdb=8)
    assert pick(wanted, one, two) is Reason.AMBIGUOUS
    # A copy without an id and of the same year is taken for the same.
    bare = candidate("show", 2010, rank=40)
    assert pick(wanted, one, bare) is bare
    # One id is one title, whatever years its folders say.
    assert pick(Wanted(None, "show", None, "s01e01"), one, candidate("show", 2011, tmdb=7)) is one


def test_nothing_is_no_name() -> None:
    assert pick(Wanted(None, "", None, "s01e01"), candidate("", None)) is Reason.NO_CANDIDATE


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["show", "shows"]),
            st.sampled_from([None, 2009, 2010, 2011, 2013]),
            st.sampled_from(["s01e01", "s01e02"]),
            st.sampled_from([None, 7, 8]),
            st.sampled_from([0, 30, 40]),
        ),
        max_size=8,
    ),
    st.sampled_from([None, 2010]),
    st.sampled_from([None, 7]),
)
def test_what_is_chosen_is_never_something_else(
    made: list[tuple[str, int | None, str, int | None, int]], year: int | None, tmdb: int | None
) -> None:
    candidates = [candidate(name, y, unit, t, rank) for name, y, unit, t, rank in made]
    titles = {Identity(c.show_norm, c.tmdb_id, c.year) for c in candidates}
    chosen = choose(Wanted(tmdb, "show", year, "s01e01"), candidates, titles)
    if isinstance(chosen, Reason):
        return
    assert chosen
    assert [c.resolution_rank for c in chosen] == sorted(
        (c.resolution_rank for c in chosen), reverse=True
    )
    for one in chosen:
        assert one.unit == "s01e01"
        if tmdb is not None and any(title.tmdb_id == tmdb for title in titles):
            assert one.tmdb_id == tmdb
            continue
        assert one.show_norm == "show"
        assert tmdb is None or one.tmdb_id is None
        assert year is None or one.year is None or abs(one.year - year) <= 1
    assert len({one.tmdb_id for one in chosen} - {None}) <= 1


@pytest.mark.parametrize(
    ("base", "path", "rank", "unit", "tmdb"),
    [
        ("Shows", "Show (2010) {tmdb-7}/Season 01/Show S01E01 1080p.mkv", 30, "s01e01", 7),
        ("4KShows", "Show (2010)/Season 01/Show S01E01.mkv", 40, "s01e01", None),
        ("Shows", "Show (2010)/Season 01/Show S01E01-E02 720p.mkv", 20, "s01e01e02", None),
        ("Shows", "Show/Season 2024/Show - 2024-05-01.mkv", 0, "d2024-05-01", None),
        ("Shows", "Show/Season 01/Show S01E01 2160p.mkv", 40, "s01e01", None),
        ("Shows", "Show/Season 01/Show S01E01 480p.mkv", 10, "s01e01", None),
        ("Shows", "UHD/Show/Season 01/Show S01E01.mkv", 40, "s01e01", None),
    ],
)
def test_files_of_the_second_library(
    base: str, path: str, rank: int, unit: str, tmdb: int | None
) -> None:
    item = read_item(f"/cinesync/{base}".encode(), path.encode(), LibraryKind.TV)
    assert (item.resolution_rank, item.unit, item.tmdb_id) == (rank, unit, tmdb)
    assert item.show_norm == "show"
