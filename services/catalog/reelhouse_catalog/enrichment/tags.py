"""What the tags inside media files say of titles. No I/O.

Tags are those that the probe keeps: by lower-case name, as libavformat names them. Names of videos
are not believed: who made a file writes anything into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from reelhouse_catalog.enrichment.model import Metadata, Person, PersonRole

Tags = Mapping[str, str]

_SEPARATORS = re.compile(r"\s*[;\x00]\s*|\s+/\s+|\s*,\s+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISBN = re.compile(r"(?:97[89])?\d{9}[\dX]")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ASIN = re.compile(r"[A-Z0-9]{10}")
_IMDB = re.compile(r"tt\d{7,9}")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "genres": ("genre",),
    "studios": ("publisher", "label", "organization"),
    "languages": ("language", "lang"),
    "overview": ("synopsis", "description", "long_description", "ldes", "desc"),
    "date": (
        "originaldate",
        "original_date",
        "tdor",
        "releasedate",
        "release_date",
        "date",
        "tdrl",
    ),
    "series": ("series", "mvnm", "movementname", "movement_name"),
    "series_position": ("series-part", "series_part", "series_position", "mvin", "movement"),
    "narrators": ("narrator", "narratedby", "narrated_by", "nrt", "\xa9nrt"),
    "composers": ("composer",),
    "asin": ("asin", "audible_asin", "cdek"),
    "isbn": ("isbn",),
    "musicbrainz": ("musicbrainz_albumid", "musicbrainz album id"),
    "musicbrainz_release_group": (
        "musicbrainz_releasegroupid",
        "musicbrainz release group id",
    ),
    "track": ("musicbrainz_releasetrackid", "musicbrainz release track id"),
}


def of_album(files: Iterable[Tags]) -> Metadata:
    """Returns what the tags of an album's tracks say of the album."""
    tags = _together(files)
    composers = (Person(name, PersonRole.COMPOSER) for name in _names(tags, "composers"))
    return Metadata(
        genres=_names(tags, "genres"),
        studios=_names(tags, "studios"),
        release_date=_date(tags),
        people=tuple(composers),
        external_ids=_ids(tags, "musicbrainz", "musicbrainz_release_group", "asin"),
    )


def of_audiobook(files: Iterable[Tags]) -> Metadata:
    """Returns what the tags of an audiobook's parts say of it."""
    tags = _together(files)
    return Metadata(
        overview=_first(tags, "overview"),
        genres=tuple(g for g in _names(tags, "genres") if g.casefold() != "audiobook"),
        studios=_names(tags, "studios"),
        languages=_names(tags, "languages"),
        release_date=_date(tags),
        narrators=_names(tags, "narrators") or _names(tags, "composers"),
        series=_first(tags, "series"),
        series_position=_first(tags, "series_position"),
        external_ids=_ids(tags, "asin", "isbn"),
    )


def of_track(tags: Tags, duration_ms: int | None) -> Metadata:
    """Returns what a file says of the one track that it holds."""
    artist = tags.get("artist", "")
    own = artist if artist != tags.get("album_artist", artist) else ""
    ids = _ids(tags, "track")
    return Metadata(
        duration_ms=duration_ms,
        creators=(own,) if own else (),
        external_ids={"musicbrainz": ids["track"]} if ids else {},
    )


def of_film(files: Iterable[Tags]) -> Metadata:
    """Returns what the tags of the copies of a film say of it."""
    tags = _together(files)
    return Metadata(
        overview=_first(tags, "overview"),
        genres=_names(tags, "genres"),
        external_ids=_video_ids(tags),
    )


def of_episode(tags: Tags) -> Metadata:
    """Returns what a file says of the one episode that it holds."""
    return Metadata(overview=_first(tags, "overview"))


def _video_ids(tags: Tags) -> dict[str, str]:
    # As Matroska's tags are specified: IMDB is "tt0113277", TMDB "movie/949", TVDB a number.
    ids = {}
    if _IMDB.fullmatch(tags.get("imdb", "")):
        ids["imdb"] = tags["imdb"]
    kind, _, key = tags.get("tmdb", "").partition("/")
    if kind == "movie" and key.isdecimal():
        ids["tmdb"] = key
    return ids


def _together(files: Iterable[Tags]) -> dict[str, str]:
    """Returns the tags of several files, of each the first there is."""
    found: dict[str, str] = {}
    for tags in files:
        for name, text in tags.items():
            if text:
                found.setdefault(name, text)
    return found


def _first(tags: Tags, what: str) -> str:
    return next((tags[name].strip() for name in _KEYS[what] if tags.get(name, "").strip()), "")


def _names(tags: Tags, what: str) -> tuple[str, ...]:
    pieces = _SEPARATORS.split(_first(tags, what))
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))[:50]


def _date(tags: Tags) -> date | None:
    for name in _KEYS["date"]:
        match = _DAY.match(tags.get(name, ""))
        if match:
            try:
                return date.fromisoformat(match.group())
            except ValueError:
                continue
    return None


def _ids(tags: Tags, *which: str) -> dict[str, str]:
    found = {}
    for name in which:
        text = _first(tags, name)
        if name == "asin":
            pattern, text = _ASIN, text.upper()
        elif name == "isbn":
            pattern, text = _ISBN, text.replace("-", "").upper()
        else:
            pattern, text = _UUID, text.lower()
        if pattern.fullmatch(text):
            found[name] = text
    return found
