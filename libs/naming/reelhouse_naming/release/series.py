"""Reads what the name of an episode or a season says, once its numbers are found."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.facts import Facts, Kind
from reelhouse_naming.release.groups import find_group, without_group
from reelhouse_naming.release.numbers.marks import Form, Marks
from reelhouse_naming.release.settle import settle
from reelhouse_naming.release.situation import Situation
from reelhouse_naming.release.tags import Found
from reelhouse_naming.release.technical import read_technical
from reelhouse_naming.titles import clean_title, split_titles, title_of_name

_YEAR = re.compile(r"[(\[]?\d{4}[)\]]?$")
_YEAR_AT_END = re.compile(
    r"[\s._(\[-]+((?:18|19|20)\d\d)(?:-(?:19|20)\d\d(?=[)\]]))?[)\]]?[\s._(\[-]*$"
)
_YEAR_AT_START = re.compile(r"[\s._-]*[(\[](?:19|20)\d\d[)\]](?=[\s._-]*[^\s._-])")
# "[Group][Title][05]".
_ONLY_BRACKET = re.compile(r"[\s._-]*\[([^\[\]]+)\]?[\s._-]*\[?$")
# Words that belong to the season behind them: "Title The Complete Season 1".
_COMPLETE_AT_END = re.compile(
    r"[\s._(\[-]+(?:the[\s._])?(?:complete|all|mini[\s._-]?series)[\s._-]*$", re.IGNORECASE
)
_DASH_BEFORE = re.compile(r"\s-\s[\[(]?$")
_DASH_BEHIND = re.compile(r"[\])]?\s-\s")

# Confidence by the form of the numbers; where BEHAVIOUR 1.4 names it, its figure.
_CONFIDENCE = {
    Form.STANDARD: 0.80,
    Form.CROSS: 0.85,
    Form.LOOSE: 0.70,
    Form.CODE: 0.60,
    Form.ABSOLUTE: 0.70,
    Form.DAILY: 0.85,
    Form.PACK: 0.85,
    Form.SPECIAL: 0.85,
}
_MULTI, _ENRICHED, _DASHED = 0.80, 0.85, 0.95
_ANIME, _ANIME_VERSION_OR_SPECIAL = 0.90, 0.95


class _Title(NamedTuple):
    title: str
    year: int | None


def read_series(situation: Situation, marks: Marks) -> Facts:
    """Reads the name of an episode or a season."""
    name = situation.name
    settled = [
        found
        for found in settle(name, situation.begin, -1, marks.end)
        if name.start(found) >= marks.end or situation.begin <= name.start(found) < marks.start
    ]
    tags = without_group(name, settled)
    behind = [found for found in tags if name.start(found) >= marks.end]
    title, year = _read_title(situation, marks, tags)
    titles = _episode_titles(situation, marks, behind)
    technical = read_technical(name, tags, marks.version)
    enriched = bool(titles or technical.resolution or technical.source)
    if situation.edition:
        technical = technical._replace(edition=situation.edition)
    return Facts(
        kind=marks.kind,
        title=title,
        year=year,
        season=marks.season,
        seasons=marks.seasons,
        episodes=marks.episodes,
        absolute_episodes=marks.absolute,
        air_date=marks.air_date,
        episode_titles=titles,
        part=marks.part,
        disc=marks.disc,
        special=marks.special,
        special_type=marks.special_type,
        special_number=marks.special_number,
        anime=situation.anime,
        release_group=find_group(name, tags, situation.group, marks.end),
        external_ids=situation.ids,
        container=situation.extension,
        confidence=_confidence(situation, marks, enriched=enriched),
        **technical._asdict(),
    )


def _read_title(situation: Situation, marks: Marks, tags: list[Found]) -> _Title:
    """Cuts the title of a series out of what stands before its numbers."""
    name = situation.name
    end = marks.start
    if tags and situation.begin < name.start(tags[0]) < end:
        end = name.start(tags[0])
    region = name.text[situation.begin : end]
    if leading := _YEAR_AT_START.match(region):
        region = region[leading.end() :]
    region = _COMPLETE_AT_END.sub("", region).rstrip(" /|")
    region = region.split(" / ")[0].split(" | ")[0]
    if situation.dashed:
        region = region.replace("-", " ")
    if bracket := _ONLY_BRACKET.match(region):
        region = bracket[1]
    match = _YEAR_AT_END.search(region)
    if match and region[: match.start()].strip(" ._-(["):
        return _Title(title_of_name(region[: match.start()]), int(match[1]))
    return _Title(title_of_name(region), _year_behind(situation, marks, tags))


def _year_behind(situation: Situation, marks: Marks, tags: list[Found]) -> int | None:
    """Returns a year in brackets or right behind the numbers, before the first tag."""
    text = situation.name.text
    starts = [situation.name.start(f) for f in tags if situation.name.start(f) >= marks.end]
    limit = min(starts, default=len(text))
    for year in situation.years:
        if marks.end <= year.start <= limit:
            between = text[marks.end : year.start].strip(" ._-([])")
            if year.bracket or not between:
                return year.year
    return None


def _episode_titles(situation: Situation, marks: Marks, behind: list[Found]) -> tuple[str, ...]:
    """Reads the titles of the episodes between the numbers and the first tag."""
    if marks.kind is not Kind.EPISODE:
        return ()
    name, text = situation.name, situation.name.text
    stop = min((name.start(f) for f in behind), default=len(text))
    raw = text[marks.end : stop].split("[")[0].lstrip(")]} ._-")
    if situation.dashed:
        raw = raw.replace("-", " ")
    elif not behind and " " not in text and "-" in raw:
        # "Show.S01E02.Title-GROUP".
        raw = raw.rpartition("-")[0]
    title = clean_title(raw)
    if not any(map(str.isalnum, title)) or _YEAR.match(title):
        return ()
    return split_titles(title, len(marks.episodes)) if marks.episodes[1:] else (title,)


def _confidence(situation: Situation, marks: Marks, *, enriched: bool) -> float:
    form = marks.form
    if situation.anime and form in (Form.ABSOLUTE, Form.SPECIAL):
        rare = form is Form.SPECIAL or marks.version
        return _ANIME_VERSION_OR_SPECIAL if rare else _ANIME
    if marks.episodes[1:] and form in (Form.STANDARD, Form.CROSS):
        return _MULTI
    if form is not Form.STANDARD:
        return _CONFIDENCE[form]
    text = situation.name.text
    if _DASH_BEFORE.search(text[: marks.start]) and _DASH_BEHIND.match(text, marks.end):
        return _DASHED
    return _ENRICHED if enriched else _CONFIDENCE[form]
