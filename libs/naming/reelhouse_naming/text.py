"""Makes a name fit to be read: bounded, in one form of Unicode, without its extension."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from reelhouse_naming.tables.words import CODEC_EXTENSIONS, EXTENSIONS

# Characters of one name that are read. File systems allow 255 bytes; release names of indexers
# are longer at times. Everything behind is ignored, so that the time per name is bounded.
MAX_NAME = 300

# Look-alikes of ASCII punctuation that NFKC leaves alone, and characters without a shape.
_PLAIN = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u0060\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e"), '"'),
    **dict.fromkeys(map(ord, "\u3010\u300e\u300c\u300a\u3014"), "["),
    **dict.fromkeys(map(ord, "\u3011\u300f\u300d\u300b\u3015"), "]"),
    **dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0)), " "),
    **dict.fromkeys(
        (0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, 0xFEFF)
    ),
}


_SPACES = re.compile(r"\s\s+")


class Stem(NamedTuple):
    """A name without its extension, and the extension: lower case, no dot, empty when unknown."""

    name: str
    extension: str


def plain(name: str) -> str:
    """Returns the name in NFKC with plain dashes, quotes, brackets and single spaces.

    It is at most `MAX_NAME` long.
    """
    name = name[:MAX_NAME]
    if not (name.isascii() and name.isprintable()):
        # NFKC may lengthen a text up to eighteenfold.
        name = unicodedata.normalize("NFKC", name)[:MAX_NAME].translate(_PLAIN)
    return _SPACES.sub(" ", name)


def split_extension(name: str) -> Stem:
    """Cuts off a known extension. Others stay: the last word of a release name is no extension."""
    stem, dot, extension = name.rpartition(".")
    folded = extension.lower()
    if not dot or not stem or folded not in EXTENSIONS:
        return Stem(name, "")
    if folded in CODEC_EXTENSIONS and extension != folded:
        return Stem(name, "")
    return Stem(stem, folded)


def fold(word: str) -> str:
    """Returns the form in which words are compared with the vocabulary."""
    return word.casefold().replace("'", "")


_ACCENTS = re.compile(r"[\u0300-\u036f]")


def strip_accents(text: str) -> str:
    """Removes the accents of Latin, Greek and Cyrillic letters."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))


def split_path(path: str) -> list[str]:
    """Splits a path at slashes and backslashes; empty parts and "." vanish."""
    return [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]


def last_part(path: str) -> str:
    """Returns the last part of a path; empty if there is none."""
    parts = split_path(path)
    return parts[-1] if parts else ""
