"""What a title is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

TITLE = ResourceName("catalog.reelhouse/Title", "titles/{title}")
SEASON = ResourceName("catalog.reelhouse/Season", "titles/{title}/seasons/{season}")
EPISODE = ResourceName("catalog.reelhouse/Episode", "titles/{title}/episodes/{episode}")
TRACK = ResourceName("catalog.reelhouse/Track", "titles/{title}/tracks/{track}")

TOPIC = "titles"
UNKNOWN_DATE = date(1, 1, 1)
"""Where titles stand, in the order of release dates, that have none."""


class TitleKind(StrEnum):
    """What a title is."""

    MOVIE = "movie"
    SHOW = "show"
    ALBUM = "album"
    AUDIOBOOK = "audiobook"


class Order(StrEnum):
    """What titles are listed by."""

    SORT_NAME = "sort_name"
    RELEASE_DATE = "release_date"
    CREATE_TIME = "create_time"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which titles to list, and in which order. `facets` are those of titles.searching."""

    library_id: UUID | None = None
    kind: TitleKind | None = None
    min_year: int = 0
    max_year: int = 0
    facets: tuple[str, ...] = ()
    content_rating: str = ""
    has_files: bool | None = None
    order: Order = Order.SORT_NAME


@dataclass(frozen=True, slots=True)
class Title:
    """A film, series, album or audiobook."""

    id: UUID
    library_id: UUID
    kind: TitleKind
    name: str
    sort_name: str
    year: int | None
    creators: list[str]
    narrators: list[str]
    external_ids: dict[str, str]
    created_at: datetime
    updated_at: datetime
    revision: int
    media_file_count: int
    original_name: str = ""
    overview: str = ""
    tagline: str = ""
    release_date: date | None = None
    duration_ms: int | None = None
    genres: list[str] = field(default_factory=list)
    studios: list[str] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    rating: float | None = None
    rating_count: int | None = None
    content_rating: str = ""
    rating_system: str = ""
    series: str = ""
    series_position: str = ""
    people: list[dict[str, Any]] = field(default_factory=list)
    images: list[dict[str, Any]] = field(default_factory=list)
    locked_fields: list[str] = field(default_factory=list)
    merged_into: UUID | None = None
    released: date = UNKNOWN_DATE
    rated: float = -1.0

    @property
    def resource(self) -> str:
        """Its resource name."""
        return TITLE.format(self.id)


@dataclass(frozen=True, slots=True)
class Season:
    """A season of a series."""

    id: UUID
    title_id: UUID
    number: int
    episode_count: int
    name: str
    overview: str
    release_date: date | None
    external_ids: dict[str, str]
    images: list[dict[str, Any]]
    locked_fields: list[str]
    revision: int


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a series, or the only one of a film."""

    id: UUID
    title_id: UUID
    season_id: UUID | None
    season_number: int | None
    number: int | None
    name: str
    original_name: str
    overview: str
    release_date: date | None
    duration_ms: int | None
    rating: float | None
    rating_count: int | None
    people: list[dict[str, Any]]
    images: list[dict[str, Any]]
    external_ids: dict[str, str]
    locked_fields: list[str]
    revision: int
    media_files: list[Any]


@dataclass(frozen=True, slots=True)
class Track:
    """A track of an album, or a part of an audiobook."""

    id: UUID
    title_id: UUID
    disc: int
    number: int
    name: str
    creators: list[str]
    duration_ms: int | None
    genres: list[str]
    external_ids: dict[str, str]
    locked_fields: list[str]
    revision: int
    media_files: list[Any]


@dataclass(frozen=True, slots=True)
class EpisodePlace:
    """One episode that a file holds; both numbers are None for a film."""

    season: int | None = None
    number: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TrackPlace:
    """The track of an album, or part of an audiobook, that a file holds."""

    disc: int
    number: int
    name: str
    match_key: str


@dataclass(frozen=True, slots=True)
class Placement:
    """The title that a file belongs to, and its episodes or its track."""

    kind: str
    name: str
    sort_name: str
    match_key: str
    search_text: str
    search_vector: str
    confidence: float
    year: int | None = None
    creators: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)
    episodes: tuple[EpisodePlace, ...] = ()
    track: TrackPlace | None = None
    facets: tuple[str, ...] = ()

    @property
    def released(self) -> date:
        """What the title is ordered by while its release date is not known."""
        return date(self.year, 1, 1) if self.year and self.year <= MAXYEAR else UNKNOWN_DATE

    @property
    def base(self) -> dict[str, Any]:
        """What the file says of the title, by the fields of enrichment's Metadata."""
        said = {
            "display_name": self.name,
            "year": self.year,
            "creators": list(self.creators),
            "narrators": list(self.narrators),
            "external_ids": dict(self.external_ids),
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Placement:
        """Returns a placement that was written as JSON."""
        track = values["track"]
        return cls(
            **{
                **values,
                "creators": tuple(values["creators"]),
                "narrators": tuple(values["narrators"]),
                "facets": tuple(values["facets"]),
                "episodes": tuple(EpisodePlace(**episode) for episode in values["episodes"]),
                "track": TrackPlace(**track) if track else None,
            }
        )
