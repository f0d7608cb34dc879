"""Ids of providers that libraries write into names: {tmdb-603}, [imdbid-tt0133093]."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

_TAG = re.compile(
    r"[\[{(]\s*(tmdb|imdb|tvdb|tvmaze|anidb|anilist|mal|asin|isbn|mbid|musicbrainz|plex|edition)(?:id)?"
    r"\s*[-=:]\s*([^\[\]{}()]{1,60}?)\s*[\]})]",
    re.IGNORECASE,
)
# Ids that need no label: those of IMDb, and of Amazon in brackets or at the end.
_IMDB = re.compile(r"(?<![^\W_])tt\d{7,9}(?![^\W_])")
_ASIN = re.compile(r"[\[({]\s*(B0[0-9A-Z]{8})\s*[\])}]|(?<=\s)B0[0-9A-Z]{8}$")
_PROVIDERS = {"musicbrainz": "mbid"}


class Named(NamedTuple):
    """The ids of a name, its edition in the notation of Plex, and the name without both."""

    text: str
    ids: dict[str, str]
    edition: str


def take_ids(text: str) -> Named:
    """Takes ids and edition out of a name."""
    ids: dict[str, str] = {}
    edition = ""
    if any(opening in text for opening in "[{("):
        for match in _TAG.finditer(text):
            provider = match[1].lower()
            if provider == "edition":
                edition = match[2]
            else:
                ids.setdefault(_PROVIDERS.get(provider, provider), match[2])
        text = _TAG.sub(" ", text)
    if asin := _ASIN.search(text):
        ids.setdefault("asin", asin.group().strip("[({ })]"))
        text = _ASIN.sub(" ", text)
    if imdb := _IMDB.search(text):
        ids.setdefault("imdb", imdb.group())
        text = _IMDB.sub(" ", text)
    return Named(text.rstrip(), ids, edition)


def merge_ids(folder: Mapping[str, str], file: Mapping[str, str]) -> Mapping[str, str]:
    """Returns the ids of a file and its folder; those of the file win."""
    return MappingProxyType({**folder, **file}) if folder else file
