"""Finds explicit season and episode numbers: S01E02, 1x02, "Season 1 Episode 2", "Cap.102", S01."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from reelhouse_naming.release.numbers.dates import FIRST_YEAR, LAST_YEAR
from reelhouse_naming.release.numbers.lists import MAX_BATCH, NumberList, read_list
from reelhouse_naming.tables.words import EPISODE_WORDS, NUMBER_WORDS, SEASON_WORDS, alternatives


class Numbering(NamedTuple):
    """Season and episodes that a name states, and the piece of the name that states them."""

    start: int
    end: int
    season: int | None = None
    episodes: tuple[int, ...] = ()
    # All seasons of a pack that holds several.
    seasons: tuple[int, ...] = ()
    part: int | None = None
    disc: int | None = None
    # Whether the form could also be a part of a title: "Part 2", "Season 2", "e2".
    loose: bool = False


_START = r"(?<![^\W_])"
_STOP = r"(?![^\W_])"
# "series" is left out where a number alone follows: too many titles end in it.
_SEASONS = alternatives(tuple(word for word in SEASON_WORDS if word != "series"))
_SEASONS_ALL = alternatives(SEASON_WORDS)
_EPISODES = alternatives(EPISODE_WORDS)
# "1.", "1a" (1ª after NFKC), "1°", "1st", "5-й".
_ORDINAL = r"(?:\.|[ao]\.?|°| ?(?:st|nd|rd|th)|-?[йя])?"
_ROMAN_OR_WORD = alternatives(tuple(NUMBER_WORDS))

# S01E02, s1.e2, S01xE02, S01x02, T1E2, shows01e11, S05EO1 (a common slip).
_SXE = re.compile(
    rf"(?:{_START}s|{_START}t(?=\d{{1,2}}[ ._]?x?e\d)|(?<=[a-z])s(?=\d\d?e\d))(\d{{1,4}})"
    r"(?:(?:[ ._]{0,2}|-|[ ._]?x)(?:episode|eps|ep|e)[ ._]{0,2}|[ ._-]?x)(o\d|\d{1,5})(?!\d)",
    re.IGNORECASE,
)
# S01 - E02.
_S_DASH_E = re.compile(rf"{_START}s(\d{{1,2}})[ ._]-[ ._]e(\d{{1,4}})(?!\d)", re.IGNORECASE)
# 1x02, 2010x15, 01E02; glued to a title: Castle1x02. The second x is Cyrillic.
_NXN = re.compile(
    rf"{_START}(\d{{1,2}}|(?:19|20)\d\d)(?:[x\u0445]|(?<=\d\d)e(?=\d\d))(\d{{1,3}})(?!\d)",
    re.IGNORECASE,
)
_GLUED_NXN = re.compile(r"(?<=[a-z])(\d)x(\d\d)(?!\d)")
# [5.01], Episode 1.22, " - 6.01 - ".
_DOTTED = re.compile(r"(?:(?<=\[)|episode |(?<= - ))(\d{1,2})\.(\d{2,3})(?=\]| - )", re.IGNORECASE)
# Season 1 Episode 2, Saison 1 Épisode 2, Se.3 afl.3.
_WORDS = re.compile(
    rf"{_START}(?:{_SEASONS_ALL}|se|sn)(?:[ ._:]{{0,3}}|-)(?:no\.? ?)?(\d{{1,4}})"
    rf"[ ._,:;/()\[\]-]{{1,4}}(?:{_EPISODES}|e|ch)[ ._#:(-]{{0,2}}(?:no\.? ?)?"
    r"(\d{1,5})(?!\d)",
    re.IGNORECASE,
)
# 1. Staffel 2. Folge, 2 сезон 5 серия.
_NUMBERS_FIRST = re.compile(
    rf"{_START}(\d{{1,2}}){_ORDINAL}[ ._]?(?:{_SEASONS_ALL})[ ._,:-]{{1,3}}"
    rf"(\d{{1,4}})(?:-(\d{{1,4}}))?{_ORDINAL}[ ._-]?(?:{_EPISODES}){_STOP}"
    r"(?![ ._#:-]{0,2}\d{1,3}(?![\dp]))",
    re.IGNORECASE,
)
# 第2季 第05集.
_CJK_NUMBERS = {c: str(n) for n, c in enumerate("一二三四五六七八九十", start=1)}
_CJK_SEASON = re.compile(r"第\s?(\d{1,3}|[一二三四五六七八九十])\s?[季期部]")
_CJK_EPISODE = re.compile(r"第\s?(\d{1,4})(?:-(\d{1,4}))?\s?[集话話回]")
# [Cap.104], Cap.1901_1903: the last two digits are the episode.
_CAP = re.compile(
    rf"{_START}cap(?:[ií]tulo)?[ ._]{{0,2}}(\d{{1,2}})(\d\d)(?:[_-](?:\1)?(\d\d))?(?!\d)",
    re.IGNORECASE,
)
# 5of9, 1-4 of 10: parts of a mini-series.
_OF = re.compile(
    rf"{_START}(?:(?:{_EPISODES})[ ._]{{0,2}})?(\d{{1,2}})(?:-(\d{{1,2}}))?"
    rf"[ ._]?of[ ._]?(\d{{1,3}}){_STOP}",
    re.IGNORECASE,
)
# Ep01, e66, Episode 69, Folge 3; behind the number no letters but those of a list or a version.
_EPISODE = re.compile(
    rf"{_START}(?:(?:{_EPISODES})[ ._#:-]{{0,2}}|e)(\d{{1,5}})(?![^\W\dev_]|\d)", re.IGNORECASE
)
# 69. Bölüm.
_EPISODE_BEHIND = re.compile(
    rf"{_START}(\d{{1,4}})\.?[ ._]?(?:blm|bölüm|bolum|серия|серія|rész|odcinek|jakso){_STOP}",
    re.IGNORECASE,
)
# Part 2, Pt.VI, Part Two.
_PART = re.compile(
    rf"{_START}(?:part|pt|teil|partie|parte)[ ._-]{{0,2}}(\d{{1,2}}|{_ROMAN_OR_WORD}){_STOP}",
    re.IGNORECASE,
)
# S01, S2016, S01-S03, S01+S02, S01-03, S01D02. "S3 - 12" is an episode of an anime.
_SEASON = re.compile(
    rf"{_START}s(\d{{1,4}})(?:"
    r"(?P<more>(?:(?:[ ._]?[-~+&,/][ ._]?|--|[ ._]to[ ._]|[ ._]?)s\d{1,2}){1,20})"
    r"|[-~](?P<last>\d{1,2})"
    r"|[ ._]?d(?:is[ck][ ._]?)?(?P<disc>\d{1,2})(?:[-&+]\d{1,2}){0,9}"
    rf")?{_STOP}",
    re.IGNORECASE,
)
# Season 2, Saison3, Seasons 1-5, Season Two; "2nd Season 5" is the fifth episode.
_SEASON_WORD = re.compile(
    rf"{_START}(?<!\d(?:st|nd|rd|th)[ ._])(?:{_SEASONS})(?:[ ._:(]{{0,3}}|-)"
    rf"(\d{{1,4}}|{_ROMAN_OR_WORD})"
    r"((?:[-~]|[ ._]?[+&,][ ._]?|[ ._](?:to|and|a)[ ._])"
    rf"(?:(?:{_SEASONS}) ?)?\d{{1,2}}){{0,20}}{_STOP}",
    re.IGNORECASE,
)
# 2. Staffel, 3 сезон, 1ª Temporada, 2nd Season.
_SEASON_BEHIND = re.compile(
    rf"{_START}(\d{{1,2}}){_ORDINAL}[ ._]?(?:{_SEASONS}){_STOP}(?<!\d[ ._]season)(?<!seasons)",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
# Seasons above the first are years or nonsense.
_MAX_SEASON, _MAX_SEASONS_IN_PACK = 199, 100


def _plausible_season(season: int) -> bool:
    return season <= _MAX_SEASON or FIRST_YEAR <= season <= LAST_YEAR


def _listed(start: int, season: int | None, found: NumberList, *, loose: bool = False) -> Numbering:
    if found.overflow:
        return Numbering(start, found.end, season, loose=loose)
    return Numbering(start, found.end, season, found.numbers, loose=loose)


def _read_sxe(text: str) -> Numbering | None:
    match = _SXE.search(text) or _S_DASH_E.search(text)
    if match is None or not _plausible_season(int(match[1])):
        return None
    first = int(match[2].lower().replace("o", "0"))
    return _listed(match.start(), int(match[1]), read_list(text, match.end(), first, match[1]))


def _read_nxn(text: str) -> Numbering | None:
    for match in (*_NXN.finditer(text), *_GLUED_NXN.finditer(text)):
        found = read_list(text, match.end(), int(match[2]), match[1])
        behind = text[found.end : found.end + 1]
        if not behind.isalnum() or text[found.end : found.end + 2].lower().startswith("v"):
            return _listed(match.start(), int(match[1]), found)
    return None


def _read_words(text: str) -> Numbering | None:
    if match := _NUMBERS_FIRST.search(text):
        episodes = _span(int(match[2]), int(match[3] or match[2]))
        return Numbering(match.start(), match.end(), int(match[1]), episodes)
    if match := _WORDS.search(text):
        found = read_list(text, match.end(), int(match[2]), match[1])
        return _listed(match.start(), int(match[1]), found)
    return None


def _span(first: int, last: int) -> tuple[int, ...]:
    """Returns first..last; first alone when that is no sensible range."""
    found = read_list(f"-{last}", 0, first, bare_only=True)
    return found.numbers


def _read_cjk(text: str) -> Numbering | None:
    season = _CJK_SEASON.search(text)
    match = _CJK_EPISODE.search(text, season.end() if season else 0)
    if match is None:
        return None
    start = season.start() if season else match.start()
    episodes = _span(int(match[1]), int(match[2] or match[1]))
    return Numbering(start, match.end(), _cjk_number(season) if season else None, episodes)


def _cjk_number(season: re.Match[str]) -> int:
    return int(_CJK_NUMBERS.get(season[1], season[1]))


def _read_cap(text: str) -> Numbering | None:
    match = _CAP.search(text)
    if match is None:
        return None
    episodes = _span(int(match[2]), int(match[3] or match[2]))
    return Numbering(match.start(), match.end(), int(match[1]), episodes)


def _read_dotted(text: str) -> Numbering | None:
    match = _DOTTED.search(text)
    if match is None:
        return None
    return Numbering(match.start(), match.end(), int(match[1]), (int(match[2]),))


def _read_of(text: str) -> Numbering | None:
    match = _OF.search(text)
    if match is None or not 1 <= int(match[1]) <= int(match[3]):
        return None
    season = find_season(text[: match.start()])
    return Numbering(
        season.start if season else match.start(),
        match.end(),
        season.season if season else 1,
        _span(int(match[1]), int(match[2] or match[1])),
    )


def _read_episode(text: str) -> Numbering | None:
    for match in _EPISODE.finditer(text):
        if FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            # "Episodes 2015" is a title and a year.
            continue
        found = read_list(text, match.end(), int(match[1]), limit=MAX_BATCH)
        return _listed(match.start(), None, found, loose=True)
    if behind := _EPISODE_BEHIND.search(text):
        return Numbering(behind.start(), behind.end(), None, (int(behind[1]),))
    return None


# Forms that state an episode, the surest first.
_EPISODE_FORMS: tuple[Callable[[str], Numbering | None], ...] = (
    _read_sxe,
    _read_nxn,
    _read_words,
    _read_cjk,
    _read_cap,
    _read_dotted,
    _read_of,
    _read_episode,
)


def find_episode(text: str) -> Numbering | None:
    """Returns the episodes that a name states, by the surest form in it."""
    for read in _EPISODE_FORMS:
        if found := read(text):
            return found
    return None


# "The Complete Series": all seasons.
_COMPLETE = re.compile(rf"{_START}(?:the[ ._])?complete[ ._]series{_STOP}", re.IGNORECASE)


def find_season(text: str) -> Numbering | None:
    """Returns the season or seasons that a name states without episodes."""
    short, word = _SEASON.search(text), _SEASON_WORD.search(text)
    if short and word and word.start() < short.start():
        short = None
    if short and _plausible_season(int(short[1])):
        return _short_season(short)
    if word:
        return _pack(word, word.group())
    if match := _SEASON_BEHIND.search(text):
        return Numbering(match.start(), match.end(), int(match[1]), loose=True)
    if match := _CJK_SEASON.search(text):
        return Numbering(match.start(), match.end(), _cjk_number(match), loose=True)
    if match := _COMPLETE.search(text):
        return Numbering(match.start(), match.end(), loose=True)
    return None


def _short_season(match: re.Match[str]) -> Numbering:
    season, disc, last = int(match[1]), match["disc"], match["last"]
    if disc:
        return Numbering(match.start(), match.end(), season, disc=int(disc), loose=True)
    if last and len(last) != len(match[1]):
        # "S2-05" is an episode.
        return Numbering(match.start(), match.end(1), season, loose=True)
    return _pack(match, match.group())


def _pack(match: re.Match[str], stated: str) -> Numbering:
    numbers = [int(digits) for digits in _DIGITS.findall(stated)]
    if not numbers:
        numbers = [NUMBER_WORDS[match[1].casefold()]]
    first, last = numbers[0], numbers[-1]
    seasons: tuple[int, ...] = ()
    if first < last < first + _MAX_SEASONS_IN_PACK:
        ranged = len(numbers) == len((first, last)) and not re.search("[+&,]", stated)
        seasons = tuple(range(first, last + 1)) if ranged else tuple(sorted(set(numbers)))
    return Numbering(match.start(), match.end(), first, seasons=seasons, loose=True)


def find_part(text: str) -> Numbering | None:
    """Returns the part that a name states: "Part 2", "Pt.VI"."""
    match = _PART.search(text)
    if match is None:
        return None
    part = int(match[1]) if match[1].isdigit() else NUMBER_WORDS[match[1].casefold()]
    return Numbering(match.start(), match.end(), part=part, loose=True)
