"""Makes one of what many sources say, field by field. No I/O.

Who is believed first says what a field is (`reelhouse_catalog.enrichment.model.believed`), but for
these: durations come from the files themselves where they are known; genres, ids and images are
those of all; a count of ratings belongs to its rating, a sort name to its name. A locked field is
what it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from typing import Any

from reelhouse_catalog.enrichment.model import (
    EMBEDDED,
    FIELDS,
    MAX_DURATION_MS,
    MAX_YEARS_AHEAD,
    MIN_YEAR,
    Finding,
    Image,
    Metadata,
    Person,
    believed,
)
from reelhouse_naming import sort_title

Said = Sequence[tuple[str, Metadata]]
"""What sources say of one thing, the most believed first."""

_MAX_NAME = 300
_MAX_TEXT = 10_000
_MAX_LINE = 1000
_MAX_LIST = 100
_MAX_PEOPLE = 200
_MAX_IMAGES = 100
_MAX_IDS = 50
_MAX_RATING = 10.0
_MAX_COUNT = 2_000_000_000
_UNION = ("genres",)
_LIMITS = {
    "overview": _MAX_TEXT,
    "tagline": _MAX_LINE,
    "content_rating": 50,
    "series_position": 50,
}
_FIELDS = fields(Metadata)
_EMPTY = Metadata()
_TV = re.compile(r"TV-(?:Y7?(?:-FV)?|G|PG|14|MA)", re.IGNORECASE)
_MPAA = frozenset(("G", "PG", "PG-13", "R", "NC-17"))


def of_title(findings: Iterable[Finding]) -> Said:
    """Returns what findings say of the title itself."""
    return [(found.source, found.title) for found in believed(findings)]


def of_part(findings: Iterable[Finding], part: Callable[[Finding], Metadata | None]) -> Said:
    """Returns what findings say of a part, which `part` picks out of each."""
    return [
        (found.source, metadata)
        for found in believed(findings)
        if (metadata := part(found)) is not None
    ]


def merge(
    said: Said,
    *,
    current: Metadata,
    locked: Collection[str] = (),
    only: Collection[str] = FIELDS,
) -> Metadata:
    """Returns what is to be believed.

    Args:
        said: What the sources say, the most believed first, each passed through `cleaned`.
        current: What is believed now: where locked fields are kept.
        locked: The names of the fields that nothing replaces.
        only: The fields that the thing has; others stay empty.
    """
    values: dict[str, Any] = {name: _first(said, name) for name in FIELDS if name in only}
    for name in _UNION:
        if name in only:
            values[name] = _union(getattr(metadata, name) for _, metadata in said)
    if "external_ids" in only:
        ids: dict[str, str] = {}
        for _, metadata in said:
            for provider, key in metadata.external_ids.items():
                ids.setdefault(provider, key)
        values["external_ids"] = dict(sorted(ids.items())[:_MAX_IDS])
    if "images" in only:
        images = dict.fromkeys(image for _, metadata in said for image in metadata.images)
        values["images"] = tuple(images)[:_MAX_IMAGES]
    if "duration_ms" in only:
        by_files = [metadata.duration_ms for source, metadata in said if source == EMBEDDED]
        values["duration_ms"] = next((ms for ms in by_files if ms), values["duration_ms"])
    if "rating_count" in only:
        values["rating_count"] = next(
            (metadata.rating_count for _, metadata in said if metadata.rating is not None), None
        )
    kept = {name: getattr(current, name) for name in locked if name in only}
    merged = Metadata(**{**values, **kept})
    return replace(merged, **_derived(merged, said, locked, only))


def _derived(
    merged: Metadata, said: Said, locked: Collection[str], only: Collection[str]
) -> dict[str, Any]:
    derived: dict[str, Any] = {}
    if "year" in only and "year" not in locked and merged.year is None and merged.release_date:
        derived["year"] = merged.release_date.year
    if "sort_name" in only and "sort_name" not in locked:
        own = (
            metadata.sort_name
            for _, metadata in said
            if metadata.display_name == merged.display_name
        )
        derived["sort_name"] = next((name for name in own if name), "") or sort_title(
            merged.display_name
        )
    return derived


def _first(said: Said, name: str) -> Any:
    values = (getattr(metadata, name) for _, metadata in said)
    return next((value for value in values if value not in (None, "", ())), getattr(_EMPTY, name))


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Returns the texts of all lists, each once, whatever its case."""
    found: dict[str, str] = {}
    for texts in lists:
        for text in texts:
            found.setdefault(text.casefold(), text)
    return tuple(found.values())[:_MAX_LIST]


def rating_system(content_rating: str) -> str:
    """Returns which system a content rating belongs to: "TV", "MPAA", or empty for another."""
    rating = content_rating.strip()
    if _TV.fullmatch(rating):
        return "TV"
    return "MPAA" if rating.upper() in _MPAA else ""


def cleaned(metadata: Metadata, *, latest_year: int) -> Metadata:
    """Returns metadata within bounds: what cannot be true, or is too long, is left out or cut.

    Args:
        metadata: As a source gave it.
        latest_year: The last year that something may come out in.
    """
    values: dict[str, Any] = {}
    for item in _FIELDS:
        value = getattr(metadata, item.name)
        if isinstance(value, str):
            values[item.name] = _text(value, _LIMITS.get(item.name, _MAX_NAME))
        elif item.name not in ("people", "images") and isinstance(value, tuple | list):
            values[item.name] = _union([tuple(t for t in (_text(v) for v in value) if t)])
    values["year"] = _within(metadata.year, MIN_YEAR, latest_year)
    day = metadata.release_date
    values["release_date"] = day if day and MIN_YEAR <= day.year <= latest_year else None
    values["duration_ms"] = _within(metadata.duration_ms, 1, MAX_DURATION_MS)
    values["rating"] = _rating(metadata.rating)
    values["rating_count"] = _within(metadata.rating_count, 1, _MAX_COUNT)
    values["people"] = tuple(_people(metadata.people))[:_MAX_PEOPLE]
    values["images"] = tuple(_images(metadata.images))[:_MAX_IMAGES]
    values["external_ids"] = _ids(metadata.external_ids)
    return Metadata(**values)


def cleaned_finding(found: Finding, *, latest_year: int) -> Finding:
    """Returns a finding whose metadata is within bounds."""

    def parts(given: Mapping[Any, Metadata]) -> dict[Any, Metadata]:
        return {key: cleaned(metadata, latest_year=latest_year) for key, metadata in given.items()}

    confidence = found.confidence if math.isfinite(found.confidence) else 0.0
    return replace(
        found,
        source=_text(found.source, 100),
        key=_text(found.key, _MAX_NAME),
        confidence=min(1.0, max(0.0, confidence)),
        title=cleaned(found.title, latest_year=latest_year),
        seasons=parts(found.seasons),
        episodes=parts(found.episodes),
        tracks=parts(found.tracks),
    )


def last_year(today: date) -> int:
    """Returns the last year that something may come out in."""
    return today.year + MAX_YEARS_AHEAD


def _text(text: Any, limit: int = _MAX_NAME) -> str:
    """Returns a text that PostgreSQL can hold."""
    plain = str(text)[: limit * 2].replace("\x00", "").encode("utf-8", "replace").decode()
    return plain.strip()[:limit]


def _within(number: int | None, low: int, high: int) -> int | None:
    return int(number) if number is not None and low <= number <= high else None


def _rating(rating: float | None) -> float | None:
    if rating is None or not math.isfinite(rating):
        return None
    rounded = round(float(rating), 3)
    return rounded if 0 < rounded <= _MAX_RATING else None


def _people(people: Iterable[Person]) -> Iterable[Person]:
    for person in dict.fromkeys(people):
        name = _text(person.name)
        if name:
            address = _text(person.image_url, _MAX_LINE)
            yield Person(name, person.role, _text(person.character), address)


def _images(images: Iterable[Image]) -> Iterable[Image]:
    for image in dict.fromkeys(images):
        address = _text(image.url, _MAX_LINE)
        if address or image.path:
            width, height = (_within(n, 0, _MAX_COUNT) or 0 for n in (image.width, image.height))
            language = _text(image.language, 20)
            yield Image(image.kind, address, image.path, language, width, height)


def _ids(ids: Mapping[str, str]) -> dict[str, str]:
    named = ((_text(provider, 50).lower(), _text(key, 200)) for provider, key in ids.items())
    return dict(sorted((provider, key) for provider, key in named if provider and key)[:_MAX_IDS])
