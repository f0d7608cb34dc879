"""A title with its parts and what is said of them, and what follows from that. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

from reelhouse_catalog.enrichment.merging import Said, merge, of_part, of_title
from reelhouse_catalog.enrichment.model import FIELDS, FILENAME, Finding, Metadata

PART_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "titles": FIELDS,
        "seasons": ("display_name", "overview", "release_date", "images", "external_ids"),
        "episodes": (
            "display_name",
            "original_name",
            "overview",
            "release_date",
            "duration_ms",
            "rating",
            "rating_count",
            "people",
            "images",
            "external_ids",
        ),
        "tracks": ("display_name", "creators", "duration_ms", "genres", "external_ids"),
    }
)
"""The fields of Metadata that the rows of a table have."""


@dataclass(frozen=True, slots=True)
class Item:
    """A title, season, episode or track as it is kept. `found_name` is what its files say."""

    table: str
    id: UUID
    metadata: Metadata
    locked: frozenset[str]
    revision: int
    found_name: str = ""
    place: tuple[int, ...] = ()
    """A season's number, an episode's season and number, a track's disc and number."""


@dataclass(frozen=True, slots=True)
class Known:
    """A title and all that is known of it.

    Seasons are by number, episodes by (season, number), tracks by (disc, number): those without a
    number share theirs. The one episode of a film is (-1, -1).
    """

    title: Item
    library_id: UUID
    kind: str
    base: Metadata
    findings: tuple[Finding, ...] = ()
    seasons: Mapping[int, Item] = field(default_factory=dict)
    episodes: Mapping[tuple[int, int], Item] = field(default_factory=dict)
    tracks: Mapping[tuple[int, int], tuple[Item, ...]] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        """The title's id."""
        return self.title.id


def believed_of(known: Known, item: Item) -> Said:
    """Returns what is said of a title or part of it, the most believed first."""
    if item.table == "titles":
        return of_title((*known.findings, Finding(FILENAME, "", 1.0, known.base)))
    if item.table == "seasons":
        return of_part(known.findings, lambda found: found.seasons.get(item.place[0]))
    own = Finding(FILENAME, "", 1.0, Metadata(display_name=item.found_name))
    place = (item.place[0], item.place[1])
    if item.table == "tracks" and len(known.tracks[place]) > 1:
        return [(FILENAME, own.title)]

    def said(found: Finding) -> Metadata | None:
        if found is own:
            return own.title
        return (found.episodes if item.table == "episodes" else found.tracks).get(place)

    return of_part((*known.findings, own), said)


def merged(known: Known, item: Item) -> Metadata:
    """Returns what is to be believed of a title or part of it."""
    return merge(
        believed_of(known, item),
        current=item.metadata,
        locked=item.locked,
        only=PART_FIELDS[item.table],
    )


def items(known: Known) -> list[Item]:
    """Returns a title and its parts."""
    tracks = [track for sharing in known.tracks.values() for track in sharing]
    return [known.title, *known.seasons.values(), *known.episodes.values(), *tracks]


def changes(known: Known) -> list[tuple[Item, Metadata]]:
    """Returns the title and those parts that are to be other than they are, as they are to be."""
    found = []
    for item in items(known):
        after = merged(known, item)
        if after != item.metadata:
            found.append((item, after))
    return found
