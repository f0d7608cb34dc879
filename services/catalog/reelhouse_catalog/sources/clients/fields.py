"""Reads JSON that may hold anything: what is not of its kind counts as not said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson

from reelhouse_catalog.enrichment.model import MAX_DURATION_MS, MIN_YEAR, Person, PersonRole
from reelhouse_catalog.sources.remote import MAX_TEXT, SourceError

MAX_RAW = 256 << 10
"""Bytes of what a source says of one item that are kept."""
MAX_LIST = 200
_MAX_INT = 2**31 - 1
_MAX_BIGINT = 2**63 - 1
_LAST_YEAR = 2999
_BEST = 10.0

Object = Mapping[str, Any]


def objects(value: object) -> list[dict[str, Any]]:
    """Returns the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def child(value: Object, name: str) -> dict[str, Any]:
    """Returns an object in an object."""
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def text(value: Object, *names: str, most: int = MAX_TEXT) -> str:
    """Returns the first text that there is; a number counts as text, as keys are both."""
    for name in names:
        found = value.get(name)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, str) and found.strip():
            return found.strip()[:most]
    return ""


def path(value: Object, name: str) -> str:
    """Returns a path, exactly as it is written."""
    found = value.get(name)
    return found if isinstance(found, str) and len(found) <= MAX_TEXT else ""


def number(value: Object, name: str, most: int = _MAX_INT, least: int = 0) -> int | None:
    """Returns a whole number within bounds; text of digits counts as one."""
    found = value.get(name)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 19:  # noqa: PLR2004 # of a bigint
        found = int(found)
    if isinstance(found, float) and found.is_integer():
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        return None
    return found if least <= found <= most else None


def size(value: Object, name: str) -> int:
    """Returns a number of bytes; 0 where there is none."""
    return number(value, name, _MAX_BIGINT) or 0


def year(value: Object, name: str) -> int | None:
    """Returns a year."""
    return number(value, name, _LAST_YEAR, MIN_YEAR)


def rating(value: Object, name: str) -> float | None:
    """Returns a rating of 0 to 10; 0 is how servers say that there is none."""
    found = value.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) and 0 < found <= _BEST else None


def flag(value: Object, name: str) -> bool:
    """Tells whether something is said to be so."""
    return value.get(name) is True


def millis(value: Object, name: str, per_unit: float = 1) -> int | None:
    """Returns a length in milliseconds; `per_unit` is how many make one of what is written."""
    found = number(value, name, _MAX_BIGINT)
    result = int(found * per_unit) if found else 0
    return result if 0 < result <= MAX_DURATION_MS else None


def day(value: Object, *names: str) -> date | None:
    """Returns the date of the first text that begins with one."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str):
            try:
                parsed = date.fromisoformat(found[:10])
            except ValueError:
                continue
            if parsed.year >= MIN_YEAR:
                return parsed
    return None


def moment(value: Object, name: str) -> datetime | None:
    """Returns a time; one without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(text(value, name))
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found if found.year > MIN_YEAR else None


def texts(value: object, name: str = "") -> tuple[str, ...]:
    """Returns the texts of a list, or those under a name in the objects of a list, each once."""
    items = value if isinstance(value, list) else []
    found = [item.get(name) if name and isinstance(item, dict) else item for item in items]
    kept = (item.strip()[:500] for item in found if isinstance(item, str) and item.strip())
    return tuple(dict.fromkeys(kept))[:MAX_LIST]


def people(items: Iterable[Person]) -> tuple[Person, ...]:
    """Returns people, each once per role."""
    return tuple(dict.fromkeys(person for person in items if person.name))[:MAX_LIST]


def person(value: Object, name: str, role: PersonRole) -> Person:
    """Returns somebody of a list that is all of one role."""
    return Person(text(value, name, most=500), role)


def kept(raw: Object) -> Object:
    """Returns what a source says of an item, or only how much it was when it is too much."""
    length = len(orjson.dumps(raw))
    return raw if length <= MAX_RAW else {"omitted_bytes": length}


def required_list(value: object, what: str) -> list[dict[str, Any]]:
    """Returns a list of objects that an answer must be.

    Raises:
        SourceError: It is something else.
    """
    if not isinstance(value, list):
        raise SourceError("SOURCE_MALFORMED", f"the source answers no list of {what}")
    return objects(value)


def required_object(value: object, what: str) -> dict[str, Any]:
    """Returns an object that an answer must be.

    Raises:
        SourceError: It is something else.
    """
    if not isinstance(value, dict):
        raise SourceError("SOURCE_MALFORMED", f"the source answers no {what}")
    return value
