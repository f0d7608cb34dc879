"""The Movie Database, version 3 of its API."""

from __future__ import annotations

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
    number,
    text,
    whole,
    year,
)

INTERVAL = timedelta(milliseconds=50)
"""TMDB allows about 50 requests a second; this is less than half of it."""
_SEARCH = timedelta(days=1)
_DETAILS = timedelta(days=7)
_MOST_CAST = 50
_MOST_IMAGES = 10
_MOST_SEASONS = 60
_PARTS = {
    "movie": "credits,images,external_ids,release_dates",
    "tv": "aggregate_credits,images,external_ids,content_ratings",
}
_JOBS = {
    "Director": PersonRole.DIRECTOR,
    "Writer": PersonRole.WRITER,
    "Screenplay": PersonRole.WRITER,
    "Author": PersonRole.AUTHOR,
    "Producer": PersonRole.PRODUCER,
    "Executive Producer": PersonRole.PRODUCER,
    "Original Music Composer": PersonRole.COMPOSER,
    "Creator": PersonRole.CREATOR,
}
_IMAGES = (
    ("posters", ImageKind.POSTER),
    ("backdrops", ImageKind.BACKDROP),
    ("logos", ImageKind.LOGO),
)


class Tmdb:
    """Films and series.

    Args:
        client: The API.
        image_url: What the paths of images are relative to.
        language: As in "en" or "pt-BR".
    """

    name = "tmdb"
    kinds = frozenset({"movie", "show"})

    def __init__(self, client: ProviderClient, image_url: str, language: str) -> None:
        self._client = client
        self._image_url = image_url.rstrip("/")
        self._language = language
        self._country = language.partition("-")[2] or "US"

    async def find(self, subject: Subject) -> Finding | None:
        """Looks up a film or series."""
        kind = "movie" if subject.kind == "movie" else "tv"
        known = await self._known(subject, kind)
        match = known or await self._search(subject, kind)
        if match is None:
            return None
        details = await self._details(kind, match.item)
        if details is None:
            if not known:
                return None
            # The id that we were given is gone, or was never right.
            match = await self._search(subject, kind)
            details = await self._details(kind, match.item) if match else None
            if match is None or details is None:
                return None
        title = self._title(details, kind)
        if not known:
            score = video_score(
                subject, (title.display_name, title.original_name), title.year, title.duration_ms
            )
            match = Candidate(match.item, min(match.score, score))
            if match.score < VIDEO_THRESHOLD:
                return None
        seasons: dict[int, Metadata] = {}
        episodes: dict[tuple[int, int], Metadata] = {}
        if kind == "tv":
            async for number_, season in self._seasons(match.item, subject):
                seasons[number_] = self._season(season)
                episodes |= dict(self._episodes(number_, season))
        return Finding(
            self.name,
            match.item,
            match.confidence,
            title,
            seasons=seasons,
            episodes=episodes,
            raw=details,
        )

    async def _known(self, subject: Subject, kind: str) -> Candidate[str] | None:
        """Returns the title of an id that is known already."""
        own = subject.external_ids.get("tmdb", "")
        if own.isascii() and own.isdigit():
            return Candidate(own, 1.0)
        for source in ("imdb", "tvdb"):
            other = subject.external_ids.get(source, "")
            if not (other.isascii() and other.isalnum() and len(other) < 20):  # noqa: PLR2004
                continue
            found = await self._client.get(
                f"/find/{other}", {"external_source": f"{source}_id"}, lifetime=_DETAILS
            )
            for result in each(found, f"{kind}_results", most=1):
                key = identifier(result, "id")
                if key.isdigit():
                    return Candidate(key, 1.0)
        return None

    async def _search(self, subject: Subject, kind: str) -> Candidate[str] | None:
        candidates = []
        for params in self._questions(subject, kind):
            found = await self._client.get(f"/search/{kind}", params, lifetime=_SEARCH)
            for result in each(found, "results", most=20):
                key = identifier(result, "id")
                if key.isdigit():
                    named = _names(result, kind)
                    score = video_score(subject, named, year(result, _date_field(kind)))
                    candidates.append(Candidate(key, score))
            match = best(candidates, VIDEO_THRESHOLD)
            if match is not None:
                return match
        return None

    def _questions(self, subject: Subject, kind: str) -> Iterator[dict[str, str]]:
        asked = {
            "query": subject.display_name[:200],
            "include_adult": "false",
            "language": self._language,
        }
        if subject.year is not None:
            field = "primary_release_year" if kind == "movie" else "first_air_date_year"
            yield {**asked, field: str(subject.year)}
        yield asked

    async def _details(self, kind: str, key: str) -> dict[str, Any] | None:
        params = {
            "language": self._language,
            "append_to_response": _PARTS[kind],
            "include_image_language": f"{self._language[:2]},null",
        }
        return await self._client.get(f"/{kind}/{key}", params, lifetime=_DETAILS)

    async def _seasons(self, key: str, subject: Subject) -> Any:
        """Yields the seasons that we have files of."""
        wanted = sorted({season for season, _ in subject.episodes})[:_MOST_SEASONS]
        for season in wanted:
            found = await self._client.get(
                f"/tv/{key}/season/{season}", {"language": self._language}, lifetime=_DETAILS
            )
            if found is not None:
                yield season, found

    def _title(self, details: Json, kind: str) -> Metadata:
        first = day(details, _date_field(kind))
        film = kind == "movie"
        ids = {
            "tmdb": identifier(details, "id"),
            "imdb": text(details, "imdb_id") or text(details, "external_ids", "imdb_id"),
            "tvdb": identifier(details, "external_ids", "tvdb_id"),
        }
        runtime = at(details, "episode_run_time")
        return Metadata(
            display_name=text(details, "title" if film else "name"),
            original_name=text(details, "original_title" if film else "original_name"),
            overview=text(details, "overview", most=20_000),
            tagline=text(details, "tagline"),
            release_date=first,
            year=first.year if first else None,
            duration_ms=minutes(details, "runtime")
            if film
            else minutes(runtime[0] if isinstance(runtime, list) and runtime else None),
            genres=names(details, "genres"),
            studios=names(details, "production_companies" if film else "networks"),
            languages=names(details, "spoken_languages", field="iso_639_1"),
            rating=_rating(details),
            rating_count=whole(details, "vote_count") or None,
            content_rating=self._content_rating(details, kind),
            creators=_creators(details, kind),
            people=tuple(self._people(details, kind)),
            images=tuple(self._images(details)),
            external_ids={name: value for name, value in ids.items() if value},
        )

    def _content_rating(self, details: Json, kind: str) -> str:
        part = "release_dates" if kind == "movie" else "content_ratings"
        for result in each(details, part, "results"):
            if text(result, "iso_3166_1") == self._country:
                if kind == "tv":
                    return text(result, "rating", most=20)
                for release in each(result, "release_dates"):
                    if text(release, "certification"):
                        return text(release, "certification", most=20)
        return ""

    def _people(self, details: Json, kind: str) -> Iterator[Person]:
        credited = at(details, "credits" if kind == "movie" else "aggregate_credits")
        for member in each(credited, "cast", most=_MOST_CAST):
            role = next(each(member, "roles", most=1), member)
            if text(member, "name"):
                yield Person(
                    text(member, "name"),
                    PersonRole.ACTOR,
                    text(role, "character"),
                    self._image(text(member, "profile_path")),
                )
        if kind == "tv":
            for creator in each(details, "created_by", most=_MOST_CAST):
                if text(creator, "name"):
                    yield Person(
                        text(creator, "name"),
                        PersonRole.CREATOR,
                        image_url=self._image(text(creator, "profile_path")),
                    )
        for member in each(credited, "crew"):
            jobs = [member, *each(member, "jobs", most=20)]
            roles = {_JOBS.get(text(done, "job")) for done in jobs}
            for job in sorted(role for role in roles if role):
                if text(member, "name"):
                    image = self._image(text(member, "profile_path"))
                    yield Person(text(member, "name"), job, image_url=image)

    def _images(self, details: Json) -> Iterator[Image]:
        for field, kind in _IMAGES:
            for image in each(details, "images", field, most=_MOST_IMAGES):
                url = self._image(text(image, "file_path"))
                if url:
                    yield Image(
                        kind,
                        url,
                        language=text(image, "iso_639_1", most=10),
                        width=whole(image, "width", most=100_000) or 0,
                        height=whole(image, "height", most=100_000) or 0,
                    )
        if not isinstance(at(details, "images"), Mapping):
            for field, kind in (
                ("poster_path", ImageKind.POSTER),
                ("backdrop_path", ImageKind.BACKDROP),
            ):
                if url := self._image(text(details, field)):
                    yield Image(kind, url)

    def _image(self, path: str) -> str:
        plain = path.startswith("/") and "/" not in path[1:] and ".." not in path
        return self._image_url + path if plain else ""

    def _season(self, season: Json) -> Metadata:
        first = day(season, "air_date")
        poster = self._image(text(season, "poster_path"))
        return Metadata(
            display_name=text(season, "name"),
            overview=text(season, "overview", most=20_000),
            release_date=first,
            year=first.year if first else None,
            images=(Image(ImageKind.POSTER, poster),) if poster else (),
            external_ids={"tmdb": key} if (key := identifier(season, "id")) else {},
        )

    def _episodes(self, season: int, found: Json) -> Iterator[tuple[tuple[int, int], Metadata]]:
        for episode in each(found, "episodes"):
            place = whole(episode, "episode_number", most=100_000)
            if place is None:
                continue
            still = self._image(text(episode, "still_path"))
            first = day(episode, "air_date")
            yield (
                (season, place),
                Metadata(
                    display_name=text(episode, "name"),
                    overview=text(episode, "overview", most=20_000),
                    release_date=first,
                    year=first.year if first else None,
                    duration_ms=minutes(episode, "runtime"),
                    rating=_rating(episode),
                    rating_count=whole(episode, "vote_count") or None,
                    people=tuple(self._people({"credits": episode}, "movie"))[:_MOST_CAST],
                    images=(Image(ImageKind.STILL, still),) if still else (),
                    external_ids={"tmdb": key} if (key := identifier(episode, "id")) else {},
                ),
            )


def _date_field(kind: str) -> str:
    return "release_date" if kind == "movie" else "first_air_date"


def _names(result: Json, kind: str) -> tuple[str, ...]:
    fields = ("title", "original_title") if kind == "movie" else ("name", "original_name")
    return tuple(text(result, field) for field in fields)


def _rating(item: Json) -> float | None:
    """Returns the average vote; one that nobody cast is 0 at TMDB."""
    return number(item, "vote_average", least=0, most=10) if whole(item, "vote_count") else None


def _creators(details: Json, kind: str) -> tuple[str, ...]:
    if kind == "tv":
        return names(details, "created_by")
    crew = each(details, "credits", "crew")
    found = (text(member, "name") for member in crew if text(member, "job") == "Director")
    return tuple(dict.fromkeys(name for name in found if name))[:20]
