"""PlaybackService."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from google.protobuf.json_format import MessageToDict

from reelhouse.playback.v1 import (
    decision_pb2,
    error_reason_pb2,
    playback_service_pb2,
    playback_service_pb2_grpc,
    session_pb2,
)
from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import Watch
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import from_duration_ms, now
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.clients.catalog import CatalogClient
from reelhouse_playback.clients.transcode import TranscodeClient
from reelhouse_playback.delivery.addresses import Addresses
from reelhouse_playback.device_profiles.builtin import GENERIC
from reelhouse_playback.device_profiles.store import StoredProfile
from reelhouse_playback.device_profiles.usecases import get_device_profile, name_of
from reelhouse_playback.sessions import store, usecases
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.messages import (
    decision_to_message,
    stored_wishes,
    to_message,
    wishes_of,
)
from reelhouse_playback.sessions.model import (
    MEDIA_FILE,
    SESSION,
    TOPIC,
    Session,
    State,
    StreamLimits,
)

STREAM_SECONDS = 50.0
"""How long reports are taken in one stream: less than what a server gives the calls of a connection
that has become too old, so that every stream is answered."""
MOST_REFUSALS = 100


def owner_of(principal: Principal) -> UUID | None:
    """Returns whose rows a caller sees: None means everybody's."""
    return None if principal.sees_all else principal.user_id


class PlaybackServicer(playback_service_pb2_grpc.PlaybackServiceServicer):
    """Decides how media is played and keeps the sessions that play it."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        catalog: CatalogClient,
        transcode: TranscodeClient,
        *,
        addresses: Addresses,
        heartbeats: Heartbeats,
        limits: StreamLimits,
        stopping: asyncio.Event,
    ) -> None:
        self._database = database
        self._hub = hub
        self._catalog = catalog
        self._transcode = transcode
        self._heartbeats = heartbeats
        self._limits = limits
        self._stopping = stopping
        self._to_message: Callable[[Session], session_pb2.Session] = lambda row: to_message(
            row, addresses
        )

    @property
    def _db(self) -> Database:
        return self._database.for_caller(caller())

    async def DecidePlayback(
        self, request: playback_service_pb2.DecidePlaybackRequest, context: Context
    ) -> playback_service_pb2.DecidePlaybackResponse:
        profile = await self._profile(request.device_profile)
        _, decision = await usecases.decide_playback(
            self._catalog,
            MEDIA_FILE.parse_one(request.media_file),
            profile.profile,
            wishes_of(request.wishes),
        )
        return playback_service_pb2.DecidePlaybackResponse(decision=decision_to_message(decision))

    async def StartSession(
        self, request: playback_service_pb2.StartSessionRequest, context: Context
    ) -> session_pb2.Session:
        profile = await self._profile(request.device_profile)
        media_file, decision = await usecases.decide_playback(
            self._catalog,
            MEDIA_FILE.parse_one(request.media_file),
            profile.profile,
            wishes_of(request.wishes),
        )
        started = await usecases.start_session(
            self._database,
            self._transcode,
            media_file=media_file,
            decision=decision,
            stored_decision=MessageToDict(decision_to_message(decision)),
            stored_wishes=MessageToDict(request.wishes),
            device_id=request.device_id,
            device_profile=name_of(profile.id),
            start_ms=from_duration_ms(request.start_position)
            if request.HasField("start_position")
            else None,
            by=caller(),
            limits=self._limits,
            once=Once.of(request),
        )
        return self._to_message(started)

    async def SelectStreams(
        self, request: playback_service_pb2.SelectStreamsRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        await self._heartbeats.settle(session_id)
        session = await usecases.required(self._db, session_id)
        changed = await self._decide_anew(session, request.wishes)
        return self._to_message(changed)

    async def _decide_anew(self, session: Session, wishes: decision_pb2.PlaybackWishes) -> Session:
        profile = await self._profile(session.device_profile)
        media_file, decision = await usecases.decide_playback(
            self._catalog, session.media_file_id, profile.profile, wishes_of(wishes)
        )
        changed = await usecases.select_streams(
            self._db,
            self._transcode,
            session=session,
            media_file=media_file,
            decision=decision,
            stored_decision=MessageToDict(decision_to_message(decision)),
            stored_wishes=MessageToDict(wishes),
        )
        self._heartbeats.renew(changed)
        return changed

    async def GetSession(
        self, request: playback_service_pb2.GetSessionRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        await self._heartbeats.settle(session_id)
        return self._to_message(await usecases.required(self._db, session_id))

    async def ListSessions(
        self, request: playback_service_pb2.ListSessionsRequest, context: Context
    ) -> playback_service_pb2.ListSessionsResponse:
        page = paging.page_of(request, UUID)
        owner = owner_of(caller())
        await self._heartbeats.settle_for(owner)
        found = await store.page(self._db, owner, page, active=request.active)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return playback_service_pb2.ListSessionsResponse(
            sessions=[self._to_message(row) for row in rows], next_page_token=token
        )

    async def ReportProgress(
        self, request: playback_service_pb2.ReportProgressRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        position = from_duration_ms(request.position)
        reported = await self._heartbeats.report(session_id, position, _sequence(request), caller())
        return self._to_message(reported)

    async def StreamProgress(
        self,
        request_iterator: AsyncIterator[playback_service_pb2.StreamProgressRequest],
        context: Context,
    ) -> playback_service_pb2.StreamProgressResponse:
        response = playback_service_pb2.StreamProgressResponse()
        taking = asyncio.create_task(self._take(request_iterator, response))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait(
                {taking, stopping},
                timeout=STREAM_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if taking.done():
                await taking
        finally:
            stopping.cancel()
            taking.cancel()
            await asyncio.gather(taking, stopping, return_exceptions=True)
        return response

    async def _take(
        self,
        reports: AsyncIterator[playback_service_pb2.StreamProgressRequest],
        response: playback_service_pb2.StreamProgressResponse,
    ) -> None:
        """Takes reports as they come, and notes in the response what became of them."""
        by = caller()
        refused: set[str] = set()
        async for report in reports:
            try:
                await self._heartbeats.note(
                    SESSION.parse_one(report.name),
                    from_duration_ms(report.position),
                    _sequence(report),
                    by,
                )
            except (errors.NotFoundError, errors.WrongStateError) as error:
                if report.name not in refused and len(refused) < MOST_REFUSALS:
                    refused.add(report.name)
                    reason = error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{error.reason}")
                    response.refusals.add(session=report.name, reason=reason)
            response.report_count += 1

    async def PauseSession(
        self, request: playback_service_pb2.PauseSessionRequest, context: Context
    ) -> session_pb2.Session:
        position = from_duration_ms(request.position) if request.HasField("position") else None
        sequence = _sequence(request)
        return await self._change(
            request.name, State.PAUSED, "pause it", position_ms=position, sequence=sequence
        )

    async def ResumeSession(
        self, request: playback_service_pb2.ResumeSessionRequest, context: Context
    ) -> session_pb2.Session:
        return await self._change(request.name, State.PLAYING, "resume it")

    async def SeekSession(
        self, request: playback_service_pb2.SeekSessionRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        position = from_duration_ms(request.position)
        await self._heartbeats.settle(session_id)
        changed = await usecases.seek(self._db, session_id, position, _sequence(request))
        self._heartbeats.renew(changed)
        if changed.transcode:
            # What is made may be gone. Where nobody can say, what there is goes on.
            with contextlib.suppress(errors.UnavailableError, errors.ResourceExhaustedError):
                changed = await self._decide_anew(changed, stored_wishes(changed))
        return self._to_message(changed)

    async def StopSession(
        self, request: playback_service_pb2.StopSessionRequest, context: Context
    ) -> session_pb2.Session:
        position = from_duration_ms(request.position) if request.HasField("position") else None
        return await self._change(request.name, State.STOPPED, "stop it", position_ms=position)

    async def WatchSessions(
        self, request: playback_service_pb2.WatchSessionsRequest, context: Context
    ) -> AsyncIterator[playback_service_pb2.WatchSessionsResponse]:
        principal = caller()
        owner = owner_of(principal)
        database = self._database.for_caller(principal)

        async def snapshot() -> AsyncIterator[tuple[str, Session]]:
            async for found in store.everything_active(database, owner):
                yield found.resource, found

        async def load(names: Sequence[str]) -> dict[str, Session]:
            ids = [SESSION.parse_one(name) for name in names]
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
            response = playback_service_pb2.WatchSessionsResponse(resume_token=update.token)
            if update.change is None:
                response.checkpoint.time.CopyFrom(now())
            elif update.resource is None:
                response.deleted = update.name
            else:
                getattr(response, update.change).CopyFrom(self._to_message(update.resource))
            yield response

    async def _change(
        self, name: str, state: State, action: str, **fields: int | None
    ) -> session_pb2.Session:
        changed = await self._heartbeats.change(
            SESSION.parse_one(name), state, action, caller(), **fields
        )
        return self._to_message(changed)

    async def _profile(self, name: str) -> StoredProfile:
        return await get_device_profile(self._database, name or name_of(GENERIC))


def _sequence(
    request: playback_service_pb2.ReportProgressRequest
    | playback_service_pb2.StreamProgressRequest
    | playback_service_pb2.PauseSessionRequest
    | playback_service_pb2.SeekSessionRequest,
) -> int | None:
    return request.sequence if request.HasField("sequence") else None
