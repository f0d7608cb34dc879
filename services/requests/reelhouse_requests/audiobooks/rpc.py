"""AudiobookService."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from reelhouse.requests.v1 import audiobook_pb2, audiobook_service_pb2, audiobook_service_pb2_grpc
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.errors import Violation
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import duration_ms, etag, timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_requests.audiobooks import store, usecases
from reelhouse_requests.audiobooks.model import (
    AUDIOBOOK,
    Audiobook,
    Availability,
    asin_problem,
    match_key,
    people,
)

_AVAILABILITY = audiobook_pb2.Audiobook.Availability
_MINUTE = 60_000


class AudiobookServicer(audiobook_service_pb2_grpc.AudiobookServiceServicer):
    """Keeps the audiobooks that can be asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def CreateAudiobook(
        self, request: audiobook_service_pb2.CreateAudiobookRequest, context: Context
    ) -> audiobook_pb2.Audiobook:
        values = _values(request.audiobook)
        book = await usecases.create_audiobook(self._database, values, Once.of(request))
        return to_message(book)

    async def GetAudiobook(
        self, request: audiobook_service_pb2.GetAudiobookRequest, context: Context
    ) -> audiobook_pb2.Audiobook:
        return to_message(
            await usecases.required(self._database, AUDIOBOOK.parse_one(request.name))
        )

    async def ListAudiobooks(
        self, request: audiobook_service_pb2.ListAudiobooksRequest, context: Context
    ) -> audiobook_service_pb2.ListAudiobooksResponse:
        page = paging.page_of(request, UUID)
        status = (
            Availability(
                _AVAILABILITY.Name(request.availability).removeprefix("AVAILABILITY_").lower()
            )
            if request.availability
            else None
        )
        rows, token = page.cut(
            await store.page(self._database, status, page), key=lambda row: (row.id,)
        )
        return audiobook_service_pb2.ListAudiobooksResponse(
            audiobooks=[to_message(row) for row in rows], next_page_token=token
        )


def _values(message: audiobook_pb2.Audiobook) -> dict[str, object]:
    """Returns an audiobook by column.

    Raises:
        InvalidArgumentError: ASIN, release date or title will not do.
    """
    problems: list[Violation] = []
    asin = message.asin.strip().upper()
    problem = asin_problem(asin) if asin else None
    if problem:
        problems.append(Violation("audiobook.asin", problem))
    released: date | None = None
    if message.release_date:
        try:
            released = date.fromisoformat(message.release_date)
        except ValueError:
            problems.append(
                Violation("audiobook.release_date", "is not a day of the form YYYY-MM-DD")
            )
    key = match_key(message.title, people(message.author))
    for field, part in zip(("title", "author"), key.split("|"), strict=True):
        if not part:
            problems.append(Violation(f"audiobook.{field}", "has neither letters nor digits"))
    if problems:
        raise errors.InvalidArgumentError(problems)
    minutes = -(-message.duration.seconds // 60) if message.HasField("duration") else None
    return {
        "audible_id": asin or None,
        "title": message.title,
        "author": message.author,
        "narrator": message.narrator,
        "description": message.description,
        "cover_art_url": message.cover_url,
        "duration_minutes": minutes,
        "release_date": released,
        "rating": message.rating or None,
        "genres": list(message.genres),
        "match_key": key,
    }


def to_message(row: Audiobook) -> audiobook_pb2.Audiobook:
    """Returns an audiobook on the wire."""
    minutes = row.duration_minutes
    return audiobook_pb2.Audiobook(
        name=row.resource,
        asin=row.audible_id or "",
        title=row.title,
        author=row.author,
        narrator=row.narrator,
        description=row.description,
        duration=duration_ms(None if minutes is None else minutes * _MINUTE),
        release_date=row.release_date.isoformat() if row.release_date else "",
        cover_url=row.cover_art_url,
        rating=float(row.rating or 0),
        genres=row.genres,
        availability=_AVAILABILITY.Value(f"AVAILABILITY_{row.availability_status.upper()}"),
        catalog_title=row.catalog_title,
        available_time=timestamp(row.available_at),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )
