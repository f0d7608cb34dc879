"""Comparing and sorting titles: BEHAVIOUR 1.7, 3.5, 5.3 and 7."""

from __future__ import annotations

import pytest

from reelhouse_naming import normalize_title, sort_title, title_similarity

NORMALIZED = [
    ("The Matrix", "the matrix"),
    ("The Matrix (1999)", "the matrix"),
    ("The Matrix [1999]", "the matrix"),
    ("Amélie", "amelie"),
    ("Straße", "strasse"),
    ("\uff26\uff35\uff2c\uff2c\u3000\uff37\uff29\uff24\uff34\uff28", "full width"),
    ("Fast & Furious", "fast and furious"),
    ("Marvel's Agents of S.H.I.E.L.D.", "marvels agents of s h i e l d"),
    ("Don\u2019t Look Up", "dont look up"),
    ("Some_Show.Name - Part", "some show name part"),
    ("Re:Zero", "re zero"),
    ("  spaces   everywhere ", "spaces everywhere"),
    ("2001: A Space Odyssey", "2001 a space odyssey"),
    ("进击的巨人", "进击的巨人"),
    ("", ""),
]


@pytest.mark.parametrize(("title", "expected"), NORMALIZED)
def test_normalizes(title: str, expected: str) -> None:
    assert normalize_title(title) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("VirginiaEvans TheCorrespondent", "virginia evans the correspondent"),
        ("NCISLosAngeles", "ncis los angeles"),
        ("Part2Title", "part2 title"),
    ],
)
def test_splits_camel_case_on_request(title: str, expected: str) -> None:
    assert normalize_title(title, split_camel_case=True) == expected
    assert " " not in normalize_title(title.replace(" ", ""))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("The Matrix", "matrix"),
        ("A Beautiful Mind", "beautiful mind"),
        ("An Education", "education"),
        ("Theory of Everything", "theory of everything"),
        ("The", "the"),
        ("  The   Wire ", "wire"),
        ("", ""),
    ],
)
def test_sorts_without_articles(title: str, expected: str) -> None:
    assert sort_title(title) == expected


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("The Matrix", "the matrix (1999)", 1.0),
        ("The Matrix", "Matrix", 1.0),
        ("The Matrix", "The Matrix Reloaded", 0.5),
        ("One Two Three", "Two Three Four", 0.5),
        ("One", "Two", 0.0),
        ("", "", 1.0),
        ("", "One", 0.0),
        ("The", "A", 0.0),
    ],
)
def test_compares(left: str, right: str, expected: float) -> None:
    assert title_similarity(left, right) == expected
    assert title_similarity(right, left) == expected
