"""Finds the year of a title and the day an episode was shown."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

# The first films, and as far ahead as anything is announced; beyond are titles like 2049.
FIRST_YEAR, LAST_YEAR = 1874, 2039

_START = r"(?<![^\W_])"
_STOP = r"(?![^\W_])"
_YEAR_FIRST = re.compile(rf"{_START}((?:19|20)\d\d)([ ._-])(\d\d)\2(\d\d){_STOP}")
_YEAR_LAST = re.compile(rf"{_START}(\d\d)([ ._-])(\d\d)\2((?:19|20)\d\d){_STOP}")
_COMPACT = re.compile(rf"{_START}((?:19|20)\d\d)(\d\d)(\d\d){_STOP}")
_SHORT = re.compile(r"[ ._](\d\d)(\d\d)(\d\d)(?![^\W_])")
_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = rf"(?P<month>{'|'.join(_MONTH_NAMES)})[a-z]{{0,6}}"
_WRITTEN = re.compile(
    rf"{_START}(?:(?P<first>\d\d?)(?:st|nd|rd|th)?[ ._]{_MONTH}"
    rf"|{_MONTH.replace('month', 'lead')}[ ._](?P<second>\d\d?)(?:st|nd|rd|th)?,?)"
    rf"[ ._](?P<year>(?:19|20)\d\d){_STOP}",
    re.IGNORECASE,
)
_YEARS = re.compile(r"\(((?:19|20)\d\d)-(?:19|20)\d\d\)")
# With the Russian "year" behind: U+0433.
_YEAR = re.compile(rf"{_START}(1[89]\d\d|20\d\d)(?:\u0433\.?)?{_STOP}")
_MONTHS = 12


class AirDate(NamedTuple):
    """A day and the piece of the name that states it."""

    start: int
    end: int
    day: date


class Year(NamedTuple):
    """A year and the piece of the name that states it, brackets included."""

    start: int
    end: int
    year: int
    # "(" or "[" where it stands in brackets; else empty.
    bracket: str


def _day(year: str, month: str, day: str) -> date | None:
    """Makes a date; month and day are swapped where only that makes sense."""
    m, d = int(month), int(day)
    if m > _MONTHS >= d:
        m, d = d, m
    try:
        return date(int(year), m, d)
    except ValueError:
        return None


def find_air_date(text: str) -> AirDate | None:
    """Returns a day: 2010-10-11, 10.11.2010 (month first where both can be), 11 Oct 2010."""
    if (m := _YEAR_FIRST.search(text)) and (day := _day(m[1], m[3], m[4])):
        return AirDate(m.start(), m.end(), day)
    if (m := _YEAR_LAST.search(text)) and (day := _day(m[4], m[1], m[3])):
        return AirDate(m.start(), m.end(), day)
    if (m := _COMPACT.search(text)) and (day := _day(m[1], m[2], m[3])):
        return AirDate(m.start(), m.end(), day)
    if m := _WRITTEN.search(text):
        month = _MONTH_NAMES.index((m["month"] or m["lead"]).lower()) + 1
        if day := _day(m["year"], str(month), m["first"] or m["second"]):
            return AirDate(m.start(), m.end(), day)
    # "Show.140722.HDTV".
    return find_short_day(text, m.start()) if (m := _SHORT.search(text)) else None


def find_short_day(text: str, offset: int) -> AirDate | None:
    """Returns a day of six digits at the offset, as Korean releases have it behind the episode."""
    match = _SHORT.match(text, offset)
    day = _day(f"20{match[1]}", match[2], match[3]) if match else None
    return AirDate(match.start(), match.end(), day) if match and day else None


def find_years(text: str) -> list[Year]:
    """Returns everything that can be a year, in order."""
    years = [Year(m.start(), m.end(), int(m[1]), "(") for m in _YEARS.finditer(text)]
    if years:
        # "(1996-2007)".
        return years
    for match in _YEAR.finditer(text):
        year = int(match[1])
        if not FIRST_YEAR <= year <= LAST_YEAR:
            continue
        before, behind = (
            text[match.start() - 1 : match.start()],
            text[match.end() : match.end() + 1],
        )
        if (before, behind) in (("(", ")"), ("[", "]")):
            years.append(Year(match.start() - 1, match.end() + 1, year, before))
        else:
            years.append(Year(match.start(), match.end(), year, ""))
    return years
