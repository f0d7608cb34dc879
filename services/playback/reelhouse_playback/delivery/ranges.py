"""Ranges of bytes that a client asks for (RFC 9110, section 14). No I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 16
"""The most ranges that are answered; who asks for more gets everything, as from other servers."""
_LONGEST = 1024
_UNIT = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
# 18 digits are more than any file has, and few enough for numbers that cost nothing.
_ONE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_BLANK = " \t"


class UnsatisfiableError(Exception):
    """None of the ranges is in the file."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of a file, both ends included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many bytes they are."""
        return self.last - self.first + 1


def parse(header: str, size: int) -> list[Range] | None:
    """Returns what a Range header asks for of a file; None where it is to be ignored.

    Ranges that overlap or touch are merged, and all are in ascending order then; others stay in the
    order in which they were asked for.

    Raises:
        UnsatisfiableError: The header is well-formed, but the file has none of the ranges.
    """
    named = _UNIT.fullmatch(header) if len(header) <= _LONGEST else None
    if named is None:
        return None
    # RFC 9110, 5.6.1: empty elements of a list are to be ignored.
    texts = [text for part in named[1].split(",") if (text := part.strip(_BLANK))]
    if not 1 <= len(texts) <= MOST:
        return None
    found: list[Range] = []
    for text in texts:
        ends = _ONE.fullmatch(text)
        if ends is None or text == "-":
            return None
        if ends[1] and ends[2] and int(ends[2]) < int(ends[1]):
            return None
        one = _within(ends[1], ends[2], size)
        if one is not None:
            found.append(one)
    if not found:
        raise UnsatisfiableError
    return _merged(found)


def _within(first: str, last: str, size: int) -> Range | None:
    """Returns the part of a range that a file has; None if it has none."""
    if not first:
        length = min(int(last), size)
        return Range(size - length, size - 1) if length else None
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    return Range(begin, end) if begin < size else None


def _merged(found: Sequence[Range]) -> list[Range]:
    ascending = sorted(found, key=lambda one: one.first)
    merged = [ascending[0]]
    for one in ascending[1:]:
        before = merged[-1]
        if one.first > before.last + 1:
            merged.append(one)
        else:
            merged[-1] = Range(before.first, max(before.last, one.last))
    return merged if len(merged) < len(found) else list(found)


@dataclass(frozen=True, slots=True)
class Part:
    """A range of a multipart answer, and what goes before it."""

    head: bytes
    range: Range


@dataclass(frozen=True, slots=True)
class Multipart:
    """The body of an answer with several ranges (multipart/byteranges)."""

    parts: tuple[Part, ...]
    end: bytes
    boundary: str

    @classmethod
    def of(cls, found: Sequence[Range], size: int, kind: str, boundary: str) -> Multipart:
        """Returns the body for these ranges of a file of this size and MIME type."""
        parts = tuple(
            Part(
                f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n"
                f"Content-Range: {content_range(one, size)}\r\n\r\n".encode("latin-1"),
                one,
            )
            for one in found
        )
        return cls(parts, f"\r\n--{boundary}--\r\n".encode("ascii"), boundary)

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return sum(len(part.head) + part.range.length for part in self.parts) + len(self.end)


def content_range(one: Range, size: int) -> str:
    """Returns the value of the Content-Range header of a range."""
    return f"bytes {one.first}-{one.last}/{size}"
