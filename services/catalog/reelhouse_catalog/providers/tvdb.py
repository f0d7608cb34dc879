"""TheTVDB, version 4 of its API. It asks for attribution where its data is shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
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
from reelhouse_catalog.providers.model import VIDEO_THRESHOLD, Candidate, best, video_score
from reelhouse_catalog.providers.reading import (
    Json,
    at,
    day,
    each,
    identifier,
    minutes,
    names,
    text,
    web_address,
    whole,
    year,
)
from reelhouse_kit import errors

INTERVAL = timedelta(milliseconds=100)
_SEARCH = timedelta(days=1)
_DETAILS = timedelta(days=7)
_TOKEN_SECONDS = 7 * 86_400
"""Tokens hold for a month; a new one each week costs nothing."""
_MOST_PAGES = 20
_MOST_PEOPLE = 60
_MOST_IMAGES = 10
# The ids of /artwork/types.
_ARTWORK = {
    1: ImageKind.BANNER,
    2: ImageKind.POSTER,
    3: ImageKind.BACKDROP,
    7: ImageKind.POSTER,
    14: ImageKind.POSTER,
    15: ImageKind.BACKDROP,
    16: ImageKind.BANNER,
    23: ImageKind.LOGO,
    25: ImageKind.LOGO,
}
_SEASON_POSTER = 7
_PEOPLE = {
    "Actor": PersonRole.ACTOR,
    "Guest Star": PersonRole.ACTOR,
    "Director": PersonRole.DIRECTOR,
    "Writer": PersonRole.WRITER,
    "Creator": PersonRole.CREATOR,
    "Showrunner": PersonRole.CREATOR,
    "Producer": PersonRole.PRODUCER,
    "Executive Producer": PersonRole.PRODUCER,
}
_REMOTE = {"IMDB": "imdb", "TheMovieDB.com": "tmdb"}
# ISO 639-2 names of the languages that people most often ask for by their ISO 639-1 ones.
_LANGUAGES = {
    "ar": "ara",
    "cs": "ces",
    "da": "dan",
    "de": "deu",
    "el": "ell",
    "en": "eng",
    "es": "spa",
    "fi": "fin",
    "fr": "fra",
    "he": "heb",
    "hu": "hun",
    "it": "ita",
    "ja": "jpn",
    "ko": "kor",
    "nl": "nld",
    "no": "nor",
    "pl": "pol",
    "pt": "por",
    "ru": "rus",
    "sv": "swe",
    "tr": "tur",
    "zh": "zho",
}


class TvdbLogin:
    """Keeps the token that TVDB gives for a key.

    Args:
        client: The API, without authorization.
        key: The API key.
        pin: The subscriber's PIN; empty for keys that need none.
    """

    def __init__(self, client: ProviderClient, key: str, pin: str) -> None:
        self._client = client
        self._body = {"apikey": key} | ({"pin": pin} if pin else {})
        self._token = ""
        self._until = 0.0
        self._turn = asyncio.Lock()

    async def headers(self, renew: bool) -> Mapping[str, str]:
        """Returns the headers to ask with, from a new token when the last one was refused."""
        stale = self._token
        async with self._turn:
            # Whoever waited for somebody else's sign-in has its token now.
            if (renew and self._token == stale) or time.monotonic() > self._until:
                answer = await self._client.post("/login", self._body)
                token = text(answer, "data", "token", most=8000)
                if not token.isascii() or not token.isprintable() or not token:
                    raise errors.FailedPreconditionError(
                        "PROVIDER_REFUSED", "tvdb gives no token for the key", provider="tvdb"
                    )
                self._token, self._until = token, time.monotonic() + _TOKEN_SECONDS
            return {"Authorization": f"Bearer {self._token}"}


class Tvdb:
    """Series and films."""

    name = "tvdb"
    kinds = frozenset({"movie", "show"})

    def __init__(self, client: ProviderClient, language: str) -> None:
        self._client = client
        self._language = _LANGUAGES.get(language[:2], "eng")
        self._country = {"US": "usa", "GB": "gbr"}.get(language.partition("-")[2], "usa")

    async def find(self, subject: Subject) -> Finding | None:
        """Looks up a series or film."""
        kind = "movie" if subject.kind == "movie" else "series"
        known = await self._known(subject, kind)
        match = known or await self._search(subject, kind)
        details = await self._details(kind, match.item) if match else None
        if details is None and known is not None:
            match = await self._search(subject, kind)
            details = await self._details(kind, match.item) if match else None
        if match is None or details is None:
            return None
        seasons: dict[int, Metadata] = {}
        episodes: dict[tuple[int, int], Metadata] = {}
        if kind == "series" and subject.episodes:
            seasons = dict(self._seasons(details))
            episodes = await self._episodes(match.item)
        return Finding(
            self.name,
            match.item,
            match.confidence,
            self._title(details, kind),
            seasons=seasons,
            episodes=episodes,
            raw=details,
        )

    async def _known(self, subject: Subject, kind: str) -> Candidate[str] | None:
        own = subject.external_ids.get("tvdb", "")
        if own.isascii() and own.isdigit():
            return Candidate(own, 1.0)
        other = subject.external_ids.get("imdb", "")
        if other.isascii() and other.isalnum() and len(other) < 20:  # noqa: PLR2004 # no id is longer
            found = await self._client.get(f"/search/remoteid/{other}", lifetime=_DETAILS)
            for result in each(found, "data", most=10):
                key = identifier(result, kind, "id")
                if key.isdigit():
                    return Candidate(key, 1.0)
        return None

    async def _search(self, subject: Subject, kind: str) -> Candidate[str] | None:
        params = {"query": subject.display_name[:200], "type": kind, "limit": "20"}
        found = await self._client.get("/search", params, lifetime=_SEARCH)
        candidates = []
        for result in each(found, "data", most=20):
            key = text(result, "tvdb_id", most=20)
            translated = at(result, "translations")
            named = [text(result, "name"), text(result, "translations", self._language)]
            named += _texts(at(result, "aliases"))
            if isinstance(translated, Mapping):
                named.append(text(translated, "eng"))
            if key.isascii() and key.isdigit():
                score = video_score(subject, named, year(result, "year"))
                candidates.append(Candidate(key, score))
        return best(candidates, VIDEO_THRESHOLD)

    async def _details(self, kind: str, key: str) -> dict[str, Any] | None:
        path = "movies" if kind == "movie" else "series"
        found = await self._client.get(
            f"/{path}/{key}/extended", {"meta": "translations"}, lifetime=_DETAILS
        )
        data = at(found, "data")
        return data if isinstance(data, dict) else None

    async def _episodes(self, key: str) -> dict[tuple[int, int], Metadata]:
        """Returns all episodes, in the order in which the series says that it is counted."""
        episodes = {}
        for page in range(_MOST_PAGES):
            found = await self._client.get(
                f"/series/{key}/episodes/default/{self._language}",
                {"page": str(page)},
                lifetime=_DETAILS,
            )
            for episode in each(found, "data", "episodes"):
                season = whole(episode, "seasonNumber", most=100_000)
                place = whole(episode, "number", most=100_000)
                if season is not None and place is not None:
                    episodes[season, place] = self._episode(episode)
            if not text(found, "links", "next"):
                break
        return episodes

    def _title(self, details: Json, kind: str) -> Metadata:
        film = kind == "movie"
        first = day(details, "first_release", "date") if film else day(details, "firstAired")
        key = identifier(details, "id")
        ids = {"tvdb": key} if key else {}
        for remote in each(details, "remoteIds"):
            name = _REMOTE.get(text(remote, "sourceName"))
            if name and text(remote, "id"):
                ids.setdefault(name, text(remote, "id", most=100))
        own = text(details, "name")
        return Metadata(
            display_name=self._translated(details, "name") or own,
            original_name=own,
            overview=self._translated(details, "overview")
            or text(details, "overview", most=20_000),
            tagline=self._translated(details, "tagline", "name"),
            release_date=first,
            year=first.year if first else year(details, "year"),
            duration_ms=minutes(details, "runtime" if film else "averageRuntime"),
            genres=names(details, "genres"),
            studios=names(details, "companies", "studio")
            if film
            else tuple(filter(None, [text(details, "originalNetwork", "name")])),
            languages=tuple(filter(None, [text(details, "originalLanguage", most=10)])),
            content_rating=next(
                (
                    text(rating, "name", most=20)
                    for rating in each(details, "contentRatings")
                    if text(rating, "country") == self._country
                ),
                "",
            ),
            creators=self._creators(details, film=film),
            people=tuple(self._people(details)),
            images=tuple(self._images(details)),
            external_ids=ids,
        )

    def _translated(self, details: Json, field: str, part: str = "") -> str:
        for item in each(details, "translations", f"{part or field}Translations", most=200):
            if text(item, "language") == self._language and not at(item, "isAlias"):
                return text(item, field, most=20_000)
        return ""

    @staticmethod
    def _creators(details: Json, *, film: bool) -> tuple[str, ...]:
        wanted = "Director" if film else "Creator"
        people = each(details, "characters")
        found = (text(p, "personName") for p in people if text(p, "peopleType") == wanted)
        return tuple(dict.fromkeys(name for name in found if name))[:20]

    @staticmethod
    def _people(details: Json) -> Iterator[Person]:
        for character in each(details, "characters", most=_MOST_PEOPLE):
            role = _PEOPLE.get(text(character, "peopleType"))
            name = text(character, "personName")
            if role and name:
                played = text(character, "name") if role is PersonRole.ACTOR else ""
                yield Person(name, role, played, web_address(character, "personImgURL"))

    @staticmethod
    def _images(details: Json) -> Iterator[Image]:
        counts: dict[ImageKind, int] = {}
        for artwork in each(details, "artworks"):
            number = whole(artwork, "type") or 0
            kind = _ARTWORK.get(number)
            url = web_address(artwork, "image")
            if kind is None or not url or number == _SEASON_POSTER:
                continue
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= _MOST_IMAGES:
                yield Image(
                    kind,
                    url,
                    language=text(artwork, "language", most=10),
                    width=whole(artwork, "width", most=100_000) or 0,
                    height=whole(artwork, "height", most=100_000) or 0,
                )
        if not counts and (url := web_address(details, "image")):
            yield Image(ImageKind.POSTER, url)

    @staticmethod
    def _seasons(details: Json) -> Iterator[tuple[int, Metadata]]:
        # A series is counted in several ways; the default one has this id.
        default = whole(details, "defaultSeasonType") or 1
        for season in each(details, "seasons"):
            place = whole(season, "number", most=100_000)
            if place is not None and whole(season, "type", "id") == default:
                image = web_address(season, "image")
                key = identifier(season, "id")
                yield (
                    place,
                    Metadata(
                        display_name=text(season, "name"),
                        year=year(season, "year"),
                        images=(Image(ImageKind.POSTER, image),) if image else (),
                        external_ids={"tvdb": key} if key else {},
                    ),
                )

    @staticmethod
    def _episode(episode: Json) -> Metadata:
        first = day(episode, "aired")
        image = web_address(episode, "image")
        key = identifier(episode, "id")
        return Metadata(
            display_name=text(episode, "name"),
            overview=text(episode, "overview", most=20_000),
            release_date=first,
            year=first.year if first else None,
            duration_ms=minutes(episode, "runtime"),
            images=(Image(ImageKind.STILL, image),) if image else (),
            external_ids={"tvdb": key} if key else {},
        )


def _texts(value: object) -> list[str]:
    return [text(item) for item in value[:50]] if isinstance(value, list) else []
