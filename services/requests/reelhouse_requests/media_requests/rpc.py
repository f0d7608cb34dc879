"""MediaRequestService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from reelhouse.requests.v1 import (
    media_request_pb2,
    media_request_service_pb2,
    media_request_service_pb2_grpc,
)
from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import Watch
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import etag, now, timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_requests.audiobooks.model import AUDIOBOOK
from reelhouse_requests.availability.usecases import Checker
from reelhouse_requests.media_requests import store, usecases
from reelhouse_requests.media_requests.model import MEDIA_REQUEST, TOPIC, MediaRequest, State
from reelhouse_requests.users.model import USER

_STATE = media_request_pb2.MediaRequest.State


def _owner(principal: Principal) -> UUID | None:
    """Returns whose requests a caller sees: None means everybody's."""
    return None if principal.sees_all else principal.user_id


class MediaRequestServicer(media_request_service_pb2_grpc.MediaRequestServiceServicer):
    """Takes wishes and says what becomes of them."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        checker: Checker,
        stopping: asyncio.Event,
        *,
        auto_approve: bool,
    ) -> None:
        self._database = database
        self._hub = hub
        self._checker = checker
        self._stopping = stopping
        self._auto_approve = auto_approve

    @property
    def _db(self) -> Database:
        return self._database.for_caller(caller())

    async def CreateMediaRequest(
        self, request: media_request_service_pb2.CreateMediaRequestRequest, context: Context
    ) -> media_request_pb2.MediaRequest:
        message = request.media_request
        if not message.audiobook:
            raise errors.invalid("media_request.audiobook", "is required")
        created = await usecases.create_media_request(
            self._database,
            self._checker,
            audiobook_id=AUDIOBOOK.parse_one(message.audiobook),
            priority=message.priority,
            by=caller(),
            auto_approve=self._auto_approve,
            once=Once.of(request),
        )
        return to_message(created)

    async def GetMediaRequest(
        self, request: media_request_service_pb2.GetMediaRequestRequest, context: Context
    ) -> media_request_pb2.MediaRequest:
        request_id = MEDIA_REQUEST.parse_one(request.name)
        return to_message(await usecases.required(self._db, request_id))

    async def ListMediaRequests(
        self, request: media_request_service_pb2.ListMediaRequestsRequest, context: Context
    ) -> media_request_service_pb2.ListMediaRequestsResponse:
        page = paging.page_of(request, UUID)
        state = (
            State(_STATE.Name(request.state).removeprefix("STATE_").lower())
            if request.state
            else None
        )
        found = await store.page(self._db, _owner(caller()), state, page)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return media_request_service_pb2.ListMediaRequestsResponse(
            media_requests=[to_message(row) for row in rows], next_page_token=token
        )

    async def ApproveMediaRequest(
        self, request: media_request_service_pb2.ApproveMediaRequestRequest, context: Context
    ) -> media_request_pb2.MediaRequest:
        request_id = MEDIA_REQUEST.parse_one(request.name)
        return to_message(
            await usecases.change_state(
                self._db, request_id, State.PENDING, action="approve_media_request"
            )
        )

    async def DenyMediaRequest(
        self, request: media_request_service_pb2.DenyMediaRequestRequest, context: Context
    ) -> media_request_pb2.MediaRequest:
        request_id = MEDIA_REQUEST.parse_one(request.name)
        return to_message(
            await usecases.change_state(
                self._db,
                request_id,
                State.DENIED,
                action="deny_media_request",
                message=request.message,
            )
        )

    async def CancelMediaRequest(
        self, request: media_request_service_pb2.CancelMediaRequestRequest, context: Context
    ) -> media_request_pb2.MediaRequest:
        request_id = MEDIA_REQUEST.parse_one(request.name)
        return to_message(
            await usecases.change_state(
                self._db, request_id, State.CANCELLED, action="cancel_media_request"
            )
        )

    async def WatchMediaRequests(
        self, request: media_request_service_pb2.WatchMediaRequestsRequest, context: Context
    ) -> AsyncIterator[media_request_service_pb2.WatchMediaRequestsResponse]:
        principal = caller()
        owner = _owner(principal)
        database = self._database.for_caller(principal)

        async def snapshot() -> AsyncIterator[tuple[str, MediaRequest]]:
            async for found in store.everything(database, owner):
                yield found.resource, found

        async def load(names: Sequence[str]) -> dict[str, MediaRequest]:
            ids = [MEDIA_REQUEST.parse_one(name) for name in names]
            return {found.resource: found for found in await store.batch(database, ids)}

        watch = Watch(
            hub=self._hub,
            topic=TOPIC,
            checksum=f"{paging.checksum(request, 'resume_token')}:{owner}",
            snapshot=snapshot,
            load=load,
            stopping=self._stopping,
            owner=owner,
        )
        async for update in watch.updates(request.resume_token):
            response = media_request_service_pb2.WatchMediaRequestsResponse(
                resume_token=update.token
            )
            if update.change is None:
                response.checkpoint.time.CopyFrom(now())
            elif update.resource is None:
                response.deleted = update.name
            else:
                getattr(response, update.change).CopyFrom(to_message(update.resource))
            yield response


def to_message(row: MediaRequest) -> media_request_pb2.MediaRequest:
    """Returns a request on the wire."""
    return media_request_pb2.MediaRequest(
        name=row.resource,
        user=USER.format(row.user_id),
        audiobook=AUDIOBOOK.format(row.audiobook_id),
        state=_STATE.Value(f"STATE_{row.status.upper()}"),
        priority=row.priority,
        progress_percent=row.progress,
        message=row.error_message,
        search_attempt_count=row.search_attempts,
        download_attempt_count=row.download_attempts,
        catalog_title=row.catalog_title,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        complete_time=timestamp(row.completed_at),
        etag=etag(row.revision),
    )
