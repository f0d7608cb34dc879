"""The notation of templates: text, placeholders in braces, and parts that vanish.

- `{Series Title}` is a placeholder; its name is told apart by letters alone. All in lower case it
  is written so, all in capitals too. A dot, dash or underscore in it replaces the spaces of the
  value: `{Series.Title}`.
- `{season:00}` pads a number to two digits; `{Series Title:30}` takes 30 bytes at most.
- `{[Quality Full]}`, `{ - Episode Title}`: signs around the name are written only with a value.
- `{Edition Tags|Quality Full|"None"}`: the first that has a value; quoted text always has.
- `(...)`, `[...]`, `{tmdb-{TmdbId}}` vanish with their brackets, and `<...>` with all that is
  in it, when no placeholder in them has a value. Of `<` and `>` nothing is written.
- `/` begins the next folder, or the file. `{{` and `}}` are braces.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from reelhouse_naming.rendering.legal import ILLEGAL, MAX_COMPONENT
from reelhouse_naming.rendering.placeholders import (
    BY_NAME,
    PLACEHOLDERS,
    Placeholder,
    Shape,
    fold,
)

MAX_TEMPLATE = 1000
"""Characters of a template."""
MAX_DEPTH = 8
"""Folders of a template, the file included: with names of 255 bytes no path is too long."""
_MAX_NESTING = 8
_MAX_WIDTH = 10


class TemplateError(ValueError):
    """A template that cannot be read: what is wrong, and at which character, counted from 1."""

    def __init__(self, problem: str, position: int) -> None:
        super().__init__(f"{problem}, at character {position}")
        self.problem = problem
        self.position = position


class Case:
    """How letters are written."""

    AS_IS, LOWER, UPPER = "", "lower", "upper"


@dataclass(frozen=True, slots=True)
class Text:
    """What is written as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a value goes."""

    # The first of these that has a value.
    choices: tuple[Placeholder, ...]
    # What is written where none has; None for nothing.
    default: str | None
    prefix: str
    suffix: str
    # Digits of a number at least, or bytes of a text at most; 0 for no matter.
    width: int
    case: str
    # What stands for the spaces of the value.
    separator: str
    # The letter before the number of an episode, repeated before each of several.
    mark: str


@dataclass(frozen=True, slots=True)
class Group:
    """What vanishes when no placeholder in it has a value."""

    opening: str
    closing: str
    nodes: tuple[Node, ...]


Node = Text | Hole | Group

_CLOSING = {"(": ")", "[": "]", "<": ">"}
_NAME = r"[A-Za-z][A-Za-z0-9]*(?:[ ._-][A-Za-z0-9]+)*"
_HOLE = re.compile(
    rf"(?P<prefix>[- ._\[(]*)(?P<names>{_NAME}(?:\|{_NAME})*)?"
    r'(?:\|?"(?P<default>[^"{}]*)")?'
    r"(?::(?P<format>[0-9]+))?(?P<suffix>[- ._)\]]*)"
)
_SEPARATOR = re.compile(r"[ ._-]")
_MARK = re.compile(r"(?:^|[^A-Za-z])([eExX])$")


class Reader:
    """Reads one template."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._braces = 0

    def read(self) -> list[tuple[Node, ...]]:
        """Returns the nodes of each folder and of the file.

        Raises:
            TemplateError: It cannot be read.
        """
        if len(self._text) > MAX_TEMPLATE:
            raise TemplateError(f"has more than {MAX_TEMPLATE} characters", MAX_TEMPLATE + 1)
        parts: list[tuple[Node, ...]] = []
        while True:
            begin = self._at
            nodes = self._nodes("/", 0)
            if not nodes:
                raise TemplateError("has a folder or file without a name", begin + 1)
            parts.append(nodes)
            if len(parts) > MAX_DEPTH:
                raise TemplateError(f"has more than {MAX_DEPTH} folders", begin + 1)
            if self._at >= len(self._text):
                return parts
            self._at += 1

    def _nodes(self, stop: str, depth: int) -> tuple[Node, ...]:
        """Reads up to `stop`, or at the outermost level to the end, and stays before it."""
        nodes: list[Node] = []
        text: list[str] = []
        while self._at < len(self._text):
            character = self._text[self._at]
            if character == stop:
                break
            node = self._node(character, "".join(text), depth)
            if isinstance(node, str):
                text.append(node)
                continue
            if text:
                nodes.append(Text("".join(text)))
                text.clear()
            nodes.append(node)
        if text:
            nodes.append(Text("".join(text)))
        return tuple(nodes)

    def _node(self, character: str, before: str, depth: int) -> Node | str:
        """Reads one node, or one character of text."""
        doubled = self._text[self._at : self._at + 2]
        if doubled == "{{" or (doubled == "}}" and not self._braces):
            self._at += 2
            return character
        if character == "{":
            return self._brace(before, depth)
        if character in _CLOSING:
            return self._group(character, depth)
        if character in ")]>}":
            raise self._error(f"“{character}” closes nothing")
        if character == "/":
            raise self._error("a folder cannot end within brackets")
        if character in ILLEGAL or not character.isprintable():
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            raise self._error(f"“{shown}” cannot be in a name")
        self._at += 1
        return character

    def _error(self, problem: str, at: int | None = None) -> TemplateError:
        return TemplateError(problem, (self._at if at is None else at) + 1)

    def _group(self, opening: str, depth: int) -> Node:
        begin = self._at
        closing = _CLOSING[opening]
        self._at += 1
        nodes = self._inside(closing, begin, depth)
        return Group(*(("", "") if opening == "<" else (opening, closing)), nodes)

    def _inside(self, closing: str, begin: int, depth: int) -> tuple[Node, ...]:
        if depth >= _MAX_NESTING:
            raise self._error("brackets are nested too deep", begin)
        nodes = self._nodes(closing, depth + 1)
        if self._at >= len(self._text):
            raise self._error(f"“{self._text[begin]}” is never closed", begin)
        self._at += 1
        return nodes

    def _brace(self, before: str, depth: int) -> Node:
        begin = self._at
        end = self._text.find("}", begin)
        if end < 0:
            raise self._error("“{” is never closed", begin)
        if "{" not in self._text[begin + 1 : end]:
            self._at = end + 1
            return self._hole(self._text[begin + 1 : end], begin, before)
        self._at += 1
        self._braces += 1
        nodes = self._inside("}", begin, depth)
        self._braces -= 1
        return Group("{", "}", nodes)

    def _hole(self, body: str, begin: int, before: str) -> Hole:
        match = _HOLE.fullmatch(body)
        if match is None or not match["names"]:
            raise self._error(f"“{{{body[:50]}}}” is not a placeholder", begin)
        names = match["names"].split("|")
        choices = []
        at = begin + 1 + len(match["prefix"])
        for name in names:
            choices.append(self._choice(name, at))
            at += len(name) + 1
        width = self._width(match["format"] or "", choices[0].shape, begin)
        written = _SEPARATOR.search(names[0])
        mark = _MARK.search(before)
        return Hole(
            tuple(choices),
            match["default"],
            match["prefix"],
            match["suffix"],
            width,
            _case(names[0]),
            written.group() if written else "",
            mark[1] if mark and choices[0].shape is Shape.NUMBERS else "",
        )

    def _choice(self, name: str, at: int) -> Placeholder:
        known = BY_NAME.get(fold(name))
        if known is None:
            near = difflib.get_close_matches(name, PLACEHOLDERS, n=1, cutoff=0.5)
            hint = f"; did you mean {{{near[0]}}}?" if near else ""
            raise self._error(f"there is no placeholder {{{name[:50]}}}{hint}", at)
        return known

    def _width(self, written: str, shape: Shape, begin: int) -> int:
        """Reads what stands behind the colon: zeros for a number, bytes for a text."""
        if not written:
            return 0
        if shape is Shape.TEXT:
            width = int(written[:5])
            if 1 <= width <= MAX_COMPONENT:
                return width
        elif not written.strip("0") and len(written) <= _MAX_WIDTH:
            return len(written)
        raise self._error(f"“:{written[:20]}” is no format of this placeholder", begin)


def _case(name: str) -> str:
    if name.islower():
        return Case.LOWER
    return Case.UPPER if name.isupper() else Case.AS_IS
