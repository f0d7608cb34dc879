"""Finds who released it. Most names end in "-GROUP"; this module knows the other habits too."""

from __future__ import annotations

import re

from reelhouse_naming.release.tags import Found, Tags
from reelhouse_naming.tables.vocabulary import Field, Trust

_MAX_GROUP = 40
_CHECKSUM = re.compile(r"[0-9A-Fa-f]{8}$")
_SUBBED_BY = re.compile(r"(?:soft|hard)subs?\s*\(([^()]{1,40})\)?", re.IGNORECASE)
_SQUARE_AT_END = re.compile(r"\[([^\[\]]{1,60})\]\)?$")
_ROUND_AT_END = re.compile(r"\(([^()]{1,120})\)$")
_BEHIND_TAGS = re.compile(r"[\s._]*[\])}]*([\s._]*)-([\s._]*)")
_WORD_BEHIND = re.compile(r"[\s._](?!(?:19|20)\d\d$)([^\W_][^\s._\[\](){}]*)$")
_CLOSED_BEFORE = re.compile(r"[\])}][\s._-]*$")
# Behind the group may stand a comment, or what the file is: "-GRP.proof".
_GROUP_ENDS = re.compile(r"[\[({.]")
_LAST_DASH = re.compile(r"-([^\s\-\[\](){}]{2,})$")
_WORDS = re.compile(r"[^\s]+")
# Groups whose names no rule can tell from words and tags around them.
_IRREGULAR = re.compile(r"(?:^|[-. ])(Fight-BB|D-Z0N3|-ZR-|E\.N\.D|Koten_Gars)[\])]*$")
_MAX_WORDS = 3


def find_group(name: Tags, settled: list[Found], leading: str, floor: int) -> str:
    """Returns the release group; empty if the name has none.

    Args:
        name: the name.
        settled: its tags, see `without_group`.
        leading: the group in brackets in front, as anime releases have.
        floor: offset behind the numbering or the year: what stands before is no group.
    """
    if leading:
        return leading
    text = name.text.rstrip(" ._")
    if match := _SUBBED_BY.search(text):
        return match[1].strip()
    if match := _IRREGULAR.search(text):
        return match[1]
    while True:
        if (match := _SQUARE_AT_END.search(text)) and match.start() >= floor:
            if not _is_technical(name, settled, match.start(), match.end()):
                return match[1].strip()
            text = text[: match.start()].rstrip(" ._")
        elif (match := _ROUND_AT_END.search(text)) and match.start() >= floor:
            if _holds_group(name, settled, match):
                return _inside(name, settled, match)
            text = text[: match.start()].rstrip(" ._")
        else:
            break
    return _behind_tags(name, settled, text, floor)


def without_group(name: Tags, settled: list[Found]) -> list[Found]:
    """Returns the tags without those that are the group: "x264-FHD", "MP4-ONE OF MANY"."""
    tags = list(settled)
    while tags and _reads_as_group(name, tags):
        tags.pop()
    return tags


def _tags_between(name: Tags, settled: list[Found], start: int, end: int) -> list[Found]:
    return [f for f in settled if name.start(f) >= start and name.end(f) <= end]


def _is_technical(name: Tags, settled: list[Found], start: int, end: int) -> bool:
    """Tells whether a bracket holds tags or a checksum rather than a group."""
    inside = name.text[start:end].strip("[]() ")
    if _CHECKSUM.match(inside) or inside.isdigit():
        return True
    tags = _tags_between(name, settled, start, end)
    if any(f.tag.trust is Trust.SURE for f in tags):
        return True
    words = sum(1 for token in name.tokens if start <= token.start < end)
    return sum(f.last - f.first + 1 for f in tags) >= words


def _holds_group(name: Tags, settled: list[Found], match: re.Match[str]) -> bool:
    """Tells whether round brackets at the end list tags, and the group behind them."""
    tags = _tags_between(name, settled, match.start(), match.end())
    if not tags:
        return False
    sure = [f for f in tags if f.tag.trust is Trust.SURE and f.tag.field is not Field.OTHER]
    return len(sure) > 1 and name.end(tags[-1]) < match.end() - 1


def _inside(name: Tags, settled: list[Found], match: re.Match[str]) -> str:
    """Returns the last word behind the tags in round brackets."""
    tags = _tags_between(name, settled, match.start(), match.end())
    words = _WORDS.findall(name.text[name.end(tags[-1]) : match.end() - 1].strip(" ._-"))
    return words[-1] if words else ""


def _behind_tags(name: Tags, settled: list[Found], text: str, floor: int) -> str:
    tags = _tags_between(name, settled, 0, len(text))
    if not tags:
        # "Show.2010.10.11.Guest-GROUP"; in "Show-S01E02-Title" the dashes are spaces.
        dotted = " " not in text and ("." in text or "_" in text)
        match = _LAST_DASH.search(text)
        return match[1] if match and dotted and match.start(1) > floor else ""
    tail = text[name.end(tags[-1]) :]
    if match := _BEHIND_TAGS.match(tail):
        group = _GROUP_ENDS.split(tail[match.end() :].strip("[](){} ._"))[0].strip()
        words = group.split()
        if match[1] and match[2]:
            return group if len(words) == 1 else ""
        if len(words) <= _MAX_WORDS and len(group) <= _MAX_GROUP:
            return group
    if match := _WORD_BEHIND.search(tail):
        word = match[1]
        behind_bracket = _CLOSED_BEFORE.search(tail[: match.start(1)])
        if behind_bracket or not tail[: match.start()].strip(" ._-[](){}"):
            return word.rpartition("-")[2] if "-" in word else word
    match = _LAST_DASH.search(tail)
    return match[1] if match else ""


def _reads_as_group(name: Tags, tags: list[Found]) -> bool:
    """Tells whether the last tag is a group whose name the vocabulary knows: "x264-FHD"."""
    last = tags[-1]
    start = name.start(last)
    if name.text[name.end(last) :].strip(" ._") and last.tag.trust is not Trust.LATE:
        return False
    if last.tag.trust is Trust.SURE or last.tag.field is Field.REMUX or len(tags) == 1:
        return False
    before = tags[-2]
    if name.text[start - 1 : start] != "-":
        # A word inside a group of several: "-ONE OF MANY".
        return last.tag.trust is Trust.LATE and "-" in name.text[name.end(before) : start]
    return before.last + 1 == last.first and before.tag.field is not last.tag.field
