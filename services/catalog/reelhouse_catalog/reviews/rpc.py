"""ReviewService."""

from __future__ import annotations

from uuid import UUID

from reelhouse.catalog.v1 import review_item_pb2, review_service_pb2, review_service_pb2_grpc
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.reviews import store, usecases
from reelhouse_catalog.reviews.model import (
    REVIEW_ITEM,
    Filter,
    Reason,
    ReviewItem,
    ReviewState,
)
from reelhouse_catalog.reviews.usecases import Target
from reelhouse_catalog.titles.model import EPISODE, TRACK
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration, etag, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context

_Message = review_item_pb2.ReviewItem
_Stats = review_service_pb2.GetReviewStatsResponse


class ReviewServicer(review_service_pb2_grpc.ReviewServiceServicer):
    """Keeps what people are asked to look at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetReviewItem(
        self, request: review_service_pb2.GetReviewItemRequest, context: Context
    ) -> review_item_pb2.ReviewItem:
        item_id = REVIEW_ITEM.parse_one(request.name)
        return to_message(await usecases.get_item(self._database, item_id))

    async def ListReviewItems(
        self, request: review_service_pb2.ListReviewItemsRequest, context: Context
    ) -> review_service_pb2.ListReviewItemsResponse:
        page = paging.page_of(request, UUID)
        where = Filter(
            state=_state_of(request.state),
            reason=_reason_of(request.reason),
            library_id=LIBRARY.parse_one(request.library) if request.library else None,
            media_file_id=MEDIA_FILE.parse_one(request.media_file) if request.media_file else None,
        )
        rows, token = page.cut(
            await store.page(self._database, where, page), key=lambda row: (row.id,)
        )
        return review_service_pb2.ListReviewItemsResponse(
            review_items=[to_message(row) for row in rows], next_page_token=token
        )

    async def CreateReviewItem(
        self, request: review_service_pb2.CreateReviewItemRequest, context: Context
    ) -> review_item_pb2.ReviewItem:
        message = request.review_item
        file_id = MEDIA_FILE.parse_one(message.media_file)
        return to_message(
            await usecases.create_item(self._database, file_id, message.notes, Once.of(request))
        )

    async def UpdateReviewItem(
        self, request: review_service_pb2.UpdateReviewItemRequest, context: Context
    ) -> review_item_pb2.ReviewItem:
        message = request.review_item
        changed = changed_fields(message, request.update_mask)
        file_id = MEDIA_FILE.parse_one(message.media_file) if "media_file" in changed else None
        return to_message(
            await usecases.update_notes(
                self._database,
                REVIEW_ITEM.parse_one(message.name),
                file_id,
                message.notes if "notes" in changed else None,
                message.etag,
            )
        )

    async def ResolveReviewItem(
        self, request: review_service_pb2.ResolveReviewItemRequest, context: Context
    ) -> review_item_pb2.ReviewItem:
        item_id = REVIEW_ITEM.parse_one(request.name)
        await usecases.get_item(self._database, item_id)
        return to_message(
            await usecases.resolve_item(
                self._database,
                item_id,
                _target_of(request),
                notes=request.notes,
                reviewer=caller().name,
                etag=request.etag,
                once=Once.of(request),
            )
        )

    async def RejectReviewItem(
        self, request: review_service_pb2.RejectReviewItemRequest, context: Context
    ) -> review_item_pb2.ReviewItem:
        return to_message(
            await usecases.reject_item(
                self._database,
                REVIEW_ITEM.parse_one(request.name),
                notes=request.notes,
                reviewer=caller().name,
                etag=request.etag,
                once=Once.of(request),
            )
        )

    async def GetReviewStats(
        self, request: review_service_pb2.GetReviewStatsRequest, context: Context
    ) -> review_service_pb2.GetReviewStatsResponse:
        stats = await store.stats(self._database)
        return _Stats(
            counts=[
                _Stats.Count(
                    state=_Message.State.Value(f"STATE_{state.upper()}"),
                    reason=_Message.Reason.Value(f"REASON_{reason.upper()}"),
                    count=count,
                )
                for (state, reason), count in sorted(stats.counts.items())
            ],
            pending_count=stats.pending,
            oldest_pending_time=timestamp(stats.oldest),
            oldest_pending_age=duration(stats.now - stats.oldest) if stats.oldest else None,
            overdue=stats.overdue,
        )


def _target_of(request: review_service_pb2.ResolveReviewItemRequest) -> Target:
    if bool(request.episode) == bool(request.track):
        raise errors.InvalidArgumentError(
            errors.Violation(field, "is wanted: either episode or track")
            for field in ("episode", "track")
        )
    if request.episode:
        title_id, episode_id = EPISODE.parse(request.episode)
        return Target(title_id, episode_id=episode_id)
    title_id, track_id = TRACK.parse(request.track)
    return Target(title_id, track_id=track_id)


def _state_of(number: int) -> ReviewState | None:
    name = _Message.State.Name(number)  # type: ignore[arg-type]
    return ReviewState(name.removeprefix("STATE_").lower()) if number else None


def _reason_of(number: int) -> Reason | None:
    name = _Message.Reason.Name(number)  # type: ignore[arg-type]
    return Reason(name.removeprefix("REASON_").lower()) if number else None


def to_message(row: ReviewItem) -> review_item_pb2.ReviewItem:
    """Returns a review item on the wire."""
    episode = track = ""
    if row.title_id is not None:
        episode = EPISODE.format(row.title_id, row.episode_id) if row.episode_id else ""
        track = TRACK.format(row.title_id, row.track_id) if row.track_id else ""
    how = (row.resolution or "unspecified").upper()
    return _Message(
        name=row.resource,
        media_file=MEDIA_FILE.format(row.media_file_id),
        library=LIBRARY.format(row.library_id),
        reason=_Message.Reason.Value(f"REASON_{row.reason.upper()}"),
        confidence=row.confidence,
        state=_Message.State.Value(f"STATE_{row.state.upper()}"),
        resolution=_Message.Resolution.Value(f"RESOLUTION_{how}"),
        notes=row.notes,
        reviewer=row.reviewer,
        episode=episode,
        track=track,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        resolve_time=timestamp(row.resolved_at),
        etag=etag(row.revision),
    )
