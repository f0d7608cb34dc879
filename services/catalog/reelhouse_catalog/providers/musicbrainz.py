"""MusicBrainz, version 2 of its web service, and the addresses of the Cover Art Archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from reelhouse_catalog.enrichment.model import (
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
    Subject,
)
from reelhouse_catalog.providers.http import ProviderClient
from reelhouse_catalog.providers.model import MUSIC_THRESHOLD, Candidate, album_score, best
from reelhouse_catalog.providers.reading import Json, at, day, each, names, text, whole, year

INTERVAL = timedelta(seconds=1)
"""MusicBrainz allows one request a second."""
_SEARCH = timedelta(days=1)
_DETAILS = timedelta(days=14)
_MBID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SPECIAL = re.compile(r'([+\-&|!(){}\[\]^"~*?:\\/])')
_INCLUDED = "artist-credits+recordings+release-groups+labels+genres"
_LOOKED_AT = 3
"""How many of the found albums are compared track by track."""
_MOST_LENGTH = 86_400_000


class MusicBrainz:
    """Albums.

    Args:
        client: The API.
        cover_art_url: Where the Cover Art Archive is.
    """

    name = "musicbrainz"
    kinds = frozenset({"album"})

    def __init__(self, client: ProviderClient, cover_art_url: str) -> None:
        self._client = client
        self._cover_art_url = cover_art_url.rstrip("/")

    async def find(self, subject: Subject) -> Finding | None:
        """Looks up an album."""
        known = subject.external_ids.get("musicbrainz", "").lower()
        if _MBID.fullmatch(known):
            release = await self._release(known)
            if release is not None:
                return self._finding(Candidate(release, 1.0))
        candidates: list[Candidate[dict[str, Any]]] = []
        groups: set[str] = set()
        for key, group in await self._search(subject):
            if group in groups or len(candidates) >= _LOOKED_AT:
                continue
            release = await self._release(key)
            if release is not None:
                groups.add(group)
                lengths = [whole(track, "length", most=_MOST_LENGTH) for track in _tracks(release)]
                score = album_score(subject, text(release, "title"), _artists(release), lengths)
                candidates.append(Candidate(release, score))
        match = best(candidates, MUSIC_THRESHOLD)
        return self._finding(match) if match else None

    async def _search(self, subject: Subject) -> list[tuple[str, str]]:
        """Returns releases, and the album that each is an edition of, best first."""
        query = f'release:"{_escaped(subject.display_name)}"'
        if subject.creators:
            query += f' AND artist:"{_escaped(subject.creators[0])}"'
        found = await self._client.get(
            "/release", {"query": query, "limit": "25", "fmt": "json"}, lifetime=_SEARCH
        )
        ranked = []
        for place, release in enumerate(each(found, "releases", most=25)):
            key = text(release, "id")
            score = album_score(subject, text(release, "title"), _artists(release))
            if not _MBID.fullmatch(key) or score < MUSIC_THRESHOLD:
                continue
            count = whole(release, "track-count")
            as_many = bool(subject.tracks) and count == len(subject.tracks)
            off = abs((year(release, "date") or 9999) - (subject.year or 0))
            group = text(release, "release-group", "id") or key
            ranked.append(((-score, not as_many, off, place), key, group))
        return [(key, group) for _, key, group in sorted(ranked)]

    async def _release(self, key: str) -> dict[str, Any] | None:
        params = {"inc": _INCLUDED, "fmt": "json"}
        return await self._client.get(f"/release/{key}", params, lifetime=_DETAILS)

    def _finding(self, match: Candidate[dict[str, Any]]) -> Finding:
        release = match.item
        key = text(release, "id")
        tracks = {}
        for medium in each(release, "media", most=100):
            disc = whole(medium, "position", least=1, most=1000) or 1
            for track in each(medium, "tracks"):
                place = whole(track, "position", least=1, most=100_000)
                if place is not None:
                    tracks[disc, place] = _track(track)
        return Finding(
            self.name, key, match.confidence, self._title(release, key), tracks=tracks, raw=release
        )

    def _title(self, release: Json, key: str) -> Metadata:
        first = day(release, "release-group", "first-release-date") or day(release, "date")
        ids = {
            "musicbrainz": key,
            "musicbrainz_release_group": text(release, "release-group", "id"),
            "musicbrainz_artist": next(
                (text(c, "artist", "id") for c in each(release, "artist-credit")), ""
            ),
            "asin": text(release, "asin", most=20),
            "barcode": text(release, "barcode", most=20),
        }
        artists = _artists(release)
        lengths = [whole(track, "length", most=_MOST_LENGTH) for track in _tracks(release)]
        front = at(release, "cover-art-archive", "front") is True
        cover = f"{self._cover_art_url}/release/{key}/front"
        own = tuple(name.title() for name in names(release, "genres"))
        genres = own or tuple(name.title() for name in names(release, "release-group", "genres"))
        return Metadata(
            display_name=text(release, "title"),
            release_date=first,
            year=first.year
            if first
            else year(release, "release-group", "first-release-date") or year(release, "date"),
            duration_ms=sum(length or 0 for length in lengths) if all(lengths) else None,
            genres=genres,
            studios=tuple(_labels(release)),
            languages=tuple(
                filter(None, [text(release, "text-representation", "language", most=10)])
            ),
            creators=artists,
            people=tuple(Person(artist, PersonRole.ARTIST) for artist in artists),
            images=(Image(ImageKind.POSTER, cover),) if front else (),
            external_ids={name: value for name, value in ids.items() if value},
        )


def _track(track: Json) -> Metadata:
    length = whole(track, "length", least=1, most=_MOST_LENGTH)
    recording = text(track, "recording", "id")
    return Metadata(
        display_name=text(track, "title") or text(track, "recording", "title"),
        duration_ms=length or whole(track, "recording", "length", least=1, most=_MOST_LENGTH),
        creators=_artists(track),
        external_ids={"musicbrainz": recording} if recording else {},
    )


def _tracks(release: Json) -> Iterator[Json]:
    for medium in each(release, "media", most=100):
        yield from each(medium, "tracks")


def _artists(item: Json) -> tuple[str, ...]:
    """Returns who is credited, under the names that they are credited by."""
    found = (text(c, "name") or text(c, "artist", "name") for c in each(item, "artist-credit"))
    return tuple(dict.fromkeys(name for name in found if name))[:20]


def _labels(release: Json) -> Iterator[str]:
    found = dict.fromkeys(text(info, "label", "name") for info in each(release, "label-info"))
    yield from (name for name in found if name)


def _escaped(name: str) -> str:
    """Returns a name as a phrase of Lucene's query language."""
    return _SPECIAL.sub(r"\\\1", name[:200])
