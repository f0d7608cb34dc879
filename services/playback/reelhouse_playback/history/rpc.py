"""HistoryService."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from google.type import date_pb2

from reelhouse.playback.v1 import (
    progress_service_pb2,
    progress_service_pb2_grpc,
    watch_stat_pb2,
)
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.history import store, usecases
from reelhouse_playback.history.model import (
    HISTORY_ENTRY,
    MOST_DAYS,
    TITLE,
    Format,
    Grouping,
    HistoryEntry,
    WatchStat,
    exported,
)
from reelhouse_playback.progress.rpc import reachable
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.model import MEDIA_FILE, USER

_EVERYBODY = "users/-"
_DAYS = timedelta(days=29)
_MOST_STATS = 50
_Export = progress_service_pb2.ExportHistoryRequest
_Stats = progress_service_pb2.GetWatchStatsRequest
_FORMATS = {_Export.FORMAT_CSV: Format.CSV}
_GROUPINGS = {
    _Stats.GROUPING_TITLE: Grouping.TITLE,
    _Stats.GROUPING_USER: Grouping.USER,
}


class HistoryServicer(progress_service_pb2_grpc.HistoryServiceServicer):
    """Answers what users played."""

    def __init__(self, database: Database, heartbeats: Heartbeats) -> None:
        self._database = database
        self._heartbeats = heartbeats

    @property
    def _db(self) -> Database:
        return self._database.for_caller(caller())

    async def ListHistory(
        self, request: progress_service_pb2.ListHistoryRequest, context: Context
    ) -> progress_service_pb2.ListHistoryResponse:
        page = paging.page_of(request, UUID)
        user_id = reachable(request.parent)
        found = await store.page(self._db, user_id, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return progress_service_pb2.ListHistoryResponse(
            history=[entry_to_message(row) for row in rows], next_page_token=token
        )

    async def ExportHistory(
        self, request: progress_service_pb2.ExportHistoryRequest, context: Context
    ) -> AsyncIterator[progress_service_pb2.ExportHistoryResponse]:
        user_id = reachable(request.parent)
        form = _FORMATS.get(request.format, Format.JSON_LINES)
        own = f"{paging.checksum(request, 'resume_token')}:{user_id}"
        after: UUID | None = None
        if request.resume_token:
            (after,) = paging.decode(
                request.resume_token,
                own,
                (UUID,),
                field="resume_token",
                reason="RESUME_TOKEN_INVALID",
            )
        first = after is None
        async for entries in usecases.export(self._db, user_id, after):
            yield progress_service_pb2.ExportHistoryResponse(
                data=exported(entries, form, first=first),
                resume_token=paging.encode((entries[-1].id,), own),
            )
            first = False

    async def GetWatchStats(
        self, request: progress_service_pb2.GetWatchStatsRequest, context: Context
    ) -> progress_service_pb2.GetWatchStatsResponse:
        user_id = None
        if request.parent != _EVERYBODY or not caller().sees_all:
            user_id = reachable(request.parent)
        first, last = _days(request)
        grouping = _GROUPINGS.get(request.grouping, Grouping.DAY)
        limit = request.max_results or _MOST_STATS
        found = await store.stats(self._db, user_id, first, last, grouping, limit=limit)
        total = found[0] if found else WatchStat(None, 0, 0, 0)
        return progress_service_pb2.GetWatchStatsResponse(
            stats=[stat_to_message(one, grouping) for one in found[1:]],
            total=stat_to_message(total, grouping),
        )

    async def DeleteWatchData(
        self, request: progress_service_pb2.DeleteWatchDataRequest, context: Context
    ) -> Empty:
        user_id = reachable(request.parent)
        self._heartbeats.forget(user_id)
        await usecases.delete_watch_data(self._db, user_id)
        self._heartbeats.forget(user_id)
        return Empty()


def _days(request: progress_service_pb2.GetWatchStatsRequest) -> tuple[date, date]:
    """Returns the first and the last day of a request."""
    violations = []
    found = {}
    for name in ("start_date", "end_date"):
        message = getattr(request, name)
        if request.HasField(name):
            try:
                found[name] = date(message.year, message.month, message.day)
            except ValueError:
                violations.append(errors.Violation(name, "is not a day of the calendar"))
    if violations:
        raise errors.InvalidArgumentError(violations)
    last = found.get("end_date", datetime.now(UTC).date())
    first = found.get("start_date", max(date.min + _DAYS, last) - _DAYS)
    if first > last:
        raise errors.invalid("start_date", "is after end_date")
    if (last - first).days >= MOST_DAYS:
        raise errors.invalid("start_date", f"is more than {MOST_DAYS} days before end_date")
    return first, last


def entry_to_message(row: HistoryEntry) -> progress_service_pb2.HistoryEntry:
    """Returns a history entry on the wire."""
    return progress_service_pb2.HistoryEntry(
        name=HISTORY_ENTRY.format(row.user_id, row.id),
        media_file=MEDIA_FILE.format(row.media_file_id),
        item=row.item,
        play_time=timestamp(row.played_at),
        duration_watched=duration_ms(row.duration_watched_ms),
        completed=row.completed,
        title=TITLE.format(row.title_id) if row.title_id else "",
        device_id=row.device_id,
    )


def stat_to_message(row: WatchStat, grouping: Grouping) -> watch_stat_pb2.WatchStat:
    """Returns what was watched on the wire."""
    message = watch_stat_pb2.WatchStat(
        play_count=row.play_count,
        completed_count=row.completed_count,
        duration_watched=duration_ms(row.watched_ms),
    )
    if isinstance(row.key, date):
        day = date_pb2.Date(year=row.key.year, month=row.key.month, day=row.key.day)
        message.date.CopyFrom(day)
    elif row.key is not None:
        if grouping is Grouping.USER:
            message.user = USER.format(row.key)
        else:
            message.subject = str(row.key)
    return message
