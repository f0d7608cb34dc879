"""How well what providers found fits: the thresholds, and rules that hold for any names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.enrichment.model import Subject
from reelhouse_catalog.providers.model import (
    MUSIC_THRESHOLD,
    VIDEO_THRESHOLD,
    Candidate,
    album_score,
    best,
    book_score,
    similarity,
    video_score,
)

NAMES = st.text(max_size=40)
YEARS = st.none() | st.integers(1800, 2100)


def film(name: str, year: int | None = None, duration_ms: int | None = None) -> Subject:
    return Subject("movie", name, year, duration_ms=duration_ms)


def test_films_by_name_and_year() -> None:
    assert video_score(film("The Matrix", 1999), ["The Matrix"], 1999) >= 1
    assert video_score(film("Dune", 2021), ["Dune"], 1984) < VIDEO_THRESHOLD
    assert video_score(film("Dune"), ["Dune"], 1984) >= VIDEO_THRESHOLD
    assert video_score(film("Dune", 2021), ["Dune Part Two"], 2021) < VIDEO_THRESHOLD
    near = video_score(film("Amélie", 2001), ["Le Fabuleux Destin", "Amelie"], 2002)
    assert VIDEO_THRESHOLD < near < video_score(film("Amélie", 2001), ["Amelie"], 2001)


def test_a_length_that_is_far_off_speaks_against_a_film() -> None:
    hours = 3_600_000
    as_long = video_score(film("Dune", duration_ms=2 * hours), ["Dune"], None, 2 * hours)
    shorter = video_score(film("Dune", duration_ms=2 * hours), ["Dune"], None, hours)
    assert shorter < VIDEO_THRESHOLD <= as_long


def test_albums_by_their_tracks() -> None:
    album = Subject(
        "album",
        "Dummy",
        creators=("Portishead",),
        tracks=((1, 1, "Mysterons", 305_000), (1, 2, "Sour Times", 254_000)),
    )
    same = album_score(album, "Dummy", ["Portishead"], [300_000, 250_000])
    other = album_score(album, "Dummy", ["Portishead"], [200_000, 100_000, 1000, 1000])
    assert same == 1
    assert other < same
    assert album_score(album, "Dummy", ["Somebody"], [300_000, 250_000]) < MUSIC_THRESHOLD


def test_books_by_author_and_length() -> None:
    book = Subject("audiobook", "Emma", creators=("Jane Austen",), duration_ms=50_000_000)
    assert book_score(book, ["Emma"], ["Jane Austen"], 49_000_000) == 1
    assert book_score(book, ["Emma"], ["Alexander McCall Smith"], 49_000_000) < 0.8
    assert book_score(book, ["Emma"], ["Jane Austen"], 10_000_000) < 0.81


def test_names_of_punctuation_alone_are_told_apart() -> None:
    assert similarity("!!!", "???") == 0
    assert similarity("!!!", "!!!") == 1


def test_of_two_that_fit_equally_well_neither_is_sure() -> None:
    tied = [Candidate("a", 0.9), Candidate("b", 0.9)]
    assert best(tied, VIDEO_THRESHOLD) is None
    certain = best([*tied, Candidate("c", 1.1)], VIDEO_THRESHOLD)
    assert certain is not None
    assert (certain.item, certain.confidence) == ("c", 1.0)


@given(NAMES, NAMES)
def test_similarity_is_a_share_and_has_no_direction(left: str, right: str) -> None:
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, right) == similarity(right, left)
    assert similarity(left, left) == 1


@given(NAMES, NAMES, YEARS, YEARS, YEARS)
def test_a_nearer_year_never_fits_worse(
    name: str, other: str, ours: int | None, near: int | None, far: int | None
) -> None:
    if ours is None or near is None or far is None:
        return
    near, far = sorted((near, far), key=lambda year: abs(year - ours))
    assert video_score(film(name, ours), [other], near) >= video_score(
        film(name, ours), [other], far
    )


@given(st.lists(st.floats(-1, 2, allow_nan=False), max_size=6))
def test_best_is_the_best_and_above_the_threshold(scores: list[float]) -> None:
    found = best([Candidate(number, score) for number, score in enumerate(scores)], 0.85)
    if found is None:
        top = sorted(scores, reverse=True)[:2]
        assert not top or top[0] < 0.85 or (len(top) == 2 and top[0] == top[1] and top[0] < 0.96)
    else:
        assert scores[found.item] == max(scores)
        assert 0.85 <= found.confidence <= 1
