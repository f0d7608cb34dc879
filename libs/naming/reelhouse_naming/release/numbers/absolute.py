"""Finds numbers that stand alone: absolute numbers of anime, and codes like 103 for S01E03."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple

from reelhouse_naming.release.numbers.dates import FIRST_YEAR, LAST_YEAR
from reelhouse_naming.release.numbers.lists import MAX_BATCH, read_list
from reelhouse_naming.release.tags import Token

# "12", "12v2"; "12a" is one half of a file.
_NUMBER = re.compile(r"(\d{1,4})(?:[a-d]|v(\d))?$")
# Words whose number is another: "Vol. 2", "No.6".
_NAMES_NUMBER = frozenset(("vol", "volume", "no", "part", "pt", "disc", "cd"))
# Lines of the picture in brackets: "[720]".
_LINES = frozenset((480, 576, 720, 1080))
_HALF = re.compile(r"\.5(?!\d)(?:v\d)?")
_CODE = re.compile(r"\d{3,5}$")
_DASH_BEFORE = re.compile(r"(?:[ ._]-[ ._]*|-)$")
_DASH_BEHIND = re.compile(r"[ ._]+-(?:[ ._]|$)")
_GROUP_BEHIND = re.compile(r"-[^\W_]+$")
_VERSION = re.compile(r"v(\d)(?![^\W_])", re.IGNORECASE)
_OPENING, _CLOSING = "([{", ")]}"
_SPACE = " ._"
_BEFORE_NUMBER = _SPACE + _OPENING + "-"
_BRACKET_AND_DASH = re.compile(r"[)\]][ ._]-[ ._]$")
_PADDED, _CODE_DIGITS, _YEAR_DIGITS = 2, 3, 4
_PAIR = 2
# Seasons that a code of four digits may name: 1013 is S10E13, 4077 a title.
_MAX_CODE_SEASON = 35


class _Place(IntEnum):
    """How sure it is that a number is an episode, by what stands around it."""

    # Between words.
    WORD = 1
    # Behind a dash, before a word.
    DASHED_WORD = 2
    # Behind a word, before a bracket, a tag or the end.
    LAST = 3
    # Alone in brackets.
    BRACKETED = 4
    # Behind a dash, before a dash, a bracket, a tag or the end.
    DASHED = 5


class Absolute(NamedTuple):
    """Absolute numbers and the piece of the name that states them."""

    start: int
    end: int
    numbers: tuple[int, ...]
    version: int | None = None
    # Whether it is a number with a half, as recaps between two episodes have.
    special: bool = False


class Surroundings(NamedTuple):
    """What is known of the name around its numbers."""

    text: str
    tokens: list[Token]
    # Offset where the title starts, and where the tags of the name start.
    begin: int
    limit: int
    # Offsets at which tags start.
    tag_starts: frozenset[int]
    # Whether the name is built as anime releases are: "[Group] Title".
    anime: bool
    # Whether numbers are likely to be episodes, as in a library of series.
    episodic: bool
    # Whether nothing but separators may stand between `begin` and the number.
    adjacent: bool = False


def find_absolute(around: Surroundings, title_begin: int) -> Absolute | None:
    """Returns the number that is most likely an episode's, or nothing if none is likely enough.

    Args:
        around: the name, and where in it to look.
        title_begin: offset where the title starts; there must be one before the number.
    """
    best: Absolute | None = None
    best_place, done = 0, around.begin
    for index, token in enumerate(around.tokens):
        if token.start < done or not _may_count(around, index):
            continue
        if around.adjacent and around.text[around.begin : token.start].strip(_BEFORE_NUMBER):
            break
        if match := _NUMBER.match(token.key):
            found, place = _classify(around, index, match)
            done = found.end
            titled = around.text[title_begin : found.start].strip(_BEFORE_NUMBER)
            if titled and place > best_place and _acceptable(around, match[1], found, place):
                best, best_place = found, place
    return best


def _may_count(around: Surroundings, index: int) -> bool:
    """Tells whether a word can be an episode's number, from where it stands."""
    token = around.tokens[index]
    if not token.key[0].isdigit() or token.start in around.tag_starts:
        return False
    if index and around.tokens[index - 1].key in _NAMES_NUMBER:
        return False
    # Behind the tags a number counts only in "Title (DVD) - 01".
    return token.start <= around.limit or bool(
        _BRACKET_AND_DASH.search(around.text, 0, token.start)
    )


def _classify(around: Surroundings, index: int, match: re.Match[str]) -> tuple[Absolute, _Place]:
    token, text = around.tokens[index], around.text
    found = read_list(text, token.end, int(match[1]), limit=MAX_BATCH, bare_only=True)
    end, version = found.end, int(match[2]) if match[2] else None
    half = _HALF.match(text, token.end)
    if half:
        end = half.end()
    if later := _VERSION.match(text, end):
        end, version = later.end(), int(later[1])
    numbers = () if half else found.numbers
    absolute = Absolute(token.start, end, numbers, version, special=bool(half))

    before = text[around.begin : token.start]
    behind = text[end:]
    opened = before[-1:] and before[-1] in _OPENING
    if opened and behind[:1] and behind[0] in _CLOSING:
        return absolute._replace(start=token.start - 1, end=end + 1), _Place.BRACKETED
    closed = _closes(around, end, _OPENING)
    if dash := _DASH_BEFORE.search(before):
        sure = closed or bool(_DASH_BEHIND.match(behind))
        if len(dash.group()) == 1 and not closed:
            return absolute, _Place.WORD
        return absolute, _Place.DASHED if sure else _Place.DASHED_WORD
    return absolute, _Place.LAST if closed else _Place.WORD


def _closes(around: Surroundings, end: int, closing: str) -> bool:
    """Tells whether the name, a bracket or a tag follows: then no title does."""
    following = around.text[end:].lstrip(_SPACE)
    start = len(around.text) - len(following)
    return not following or following[0] in closing or start in around.tag_starts


def _is_whole(around: Surroundings, digits: str, found: Absolute) -> bool:
    """Tells whether a number stands for itself: not "100-man", "7.1", "2-45", "100%" or a year."""
    text, end, starts = around.text, found.end, around.tag_starts
    behind, next_behind = text[end : end + 1], text[end + 1 : end + 2]
    if behind.isalnum() or behind in ("%", "'"):
        return False
    joined = (behind == "-" and next_behind.isalnum()) or (behind == "." and next_behind.isdigit())
    if joined and not {end, end + 1} & starts:
        return False
    before = text[: found.start]
    if before[-1:] == "." and before[-2:-1].isdigit() and " " in text:
        # "Title 3.33".
        return False
    lone_year = len(digits) == _YEAR_DIGITS and FIRST_YEAR <= int(digits) <= LAST_YEAR
    return not lone_year or bool(found.numbers[1:])


def _acceptable(around: Surroundings, digits: str, found: Absolute, place: _Place) -> bool:
    """Tells whether a number is likely enough to be an episode's."""
    if not _is_whole(around, digits, found):
        return False
    if place is _Place.BRACKETED and int(digits) in _LINES:
        return False
    padded, zero = len(digits) >= _PADDED, digits[0] == "0"
    if around.anime:
        return place > _Place.WORD or padded
    likely = {
        _Place.WORD: False,
        _Place.DASHED_WORD: around.episodic or zero,
        _Place.LAST: around.episodic or bool(found.numbers[1:]) or (padded and zero),
        _Place.BRACKETED: padded and around.text[found.start] != "(",
        _Place.DASHED: padded or around.episodic,
    }[place]
    if place is _Place.LAST and len(digits) >= _CODE_DIGITS + zero:
        # 102, 101-102 and 0203 are codes.
        return len(found.numbers) > _PAIR
    return likely


class Code(NamedTuple):
    """A code like 103, and where it stands."""

    start: int
    end: int
    season: int
    episodes: tuple[int, ...]


def find_code(around: Surroundings, *, loose: bool) -> Code | None:
    """Returns what a code of three to five digits says: 103 is S01E03, 10910 is S01E09E10.

    Args:
        around: the name.
        loose: whether words may follow, which is likely where the name is of a broadcast.
    """
    for token in around.tokens:
        if not around.begin < token.start <= around.limit or token.start in around.tag_starts:
            continue
        read = _read_code(token.key) if _CODE.match(token.key) else None
        if read is None:
            continue
        season, episodes = read
        number = int(token.key)
        pair = read_list(around.text, token.end, number, bare_only=True)
        if pair.numbers == (number, number + 1):
            return Code(token.start, pair.end, season, (*episodes, episodes[-1] + 1))
        followed_by_word = around.text[token.end : token.end + 1] in _SPACE
        closed = _closes(around, token.end, _OPENING) or _GROUP_BEHIND.match(around.text, token.end)
        if closed or (loose and followed_by_word):
            return Code(token.start, token.end, season, episodes)
    return None


def _read_code(digits: str) -> tuple[int, tuple[int, ...]] | None:
    """Returns season and episodes of a code; the last two digits of it are an episode."""
    season, episode = divmod(int(digits), 100)
    if len(digits) > _YEAR_DIGITS:
        season, first = divmod(season, 100)
        return (season, (first, episode)) if season and episode == first + 1 else None
    lone_year = len(digits) == _YEAR_DIGITS and FIRST_YEAR <= int(digits) <= LAST_YEAR
    if lone_year or not season or not episode or season > _MAX_CODE_SEASON:
        return None
    return season, (episode,)
