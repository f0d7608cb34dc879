"""Reads what the name of a film says; also names of which nothing is recognized."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.facts import Facts, Kind
from reelhouse_naming.release.groups import find_group, without_group
from reelhouse_naming.release.numbers.dates import Year
from reelhouse_naming.release.settle import settle
from reelhouse_naming.release.situation import Situation
from reelhouse_naming.release.technical import read_technical
from reelhouse_naming.tables.vocabulary import Trust
from reelhouse_naming.tables.words import ARTICLES
from reelhouse_naming.titles import clean_title, title_of_name

# "Title: The Final Cut" leaves an article when the edition is cut off.
_THE_AT_END = re.compile(r"(?<=[^\s._-])[\s._:-]+the[\s._]*$", re.IGNORECASE)
_BATCH = re.compile(r"[\[(](?:\w+ )?batch[\])]", re.IGNORECASE)
_VERSION = re.compile(r"(?<![^\W_])v(\d)(?![^\W_])", re.IGNORECASE)
_DISC = re.compile(r"(?<![^\W_])(?:cd|dvd|dis[ck])[ ._-]?(\d{1,2})(?![^\W_])", re.IGNORECASE)
_PART = re.compile(r"(?<![^\W_])(?:part|pt)[ ._-]?(\d{1,2})(?![^\W_])", re.IGNORECASE)
# A year in a day: 2013-12-09.
_DAY_BEHIND = re.compile(r"([-._ ])\d\d\1\d\d(?!\d)")
_DAY_BEFORE = re.compile(r"(?<!\d)\d\d([-._ ])\d\d\1$")

# Confidence: BEHAVIOUR 1.4, by how the year is written. The last two: a title and nothing else is
# something in a library, and may be anything elsewhere.
_YEAR_CONFIDENCE = {"(": 0.95, "[": 0.90, "": 0.85}
_TAGS_ONLY, _TITLE_IN_LIBRARY, _NOTHING = 0.80, 0.50, 0.20


class _Cut(NamedTuple):
    """The title of a film, the offset where it ends, and the year."""

    title: str
    end: int
    year: Year | None


def read_film(situation: Situation) -> Facts:
    """Reads the name of a film."""
    name, text = situation.name, situation.name.text
    title, end, year = _cut_title(situation)
    settled = [
        f for f in settle(name, situation.begin, _digits_start(year), 0) if name.start(f) >= end
    ]
    tags = without_group(name, settled)
    version = _VERSION.search(text, end)
    part = _DISC.search(text, end) or _PART.search(text, end)
    technical = read_technical(name, tags, int(version[1]) if version else None)
    if situation.edition:
        technical = technical._replace(edition=situation.edition)
    known = bool(technical.edition) or any(f.tag.trust is Trust.SURE for f in tags)
    floor = max(end, year.end if year else 0)
    return Facts(
        kind=_kind(situation, evidence=bool(title and (year or known))),
        title=title,
        year=year.year if year else None,
        part=int(part[1]) if part else None,
        anime=situation.anime,
        release_group=find_group(name, tags, situation.group, floor) if tags or year else "",
        external_ids=situation.ids,
        container=situation.extension,
        confidence=_confidence(situation, title, year, known=known),
        **technical._asdict(),
    )


def _kind(situation: Situation, *, evidence: bool) -> Kind:
    if situation.anime and _BATCH.search(situation.name.text):
        return Kind.SEASON
    if evidence or situation.ids or situation.film:
        return Kind.MOVIE if situation.name.tokens else Kind.UNKNOWN
    return Kind.UNKNOWN


def _confidence(situation: Situation, title: str, year: Year | None, *, known: bool) -> float:
    if year:
        return _YEAR_CONFIDENCE[year.bracket]
    if title and known:
        return _TAGS_ONLY
    return _TITLE_IN_LIBRARY if situation.library and title else _NOTHING


def _cut_title(situation: Situation) -> _Cut:
    """Cuts the title out: up to the year, or to the first tag before that."""
    name, text, begin = situation.name, situation.name.text, situation.begin
    year = _choose_year(situation)
    if year and year.bracket and not text[begin : year.start].strip(" ._-"):
        # "(1995) Title".
        begin = year.end
    settled = settle(name, begin, _digits_start(year), 0)
    cuts = [name.start(f) for f in settled if name.start(f) >= begin]
    if year and year.start >= begin:
        cuts.append(year.start)
    if (bracket := text.find("[", begin + 1)) > begin:
        cuts.append(bracket)
    if disc := _DISC.search(text, begin):
        cuts.append(disc.start())
    for end in (*sorted(cuts), len(text)):
        title = title_of_name(_THE_AT_END.sub("", text[begin:end].split(" / ")[0]))
        if title and title.casefold() not in ARTICLES:
            return _Cut(title, end, year)
    return _Cut(clean_title(text) or text.strip(), len(text), year)


def _digits_start(year: Year | None) -> int:
    return year.start + len(year.bracket) if year else -1


def _choose_year(situation: Situation) -> Year | None:
    """Returns the year of a film: in brackets, or the last one before the tags."""
    text, begin, limit = situation.name.text, situation.begin, situation.limit
    years = [
        year
        for year in situation.years
        if (year.start >= begin or year.bracket) and not _is_in_day(text, year)
    ]
    if bracketed := [year for year in years if year.bracket]:
        return next((y for y in reversed(bracketed) if y.start < limit), bracketed[0])
    titled = [year for year in years if text[begin : year.start].strip(" ._-([{")]
    return next((y for y in reversed(titled) if y.start < limit), titled[0] if titled else None)


def _is_in_day(text: str, year: Year) -> bool:
    return bool(_DAY_BEHIND.match(text, year.end) or _DAY_BEFORE.search(text[: year.start]))
