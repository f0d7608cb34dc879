"""ProgressService and HistoryService."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from reelhouse.playback.v1 import progress_service_pb2, progress_service_pb2_grpc
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.progress import store
from reelhouse_playback.progress.model import HISTORY_ENTRY, HistoryEntry, Progress
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
    """Answers how far users are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def GetProgress(
        self, request: progress_service_pb2.GetProgressRequest, context: Context
    ) -> progress_service_pb2.Progress:
        user_id = reachable(request.parent)
        found = await store.get(self._database.for_caller(caller()), user_id, request.item)
        if found is None:
            return progress_service_pb2.Progress(
                item=request.item, user=USER.format(user_id), position=duration_ms(0)
            )
        return to_message(found)

    async def ListContinueWatching(
        self, request: progress_service_pb2.ListContinueWatchingRequest, context: Context
    ) -> progress_service_pb2.ListContinueWatchingResponse:
        page = paging.page_of(request, datetime, str)
        user_id = reachable(request.parent)
        found = await store.begun(self._database.for_caller(caller()), user_id, page)
        rows, token = page.cut(found, key=lambda row: (row.updated_at, row.item))
        return progress_service_pb2.ListContinueWatchingResponse(
            progress=[to_message(row) for row in rows], next_page_token=token
        )


class HistoryServicer(progress_service_pb2_grpc.HistoryServiceServicer):
    """Answers what users played."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ListHistory(
        self, request: progress_service_pb2.ListHistoryRequest, context: Context
    ) -> progress_service_pb2.ListHistoryResponse:
        page = paging.page_of(request, UUID)
        user_id = reachable(request.parent)
        found = await store.history(self._database.for_caller(caller()), user_id, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return progress_service_pb2.ListHistoryResponse(
            history=[entry_to_message(row) for row in rows], next_page_token=token
        )


def to_message(row: Progress) -> progress_service_pb2.Progress:
    """Returns progress on the wire."""
    return progress_service_pb2.Progress(
        item=row.item,
        user=USER.format(row.user_id),
        media_file=MEDIA_FILE.format(row.media_file_id),
        position=duration_ms(row.position_ms),
        duration=duration_ms(row.duration_ms),
        completed=row.completed,
        update_time=timestamp(row.updated_at),
    )


def entry_to_message(row: HistoryEntry) -> progress_service_pb2.HistoryEntry:
    """Returns a history entry on the wire."""
    return progress_service_pb2.HistoryEntry(
        name=HISTORY_ENTRY.format(row.user_id, row.id),
        media_file=MEDIA_FILE.format(row.media_file_id),
        item=row.item,
        play_time=timestamp(row.played_at),
        duration_watched=duration_ms(row.duration_watched_ms),
        completed=row.completed,
    )
