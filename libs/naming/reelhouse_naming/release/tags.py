"""Splits a release name into words, and finds those of the vocabulary."""

from __future__ import annotations

import re
from typing import NamedTuple

from reelhouse_naming.tables.vocabulary import BEGINNINGS, WORDS, Field, Tag, Trust
from reelhouse_naming.text import fold

# A word: letters and digits with apostrophes inside; the plus of "DD+" and "HDR10+" belongs to it.
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*(?:(?:(?<=[dD][dD])|(?<=[rR]10))\+)?")

# Words that are joined before the look-up.
_MAX_WORDS = 3
# What may stand between words that are joined.
_JOINTS = frozenset(("", " ", ".", "-", "_"))

# Tags by shape rather than by list.
_LINES = re.compile(r"(\d{3,4})[pi](?:\d\d)?$")
_FRAME = re.compile(r"(\d{3,4})x(\d{3,4})$")
_GLUED = re.compile(r"(?:([a-z]{2,8})(\d{3,4})[pi]?|(\d{3,4})[pi]([a-z]{3,8}))$")
_CHANNEL_COUNT = re.compile(r"([1-8])ch$")
_DEPTH = re.compile(r"\d{1,2}(?:bits?|fps|b)$")
_CHANNEL_NAMES = {"1": "1.0", "2": "2.0", "6": "5.1", "7": "6.1", "8": "7.1"}
_FULL_CHANNELS = "1234567"
# Lines that pictures are sold with; other numbers before "p" are no resolutions.
_KNOWN_LINES = frozenset(
    (240, 360, 384, 400, 404, 480, 540, 576, 720, 900, 960, 1080, 1440, 2160, 4320)
)
_BARE_LINES = frozenset(("1080", "2160"))
# Width of the picture from which on it counts as so many lines: films are often cut lower.
_WIDTHS = ((3600, 2160), (1800, 1080), (1200, 720))


class Token(NamedTuple):
    """A word of the name: where it stands, and its form for comparing."""

    start: int
    end: int
    key: str


class Found(NamedTuple):
    """A tag in a name: the tokens first..last (inclusive) hold it."""

    tag: Tag
    first: int
    last: int


class Tags:
    """The words of one name, and what the vocabulary knows of them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [Token(m.start(), m.end(), fold(m.group())) for m in _TOKEN.finditer(text)]
        # Words of titles among them: `settle` tells them apart.
        self.found = self._look_up()

    def _look_up(self) -> list[Found]:
        found: list[Found] = []
        index = 0
        while index < len(self.tokens):
            hits = self._longest(index)
            found.extend(hits)
            index = hits[-1].last + 1 if hits else index + 1
        return found

    def _longest(self, index: int) -> list[Found]:
        """Returns what the longest known run of words from here on says."""
        tokens = self.tokens
        key = tokens[index].key
        best = WORDS.get(key)
        best_last = index
        last = index
        while key in BEGINNINGS and last + 1 < len(tokens) and last - index + 1 < _MAX_WORDS:
            if self.text[tokens[last].end : tokens[last + 1].start] not in _JOINTS:
                break
            last += 1
            key += tokens[last].key
            if key in WORDS:
                best, best_last = WORDS[key], last
        if best is not None:
            return _unglue(best, index, best_last)
        return self._by_shape(index)

    def _by_shape(self, index: int) -> list[Found]:
        key = self.tokens[index].key
        if (glued := _GLUED.match(key)) and (lines := _lines(f"{glued[2] or glued[3]}p")):
            # "BD720", "1080pBluRay".
            tag = WORDS.get(glued[1] or glued[4])
            if tag is not None:
                sure = tag._replace(trust=Trust.SURE)
                return [Found(sure, index, index), Found(lines, index, index)]
        if not key[0].isdigit():
            return []
        if lines := _lines(key):
            return [Found(lines, index, index)]
        if count := _CHANNEL_COUNT.match(key):
            tag = Tag(Field.CHANNELS, _CHANNEL_NAMES.get(count[1], ""), Trust.SURE)
            return [Found(tag, index, index)]
        if _DEPTH.match(key):
            return [Found(Tag(Field.OTHER, "", Trust.SURE), index, index)]
        return self._channels(index)

    def _channels(self, index: int) -> list[Found]:
        """Reads "5.1" and "5 1" behind a codec."""
        tokens = self.tokens
        if index + 1 >= len(tokens) or tokens[index].key not in _FULL_CHANNELS:
            return []
        if tokens[index + 1].key not in ("0", "1"):
            return []
        joint = self.text[tokens[index].end : tokens[index + 1].start]
        behind_codec = index > 0 and self._is_audio(tokens[index - 1].key)
        if joint == "." or (joint in _JOINTS and behind_codec):
            value = f"{tokens[index].key}.{tokens[index + 1].key}"
            trust = Trust.SURE if behind_codec else Trust.LATE
            return [Found(Tag(Field.CHANNELS, value, trust), index, index + 1)]
        return []

    @staticmethod
    def _is_audio(key: str) -> bool:
        tag = WORDS.get(key)
        return key in ("ma", "hra", "es", "x") or (
            tag is not None and tag.field is Field.AUDIO_CODEC
        )

    def start(self, found: Found) -> int:
        """Returns the offset at which a tag starts."""
        return self.tokens[found.first].start

    def end(self, found: Found) -> int:
        """Returns the offset behind a tag."""
        return self.tokens[found.last].end


def _unglue(tag: Tag, first: int, last: int) -> list[Found]:
    """Splits "eac3/5.1" into the codec and the channels."""
    if tag.field is Field.AUDIO_CODEC and "/" in tag.value:
        codec, _, channels = tag.value.partition("/")
        return [
            Found(tag._replace(value=codec), first, last),
            Found(Tag(Field.CHANNELS, channels, Trust.SURE), first, last),
        ]
    return [Found(tag, first, last)]


def _lines(key: str) -> Tag | None:
    if key in _BARE_LINES:
        return Tag(Field.RESOLUTION, key, Trust.WEAK)
    if match := _LINES.match(key):
        known = int(match[1]) in _KNOWN_LINES
        return Tag(Field.RESOLUTION, match[1], Trust.SURE) if known else None
    if match := _FRAME.match(key):
        width, height = int(match[1]), int(match[2])
        lines = next((lines for least, lines in _WIDTHS if width >= least), height)
        return Tag(Field.RESOLUTION, str(lines), Trust.SURE)
    return None
