"""Reads the names of subtitle files that lie beside a video: Film.en.forced.srt."""

from __future__ import annotations

import re
from dataclasses import dataclass

from reelhouse_naming.tables.languages import BY_CODE, BY_WORD, SUBTAGS, Language
from reelhouse_naming.tables.words import SUBTITLE_EXTENSIONS
from reelhouse_naming.text import last_part, plain, split_extension

_DEFAULT = frozenset(("default",))
_FORCED = frozenset(("forced", "foreign"))
# "hi" is Hindi as well: it is the flag where another language is named.
_HEARING_IMPAIRED = frozenset(("sdh", "cc", "hi", "hearingimpaired"))
_SUBTAG = re.compile(r"([a-z]{2,3})[-_]([a-z0-9]{2,4})$", re.IGNORECASE)
_HINDI = "hi"


@dataclass(frozen=True, slots=True)
class Subtitle:
    """What the name of a subtitle file says."""

    # The name of the video it belongs to, without extension.
    media_name: str
    # ISO 639-1, or 639-2 for languages without; empty when not named.
    language: str = ""
    title: str = ""
    default: bool = False
    forced: bool = False
    hearing_impaired: bool = False
    # The file name extension without its dot, lower case.
    format: str = ""

    @property
    def language_bibliographic(self) -> str:
        """The language as ISO 639-2 (bibliographic), for example "fre"; empty when not named."""
        return BY_CODE[self.language].bibliographic if self.language else ""


def read_subtitle(path: str, media_name: str | None = None) -> Subtitle | None:
    """Reads the name of a subtitle file; None if the file is none.

    Args:
        path: the file.
        media_name: name of the video without extension. What follows it is language, flags and
            title. Without it only languages and flags at the end are read.
    """
    stem, extension = split_extension(plain(last_part(path)))
    if extension not in SUBTITLE_EXTENSIONS:
        return None
    if media_name is not None and stem.casefold().startswith(plain(media_name).casefold()):
        rest = stem[len(plain(media_name)) :].strip(" ._-")
        pieces = _split(rest)
        return _read(pieces, media_name, extension)
    pieces = stem.split(".")
    known = len(pieces)
    while known > 1 and _is_known(pieces[known - 1]):
        known -= 1
    return _read(pieces[known:], ".".join(pieces[:known]), extension)


def _split(rest: str) -> list[str]:
    """Splits at dots; a piece of several known words is split at its spaces too."""
    pieces: list[str] = []
    for piece in rest.split("."):
        words = re.split(r"[\s_()\[\]-]+", piece.strip("()[] "))
        if len(words) > 1 and all(_is_known(word) for word in words) and not _language(piece):
            pieces.extend(words)
        elif piece:
            pieces.append(piece)
    return pieces


def _is_known(piece: str) -> bool:
    word = piece.strip("()[] ").casefold()
    flag = word in _DEFAULT or word in _FORCED or word in _HEARING_IMPAIRED
    return flag or _language(piece) is not None


def _language(piece: str) -> Language | None:
    word = piece.strip("()[] ").casefold()
    if match := _SUBTAG.match(word):
        return BY_WORD.get(match[1]) if match[2] in SUBTAGS else None
    return BY_WORD.get(word)


def _read(pieces: list[str], media_name: str, extension: str) -> Subtitle:
    """Reads the pieces from the end: of several languages the last counts, others are title."""
    words = [piece.strip("()[] ").casefold() for piece in pieces]
    others = any(
        _language(piece) and word != _HINDI for piece, word in zip(pieces, words, strict=True)
    )
    language: Language | None = None
    flags = {"default": False, "forced": False, "hearing_impaired": False}
    title: list[str] = []
    for piece, word in zip(reversed(pieces), reversed(words), strict=True):
        if word in _DEFAULT:
            flags["default"] = True
        elif word in _FORCED:
            flags["forced"] = True
        elif word in _HEARING_IMPAIRED and (others or word != _HINDI or language):
            flags["hearing_impaired"] = True
        elif language is None and (found := _language(piece)):
            language = found
        else:
            title.append(piece)
    return Subtitle(
        media_name=media_name,
        language=language.code if language else "",
        title=".".join(reversed(title)),
        format=extension,
        **flags,
    )
