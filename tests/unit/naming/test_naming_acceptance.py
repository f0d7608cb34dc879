"""Cases from outside: the test data of Sonarr, Radarr and Jellyfin, read from the workplace.

`shared/cases/README.md` says how they are compared. A clone without the workplace has no cases; the
other modules here hold tables of our own for the same kinds.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reelhouse_naming import (
    Facts,
    LibraryKind,
    clean_name,
    extra_type,
    is_disc_folder,
    parse,
    quality,
    read_book_name,
    read_season_folder,
    read_subtitle,
    series_name,
)

WORKPLACE = Path(__file__).resolve().parents[3].parent / "shared"
CASES = WORKPLACE / "cases" / "naming"

Case = dict[str, Any]

# Cases that are read differently, each with the reason. One that starts to pass must go.
KNOWN_MISSES: dict[str, str] = {
    "tv Series/4-12 - The Woman.mp4": (
        "the folder names the series in a library; the case asks what the file alone says"
    ),
}


def load(file: str) -> list[Case]:
    path = CASES / file
    cases: list[Case] = json.loads(path.read_text("utf-8")) if path.exists() else []
    return cases


def test_the_cases_are_there() -> None:
    if WORKPLACE.exists():
        assert load("cases.json"), f"no cases in {CASES}, although {WORKPLACE} is there"
        assert load("paths.json"), f"no paths in {CASES}, although {WORKPLACE} is there"


def plain(text: str) -> str:
    """Drops case and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())


def same_title(facts: Facts, want: str) -> bool:
    """A year at the end may stay in the title or be read as the year."""
    with_year = plain(facts.title) + str(facts.year or "")
    return plain(want) in (plain(facts.title), with_year)


# Key of `want`: whether the facts say the same.
JUDGES: dict[str, Callable[[Facts, Any], bool]] = {
    "kind": lambda facts, want: facts.kind.value == want,
    "title": same_title,
    "year": lambda facts, want: facts.year == want,
    "season": lambda facts, want: facts.season == want or (want == 1 and facts.season is None),
    "episodes": lambda facts, want: list(facts.episodes) == want,
    "absolute": lambda facts, want: list(facts.absolute_episodes) == want,
    "air_date": lambda facts, want: str(facts.air_date) == want,
    "group": lambda facts, want: facts.release_group.casefold() == want.casefold(),
    "edition": lambda facts, want: plain(facts.edition) == plain(want),
    "quality": lambda facts, want: quality(facts) == want,
    "tmdb_id": lambda facts, want: facts.external_ids.get("tmdb") == str(want),
}


def judge(name: str, misses: list[str], answer: object) -> None:
    if name in KNOWN_MISSES:
        assert misses, f"passes now, take it off the list: {name}"
    else:
        assert not misses, f"{misses}: {answer}"


@pytest.mark.parametrize(
    "case", load("cases.json"), ids=lambda case: f"{case['from']} {case['name']}"
)
def test_release_names(case: Case) -> None:
    facts = parse(case["name"])
    misses = [key for key, want in case["want"].items() if not JUDGES[key](facts, want)]
    judge(f"{case['from']} {case['name']}", misses, facts)


def differences(expected: Case, answer: Case) -> list[str]:
    return [key for key, want in expected.items() if answer.get(key) != want]


@pytest.mark.parametrize("library", [None, LibraryKind.TV], ids=str)
@pytest.mark.parametrize(
    "case",
    [case for case in load("paths.json") if case["op"] == "episode_path"],
    ids=lambda case: case["input"],
)
def test_episode_paths(case: Case, library: LibraryKind | None) -> None:
    facts = parse(case["input"], library=library)
    numbers = facts.episodes or facts.absolute_episodes
    expected = dict(case["expected"])
    if "episode" in expected and expected.get("episode_end") == expected["episode"]:
        # An end that is the start says the same as none.
        expected["episode_end"] = None
    answer = {
        "series": facts.title,
        "season": facts.season,
        "episode": numbers[0] if numbers else None,
        "episode_end": numbers[-1] if numbers[1:] else None,
        "parsed": bool(numbers),
    }
    judge(f"{library} {case['input']}", differences(expected, answer), answer)


def answer_book(case: Case) -> Case:
    book = read_book_name(case["input"])
    return {
        "name": book.name or None,
        "series": book.series or None,
        "index": int(book.number) if book.number else None,
        "year": book.year,
        "volume": book.volume,
    }


def answer_subtitle(case: Case) -> Case:
    subtitle = read_subtitle(case["input"], case.get("media_name"))
    if subtitle is None:
        return {"parsed": False}
    return {
        "parsed": True,
        "title": subtitle.title or None,
        "language": subtitle.language_bibliographic or None,
        "default": subtitle.default,
        "forced": subtitle.forced,
        "hearing_impaired": subtitle.hearing_impaired,
    }


def answer_season(case: Case) -> Case:
    allow = case["allow_special_and_numeric_names"]
    folder = read_season_folder(
        case["input"], case["parent"], allow_special_and_numeric_names=allow
    )
    return folder._asdict()


def answer_extra(case: Case) -> Case:
    """Ours are snake_case, theirs CamelCase."""
    kind = extra_type(case["input"], case.get("library_root", ""))
    return {"extra": "".join(word.title() for word in kind.split("_")) if kind else None}


ANSWERS: dict[str, Callable[[Case], Case]] = {
    "book_name": answer_book,
    "external_subtitle": answer_subtitle,
    "multi_disc_folder": lambda case: {"is_multi_disc": is_disc_folder(case["input"])},
    "season_folder": answer_season,
    "series_folder": lambda case: {"series": series_name(case["input"])},
    "clean_name_year": lambda case: clean_name(case["input"])._asdict(),
    "extra_type": answer_extra,
}


@pytest.mark.parametrize(
    "case",
    [case for case in load("paths.json") if case["op"] != "episode_path"],
    ids=lambda case: f"{case['op']} {case['input']}",
)
def test_folders_and_files(case: Case) -> None:
    answer = ANSWERS[case["op"]](case)
    judge(f"{case['op']} {case['input']}", differences(case["expected"], answer), answer)
