"""Ids of films and series as servers write them, and what ratings are of. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

PRIORITY = ("tvdb", "tmdb", "imdb", "plex")
"""Which id is believed first."""
_PROVIDERS = {
    "imdb": "imdb",
    "tmdb": "tmdb",
    "themoviedb": "tmdb",
    "tvdb": "tvdb",
    "thetvdb": "tvdb",
    "thetvdbdvdorder": "tvdb",
    "mbid": "musicbrainz",
    "musicbrainz": "musicbrainz",
    "plex": "plex",
}
_GUID = re.compile(r"(?:com\.plexapp\.agents\.)?([A-Za-z]+)://([^?#\s]+)")
_VALUES = {
    "imdb": re.compile(r"tt\d{5,12}"),
    "tmdb": re.compile(r"\d{1,12}"),
    "tvdb": re.compile(r"\d{1,12}"),
    "musicbrainz": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "plex": re.compile(r"[a-z]+/[0-9a-f]{1,40}"),
}
_AGENTS_WITH_PARTS = {"thetvdb", "thetvdbdvdorder", "themoviedb", "tmdb", "tvdb", "imdb"}
_MPAA = {"g", "pg", "pg-13", "r", "nc-17"}
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Guid:
    """An id and who gave it."""

    provider: str
    value: str


def parse_guid(text: str) -> Guid | None:
    """Reads one id, as in "imdb://tt0111161", "com.plexapp.agents.thetvdb://81189/2/5?lang=en".

    None for what is none: "local://", ids of agents that are not known, numbers that are not.
    """
    match = _GUID.match(text.strip()) if len(text) <= _LONGEST else None
    if match is None:
        return None
    agent = match[1].lower()
    provider = _PROVIDERS.get(agent)
    if provider is None:
        return None
    value = match[2].lower()
    if agent in _AGENTS_WITH_PARTS:
        value = value.split("/")[0]
    value = value.rstrip("/")
    return Guid(provider, value) if _VALUES[provider].fullmatch(value) else None


def external_ids(texts: Iterable[str]) -> dict[str, str]:
    """Returns the ids among several, the first of each provider, those believed first in front.

    Plex's own id is left out: it is the source's key, and of nobody else's use.
    """
    found: dict[str, str] = {}
    for text in texts:
        guid = parse_guid(text)
        if guid is not None and guid.provider != "plex":
            found.setdefault(guid.provider, guid.value)
    order = {name: index for index, name in enumerate(PRIORITY)}
    return dict(sorted(found.items(), key=lambda item: (order.get(item[0], len(order)), item[0])))


def best_guid(texts: Iterable[str]) -> Guid | None:
    """Returns the id that is believed first."""
    found = [guid for guid in (parse_guid(text) for text in texts) if guid]
    known = [guid for guid in found if guid.provider in PRIORITY]
    return min(known, key=lambda guid: PRIORITY.index(guid.provider), default=None)


def rating_system(rating: str) -> str:
    """Returns what system a rating is of: "TV", "MPAA", or "" for one that is not known."""
    text = rating.strip().lower()
    if text.startswith("tv-"):
        return "TV"
    return "MPAA" if text in _MPAA else ""


def disambiguated(title: str, year: int | None) -> str:
    """Returns a title that tells works of one name apart: "Title (Year)"."""
    return f"{title} ({year})" if year and not title.rstrip().endswith(f"({year})") else title
