"""Metadata and findings as JSON, the way they are kept. No I/O.

Only what is said is written. Dates are "YYYY-MM-DD", paths bytes as Latin-1, the keys of episodes
and tracks "1x02".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import orjson

from reelhouse_catalog.enrichment.model import (
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
)

_MAX_RAW = 1_000_000
"""Bytes of what a source answered that are kept."""
_EMPTY = Metadata()
_NAMES = tuple(item.name for item in fields(Metadata))


def metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    """Returns metadata as plain values, without what is empty."""
    return {
        name: value_to_json(name, value)
        for name in _NAMES
        if (value := getattr(metadata, name)) != getattr(_EMPTY, name)
    }


def metadata_from_json(values: Mapping[str, Any]) -> Metadata:
    """Returns what `metadata_to_json` made plain; names it does not know are left out."""
    return Metadata(
        **{name: value_from_json(name, values[name]) for name in _NAMES if name in values}
    )


def value_to_json(name: str, value: Any) -> Any:
    """Returns the value of one field as a plain one."""
    if name == "people":
        return [
            {
                "name": person.name,
                "role": person.role.value,
                "character": person.character,
                "image_url": person.image_url,
            }
            for person in value
        ]
    if name == "images":
        return [
            {
                "kind": image.kind.value,
                "url": image.url,
                "path": image.path.decode("latin-1"),
                "language": image.language,
                "width": image.width,
                "height": image.height,
            }
            for image in value
        ]
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, date):
        return value.isoformat()
    return dict(value) if isinstance(value, Mapping) else value


def value_from_json(name: str, value: Any) -> Any:
    """Returns what `value_to_json` made plain."""
    if name == "people":
        return tuple(Person(**{**row, "role": PersonRole(row["role"])}) for row in value)
    if name == "images":
        return tuple(
            Image(**{**row, "kind": ImageKind(row["kind"]), "path": row["path"].encode("latin-1")})
            for row in value
        )
    if name == "release_date" and isinstance(value, str):
        return date.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def finding_to_json(found: Finding) -> dict[str, Any]:
    """Returns what a finding says, without source, key, confidence and raw answer."""
    document: dict[str, Any] = {"title": metadata_to_json(found.title)}
    if found.seasons:
        document["seasons"] = {str(n): metadata_to_json(m) for n, m in found.seasons.items()}
    for name in ("episodes", "tracks"):
        parts = getattr(found, name)
        if parts:
            document[name] = {f"{a}x{b}": metadata_to_json(m) for (a, b), m in parts.items()}
    return document


def finding_from_json(
    source: str, key: str, confidence: float, document: Mapping[str, Any]
) -> Finding:
    """Returns the finding that was kept."""
    return Finding(
        source=source,
        key=key,
        confidence=confidence,
        title=metadata_from_json(document.get("title", {})),
        seasons={int(n): metadata_from_json(m) for n, m in document.get("seasons", {}).items()},
        episodes=_pairs(document.get("episodes", {})),
        tracks=_pairs(document.get("tracks", {})),
    )


def _pairs(parts: Mapping[str, Any]) -> dict[tuple[int, int], Metadata]:
    found = {}
    for key, values in parts.items():
        first, _, second = key.partition("x")
        found[int(first), int(second)] = metadata_from_json(values)
    return found


def raw_json(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a source answered as PostgreSQL can keep it; empty when it cannot."""
    try:
        data = orjson.dumps(raw, default=str, option=orjson.OPT_NON_STR_KEYS)
        if len(data) > _MAX_RAW:
            return {}
        document = orjson.loads(data.replace(b"\\u0000", b""))
    except (TypeError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
