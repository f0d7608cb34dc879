"""What is known of a release name before its numbers are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reelhouse_naming.facts import LibraryKind
from reelhouse_naming.ids import take_ids
from reelhouse_naming.release import noise
from reelhouse_naming.release.numbers.dates import Year, find_years
from reelhouse_naming.release.tags import Tags
from reelhouse_naming.tables.vocabulary import WORDS, Field, Trust
from reelhouse_naming.text import fold, plain, split_extension
from reelhouse_naming.titles import is_latin

# "1280*720".
_TIMES = re.compile(r"(?<=\d{3})\*(?=\d{3})")
_LEADING_BRACKET = re.compile(r"[\s._]*[\[{]([^\[\]{}]{1,60})[\]}]")
# "(Hi10) Title": tags in front are skipped too.
_LEADING_TAG = re.compile(r"[\s._]*\(([^\W_]{2,12})\)[\s._]*(?=\w)")
_NUMBERING = re.compile(r"\s*(?:s\d{1,2}e\d{1,3}|\d{1,2}x\d\d)\s*$", re.IGNORECASE)
_CHECKSUM = re.compile(r"[\[(](?=\w*\d)(?=\w*[A-F])[0-9A-F]{8}[\])]")
_YEAR = re.compile(r"[(\[]?(?:19|20)\d\d[)\]]?$")
_BRACKETED_YEAR = re.compile(r"[(\[](?:19|20)\d\d[)\]]")


@dataclass(frozen=True, slots=True)
class Situation:
    """A name, cleaned and split into words, with everything that stands around its title."""

    name: Tags
    library: LibraryKind | None
    # Of the file, lower case; empty if it has none.
    extension: str
    # Offset where the title starts.
    begin: int
    # The group in brackets in front, as anime releases have it.
    group: str
    years: list[Year]
    # Ids of providers, and the edition in the notation of Plex.
    ids: Mapping[str, str]
    edition: str

    @property
    def anime(self) -> bool:
        """Whether the name is built as anime releases are: "[Group] Title", "[8A72C1D0]"."""
        return bool(self.group) or bool(_CHECKSUM.search(self.name.text))

    @property
    def episodic(self) -> bool:
        """Whether it lies in a library of series."""
        return self.library is LibraryKind.TV

    @property
    def film(self) -> bool:
        """Whether it lies in a library of films."""
        return self.library is LibraryKind.MOVIE

    @property
    def limit(self) -> int:
        """Offset of the first tag that is surely one."""
        starts = (self.name.start(f) for f in self.name.found if f.tag.trust is Trust.SURE)
        return min((s for s in starts if s > self.begin), default=len(self.name.text))

    @property
    def broadcast(self) -> bool:
        """Whether the name says that it was recorded from television."""
        return any(
            f.tag.field is Field.SOURCE and f.tag.value in ("hdtv", "sdtv") for f in self.name.found
        )

    @property
    def disc(self) -> bool:
        """Whether the name says that it was taken from a Blu-ray disc."""
        return any(f.tag.field is Field.SOURCE and f.tag.value == "bluray" for f in self.name.found)

    @property
    def dashed(self) -> bool:
        """Whether dashes stand for spaces: "Show-Name-S01E02-Title"."""
        return not any(separator in self.name.text for separator in " ._")

    def year_behind(self, offset: int) -> bool:
        """Tells whether a year stands behind the offset, as it does in names of films."""
        return any(year.start >= offset for year in self.years)


def look_at(name: str, library: LibraryKind | None) -> Situation:
    """Cleans a name and finds what stands around its title."""
    stem = split_extension(plain(name))
    named = take_ids(_prepare(stem.name.strip()))
    begin, group = _skip_brackets(named.text)
    return Situation(
        name=Tags(named.text),
        library=library,
        extension=stem.extension,
        begin=begin,
        group=group,
        years=find_years(named.text),
        ids=MappingProxyType(named.ids),
        edition=named.edition,
    )


def _prepare(raw: str) -> str:
    if raw.startswith(".") and "." not in raw.strip("."):
        # ".mkv" is a name, not an extension.
        raw = raw.strip(".")
    text = noise.unreverse(noise.strip_behind(noise.strip_front(raw)))
    return _TIMES.sub("x", _from_latin_name(text)) or raw


def _from_latin_name(text: str) -> str:
    """Drops names in other scripts in front of " / ": "Сериал / Series / S02E01"."""
    bracket = _LEADING_BRACKET.match(text)
    front = bracket.group() if bracket else ""
    segments = text[len(front) :].split(" / ")
    while segments[1:] and not is_latin(segments[0]) and is_latin(segments[1]):
        del segments[0]
    return front + " / ".join(segments)


def _skip_brackets(text: str) -> tuple[int, str]:
    """Skips brackets in front of a title; returns its offset and the group in the first of them."""
    match = _LEADING_BRACKET.match(text)
    if match is None:
        tag = _LEADING_TAG.match(text)
        return (tag.end(), "") if tag and _is_technical(tag[1]) else (0, "")
    behind = text[match.end() :].strip(" ._-")
    if not behind or _BRACKETED_YEAR.match(behind):
        # "[REC] (2007)" has its title in the bracket.
        return 0, ""
    content = match[1].strip()
    if content.isdigit() or _YEAR.match(content) or _is_technical(content):
        return match.end(), ""
    if _NUMBERING.match(content):
        return 0, ""
    begin = end = match.end()
    while more := _LEADING_BRACKET.match(text, end):
        end = more.end()
    # "[Group][Title][05]" has its title in the second bracket.
    behind = text[end:].lstrip(" ._-")
    return (end if behind[:1].isalnum() else begin), content


def _is_technical(content: str) -> bool:
    tag = WORDS.get(fold(content))
    return tag is not None and (tag.trust is Trust.SURE or tag.field is Field.SOURCE)
