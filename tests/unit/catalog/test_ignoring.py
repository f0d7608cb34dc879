from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.scanning import ignoring
from reelhouse_catalog.scanning.ignoring import Rules


@pytest.mark.parametrize(
    ("pattern", "path", "folder", "expected"),
    [
        ("*.part", "a/b/film.part", False, True),
        ("*.part", "a/b/film.mkv", False, False),
        ("Extras/", "Show/Extras", True, True),
        ("Extras/", "Show/Extras", False, False),
        ("/Incoming", "Incoming", True, True),
        ("/Incoming", "Show/Incoming", True, False),
        ("Show/*/Samples", "Show/S01/Samples", True, True),
        ("**/sample.*", "a/b/c/sample.mkv", False, True),
        ("Zw?lf*", "Zwölf Fenster.mkv", False, True),
        ("# comment", "# comment", False, False),
    ],
)
def test_globs_are_those_of_gitignore(
    pattern: str, path: str, folder: bool, expected: bool
) -> None:
    assert Rules.of([pattern]).ignore(path, folder=folder) is expected


def test_deeper_rules_win() -> None:
    rules = Rules.of(["*.avi"]).extended("Keep/", ["!*.avi", "x.mkv"])
    assert rules.ignore("a.avi", folder=False)
    assert not rules.ignore("Keep/a.avi", folder=False)
    assert rules.ignore("Keep/deep/x.mkv", folder=False)


def test_what_is_no_glob_is_left_out() -> None:
    assert ignoring.problem("!") is not None
    assert ignoring.problem("[z-a]") is not None
    assert ignoring.problem("x" * 501) is not None
    rules = Rules.of(["!", "[z-a]", "*.avi"])
    assert rules.ignore("a.avi", folder=False)


def test_no_glob_keeps_it_busy() -> None:
    rules = Rules.of(["*a" * 100 + "b", "**/" * 50 + "*x*y*z", "[!a]*" * 40])
    began = time.monotonic()
    for _ in range(100):
        rules.ignore("a" * 250 + "/" + "a" * 250, folder=False)
    assert time.monotonic() - began < 5  # for ever, if it went by backtracking


@given(st.lists(st.text(max_size=60), max_size=20), st.text(max_size=60))
def test_any_lines_and_any_path_are_answered(lines: list[str], path: str) -> None:
    shown = path.encode("utf-8", "backslashreplace").decode()
    assert Rules.of(lines).ignore(shown, folder=False) in (True, False)


@given(st.binary(max_size=300))
def test_any_bytes_have_lines(content: bytes) -> None:
    Rules.of(ignoring.lines(content))
