"""What goes to plugins and what comes back, on the wire and as the catalog has it.

What comes back is somebody else's: values of the wrong kind are left out, and what is beyond all
measure is a lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from google.protobuf.json_format import MessageToDict

from reelhouse.plugin.v1 import enrichment_plugin_service_pb2 as pb
from reelhouse.plugin.v1 import scanner_plugin_service_pb2
from reelhouse_catalog.enrichment.model import (
    MAX_DURATION_MS,
    Finding,
    Image,
    ImageKind,
    Metadata,
    Person,
    PersonRole,
    Subject,
)
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.plugins.model import MAX_STORED, FileFacts, LieError, checked_confidence
from reelhouse_catalog.providers import reading

TITLE_KINDS = frozenset({"movie", "show", "album", "audiobook"})
_MOST_PEOPLE = 200
_MOST_IMAGES = 50
_MOST_NAMES = 50
_MOST_PARTS = 10_000
_INT32 = 2**31 - 1
_ROLES = {str(role): role for role in PersonRole}
_IMAGES = {str(kind): kind for kind in ImageKind}


def clean(value: str, most: int = 200) -> str:
    """Returns a text that can be stored."""
    return reading.text(value, most=most)


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """Returns a document that can be stored.

    Raises:
        LieError: It is too large, or holds what JSON has no word for.
    """
    try:
        text = json.dumps(document, allow_nan=False)
    except ValueError:
        raise LieError("a value is no JSON") from None
    if len(text) > MAX_STORED:
        raise LieError(f"a value has more than {MAX_STORED} bytes")
    if "\\u0000" in text or "\\ud" in text:
        # PostgreSQL has no place for these; other escapes that look like them lose nothing.
        cleaned: dict[str, Any] = _without_nul(document)
        return cleaned
    return document


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, most=MAX_STORED)
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _without_nul(item) for key, item in value.items()}
    return value


def subject_message(subject: Subject) -> pb.Subject:
    """Returns a title as plugins are told of it."""
    return pb.Subject(
        kind=subject.kind,
        display_name=subject.display_name,
        year=subject.year or 0,
        creators=subject.creators,
        external_ids=dict(subject.external_ids),
        episodes=[
            pb.Subject.Episode(season=season, number=number) for season, number in subject.episodes
        ],
        tracks=[
            pb.Subject.Track(disc=disc, number=number, display_name=name, duration_ms=length)
            for disc, number, name, length in subject.tracks
        ],
        duration_ms=subject.duration_ms or 0,
        language=subject.language,
    )


def file_message(facts: FileFacts) -> scanner_plugin_service_pb2.MediaFile:
    """Returns a file as plugins are told of it."""
    return scanner_plugin_service_pb2.MediaFile(
        name=MEDIA_FILE.format(facts.id),
        path=facts.path,
        library_kind=facts.library_kind,
        size_bytes=facts.size_bytes,
        mime_type=facts.mime_type,
        container=facts.container,
        duration_ms=facts.duration_ms or 0,
        video_codec=facts.video_codec,
        audio_codec=facts.audio_codec,
        width=facts.width or 0,
        height=facts.height or 0,
    )


def finding_of(source: str, message: pb.Finding) -> Finding:
    """Returns what a plugin found.

    Raises:
        LieError: It cannot be.
    """
    key = clean(message.key)
    if not key:
        raise LieError("a finding has no key")
    if max(len(message.seasons), len(message.episodes), len(message.tracks)) > _MOST_PARTS:
        raise LieError(f"a finding has more than {_MOST_PARTS} parts")
    return Finding(
        source=source,
        key=key,
        confidence=checked_confidence(message.confidence),
        title=_metadata(message.title),
        seasons={
            part.number: _metadata(part.metadata)
            for part in message.seasons
            if 0 <= part.number <= _INT32
        },
        episodes={
            (part.season, part.number): _metadata(part.metadata)
            for part in message.episodes
            if part.season >= 0 and part.number >= 0
        },
        tracks={
            (part.disc, part.number): _metadata(part.metadata)
            for part in message.tracks
            if part.disc >= 1 and part.number >= 0
        },
        raw=plain(MessageToDict(message.title)),
    )


def _metadata(message: pb.Metadata) -> Metadata:
    day = reading.day(message.release_date)
    rating = message.rating if message.HasField("rating") else None
    return Metadata(
        display_name=reading.text(message.display_name),
        original_name=reading.text(message.original_name),
        overview=reading.text(message.overview, most=reading.MOST_TEXT),
        tagline=reading.text(message.tagline),
        release_date=day,
        year=reading.year(f"{message.year:04}") or (day.year if day else None),
        duration_ms=message.duration_ms if 0 < message.duration_ms <= MAX_DURATION_MS else None,
        genres=_names(message.genres),
        studios=_names(message.studios),
        rating=reading.number(rating, least=0, most=10),
        content_rating=clean(message.content_rating, most=20),
        creators=_names(message.creators),
        narrators=_names(message.narrators),
        series=reading.text(message.series),
        series_position=clean(message.series_position, most=20),
        people=tuple(
            Person(
                clean(person.name),
                _ROLES[person.role],
                clean(person.character),
                reading.web_address(person.image_url),
            )
            for person in message.people[:_MOST_PEOPLE]
            if person.role in _ROLES and clean(person.name)
        ),
        images=tuple(
            Image(_IMAGES[image.kind], image.url, language=clean(image.language, most=10))
            for image in message.images[:_MOST_IMAGES]
            if image.kind in _IMAGES and reading.web_address(image.url) == image.url != ""
        ),
        external_ids={
            clean(name, most=63).lower(): clean(value, most=100)
            for name, value in list(message.external_ids.items())[:_MOST_NAMES]
            if clean(name) and clean(value)
        },
    )


def _names(values: Iterable[str]) -> tuple[str, ...]:
    found = dict.fromkeys(clean(value) for value in list(values)[:_MOST_NAMES])
    return tuple(name for name in found if name)
