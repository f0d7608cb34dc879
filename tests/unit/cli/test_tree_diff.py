"""How changes of a tree are shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_cli.tree_diff import Changed, Style, groups, lines

CHANGES = [
    Changed("Show/b.mkv", "Show/Season 01/Show - S01E02.mkv"),
    Changed("Show/a.mkv", "Show/Season 01/Show - S01E01.mkv", "target exists"),
    Changed("film.mkv", "Film (1999)/Film (1999).mkv"),
    Changed("Old/x.mkv", "x.mkv"),
]
PATHS = st.lists(st.sampled_from(["a", "b", "c d", "[e]"]), min_size=1, max_size=4).map("/".join)
SOME = st.lists(st.builds(Changed, PATHS, PATHS, st.sampled_from(["", "why"])), max_size=20)


def shown(style: Style) -> list[str]:
    return [f"{line.sign} {line.text}|{line.other}".rstrip("|") for line in lines(CHANGES, style)]


def test_unified() -> None:
    assert shown(Style.UNIFIED) == [
        "+ Film (1999)/",
        "+   Film (1999).mkv",
        "- Old/",
        "-   x.mkv",
        "  Show/",
        "+   Season 01/",
        "+     Show - S01E01.mkv  (target exists)",
        "+     Show - S01E02.mkv",
        "-   a.mkv",
        "-   b.mkv",
        "- film.mkv",
        "+ x.mkv",
    ]


def test_side_by_side() -> None:
    assert shown(Style.SIDE_BY_SIDE) == [
        "  Old/|./",
        "    x.mkv|  x.mkv",
        "  Show/|Show/Season 01/",
        "    a.mkv|  Show - S01E01.mkv  (target exists)",
        "    b.mkv|  Show - S01E02.mkv",
        "  ./|Film (1999)/",
        "    film.mkv|  Film (1999).mkv",
    ]


def test_minimal() -> None:
    assert shown(Style.MINIMAL) == [
        "  Show/{b.mkv → Season 01/Show - S01E02.mkv}",
        "  Show/{a.mkv → Season 01/Show - S01E01.mkv}  (target exists)",
        "  film.mkv → Film (1999)/Film (1999).mkv",
        "  Old/x.mkv → x.mkv",
    ]


def test_groups() -> None:
    assert {name: len(some) for name, some in groups(CHANGES).items()} == {
        "": 1,
        "Film (1999)": 1,
        "Show": 2,
    }


@given(changes=SOME)
def test_every_change_is_shown_once(changes: list[Changed]) -> None:
    unified = list(lines(changes, Style.UNIFIED))
    files = [line for line in unified if not line.text.endswith("/")]
    assert sum(line.sign == "+" for line in files) == len(changes)
    assert sum(line.sign == "-" for line in files) == len(changes)
    assert len(list(lines(changes, Style.MINIMAL))) == len(changes)
    beside = list(lines(changes, Style.SIDE_BY_SIDE))
    assert sum(not line.text.endswith("/") for line in beside) == len(changes)
    assert sum(len(some) for some in groups(changes).values()) == len(changes)
