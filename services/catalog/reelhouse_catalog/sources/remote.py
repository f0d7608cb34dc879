"""What sources tell, in one form for all kinds. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from reelhouse_catalog.enrichment.model import Metadata
from reelhouse_catalog.sources.model import Content

MAX_TEXT = 10_000
"""Characters of any one text that a source tells; the rest is cut off."""


class SourceError(Exception):
    """A source does not tell what it was asked.

    Args:
        code: The reason: SOURCE_UNREACHABLE, SOURCE_REFUSED or SOURCE_MALFORMED.
        message: What happened, for people, without secrets.
        after: In how many seconds it wants to be asked again, if it says so.
    """

    def __init__(self, code: str, message: str, *, after: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.after = after


class ItemKind(StrEnum):
    """What an item is."""

    MOVIE = "movie"
    SHOW = "show"
    EPISODE = "episode"
    ALBUM = "album"
    TRACK = "track"
    OTHER = "other"


GROUPS = frozenset({ItemKind.SHOW, ItemKind.ALBUM})
"""Items without files of their own."""


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """How a server answered a check."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class RemoteCollection:
    """A collection as its source tells of it."""

    external_id: str
    name: str
    content: Content
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a source says of a file. Resolution is lines; 0 and "" where it does not say."""

    size_bytes: int = 0
    duration_ms: int = 0
    quality: str = ""
    resolution: int = 0
    container: str = ""
    video_codec: str = ""
    audio_codec: str = ""
    release_group: str = ""
    remote_id: str = ""
    monitored: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Returns what it says, by name, without what it does not."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class MovieRow:
    """What Radarr knows of a film, by the columns of its table."""

    radarr_id: int
    title: str
    year: int | None
    imdb_id: str
    tmdb_id: int | None
    monitored: bool
    added_at: datetime | None
    poster_url: str
    fanart_url: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """What Sonarr knows of a series, by the columns of its table."""

    sonarr_id: int
    title: str
    imdb_id: str
    tvdb_id: int | None
    tmdb_id: int | None
    monitored: bool
    poster_url: str
    fanart_url: str


@dataclass(frozen=True, slots=True)
class Item:
    """A film, an episode, … as its source tells of it.

    A group (a show, an album) has no paths. An item whose file holds several episodes comes once
    per episode. `title_name` is the name of the show or album that it is a part of. `remark` says
    what is wrong with an item that cannot be taken.
    """

    kind: ItemKind
    provider_key: str
    display_name: str
    parent_key: str = ""
    title_name: str = ""
    year: int | None = None
    season_number: int | None = None
    number: int | None = None
    server_path: str = ""
    file: FileFacts = field(default_factory=FileFacts)
    metadata: Metadata = field(default_factory=Metadata)
    seasons: Mapping[int, Metadata] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    row: MovieRow | SeriesRow | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some items, and where to go on after them; `total` is of all items, where it is known.

    `cursor` None is the end of the collection.
    """

    items: list[Item]
    cursor: dict[str, Any] | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a collection to ingest; all of it when everything is empty.

    A title is given by its key at the source or by its name, as written or with "(Year)".
    """

    title: str = ""
    season_number: int | None = None
    number: int | None = None

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.title

    def as_dict(self) -> dict[str, Any]:
        """Returns it for the database."""
        return asdict(self)

    def of(self, items: Iterable[Item]) -> list[Item]:
        """Returns what is meant of some items."""
        return [item for item in items if self.takes(item)]

    def takes(self, item: Item) -> bool:
        """Tells whether an item is meant: the title, or a part of it."""
        if self.is_everything:
            return True
        key = item.parent_key or item.provider_key.partition(":")[0]
        name = item.title_name or item.display_name
        if key != self.title and not _same_title(self.title, name, item.year):
            return False
        if item.kind in GROUPS:
            return True
        if self.season_number is not None and item.season_number != self.season_number:
            return False
        return self.number is None or item.number == self.number


def _same_title(wanted: str, name: str, year: int | None) -> bool:
    folded = wanted.casefold().strip()
    return folded in (name.casefold(), f"{name} ({year})".casefold())
