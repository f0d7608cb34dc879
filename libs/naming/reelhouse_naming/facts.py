"""What a name can say: the result type of the parser and its closed vocabularies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a name is the name of."""

    UNKNOWN = "unknown"
    MOVIE = "movie"
    EPISODE = "episode"
    SEASON = "season"
    TRACK = "track"
    AUDIOBOOK = "audiobook"
    EXTRA = "extra"


class LibraryKind(StrEnum):
    """What the library holds that a path lies in."""

    MOVIE = "movie"
    TV = "tv"
    MUSIC = "music"
    AUDIOBOOK = "audiobook"


class MediaType(StrEnum):
    """The coarse classes that naming templates are chosen by."""

    TV_SHOW = "tv_show"
    TV_SPECIAL = "tv_special"
    MOVIE = "movie"
    ANIME = "anime"
    ANIME_SPECIAL = "anime_special"
    MUSIC = "music"
    UNKNOWN = "unknown"


_NO_IDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a name says. A field keeps its default where the name does not say it.

    The fields mirror `reelhouse.catalog.v1.ParsedName`.
    """

    kind: Kind = Kind.UNKNOWN
    # The film, series, album or book.
    title: str = ""
    year: int | None = None
    # 0 holds the specials. Of several seasons the first.
    season: int | None = None
    # Ascending. Where no season is named these are the absolute numbers too: only the metadata of
    # the series can tell which of the two was meant.
    episodes: tuple[int, ...] = ()
    absolute_episodes: tuple[int, ...] = ()
    air_date: date | None = None
    # One for each episode where the name holds several; the name of a track.
    episode_titles: tuple[str, ...] = ()
    # The part of a film, season or book; the number of a track.
    part: int | None = None
    disc: int | None = None
    # The artist of a track, the author of a book.
    creator: str = ""
    book_series: str = ""
    # Text, because 1.5 happens.
    book_series_index: str = ""
    special: bool = False
    anime: bool = False
    edition: str = ""
    # Lines of the picture.
    resolution: int | None = None
    # A key of `reelhouse_naming.tables.vocabulary.SOURCES`.
    source: str = ""
    video_codec: str = ""
    audio_codec: str = ""
    # For example "5.1".
    audio_channels: str = ""
    hdr: tuple[str, ...] = ()
    # ISO 639-1, in the order of the name.
    languages: tuple[str, ...] = ()
    release_group: str = ""
    # 2 and more for propers, repacks and later versions; None where the name names none.
    version: int | None = None
    # Provider ("tmdb", "imdb", "tvdb", "asin", ...) to id.
    external_ids: Mapping[str, str] = field(default_factory=lambda: _NO_IDS, hash=False)
    # A value of `reelhouse_naming.tables.extras`.
    extra: str = ""
    # 0 to 1.
    confidence: float = 0.0

    # All seasons of a pack that holds several; empty otherwise.
    seasons: tuple[int, ...] = ()
    # "special", "ova", "ona", "oad" or "movie".
    special_type: str = ""
    special_number: int | None = None
    # Copied from the disc without encoding.
    remux: bool = False
    # The file name extension without its dot, lower case.
    container: str = ""
    # Who reads an audiobook.
    narrator: str = ""


_SERIES_TYPES = {
    (False, False): MediaType.TV_SHOW,
    (False, True): MediaType.TV_SPECIAL,
    (True, False): MediaType.ANIME,
    (True, True): MediaType.ANIME_SPECIAL,
}
_TYPES = {Kind.MOVIE: MediaType.MOVIE, Kind.TRACK: MediaType.MUSIC}


def media_type(facts: Facts) -> MediaType:
    """Returns the coarse class of what a name names."""
    if facts.kind in (Kind.EPISODE, Kind.SEASON):
        return _SERIES_TYPES[facts.anime, facts.special]
    return _TYPES.get(facts.kind, MediaType.UNKNOWN)
