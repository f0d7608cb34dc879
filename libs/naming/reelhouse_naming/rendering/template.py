"""Puts names together: what vanishes takes its separators along, what is too long is shortened."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from reelhouse_naming.rendering.language import (
    Case,
    Group,
    Hole,
    Node,
    Reader,
    TemplateError,
    Text,
)
from reelhouse_naming.rendering.legal import (
    MAX_COMPONENT,
    cut,
    safe_component,
    safe_value,
    size,
)
from reelhouse_naming.rendering.placeholders import Placeholder, Shape, Subject, numbers

# Text that a template may write into one name, in bytes: the rest is for what it names.
_MAX_TEXT = 120
_MAX_EXTENSION = 20
# Characters of a value that are looked at; more never fit into a name.
_MAX_VALUE = 1000
_SEPARATORS = " -._,+~"
_SHORTENED = (3, 2, 1)
_LONGEST_CHARACTER = 4
"""Bytes."""


class UnnamableError(ValueError):
    """A template that gives no name for what is known of a file; the message says why."""


@dataclass(slots=True)
class _Piece:
    """A part of a name."""

    text: str
    # Whether it is of the template, not a value.
    fixed: bool
    # As `Placeholder.shrinks` says.
    shrinks: int = 0


# Where a value is missing.
_GONE = _Piece("", fixed=False)


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read."""

    text: str
    parts: tuple[tuple[Node, ...], ...]

    def render(self, subject: Subject) -> str:
        """Returns the path of a file, relative to its library, with "/" between its parts.

        It is legal on every common file system: NFC, names of 255 bytes at most, none of them
        empty, ".", ".." or hidden. Folders of which nothing is left vanish.

        Raises:
            UnnamableError: Nothing is left of the file's name, or its numbers alone are too long.
        """
        extension = _extension(subject.extension)
        *folders, file = self.parts
        names = [name for folder in folders if (name := _name(folder, subject, ""))]
        name = _name(file, subject, extension)
        if not name:
            raise UnnamableError("the template leaves no name for the file")
        return "/".join([*names, name])

    def says(self, placeholder: str) -> bool:
        """Tells whether a placeholder, by the name that is shown, is in it."""
        return any(
            choice.name == placeholder
            for part in self.parts
            for hole in _holes(part)
            for choice in hole.choices
        )


@lru_cache(maxsize=256)
def compile_template(text: str) -> Template:
    """Reads a template.

    Raises:
        TemplateError: It cannot be read; says what is wrong and where.
    """
    parts = Reader(text).read()
    parts[-1] = _without_extension(parts[-1])
    at = 1
    for part, written in zip(parts, _split(text), strict=True):
        holes = list(_holes(part))
        if not part or (len(parts) > 1 and part is parts[-1] and not holes):
            raise TemplateError("names every file alike", at)
        if sum(size(fixed) for fixed in _texts(part)) > _MAX_TEXT:
            raise TemplateError(f"writes more than {_MAX_TEXT} bytes into one name", at)
        at += len(written) + 1
    if not any(_holes(parts[-1])):
        raise TemplateError("names every file alike", 1)
    return Template(text, tuple(parts))


def _split(text: str) -> list[str]:
    # A slash is nowhere but between names: within braces it is an error.
    return text.split("/")


def _without_extension(part: tuple[Node, ...]) -> tuple[Node, ...]:
    """Takes the extension off the end of a file's template: it is added to every name."""
    last = part[-1]
    if not (isinstance(last, Hole) and last.choices[0].name == "Extension"):
        return part
    *rest, before = part[:-1] or (Text(""),)
    if isinstance(before, Text):
        before = Text(before.text.removesuffix("."))
        return (*rest, before) if before.text else tuple(rest)
    return part[:-1]


def _holes(nodes: Sequence[Node]) -> Iterator[Hole]:
    for node in nodes:
        if isinstance(node, Hole):
            yield node
        elif isinstance(node, Group):
            yield from _holes(node.nodes)


def _texts(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Text):
            yield node.text
        elif isinstance(node, Hole):
            yield node.prefix + node.suffix + (node.default or "")
        else:
            yield node.opening + node.closing
            yield from _texts(node.nodes)


def _name(nodes: Sequence[Node], subject: Subject, extension: str) -> str:
    """Returns one name; empty where nothing is left of it."""
    pieces = _tidy([piece for node in nodes for piece in _pieces(node, subject)])
    room = MAX_COMPONENT - (size(extension) + 1 if extension else 0)
    if _shorten(pieces, room):
        pieces = _tidy(pieces)
    stem = safe_component("".join(piece.text for piece in pieces))
    if size(stem) > room:
        raise UnnamableError(f"the name is longer than {MAX_COMPONENT} bytes without any title")
    if not stem.strip(_SEPARATORS + "\u200c\u200d"):
        # Nothing to see: "..." is hidden, "-" is an option to many a tool.
        stem = "_" if any(not piece.fixed for piece in pieces) else ""
    return f"{stem}.{extension}" if stem and extension else stem


def _extension(written: str) -> str:
    text = safe_value(written).strip(". ").replace(" ", "").replace(".", "")
    return cut(text, _MAX_EXTENSION)


def _pieces(node: Node, subject: Subject) -> list[_Piece]:
    if isinstance(node, Text):
        return [_Piece(node.text, fixed=True)]
    if isinstance(node, Hole):
        return _fill(node, subject)
    inner = [piece for part in node.nodes for piece in _pieces(part, subject)]
    if all(piece.fixed or not piece.text for piece in inner) and any(_holes(node.nodes)):
        return [_GONE]
    if not node.opening:
        return inner
    # What is empty within brackets takes its separators along there.
    return [_Piece(node.opening, fixed=True), *_tidy(inner), _Piece(node.closing, fixed=True)]


def _fill(hole: Hole, subject: Subject) -> list[_Piece]:
    for choice in hole.choices:
        text = _written(choice, hole, subject)
        if text:
            return _around(hole, _Piece(text, fixed=False, shrinks=choice.shrinks))
    if hole.default:
        return _around(hole, _Piece(safe_value(hole.default), fixed=False))
    return [_GONE]


def _around(hole: Hole, piece: _Piece) -> list[_Piece]:
    return [
        *([_Piece(hole.prefix, fixed=True)] if hole.prefix else []),
        piece,
        *([_Piece(hole.suffix, fixed=True)] if hole.suffix else []),
    ]


def _written(choice: Placeholder, hole: Hole, subject: Subject) -> str:
    """Returns a value as it is written; empty where there is none."""
    value = choice.of(subject)
    if value is None or value == "":
        return ""
    if choice.shape is Shape.NUMBER and isinstance(value, int):
        return f"{value:0{hole.width}}" if hole.width else str(value)
    if choice.shape is Shape.NUMBERS and isinstance(value, Sequence):
        return numbers([int(n) for n in value], hole.width, hole.mark) if value else ""
    if isinstance(value, date):
        return value.strftime(f"%Y{hole.separator or '-'}%m{hole.separator or '-'}%d")
    return _text(str(value), hole)


def _text(value: str, hole: Hole) -> str:
    text = safe_value(value[:_MAX_VALUE])
    if hole.case == Case.LOWER:
        text = text.lower()
    elif hole.case == Case.UPPER:
        text = text.upper()
    if hole.separator not in ("", " "):
        text = text.replace(" ", hole.separator)
    if hole.case:
        # Letters may have become others.
        text = unicodedata.normalize("NFC", text)
    return cut(text, hole.width) if hole.width else text


def _tidy(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Takes away separators that separate nothing, because a value beside them is missing."""
    kept: list[_Piece] = []
    gap = False
    for piece in pieces:
        if not piece.text:
            gap = True
            continue
        text = piece.text
        if gap and piece.fixed:
            bare = text.lstrip(_SEPARATORS)
            separator = text[: len(text) - len(bare)]
            if not kept or (not separator.strip() and _ends_in_separator(kept[-1])):
                text = bare
            elif separator and kept[-1].fixed:
                _strip_end(kept)
        if text:
            kept.append(_Piece(text, piece.fixed, piece.shrinks))
            gap = False
    if gap and kept and kept[-1].fixed:
        _strip_end(kept)
    return kept


def _ends_in_separator(piece: _Piece) -> bool:
    return piece.fixed and piece.text.endswith(tuple(_SEPARATORS))


def _strip_end(kept: list[_Piece]) -> None:
    kept[-1].text = kept[-1].text.rstrip(_SEPARATORS)
    if not kept[-1].text:
        kept.pop()


def _shorten(pieces: Sequence[_Piece], room: int) -> bool:
    """Cuts values that may be cut until the name fits, the least important first.

    Returns whether it had to.
    """
    cut_any = False
    if sum(len(piece.text) for piece in pieces) * _LONGEST_CHARACTER <= room:
        return cut_any
    for rank in _SHORTENED:
        for piece in reversed(pieces):
            excess = sum(size(part.text) for part in pieces) - room
            if excess <= 0:
                return cut_any
            if piece.shrinks == rank:
                piece.text = cut(piece.text, max(0, size(piece.text) - excess))
                cut_any = True
    return cut_any
