"""What a title is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from reelhouse_kit.names import ResourceName

TITLE = ResourceName("catalog.reelhouse/Title", "titles/{title}")
SEASON = ResourceName("catalog.reelhouse/Season", "titles/{title}/seasons/{season}")
EPISODE = ResourceName("catalog.reelhouse/Episode", "titles/{title}/episodes/{episode}")
TRACK = ResourceName("catalog.reelhouse/Track", "titles/{title}/tracks/{track}")

TOPIC = "titles"


class TitleKind(StrEnum):
    """What a title is."""

    MOVIE = "movie"
    SHOW = "show"
    ALBUM = "album"
    AUDIOBOOK = "audiobook"


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


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode of a series, or the only one of a film."""

    id: UUID
    title_id: UUID
    season_id: UUID | None
    season_number: int | None
    number: int | None
    name: str
    media_files: list[Any]


@dataclass(frozen=True, slots=True)
class Track:
    """A track of an album, or a part of an audiobook."""

    id: UUID
    title_id: UUID
    disc: int
    number: int
    name: str
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
    confidence: float
    year: int | None = None
    creators: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)
    episodes: tuple[EpisodePlace, ...] = ()
    track: TrackPlace | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the placement as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Placement:
        """Returns what `as_dict` made plain."""
        track = values["track"]
        return cls(
            **{
                **values,
                "creators": tuple(values["creators"]),
                "narrators": tuple(values["narrators"]),
                "episodes": tuple(EpisodePlace(**episode) for episode in values["episodes"]),
                "track": TrackPlace(**track) if track else None,
            }
        )
