"""Decides which of the numbers of a name are its season, episodes, day or part."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from reelhouse_naming.episodes import MAX_RANGE
from reelhouse_naming.facts import Kind
from reelhouse_naming.release.numbers import absolute, explicit
from reelhouse_naming.release.numbers.dates import (
    FIRST_YEAR,
    LAST_YEAR,
    AirDate,
    find_air_date,
    find_short_day,
)
from reelhouse_naming.release.numbers.explicit import Numbering
from reelhouse_naming.release.numbers.lists import read_list
from reelhouse_naming.release.numbers.specials import find_special, trailing_special
from reelhouse_naming.release.situation import Situation
from reelhouse_naming.release.tags import Tags
from reelhouse_naming.tables.vocabulary import Trust


class Form(Enum):
    """How a name states what it holds; the confidence depends on it."""

    NONE = "none"
    STANDARD = "S01E02"
    CROSS = "1x02"
    LOOSE = "Episode 2"
    CODE = "102"
    ABSOLUTE = "- 02"
    DAILY = "2010-10-11"
    PACK = "S01"
    SPECIAL = "OVA"


@dataclass(frozen=True, slots=True)
class Marks:
    """What the numbers of a name say, and the piece of the name that holds them."""

    # The title ends at `start`; titles of episodes and tags begin at `end`.
    start: int
    end: int
    form: Form = Form.NONE
    kind: Kind = Kind.UNKNOWN
    season: int | None = None
    seasons: tuple[int, ...] = ()
    episodes: tuple[int, ...] = ()
    absolute: tuple[int, ...] = ()
    air_date: date | None = None
    part: int | None = None
    disc: int | None = None
    version: int | None = None
    special: bool = False
    special_type: str = ""
    special_number: int | None = None


_FAN_SUBTITLES = frozenset(("vostfr", "vostf", "vosta", "vost"))
_VERSION = re.compile(r"[ ._]?v(\d)(?![^\W_])", re.IGNORECASE)
# An absolute number right behind or before S01E02.
_ABSOLUTE_BEHIND = re.compile(
    r"[ ._](-[ ._])?[\[(]?(?:ep\.?)?(\d{2,4})(?=[ ._)\]-]|$)", re.IGNORECASE
)
_ABSOLUTE_BEFORE = re.compile(
    r"[ ._](?:-[ ._](\d{2,4})|(0\d{2,3})|(\d{3,4})(?=-\d))(?:-(\d{2,4}))?(?:[ ._]-)?[ ._]?[\[(]?$"
)
_END_OR_DASH = re.compile(r"[ ._]*(?:[\[(]|-[ ._]|$)")
_FILM_DIGITS = 3
_BARE_LINES = frozenset(("480", "576", "720", "1080"))
_NUMBER_BEFORE_SPECIAL = re.compile(r"[ ._]-[ ._](\d{1,3})[ ._]*$")
_BRACKETS = frozenset((("(", ")"), ("[", "]")))


def find_marks(situation: Situation) -> Marks:
    """Returns what the numbers of a name say; `Form.NONE` if they say nothing of episodes."""
    text = situation.name.text
    found = explicit.find_episode(text)
    if found and found.loose and (situation.film or _names_film(situation, found)):
        found = None
    if situation.film:
        return _episode(situation, found, None) if found else _nothing(text)
    day = find_air_date(text)
    if found and not (found.loose and found.season is None and day and day.start < found.start):
        return _episode(situation, found, day)
    if day:
        episodes = found.episodes if found else ()
        return Marks(
            day.start,
            max(day.end, found.end if found else 0),
            Form.DAILY,
            Kind.EPISODE,
            episodes=episodes,
            absolute=episodes,
            air_date=day.day,
        )
    return (
        _special(situation)
        or _season(situation)
        or _absolute(situation, situation.begin)
        or _code(situation)
        or _part(situation)
        or _nothing(text)
    )


def _nothing(text: str) -> Marks:
    return Marks(len(text), len(text))


def _names_film(situation: Situation, found: Numbering) -> bool:
    """Tells "Star Wars Episode 4 (1977)" from an episode; no film has "E04" in its name."""
    if not situation.name.text.startswith(("episode", "Episode", "EPISODE"), found.start):
        return False
    return situation.year_behind(found.end) and not (situation.broadcast or situation.anime)


def _episode(situation: Situation, found: Numbering, day: AirDate | None) -> Marks:
    text = situation.name.text
    if found.season is None:
        start, end, numbers = found.start, found.end, found.episodes
        found, start = _with_season(text, found)
    else:
        numbers, start, end = _with_absolute(situation, found.start, found.end)
        if (season := explicit.find_season(text)) and season.start < start:
            # "Title - Temporada 2 [Cap.201]" says the season twice.
            start = season.start
    if day is None and found.loose:
        day = find_short_day(text, end)
    if day:
        start, end = _with_day(text, day, start, end)
    version = _VERSION.match(text, end)
    pack = not (found.episodes or numbers)
    special = found.season == 0
    return Marks(
        start,
        version.end() if version else end,
        Form.PACK if pack else _form(text, found),
        Kind.SEASON if pack else Kind.EPISODE,
        season=found.season,
        episodes=found.episodes,
        absolute=numbers,
        air_date=day.day if day and not pack else None,
        version=int(version[1]) if version else None,
        special=special,
        special_type="special" if special else "",
        special_number=found.episodes[0] if special and found.episodes else None,
    )


def _form(text: str, found: Numbering) -> Form:
    if found.loose or found.season is None:
        return Form.LOOSE
    return Form.CROSS if text[found.start].isdigit() else Form.STANDARD


def _with_season(text: str, found: Numbering) -> tuple[Numbering, int]:
    """Adds the season that stands somewhere before an episode; returns where the title ends too."""
    start = found.start
    if found.episodes[MAX_RANGE:]:
        found = found._replace(episodes=())
    season = explicit.find_season(text[:start])
    if season is None:
        return found, start
    # In "Title S03 - EP14" the title keeps the season, as anime releases mean it.
    adjacent = not text[season.end : start].strip(" ._-")
    return found._replace(season=season.season), start if adjacent else season.start


def _with_day(text: str, day: AirDate, start: int, end: int) -> tuple[int, int]:
    """Widens the piece of the numbers by a day in front of it or right behind."""
    if day.start < start:
        return day.start, end
    return start, end if text[end : day.start].strip(" ._-([") else day.end


def _with_absolute(situation: Situation, start: int, end: int) -> tuple[tuple[int, ...], int, int]:
    """Looks for an absolute number beside S01E02; returns it with the offsets around both."""
    text = situation.name.text
    match = _ABSOLUTE_BEHIND.match(text, end)
    if match and not FIRST_YEAR <= int(match[2]) <= LAST_YEAR:
        digits = match[2]
        found = read_list(text, match.end(), int(digits), bare_only=True)
        around = (text[match.start(2) - 1], text[found.end : found.end + 1])
        bracketed = around in _BRACKETS
        starts = _tag_starts(situation.name)
        closed = bool(_END_OR_DASH.match(text, found.end)) or found.end + 1 in starts
        # "- 313 -" is a number, "- 24 Hours" a title.
        likely = situation.anime or digits.startswith("00") or (match[1] and digits[2:])
        if bracketed or (closed and likely):
            return found.numbers, start, found.end + bracketed
    match = _ABSOLUTE_BEFORE.search(text, 0, start)
    if match and match.start() > situation.begin:
        first = int(match[1] or match[2] or match[3])
        numbers = tuple(range(first, min(int(match[4] or first), first + MAX_RANGE) + 1))
        return numbers or (first,), match.start(), end
    return (), start, end


def _special(situation: Situation) -> Marks | None:
    likely = situation.anime or situation.episodic
    if situation.year_behind(situation.begin) and not likely:
        return None
    text = situation.name.text
    found = find_special(text, situation.begin, situation.limit, anime=situation.anime)
    if found is None or (found.type == "movie" and situation.year_behind(found.end)):
        return None
    before = _NUMBER_BEFORE_SPECIAL.search(text, situation.begin, found.start)
    if before and found.number is None:
        # "Title - 14 OAD".
        found = found._replace(start=before.start(), number=int(before[1]))
    episodes = (found.number,) if found.number else ()
    version = _VERSION.match(text, found.end)
    return Marks(
        found.start,
        found.end,
        Form.SPECIAL,
        Kind.EPISODE,
        season=found.season,
        episodes=episodes,
        special=True,
        special_type=found.type,
        special_number=found.number,
        version=int(version[1]) if version else None,
    )


def _season(situation: Situation) -> Marks | None:
    text = situation.name.text
    found = explicit.find_season(text)
    if found is None or found.start < situation.begin:
        return None
    if marks := _absolute(situation, found.end):
        # "Title S3 - 12": fans number each season as a series of its own.
        return replace(marks, season=found.season)
    part = explicit.find_part(text[found.end : situation.limit])
    # "Season 1 S01" says it twice.
    again = explicit.find_season(text[found.end :])
    end = found.end + again.end if again and again.season == found.season else found.end
    return Marks(
        found.start,
        end,
        Form.PACK,
        Kind.SEASON,
        season=found.season,
        seasons=found.seasons,
        part=part.part if part else None,
        disc=found.disc,
    )


def _absolute(situation: Situation, begin: int) -> Marks | None:
    """Reads a number without a season: anywhere, or right behind a season that ends at `begin`."""
    text = situation.name.text
    fans = any(token.key in _FAN_SUBTITLES for token in situation.name.tokens)
    behind_season = begin > situation.begin
    around = _surroundings(
        situation, begin, anime=situation.anime or fans or behind_season, adjacent=behind_season
    )
    found = absolute.find_absolute(around, title_begin=situation.begin)
    if found is None:
        return None
    digits = text[found.start : found.end].strip("()[]{} ")
    # "Film - 2 (2013)"; films have no three digits or zeros in front.
    short = not found.numbers[1:] and len(digits) < _FILM_DIGITS and digits[:1] != "0"
    likely = situation.anime or situation.episodic or not short
    if situation.year_behind(found.end) and not likely:
        return None
    # "Title OVA - 01" numbers specials as a series of their own; "12.5" is a recap.
    special = trailing_special(text[situation.begin : found.start])
    if found.special:
        special = "special"
    return Marks(
        found.start,
        found.end,
        Form.ABSOLUTE,
        Kind.EPISODE,
        episodes=found.numbers if len(found.numbers) <= MAX_RANGE else (),
        absolute=found.numbers,
        version=found.version,
        special=bool(special),
        special_type=special,
    )


def _code(situation: Situation) -> Marks | None:
    """Reads "103". "Fahrenheit 451 (2016)" and "Fahrenheit.451.BluRay" have none."""
    text = situation.name.text
    around = _surroundings(situation, situation.begin, anime=situation.anime, adjacent=False)
    found = absolute.find_code(around, loose=situation.broadcast or bool(situation.years))
    if found is None:
        return None
    if situation.years and text[found.start : found.end] in _BARE_LINES:
        # "Film 2012 720 x264".
        return None
    years = [year for year in situation.years if year.start >= found.end]
    adjacent = years and years[0].start <= found.end + 1
    if adjacent or (not situation.broadcast and (years or situation.disc)):
        return None
    return Marks(
        found.start,
        found.end,
        Form.CODE,
        Kind.EPISODE,
        season=found.season,
        episodes=found.episodes,
    )


def _surroundings(
    situation: Situation, begin: int, *, anime: bool, adjacent: bool
) -> absolute.Surroundings:
    return absolute.Surroundings(
        situation.name.text,
        situation.name.tokens,
        begin,
        situation.limit,
        _tag_starts(situation.name),
        anime=anime,
        episodic=situation.episodic,
        adjacent=adjacent,
    )


def _part(situation: Situation) -> Marks | None:
    """Reads "Part 2" of a mini-series; of a film it is a part of the title."""
    found = explicit.find_part(situation.name.text)
    if found is None or found.part is None or situation.year_behind(found.end):
        return None
    # Releases of films name the year; those of series rarely do.
    released = situation.limit < len(situation.name.text)
    if not (released or situation.episodic or situation.years):
        return None
    return Marks(
        found.start,
        found.end,
        Form.LOOSE,
        Kind.EPISODE,
        season=1,
        episodes=(found.part,),
        part=found.part,
    )


def _tag_starts(name: Tags) -> frozenset[int]:
    return frozenset(
        name.start(f)
        for f in name.found
        if f.tag.trust is Trust.SURE
        or (f.tag.trust is Trust.WEAK and name.text[name.start(f) : name.end(f)].isupper())
    )
