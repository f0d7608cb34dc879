"""Tells the tags of a name from words of its title that are spelled the same."""

from __future__ import annotations

from enum import Enum, auto

from reelhouse_naming.release.tags import Found, Tags
from reelhouse_naming.tables.vocabulary import Field, Trust
from reelhouse_naming.tables.words import ARTICLES

# What may stand before a year: "Title German 2005"; of others "Web 2006" is a title.
_MAY_LEAD_TO_YEAR = (Field.EDITION, Field.LANGUAGE, Field.VERSION)


class _Behind(Enum):
    """What stands right behind a word."""

    TAG = auto()
    YEAR = auto()
    END = auto()
    # Tags that lead up to the end of the name without a sure one: "German Extended Cut".
    EDITION_AT_END = auto()
    TITLE = auto()


def settle(name: Tags, begin: int, year_start: int, floor: int) -> list[Found]:
    """Returns the tags that are no words of a title, in order.

    Sure tags are always tags; what follows the first of them or the year is no title either. Other
    words count where an unbroken run of tags leads from them to a sure one, the year or the end.

    Args:
        name: the name.
        begin: offset where the title starts; tags in brackets before it say nothing of it.
        year_start: offset of the year of a film; -1 if there is none.
        floor: offset behind the numbers of an episode, before which only sure tags count; 0 for
            films.
    """
    sure = (name.start(f) for f in name.found if f.tag.trust is Trust.SURE)
    first_sure = min((start for start in sure if start >= begin), default=len(name.text))
    zone = min(first_sure, year_start) if year_start >= 0 else first_sure
    has_source = any(
        f.tag.field is Field.SOURCE and (f.tag.trust is Trust.SURE or name.start(f) > zone)
        for f in name.found
    )
    settled: list[Found] = []
    behind, behind_first = _Behind.END, len(name.tokens)
    for found in reversed(name.found):
        # Two tags may share a word: "DDP5.1".
        if found.last + 1 < behind_first:
            following = name.tokens[found.last + 1]
            behind = _Behind.YEAR if following.start == year_start else _Behind.TITLE
        # A name has one source: in "Charlottes Web DVDRip" the web is none.
        spare = has_source and found.tag.field is Field.SOURCE and name.start(found) < zone
        unsure = found.tag.trust < Trust.SURE
        if _counts(name, found, behind, zone, floor) and not (spare and unsure):
            settled.append(found)
            at_end = behind is _Behind.END and unsure
            behind = _Behind.EDITION_AT_END if at_end else _Behind.TAG
        else:
            behind = _Behind.TITLE
        behind_first = found.first
    settled.reverse()
    return settled


def _counts(name: Tags, found: Found, behind: _Behind, zone: int, floor: int) -> bool:
    tag, start = found.tag, name.start(found)
    if tag.trust is Trust.SURE or start >= zone:
        return True
    if start < floor or _behind_article(name, found, floor):
        return False
    shouted = name.text[start : name.end(found)].isupper()
    if tag.trust is Trust.LATE:
        return behind is _Behind.TAG and shouted
    if behind in (_Behind.TAG, _Behind.EDITION_AT_END) or _in_brackets(name, found):
        return True
    if behind is _Behind.YEAR:
        return shouted or tag.field in _MAY_LEAD_TO_YEAR
    language = bool(floor) and shouted and tag.field is Field.LANGUAGE
    return behind is _Behind.END and (language or tag.field is Field.EDITION)


def _in_brackets(name: Tags, found: Found) -> bool:
    start, end = name.start(found), name.end(found)
    return name.text[start - 1 : start] in ("[", "(") and name.text[end : end + 1] in ("]", ")")


def _behind_article(name: Tags, found: Found, floor: int) -> bool:
    """Tells whether an article makes the word a part of a title: "The Italian 2005".

    In films "Title The Final Cut" is a title and an edition.
    """
    if not found.first or name.tokens[found.first - 1].key not in ARTICLES:
        return False
    return bool(floor) or found.tag.field is not Field.EDITION or found.first == 1
