"""What folders say: seasons, series, discs, films."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.facts import LibraryKind
from reelhouse_naming.release.numbers.explicit import find_season
from reelhouse_naming.release.reader import read_folder, read_release
from reelhouse_naming.release.tags import Tags
from reelhouse_naming.tables.vocabulary import Trust
from reelhouse_naming.tables.words import NUMBER_WORDS, SEASON_WORDS, alternatives
from reelhouse_naming.text import last_part, plain, split_extension
from reelhouse_naming.titles import normalize_title

_SEASONS = alternatives(SEASON_WORDS)
# "Season 1", "Staffel One", "S01", "1. Season", "第1季".
_SEASON_NAME = re.compile(
    rf"(?:(?:{_SEASONS})[ ._-]{{0,3}}#?(?P<word>\d{{1,4}}|{alternatives(tuple(NUMBER_WORDS))})"
    rf"|s(?P<short>\d{{1,4}})"
    rf"|(?P<first>\d{{1,4}})(?:\.|[ao]|st|nd|rd|th|-?й)?[ ._-]?(?:{_SEASONS})"
    r"|第\s?(?P<cjk>\d{1,3})\s?[季期部])(?![^\W_])",
    re.IGNORECASE,
)
_SPECIALS = frozenset(("specials", "special", "extras", "season specials"))
_NUMERIC = re.compile(r"\d{1,4}$")
_DECORATION = re.compile(r"[ ._-]*(?:[(\[].*)?$")
_EPISODE_BEHIND = re.compile(r"[ ._-]*(?:e|ep|x|episode)[ ._]?\d", re.IGNORECASE)
_DESCRIBED = re.compile(r"\s+-\s+\D")


class SeasonFolder(NamedTuple):
    """Which season a folder holds, and whether it is a season folder at all."""

    season: int | None
    is_season_folder: bool


_NO_SEASON = SeasonFolder(None, is_season_folder=False)


def read_season_folder(
    path: str, parent: str = "", *, allow_special_and_numeric_names: bool = True
) -> SeasonFolder:
    """Reads which season a folder holds: "Season 1", "S01", "Staffel 2", "Specials", "02".

    Args:
        path: the folder.
        parent: the folder above, whose name may be repeated: "Show/Show Season 1".
        allow_special_and_numeric_names: whether "Specials" and "02" are seasons.
    """
    name = plain(last_part(path)).strip()
    if allow_special_and_numeric_names:
        if name.casefold() in _SPECIALS:
            return SeasonFolder(0, is_season_folder=True)
        if _NUMERIC.match(name):
            return SeasonFolder(int(name), is_season_folder=True)
    rest, repeated = _without_parent(name, plain(last_part(parent)))
    match = _SEASON_NAME.match(rest)
    if match is None or _EPISODE_BEHIND.match(rest, match.end()):
        return _NO_SEASON
    stated = next(group for group in match.groups() if group is not None)
    season = NUMBER_WORDS.get(stated.casefold()) or int(stated)
    behind = rest[match.end() :]
    spelled = bool(match["word"]) and behind.startswith(" ")
    if (
        spelled
        or repeated
        or _DECORATION.match(behind)
        or _DESCRIBED.match(behind)
        or _only_tags(behind)
    ):
        return SeasonFolder(season, is_season_folder=True)
    return _NO_SEASON


def _without_parent(name: str, parent: str) -> tuple[str, bool]:
    """Cuts the name of the folder above off the front; tells whether it stood there."""
    words = [word for word in re.split(r"[\W_]+", parent.casefold()) if word]
    position = 0
    folded = name.casefold()
    for word in words:
        found = folded.find(word, position)
        if found < 0 or re.search(r"[^\W_]", folded[position:found]):
            return name, False
        position = found + len(word)
    if not words or position >= len(name) or name[position].isalnum():
        return name, False
    return name[position:].lstrip(" ._-"), True


def _only_tags(text: str) -> bool:
    tags = Tags(text)
    return bool(tags.found) and tags.found[0].first == 0


def series_name(path: str) -> str:
    """Returns the name of the series that a folder is of: without season, year and tags."""
    name = plain(last_part(path)).strip()
    season = find_season(name)
    if season and season.start:
        name = name[: season.start]
    # As of a film, because the numbers of a series belong to its name: "Show 2".
    return read_folder(name, LibraryKind.MOVIE).title or name


# "CD1", "Disc 2 (Live)", "Disc 3 - Encores"; "Vol. 1 - Title" is an album of its own.
_DISC = re.compile(
    r"[(\[]?(?:(?:cd|dvd|dis[ck]|digital media)[ ._#-]*(?P<disc>\d{1,3})(?![^\W_])"
    r"|(?:vol(?:ume|\.)?|part|act)[ ._#-]*(?P<part>\d{1,3})[)\]]?\s*(?:[(\[]|$))",
    re.IGNORECASE,
)


def disc_number(path: str) -> int | None:
    """Returns the number of the disc that a folder holds: "CD1", "Disc 2 (Live)"; None if none."""
    match = _DISC.match(plain(last_part(path)).strip())
    return int(match["disc"] or match["part"]) if match else None


def is_disc_folder(path: str) -> bool:
    """Tells whether a folder is one disc of an album."""
    return disc_number(path) is not None


class CleanName(NamedTuple):
    """The name of a film and its year."""

    name: str
    year: int | None


def clean_name(path: str) -> CleanName:
    """Returns the name of a film without year and tags, and the year.

    A name in which there is nothing to clean comes back as it is, extension included.
    """
    name = last_part(path)
    facts = read_release(name, LibraryKind.MOVIE)
    if (
        facts.year is None and facts.title in (name, split_extension(name).name)
    ) or not facts.title:
        return CleanName(name, None)
    tagged = any(f.tag.trust is Trust.SURE for f in Tags(plain(split_extension(name).name)).found)
    if facts.year is None and not tagged:
        return CleanName(name, None)
    return CleanName(facts.title, facts.year)


def same_title(left: str, right: str) -> bool:
    """Tells whether one of two titles holds all words of the other."""
    a, b = set(normalize_title(left).split()), set(normalize_title(right).split())
    return bool(a and b) and (a <= b or b <= a)
