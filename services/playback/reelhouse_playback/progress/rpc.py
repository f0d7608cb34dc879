"""ProgressService."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from reelhouse.playback.v1 import (
    next_up_pb2,
    progress_service_pb2,
    progress_service_pb2_grpc,
)
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, from_timestamp, timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.clients.catalog import CatalogClient
from reelhouse_playback.history.model import TITLE
from reelhouse_playback.progress import store, usecases
from reelhouse_playback.progress.model import NextUp, Progress
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.model import MEDIA_FILE, USER


def reachable(name: str) -> UUID:
    """Returns the user that a name means, "users/me" being the caller.

    Raises:
        NotFoundError: There is no such user, or it is not the caller's business.
    """
    principal = caller()
    user_id = principal.user_id if name == "users/me" else USER.parse_one(name)
    if user_id is None or not (principal.sees_all or user_id == principal.user_id):
        raise errors.NotFoundError(USER.type, name)
    return user_id


class ProgressServicer(progress_service_pb2_grpc.ProgressServiceServicer):
    """Answers how far users are, and what they watch next."""

    def __init__(self, database: Database, catalog: CatalogClient, heartbeats: Heartbeats) -> None:
        self._database = database
        self._catalog = catalog
        self._heartbeats = heartbeats

    async def GetProgress(
        self, request: progress_service_pb2.GetProgressRequest, context: Context
    ) -> progress_service_pb2.Progress:
        user_id = reachable(request.parent)
        await self._heartbeats.settle_for(user_id)
        found = await store.get(self._database.for_caller(caller()), user_id, request.item)
        if found is None:
            return progress_service_pb2.Progress(
                item=request.item,
                user=USER.format(user_id),
                position=duration_ms(0),
                resume_position=duration_ms(0),
            )
        return to_message(found)

    async def ListContinueWatching(
        self, request: progress_service_pb2.ListContinueWatchingRequest, context: Context
    ) -> progress_service_pb2.ListContinueWatchingResponse:
        page = paging.page_of(request, datetime, str)
        user_id = reachable(request.parent)
        await self._heartbeats.settle_for(user_id)
        found = await store.begun(self._database.for_caller(caller()), user_id, page)
        rows, token = page.cut(found, key=lambda row: (row.updated_at, row.item))
        return progress_service_pb2.ListContinueWatchingResponse(
            progress=[to_message(row) for row in rows], next_page_token=token
        )

    async def ListNextUp(
        self, request: progress_service_pb2.ListNextUpRequest, context: Context
    ) -> progress_service_pb2.ListNextUpResponse:
        page = paging.page_of(request, datetime, UUID, most=usecases.MOST_ASKED)
        user_id = reachable(request.parent)
        await self._heartbeats.settle_for(user_id)
        database = self._database.for_caller(caller())
        found = await store.series(database, user_id, page)
        rows, token = page.cut(found, key=lambda row: (row.completed_at, row.title_id))
        listed = await usecases.next_up(database, self._catalog, user_id, rows)
        return progress_service_pb2.ListNextUpResponse(
            next_up=[next_to_message(one) for one in listed], next_page_token=token
        )

    async def MarkWatched(
        self, request: progress_service_pb2.MarkWatchedRequest, context: Context
    ) -> progress_service_pb2.MarkWatchedResponse:
        user_id = reachable(request.parent)
        now = datetime.now(UTC)
        at = min(now, from_timestamp(request.watch_time)) if request.HasField("watch_time") else now
        await self._heartbeats.settle_for(user_id)
        database = self._database.for_caller(caller())
        count = await usecases.mark_watched(database, self._catalog, user_id, request.name, at)
        return progress_service_pb2.MarkWatchedResponse(item_count=count)

    async def MarkUnwatched(
        self, request: progress_service_pb2.MarkUnwatchedRequest, context: Context
    ) -> progress_service_pb2.MarkUnwatchedResponse:
        user_id = reachable(request.parent)
        await self._heartbeats.settle_for(user_id)
        database = self._database.for_caller(caller())
        count = await usecases.mark_unwatched(database, self._catalog, user_id, request.name)
        return progress_service_pb2.MarkUnwatchedResponse(item_count=count)


def to_message(row: Progress) -> progress_service_pb2.Progress:
    """Returns progress on the wire."""
    return progress_service_pb2.Progress(
        item=row.item,
        user=USER.format(row.user_id),
        media_file=MEDIA_FILE.format(row.media_file_id) if row.media_file_id else "",
        position=duration_ms(row.position_ms),
        duration=duration_ms(row.duration_ms),
        completed=row.completed,
        update_time=timestamp(row.updated_at),
        resume_position=duration_ms(row.resume_ms),
        complete_time=timestamp(row.completed_at),
        play_count=row.play_count,
        title=TITLE.format(row.title_id) if row.title_id else "",
    )


def next_to_message(one: NextUp) -> next_up_pb2.NextUp:
    """Returns what comes next on the wire."""
    episode = one.episode
    return next_up_pb2.NextUp(
        title=TITLE.format(one.series.title_id),
        episode=episode.item,
        media_file=MEDIA_FILE.format(episode.media_file_id) if episode.media_file_id else "",
        season_number=episode.season_number,
        number=episode.number,
        display_name=episode.display_name,
        resume_position=duration_ms(one.progress.resume_ms if one.progress else 0),
        completed_episode=one.series.item,
        complete_time=timestamp(one.series.completed_at),
    )
