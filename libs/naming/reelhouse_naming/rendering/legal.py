"""What file systems allow in names, on any of the systems that a library may be read from."""

from __future__ import annotations

import re
import unicodedata

MAX_COMPONENT = 255
"""Bytes of one name in UTF-8."""

ILLEGAL = frozenset('<>:"/\\|?*')
# Categories of characters without a shape: of these some part words, the others hide in them.
_PARTING = frozenset({"Cc", "Zl", "Zp"})
_HIDDEN = frozenset({"Cf", "Cs", "Co"})
# What joins graphemes stays where it joins: it changes how letters look.
_JOINERS = frozenset({"\u200c", "\u200d"})
_SPACES = re.compile(r"\s+")
# What needs no look at its characters: most titles.
_PLAIN = re.compile(r"[\w!#-)+-.=@\[\]{}]+(?: [\w!#-)+-.=@\[\]{}]+)*", re.ASCII)
# Windows takes these for devices, whatever stands behind the first dot.
_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9\u00b9\u00b2\u00b3])", re.IGNORECASE
)
_REPLACED = str.maketrans({"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'"})
_DROPPED = str.maketrans(dict.fromkeys("<>?*"))


def safe_value(text: str) -> str:
    """Returns a text as it may stand within a name: NFC, one line, no illegal character.

    A colon before a space becomes a dash, as people write subtitles; a text of which nothing else
    is left becomes an underscore.
    """
    if _PLAIN.fullmatch(text):
        return text
    text = unicodedata.normalize("NFC", text)
    kept = "".join(map(_shown, text))
    plain = kept.replace(": ", " - ").translate(_REPLACED).translate(_DROPPED)
    plain = unicodedata.normalize("NFC", _SPACES.sub(" ", plain).strip())
    return plain or ("_" if text.strip() else "")


def _shown(character: str) -> str:
    """Returns a character, or what stands for it where it has no shape."""
    if character in _JOINERS:
        return character
    category = unicodedata.category(character)
    if category in _PARTING:
        return " "
    return "" if category in _HIDDEN else character


def safe_component(text: str) -> str:
    """Returns a text as a name of its own: no dots or spaces at its ends, no name of a device.

    Empty where nothing is left. A dot in front would hide the file.
    """
    text = unicodedata.normalize("NFC", text).lstrip(" .").rstrip(" .")
    stem, dot, rest = text.partition(".")
    if _RESERVED.fullmatch(stem.rstrip(" ")):
        return f"{stem.rstrip(' ')}_{dot}{rest}"
    return text


def size(text: str) -> int:
    """Returns how many bytes a text takes in a name."""
    return len(text.encode("utf-8", "surrogatepass"))


def cut(text: str, limit: int) -> str:
    """Returns the beginning of a text that takes `limit` bytes at most, of whole graphemes."""
    if size(text) <= limit:
        return text
    kept = taken = 0
    for begin, end in _graphemes(text):
        taken += size(text[begin:end])
        if taken > limit:
            break
        kept = end
    return text[:kept].rstrip(" .-_,")


def _graphemes(text: str) -> list[tuple[int, int]]:
    """Returns the bounds of what readers take for one letter, after UAX 29 without its tables."""
    bounds: list[tuple[int, int]] = []
    begin = flags = 0
    for index, character in enumerate(text):
        if index and not _extends(text[index - 1], character, flags):
            bounds.append((begin, index))
            begin, flags = index, 0
        flags = flags + 1 if _is_flag(character) else 0
    bounds.append((begin, len(text)))
    return bounds


def _extends(before: str, character: str, flags: int) -> bool:
    """Tells whether a character belongs to the one before; `flags` count flag letters before."""
    if before == "\u200d" or character in _JOINERS:
        return True
    if unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f":
        return True
    if _is_flag(character):
        return flags % 2 == 1
    return _joins_hangul(before, character)


def _is_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _joins_hangul(before: str, character: str) -> bool:
    """Tells whether two letters of Korean are of one syllable."""
    leading, vowel = "\u1100" <= before <= "\u115f", "\u1160" <= before <= "\u11a7"
    trailing, syllable = "\u11a8" <= before <= "\u11ff", "\uac00" <= before <= "\ud7a3"
    if "\u1100" <= character <= "\u115f":
        return leading
    if "\u1160" <= character <= "\u11a7":
        return leading or vowel or syllable
    if "\u11a8" <= character <= "\u11ff":
        return vowel or trailing or syllable
    return leading and "\uac00" <= character <= "\ud7a3"


def is_legal(path: str) -> bool:
    """Tells whether a path is one that every common file system takes, as it stands."""
    return all(
        name
        and size(name) <= MAX_COMPONENT
        and name == safe_component(name)
        and not ILLEGAL.intersection(name)
        and all(_shown(character) == character for character in name)
        for name in path.split("/")
    )
