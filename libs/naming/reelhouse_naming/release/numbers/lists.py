"""Reads what follows a first episode number: ranges, lists, and mixtures of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.episodes import MAX_RANGE

# Numbers of one list, and numbers that a batch of absolute numbers may span.
_MAX_ITEMS = 40
MAX_BATCH = 1000

# A number with a mark of its own: "-E03", "E03", " - x04", ".S01E02", " to E03".
_MARKED = re.compile(
    r"(?P<joint>[ ._]{0,2}(?:[-~&+,]|to(?=[ ._])|and(?=[ ._])|bis(?=[ ._]))?[ ._]{0,2})"
    r"(?:s?(?P<season>\d{1,4})[ ._]?)?"
    r"(?:episode|eps|ep|e|x(?!26[456]))[ ._]{0,2}(?P<number>\d{1,5})(?!\d)",
    re.IGNORECASE,
)
# A bare number: "-03", "_02", " to 03", " en 4", ",02", "~10".
_BARE = re.compile(
    r"(?P<joint>[-_]|[ _]-[ _]|[ ._]?[~&+,][ ._]?|[ ._](?:to|en|and|bis|e|und|et|y)[ ._])"
    r"(?P<number>\d{1,5})(?:v\d)?(?![^\W_]|\.\d(?!\d))",
    re.IGNORECASE,
)
# Episodes of the longest seasons that are packed so.
_MAX_SEASON_LENGTH = 60
# "01 - 12" is a batch only where it fills the space up to a bracket or the end.
_SPACED_DASHES = frozenset((" - ", "_-_", " -_", "_- "))
_BRACKET_OR_END = re.compile(r"[ ._]*(?:[()\[\]]|$)")
# "of 24", "из 10", behind a list.
_TOTAL = re.compile(r"[ ._]?(?:of|из|von|de|/)[ ._]?(?:\d{1,4}|x{1,3})(?![^\W_])", re.IGNORECASE)


class NumberList(NamedTuple):
    """Numbers read from a name, ascending, and the offset behind them."""

    numbers: tuple[int, ...]
    end: int
    # Whether a range was longer than the limit; then `numbers` is empty.
    overflow: bool = False


def read_list(
    text: str,
    end: int,
    first: int,
    season: str = "",
    *,
    limit: int = MAX_RANGE,
    bare_only: bool = False,
) -> NumberList:
    """Reads the numbers after `first`, which ends at `end`.

    Two numbers side by side ("E1E3") or with a dash are a range; three and more are exactly the
    ones named; each dash between two numbers of a mixture ("E01-E03E05E07-E09") is a range.

    Args:
        text: the name.
        end: offset behind the first number.
        first: the first number.
        season: digits of the season; a number marked with another season ends the list.
        limit: how many numbers a range may have.
        bare_only: whether numbers with marks of their own end the list.
    """
    joints: list[str] = []
    numbers = [first]
    while len(numbers) < _MAX_ITEMS:
        match = (None if bare_only else _MARKED.match(text, end)) or _BARE.match(text, end)
        if match is None or not _plausible(text, match, numbers, season, limit):
            break
        if match["joint"] in _SPACED_DASHES and match.re is _BARE and not bare_only:
            break
        joints.append(_joint(match["joint"]))
        numbers.append(int(match["number"]))
        end = match.end()
    if total := _TOTAL.match(text, end):
        end = total.end()
    expanded = _expand(numbers, joints, limit)
    return NumberList(expanded, end, overflow=not expanded)


def _plausible(
    text: str, match: re.Match[str], numbers: list[int], season: str, limit: int
) -> bool:
    """Tells whether a number belongs to the list rather than to a title behind it."""
    number, joint, last = int(match["number"]), match["joint"], numbers[-1]
    distance = number - last
    if distance <= 0:
        return False
    if match.re is _MARKED:
        own_season = match["season"] or season
        # "S05E53 - Ep.129" are two numberings.
        return int(own_season or 0) == int(season or 0) and (distance < limit or " " not in joint)
    if joint in _SPACED_DASHES:
        batch = numbers == [1] and text[: match.start()].endswith("01")
        return batch and bool(_BRACKET_OR_END.match(text, match.end()))
    if joint == "_":
        # "26_27" are two episodes, "Title_0_01" ends in one.
        return distance == 1 and last > 0
    # "S01E01-24" is a season; what is longer is a resolution or a year.
    whole_season = joint == "-" and last == 1 and number <= _MAX_SEASON_LENGTH
    return distance < limit or whole_season


def _joint(text: str) -> str:
    """Returns "-" for a range, "+" for a list, "" for numbers side by side."""
    text = text.strip(" ._").casefold()
    if text in ("-", "~", "to", "bis"):
        return "-"
    return "+" if text else ""


def _expand(numbers: list[int], joints: list[str], limit: int) -> tuple[int, ...]:
    """Applies the joints; returns nothing if a range is longer than the limit."""
    if joints == [""]:
        joints = ["-"]
    result: list[int] = []
    index = 0
    while index < len(numbers):
        run = index
        while run < len(joints) and joints[run] == "-":
            run += 1
        if run == index + 1:
            if numbers[run] - numbers[index] >= limit:
                return ()
            result.extend(range(numbers[index], numbers[run] + 1))
        else:
            result.extend(numbers[index : run + 1])
        index = run + 1
    return tuple(result)
