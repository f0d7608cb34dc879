"""Finds specials: episodes outside the numbering of the seasons, such as OVAs."""

from __future__ import annotations

import re
from typing import NamedTuple

_START = r"(?<![^\W_])"
_SPECIAL = re.compile(
    rf"{_START}(ova|oav|ona|oad|specials?|sp|movie|film)(?:[ ._-]?(\d{{1,3}}))?(?:v\d)?(?![^\W_])",
    re.IGNORECASE,
)
# S01.5xSpecial, S02 Special, S01SP03.
_OF_SEASON = re.compile(
    rf"{_START}s(\d{{1,4}})(?:\.\d)?[ ._]?x?(?:special|sp)[ ._]?(\d{{1,3}})?(?![^\W_])",
    re.IGNORECASE,
)
_TYPES = {"oav": "ova", "specials": "special", "sp": "special", "film": "movie"}
_EPISODE_BEHIND = re.compile(r"[ ._]?episode(?![^\W_])", re.IGNORECASE)
_DASH_BEFORE = re.compile(r"[ ._]-[ ._]$")
# "OVA - 01" counts specials as a series of their own.
_NUMBERED_BEHIND = re.compile(r"[ ._]-[ ._]?\d")
_ALWAYS = frozenset(("ova", "oav", "ona", "oad"))
_NAMES_SERIES = frozenset(("ova", "oav", "ona", "oad", "special", "specials", "sp"))
_NEEDS_NUMBER = frozenset(("sp", "movie", "film"))


class Special(NamedTuple):
    """A special and the piece of the name that states it."""

    start: int
    end: int
    # "special", "ova", "ona", "oad" or "movie".
    type: str
    number: int | None
    season: int | None = None


def trailing_special(title: str) -> str:
    """Returns the type of special that a title ends with: "ova" for "Title OVA - "."""
    words = (
        title.strip(" ._-[(").rsplit(None, 1)[-1:]
        if " " in title
        else re.split(r"[._]", title.strip("._- "))[-1:]
    )
    word = words[0].casefold() if words else ""
    return _TYPES.get(word, word) if word in _NAMES_SERIES else ""


def find_special(text: str, begin: int, limit: int, *, anime: bool) -> Special | None:
    """Returns the special that a name states.

    Args:
        text: the name.
        begin: offset where the title starts.
        limit: offset where the tags start.
        anime: whether the name is built as anime releases are.
    """
    if match := _OF_SEASON.search(text):
        number = int(match[2]) if match[2] else None
        return Special(match.start(), match.end(), "special", number, int(match[1]))
    for match in _SPECIAL.finditer(text, begin, limit):
        if text[begin : match.start()].strip(" ._-") and _counts(text, match, limit, anime=anime):
            word = match[1].casefold()
            episode = _EPISODE_BEHIND.match(text, match.end())
            return Special(
                match.start(),
                episode.end() if episode else match.end(),
                _TYPES.get(word, word),
                int(match[2]) if match[2] else None,
            )
    return None


def _counts(text: str, match: re.Match[str], limit: int, *, anime: bool) -> bool:
    """Tells a special from a title that has the word in it."""
    word, number = match[1].casefold(), match[2]
    if word in _NEEDS_NUMBER:
        # Numbers of films in titles are not padded: "Scary Movie 2".
        return number is not None and (anime or number.startswith("0"))
    if number is None and _NUMBERED_BEHIND.match(text, match.end()):
        return False
    last = not text[match.end() : limit].strip(" ._-[(")
    if word in _ALWAYS or number is not None:
        return anime or last or number is not None
    if word == "specials" and not last:
        return False
    dashed = bool(_DASH_BEFORE.search(text, 0, match.start()))
    return bool(_EPISODE_BEHIND.match(text, match.end())) or (last and (anime or dashed))
