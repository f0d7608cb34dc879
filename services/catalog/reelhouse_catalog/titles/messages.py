"""Titles and what they are made of on the wire. Part of `rpc`: nothing else sees messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from google.protobuf.message import Message
from google.type import date_pb2

from reelhouse.catalog.v1 import credits_pb2, provider_ref_pb2, title_pb2, title_service_pb2
from reelhouse_catalog.enrichment.model import Person, PersonRole
from reelhouse_catalog.enrichment.refs import PROVIDER_REF, ProviderRef
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.titles.following import Placed
from reelhouse_catalog.titles.model import (
    EPISODE,
    SEASON,
    TITLE,
    TRACK,
    Episode,
    Season,
    Title,
    Track,
)
from reelhouse_kit import errors
from reelhouse_kit.errors import Violation
from reelhouse_kit.rpc.convert import duration_ms, etag, from_duration_ms, timestamp

KIND = title_pb2.Title.Kind
_ROLE = credits_pb2.Person.Role
_IMAGE = credits_pb2.Image.Kind
_MAX_IDS = 50


def to_message(row: Title) -> title_pb2.Title:
    """Returns a title on the wire."""
    return title_pb2.Title(
        name=row.resource,
        kind=KIND.Value(f"KIND_{row.kind.upper()}"),
        library=LIBRARY.format(row.library_id),
        display_name=row.name,
        sort_name=row.sort_name,
        year=row.year or 0,
        creators=row.creators,
        narrators=row.narrators,
        external_ids=row.external_ids,
        media_file_count=row.media_file_count,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
        original_name=row.original_name,
        overview=row.overview,
        tagline=row.tagline,
        release_date=_date(row.release_date),
        duration=duration_ms(row.duration_ms),
        genres=row.genres,
        studios=row.studios,
        languages=row.languages,
        rating=row.rating,
        rating_count=row.rating_count or 0,
        content_rating=row.content_rating,
        rating_system=row.rating_system,
        series=row.series,
        series_position=row.series_position,
        people=_people(row.people),
        images=_images(row.images),
        locked_fields=_locked(row.locked_fields),
    )


def season_to_message(row: Season) -> title_pb2.Season:
    """Returns a season on the wire."""
    return title_pb2.Season(
        name=SEASON.format(row.title_id, row.id),
        number=row.number,
        episode_count=row.episode_count,
        display_name=row.name,
        overview=row.overview,
        release_date=_date(row.release_date),
        external_ids=row.external_ids,
        images=_images(row.images),
        locked_fields=_locked(row.locked_fields),
        etag=etag(row.revision),
    )


def episode_to_message(row: Episode) -> title_pb2.Episode:
    """Returns an episode on the wire."""
    return title_pb2.Episode(
        name=EPISODE.format(row.title_id, row.id),
        season=SEASON.format(row.title_id, row.season_id) if row.season_id else "",
        season_number=row.season_number,
        number=row.number,
        display_name=row.name,
        media_files=[MEDIA_FILE.format(file) for file in row.media_files],
        original_name=row.original_name,
        overview=row.overview,
        release_date=_date(row.release_date),
        duration=duration_ms(row.duration_ms),
        rating=row.rating,
        rating_count=row.rating_count or 0,
        people=_people(row.people),
        images=_images(row.images),
        external_ids=row.external_ids,
        locked_fields=_locked(row.locked_fields),
        etag=etag(row.revision),
    )


def following_to_message(
    asked: Mapping[UUID, str], found: Mapping[UUID, Sequence[Placed]]
) -> title_service_pb2.BatchGetNextEpisodesResponse:
    """Returns what comes after episodes on the wire."""
    response = title_service_pb2.BatchGetNextEpisodesResponse()
    for episode_id, name in asked.items():
        if episode_id not in found:
            continue
        result = response.results.add(episode=name)
        for episode in found[episode_id]:
            result.next_episodes.add(
                episode=EPISODE.format(episode.title_id, episode.id),
                season_number=episode.season_number,
                number=episode.number,
                display_name=episode.name,
                media_file=MEDIA_FILE.format(episode.media_file_id)
                if episode.media_file_id
                else "",
            )
    return response


def track_to_message(row: Track) -> title_pb2.Track:
    """Returns a track on the wire."""
    return title_pb2.Track(
        name=TRACK.format(row.title_id, row.id),
        disc=row.disc,
        number=row.number,
        display_name=row.name,
        media_files=[MEDIA_FILE.format(file) for file in row.media_files],
        creators=row.creators,
        duration=duration_ms(row.duration_ms),
        genres=row.genres,
        external_ids=row.external_ids,
        locked_fields=_locked(row.locked_fields),
        etag=etag(row.revision),
    )


def ref_to_message(row: ProviderRef) -> provider_ref_pb2.ProviderRef:
    """Returns a reference on the wire."""
    target = TITLE.format(row.title)
    if row.season_id:
        target = SEASON.format(row.title, row.season_id)
    elif row.episode_id:
        target = EPISODE.format(row.title, row.episode_id)
    elif row.track_id:
        target = TRACK.format(row.title, row.track_id)
    elif row.media_file_id:
        target = MEDIA_FILE.format(row.media_file_id)
    return provider_ref_pb2.ProviderRef(
        name=PROVIDER_REF.format(row.title, row.id),
        target=target,
        provider=row.provider,
        provider_key=row.provider_key,
        raw_json=orjson.dumps(row.raw).decode() if row.raw is not None else "",
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
    )


def edits(message: Message, changed: Iterable[str], resource: str) -> dict[str, Any]:
    """Returns the new values of the fields that an update changes, by field of Metadata.

    Args:
        message: The title, season, episode or track as it is to be.
        changed: The names of the fields.
        resource: The name of the message in the request, for errors.

    Raises:
        InvalidArgumentError: Some value is not one.
    """
    wrong: list[Violation] = []
    values: dict[str, Any] = {}
    for name in sorted(set(changed) - {"locked_fields"}):
        try:
            values["duration_ms" if name == "duration" else name] = _value(message, name)
        except ValueError as error:
            wrong.append(Violation(f"{resource}.{name}", str(error)))
    if wrong:
        raise errors.InvalidArgumentError(wrong)
    return values


def locks(message: Any, changed: Iterable[str], fields: Iterable[str]) -> frozenset[str] | None:
    """Returns the fields of Metadata that an update says are locked; None when it says nothing.

    Raises:
        InvalidArgumentError: Some field is none that can be.
    """
    if "locked_fields" not in changed:
        return None
    known = set(fields) - {"images"}
    names = {"duration_ms" if name == "duration" else name for name in message.locked_fields}
    unknown = sorted(names - known)
    if unknown:
        field = f"{message.DESCRIPTOR.name.lower()}.locked_fields"
        raise errors.invalid(field, f'has no field "{unknown[0][:50]}" that can be locked')
    return frozenset(names)


def _value(message: Any, name: str) -> Any:
    value = getattr(message, name)
    if name in ("release_date", "duration", "rating"):
        return _OPTIONAL[name](value) if message.HasField(name) else None
    if name == "people":
        return tuple(Person(p.display_name, _role(p.role), p.character, p.image_uri) for p in value)
    if isinstance(value, int):
        return value or None
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return _ids(value)
    return tuple(dict.fromkeys(text.strip() for text in value if text.strip()))


def _ids(value: Mapping[str, str]) -> dict[str, str]:
    ids = {key.strip().lower(): text.strip() for key, text in value.items()}
    if len(ids) > _MAX_IDS or not all(ids) or not all(ids.values()):
        raise ValueError(f"has more than {_MAX_IDS} entries, or empty ones")
    return ids


def _day(message: date_pb2.Date) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError:
        raise ValueError("is not a day: year, month and day are all needed") from None


_OPTIONAL: Mapping[str, Callable[[Any], Any]] = {
    "release_date": _day,
    "duration": lambda message: from_duration_ms(message) or None,
    "rating": float,
}


def _role(number: Any) -> PersonRole:
    return PersonRole(_ROLE.Name(number).removeprefix("ROLE_").lower())


def _date(day: date | None) -> date_pb2.Date | None:
    return date_pb2.Date(year=day.year, month=day.month, day=day.day) if day else None


def _people(people: Iterable[Mapping[str, Any]]) -> list[credits_pb2.Person]:
    return [
        credits_pb2.Person(
            display_name=person["name"],
            role=_ROLE.Value(f"ROLE_{person['role'].upper()}"),
            character=person["character"],
            image_uri=person["image_url"],
        )
        for person in people
    ]


def _images(images: Iterable[Mapping[str, Any]]) -> list[credits_pb2.Image]:
    found = []
    for image in images:
        path = image["path"].encode("latin-1")
        found.append(
            credits_pb2.Image(
                kind=_IMAGE.Value(f"KIND_{image['kind'].upper()}"),
                uri=image["url"],
                path=shown_path(path),
                path_bytes=path,
                language=image["language"],
                width=image["width"],
                height=image["height"],
            )
        )
    return found


def _locked(fields: Iterable[str]) -> list[str]:
    return ["duration" if name == "duration_ms" else name for name in fields]


def same_title(name: str, title_id: UUID) -> bool:
    """Tells whether the name of an episode or track is one of this title."""
    return name.startswith(TITLE.format(title_id) + "/")
