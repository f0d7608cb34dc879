"""What is known of a title besides its files, who says so, and who is believed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

USER = "user"
LOCAL = "nfo"
EMBEDDED = "embedded"
FILENAME = "filename"
PRIORITIES: Mapping[str, int] = {
    USER: 0,
    LOCAL: 1,
    "tmdb": 2,
    "tvdb": 3,
    "musicbrainz": 2,
    "audnexus": 2,
    "plex": 5,
    "jellyfin": 5,
    "sonarr": 6,
    "radarr": 6,
    EMBEDDED: 7,
    FILENAME: 8,
}
"""Who is believed first: the lower, the sooner. Files beside the media are a person's own words."""

OTHER_PRIORITY = 10
"""Of sources that are not listed, as plugins are."""

MIN_YEAR = 1800
MAX_YEARS_AHEAD = 5
MAX_DURATION_MS = 86_400_000


class PersonRole(StrEnum):
    """What a person has to do with a title."""

    ACTOR = "actor"
    AUTHOR = "author"
    ARTIST = "artist"
    COMPOSER = "composer"
    CREATOR = "creator"
    DIRECTOR = "director"
    NARRATOR = "narrator"
    PRODUCER = "producer"
    WRITER = "writer"


class ImageKind(StrEnum):
    """What an image shows."""

    POSTER = "poster"
    BACKDROP = "backdrop"
    BANNER = "banner"
    LOGO = "logo"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the cast or crew. `character` is whom an actor plays."""

    name: str
    role: PersonRole
    character: str = ""
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image: at an address, or in a file below the library's root (its exact bytes)."""

    kind: ImageKind
    url: str = ""
    path: bytes = b""
    language: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one source says of a title, season, episode or track. What it does not say is empty.

    Rating is 0 to 10; durations are milliseconds; ids are by the name of who gave them, in lower
    case ("tmdb", "imdb", "tvdb", "musicbrainz", "asin", "isbn").
    """

    display_name: str = ""
    original_name: str = ""
    sort_name: str = ""
    overview: str = ""
    tagline: str = ""
    release_date: date | None = None
    year: int | None = None
    duration_ms: int | None = None
    genres: tuple[str, ...] = ()
    studios: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    rating: float | None = None
    rating_count: int | None = None
    content_rating: str = ""
    creators: tuple[str, ...] = ()
    narrators: tuple[str, ...] = ()
    series: str = ""
    series_position: str = ""
    people: tuple[Person, ...] = ()
    images: tuple[Image, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)


FIELDS = tuple(item.name for item in fields(Metadata))


@dataclass(frozen=True, slots=True)
class Finding:
    """What one source found for a title, and for what the title is made of.

    `key` is the title's id at the source; `confidence` (0 to 1) is of the match, not of the
    fields; `raw` is what the source answered, as JSON. Episodes are by (season, number), tracks
    by (disc, number).
    """

    source: str
    key: str
    confidence: float
    title: Metadata
    seasons: Mapping[int, Metadata] = field(default_factory=dict)
    episodes: Mapping[tuple[int, int], Metadata] = field(default_factory=dict)
    tracks: Mapping[tuple[int, int], Metadata] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a provider is asked about: a title as the catalog knows it.

    `kind` is "movie", "show", "album" or "audiobook". Episodes are (season, number) and tracks
    (disc, number, name, milliseconds), of the files that are there.
    """

    kind: str
    display_name: str
    year: int | None = None
    creators: tuple[str, ...] = ()
    external_ids: Mapping[str, str] = field(default_factory=dict)
    episodes: tuple[tuple[int, int], ...] = ()
    tracks: tuple[tuple[int, int, str, int], ...] = ()
    duration_ms: int | None = None
    language: str = "en"


class Provider(Protocol):
    """Somebody who can be asked about titles."""

    @property
    def name(self) -> str:
        """The name by which it is a source."""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of title it knows."""

    async def find(self, subject: Subject) -> Finding | None:
        """Looks a title up; None when nothing there is like it enough.

        Raises:
            errors.RetryableError: It does not answer, or wants to be left alone for a while.
            errors.Error: It refuses.
        """


def believed(
    findings: Iterable[Finding], priorities: Mapping[str, int] = PRIORITIES
) -> list[Finding]:
    """Returns the findings, those first that are believed first."""
    return sorted(
        findings,
        key=lambda found: (
            priorities.get(found.source, OTHER_PRIORITY),
            -found.confidence,
            found.source,
            found.key,
        ),
    )
