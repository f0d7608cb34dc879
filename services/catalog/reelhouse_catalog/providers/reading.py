"""Takes values out of JSON that others wrote: of the right type and size, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from html import unescape
from typing import Any

from reelhouse_catalog.enrichment.model import MAX_DURATION_MS, MAX_YEARS_AHEAD, MIN_YEAR

MOST_TEXT = 20_000
"""Characters of an overview."""
MOST_NAME = 500
MOST_ITEMS = 1000
_MOST_NUMBER = 2**53
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")
_TAG = re.compile(r"<[^<>]{0,200}>")
_BREAK = re.compile(r"<(?:br|/p)[^<>]{0,200}>", re.IGNORECASE)

Json = Mapping[str, Any]


def at(value: object, *keys: str) -> Any:
    """Returns what lies at a path of keys; None where there is no such thing."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def text(value: object, *keys: str, most: int = MOST_NAME) -> str:
    """Returns a text without characters that PostgreSQL has no place for; empty for others."""
    found = at(value, *keys)
    if not isinstance(found, str):
        return ""
    return found[:most].replace("\x00", "").encode("utf-8", "ignore").decode().strip()


def identifier(value: object, *keys: str) -> str:
    """Returns an id, which may be a number or a text."""
    found = at(value, *keys)
    if isinstance(found, int) and not isinstance(found, bool) and abs(found) < _MOST_NUMBER:
        return str(found)
    return text(found, most=100)


def whole(value: object, *keys: str, least: int = 0, most: int = _MOST_NUMBER) -> int | None:
    """Returns a whole number between bounds; None for anything else."""
    found = at(value, *keys)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    if isinstance(found, str):
        if not (found.isascii() and found.isdigit() and len(found) < 17):  # noqa: PLR2004 # 2**53
            return None
        found = int(found)
    if isinstance(found, float) and (not math.isfinite(found) or found != int(found)):
        return None
    return int(found) if least <= found <= most else None


def number(value: object, *keys: str, least: float, most: float) -> float | None:
    """Returns a number between bounds; None for anything else."""
    found = at(value, *keys)
    if isinstance(found, str) and len(found) < 20:  # noqa: PLR2004 # no number is longer
        try:
            found = float(found)
        except ValueError:
            return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        return None
    return float(found) if least <= found <= most else None


def each(value: object, *keys: str, most: int = MOST_ITEMS) -> Iterator[Json]:
    """Yields the objects of a list, as far as they are objects, up to a number of them."""
    found = at(value, *keys)
    if isinstance(found, list):
        for item in found[:most]:
            if isinstance(item, Mapping):
                yield item


def names(value: object, *keys: str, field: str = "name", most: int = 50) -> tuple[str, ...]:
    """Returns a field of each object of a list, once each, without empty ones."""
    found = (text(item, field) for item in each(value, *keys, most=most))
    return tuple(dict.fromkeys(name for name in found if name))


def day(value: object, *keys: str) -> date | None:
    """Returns the date that a text begins with."""
    match = _DATE.match(text(value, *keys))
    try:
        found = date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None
    return found if found and year(str(found.year)) else None


def year(value: object, *keys: str) -> int | None:
    """Returns the year that a text begins with, if films can be of it."""
    match = _YEAR.match(text(value, *keys))
    if match is None:
        return None
    found = int(match[0])
    return found if MIN_YEAR <= found <= date.today().year + MAX_YEARS_AHEAD else None  # noqa: DTZ011 # a year in any time zone


def minutes(value: object, *keys: str) -> int | None:
    """Returns minutes as milliseconds."""
    found = whole(value, *keys, least=1, most=MAX_DURATION_MS // 60_000)
    return found * 60_000 if found else None


def web_address(value: object, *keys: str) -> str:
    """Returns an http or https address; empty for anything else."""
    found = text(value, *keys, most=2000)
    ok = found.startswith(("https://", "http://")) and not re.search(r"[\s\x00-\x1f]", found)
    return found if ok else ""


def without_markup(html: str) -> str:
    """Returns a text without its HTML."""
    return unescape(_TAG.sub("", _BREAK.sub("\n", html[:MOST_TEXT]))).strip()
