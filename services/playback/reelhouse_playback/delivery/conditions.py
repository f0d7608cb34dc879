"""Conditional requests (RFC 9110, section 13). No I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import Enum

_LONGEST = 4096
_TAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|$)', re.ASCII)
_SETTLED = 1.0
"""Seconds after which a file's time names its content: within one, it may change twice."""


class Verdict(Enum):
    """What a request's conditions make of it."""

    GO_ON = 200
    NOT_MODIFIED = 304
    FAILED = 412


@dataclass(frozen=True, slots=True)
class Validators:
    """What names the content of a file as it is now."""

    etag: str
    """A strong entity tag, quotes included."""
    modified: float
    """When it was changed, in seconds since 1970."""

    @classmethod
    def of(cls, *, inode: int, size: int, mtime_ns: int) -> Validators:
        """Returns those of a file."""
        return cls(f'"{mtime_ns:x}-{size:x}-{inode:x}"', mtime_ns / 1e9)

    @property
    def last_modified(self) -> str:
        """The value of the Last-Modified header."""
        return format_datetime(datetime.fromtimestamp(int(self.modified), UTC), usegmt=True)


def judge(headers: Mapping[str, str], have: Validators) -> Verdict:
    """Returns what the conditions of a GET or HEAD say, in the order of RFC 9110, 13.2.2."""
    if_match = headers.get("If-Match")
    if if_match is not None:
        if not _names(if_match, have.etag, weakly=False):
            return Verdict.FAILED
    elif (since := _date(headers.get("If-Unmodified-Since"))) is not None and since < int(
        have.modified
    ):
        return Verdict.FAILED
    if_none_match = headers.get("If-None-Match")
    if if_none_match is not None:
        if _names(if_none_match, have.etag, weakly=True):
            return Verdict.NOT_MODIFIED
    elif (since := _date(headers.get("If-Modified-Since"))) is not None and since >= int(
        have.modified
    ):
        return Verdict.NOT_MODIFIED
    return Verdict.GO_ON


def range_counts(if_range: str | None, have: Validators, now: float) -> bool:
    """Tells whether a Range header is to be heeded, by the If-Range header beside it."""
    if if_range is None:
        return True
    if_range = if_range.strip()
    if if_range.startswith(('"', "W/")):
        # Parts of what only seems the same must not be put together: weak tags never match.
        return if_range == have.etag
    since = _date(if_range)
    settled = now - have.modified > _SETTLED
    return since is not None and settled and since == int(have.modified)


def _names(header: str, etag: str, *, weakly: bool) -> bool:
    """Tells whether a list of entity tags names this one."""
    if header.strip() == "*":
        return True
    at = 0
    header = header[:_LONGEST]
    while found := _TAG.match(header, at):
        if found[2] == etag and (weakly or not found[1]):
            return True
        at = found.end()
    return False


def _date(header: str | None) -> int | None:
    """Returns the seconds since 1970 that a header names; None for what is no date."""
    if header is None or len(header) > _LONGEST:
        return None
    try:
        found = parsedate_to_datetime(header)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
