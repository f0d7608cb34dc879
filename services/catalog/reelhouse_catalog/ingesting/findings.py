"""What sources say of titles, put together from their items. No I/O.

An item keeps its part of a Finding as JSON: a show what is said of the show, an episode what is
said of the episode. A title's Finding is made of all items that its files belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment.model import (
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
)
from reelhouse_catalog.sources.remote import Item, ItemKind

CONFIDENCE = 0.9
"""The file is the very one that the source speaks of; what it took the file for may be wrong."""
_TUPLES = frozenset({"genres", "studios", "languages", "creators", "narrators"})


def finding_of(provider: str, item: Item) -> dict[str, Any]:
    """Returns an item's part of a Finding, as JSON; nothing where its source says nothing."""
    said = _metadata_to_json(item.metadata)
    seasons = {str(n): _metadata_to_json(season) for n, season in item.seasons.items()}
    if not said and not seasons:
        return {}
    return {"source": provider, "said": said, "seasons": seasons}


@dataclass(frozen=True, slots=True)
class Part:
    """An item that a file of a title belongs to, and the show or album that it is a part of."""

    provider: str
    collection_id: UUID
    kind: ItemKind
    provider_key: str
    parent_key: str
    season_number: int | None
    number: int | None
    finding: Mapping[str, Any]
    raw: Mapping[str, Any]
    group_finding: Mapping[str, Any] | None = None
    group_raw: Mapping[str, Any] | None = None


def merged(parts: Iterable[Part]) -> list[Finding]:
    """Returns what each kind of source says of one title.

    Args:
        parts: All items of the title's files, those believed first in front. Where two servers of
            a kind have the title, the first is believed, and the other fills in episodes.
    """
    by_provider: dict[str, list[Part]] = {}
    for part in parts:
        by_provider.setdefault(part.provider, []).append(part)
    found = []
    for provider, some in sorted(by_provider.items()):
        finding = _finding(provider, some)
        if finding is not None:
            found.append(finding)
    return found


def _finding(provider: str, parts: list[Part]) -> Finding | None:
    told = [part for part in parts if part.finding or part.group_finding]
    if not told:
        return None
    first = told[0]
    is_part = first.kind in (ItemKind.EPISODE, ItemKind.TRACK)
    own = (first.group_finding if is_part else first.finding) or {}
    raw = (first.group_raw if is_part else first.raw) or {}
    key = first.parent_key if is_part else first.provider_key.partition(":")[0]
    episodes: dict[tuple[int, int], Metadata] = {}
    tracks: dict[tuple[int, int], Metadata] = {}
    for part in told:
        if part.number is None or not part.finding:
            continue
        if part.kind is ItemKind.EPISODE and part.season_number is not None:
            place = (part.season_number, part.number)
            episodes.setdefault(place, metadata_from_json(part.finding.get("said", {})))
        elif part.kind is ItemKind.TRACK:
            place = (part.season_number or 1, part.number)
            tracks.setdefault(place, metadata_from_json(part.finding.get("said", {})))
    return Finding(
        source=provider,
        key=key,
        confidence=CONFIDENCE,
        title=metadata_from_json(own.get("said", {})),
        seasons={
            int(number): metadata_from_json(said) for number, said in own.get("seasons", {}).items()
        },
        episodes=episodes,
        tracks=tracks,
        raw=raw,
    )


def _metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for spec in fields(Metadata):
        value = getattr(metadata, spec.name)
        if value in ((), {}, "", None):
            continue
        if spec.name == "release_date":
            said[spec.name] = value.isoformat()
        elif spec.name == "people":
            said[spec.name] = [
                {
                    "name": person.name,
                    "role": person.role,
                    "character": person.character,
                    "image_url": person.image_url,
                }
                for person in value
            ]
        elif spec.name == "images":
            # Images of sources are at addresses; none is a file here.
            said[spec.name] = [
                {"kind": image.kind, "url": image.url, "language": image.language}
                for image in value
            ]
        else:
            said[spec.name] = list(value) if isinstance(value, tuple) else value
    return said


def metadata_from_json(said: Mapping[str, Any]) -> Metadata:
    """Returns what was kept of a source's words."""
    values: dict[str, Any] = {
        name: tuple(value) if name in _TUPLES else value for name, value in said.items()
    }
    if "release_date" in said:
        values["release_date"] = date.fromisoformat(said["release_date"])
    if "people" in said:
        values["people"] = tuple(
            Person(p["name"], PersonRole(p["role"]), p["character"], p["image_url"])
            for p in said["people"]
        )
    if "images" in said:
        values["images"] = tuple(
            Image(ImageKind(i["kind"]), url=i["url"], language=i["language"])
            for i in said["images"]
        )
    return Metadata(**values)
