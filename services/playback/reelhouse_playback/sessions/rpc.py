"""PlaybackService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import UUID

from google.protobuf.json_format import MessageToDict, ParseDict

from reelhouse.playback.v1 import (
    decision_pb2,
    device_profile_pb2,
    playback_service_pb2,
    playback_service_pb2_grpc,
    session_pb2,
)
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import Watch
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, etag, from_duration_ms, now, timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_playback.clients.catalog import CatalogClient
from reelhouse_playback.clients.transcode import TranscodeClient
from reelhouse_playback.decisions.model import Decision, StreamAction, Wishes
from reelhouse_playback.delivery.addresses import Addresses
from reelhouse_playback.device_profiles.builtin import GENERIC
from reelhouse_playback.device_profiles.store import StoredProfile
from reelhouse_playback.device_profiles.usecases import get_device_profile, name_of
from reelhouse_playback.sessions import store, usecases
from reelhouse_playback.sessions.model import MEDIA_FILE, OVER, SESSION, TOPIC, USER, Session, State

_STATE = session_pb2.Session.State
_Decision = decision_pb2.Decision
_ACTIONS = {
    StreamAction.NONE: _Decision.STREAM_ACTION_UNSPECIFIED,
    StreamAction.COPY: _Decision.STREAM_ACTION_COPY,
    StreamAction.ENCODE: _Decision.STREAM_ACTION_ENCODE,
}


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
        addresses: Addresses,
        *,
        stopping: asyncio.Event,
    ) -> None:
        self._database = database
        self._hub = hub
        self._catalog = catalog
        self._transcode = transcode
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
            _wishes(request.wishes),
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
            _wishes(request.wishes),
        )
        started = await usecases.start_session(
            self._database,
            self._transcode,
            media_file=media_file,
            decision=decision,
            stored_decision=MessageToDict(decision_to_message(decision)),
            device_id=request.device_id,
            device_profile=name_of(profile.id),
            start_ms=from_duration_ms(request.start_position)
            if request.HasField("start_position")
            else None,
            by=caller(),
            once=Once.of(request),
        )
        return self._to_message(started)

    async def GetSession(
        self, request: playback_service_pb2.GetSessionRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        return self._to_message(await usecases.required(self._db, session_id))

    async def ListSessions(
        self, request: playback_service_pb2.ListSessionsRequest, context: Context
    ) -> playback_service_pb2.ListSessionsResponse:
        page = paging.page_of(request, UUID)
        found = await store.page(self._db, owner_of(caller()), page, active=request.active)
        rows, token = page.cut(found, key=lambda row: (row.id,))
        return playback_service_pb2.ListSessionsResponse(
            sessions=[self._to_message(row) for row in rows], next_page_token=token
        )

    async def ReportProgress(
        self, request: playback_service_pb2.ReportProgressRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        position = from_duration_ms(request.position)
        return self._to_message(await usecases.report(self._db, session_id, position))

    async def PauseSession(
        self, request: playback_service_pb2.PauseSessionRequest, context: Context
    ) -> session_pb2.Session:
        position = from_duration_ms(request.position) if request.HasField("position") else None
        return await self._change(request.name, State.PAUSED, position, "pause it")

    async def ResumeSession(
        self, request: playback_service_pb2.ResumeSessionRequest, context: Context
    ) -> session_pb2.Session:
        return await self._change(request.name, State.PLAYING, None, "resume it")

    async def SeekSession(
        self, request: playback_service_pb2.SeekSessionRequest, context: Context
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(request.name)
        position = from_duration_ms(request.position)
        return self._to_message(await usecases.seek(self._db, session_id, position))

    async def StopSession(
        self, request: playback_service_pb2.StopSessionRequest, context: Context
    ) -> session_pb2.Session:
        position = from_duration_ms(request.position) if request.HasField("position") else None
        return await self._change(request.name, State.STOPPED, position, "stop it")

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
        self, name: str, state: State, position_ms: int | None, action: str
    ) -> session_pb2.Session:
        session_id = SESSION.parse_one(name)
        changed = await usecases.change_state(self._db, session_id, state, position_ms, action)
        return self._to_message(changed)

    async def _profile(self, name: str) -> StoredProfile:
        return await get_device_profile(self._database, name or name_of(GENERIC))


def _wishes(message: decision_pb2.PlaybackWishes) -> Wishes:
    return Wishes(
        audio_stream_index=message.audio_stream_index
        if message.HasField("audio_stream_index")
        else None,
        subtitle_stream_index=message.subtitle_stream_index
        if message.HasField("subtitle_stream_index")
        else None,
        max_bit_rate=message.max_bit_rate if message.HasField("max_bit_rate") else None,
        direct_play_disabled=message.direct_play_disabled,
    )


def decision_to_message(decision: Decision) -> decision_pb2.Decision:
    """Returns a decision on the wire."""
    message = _Decision(
        method=_Decision.Method.Value(f"METHOD_{decision.method.upper()}"),
        reasons=[_Decision.Reason.Value(f"REASON_{r.name}") for r in decision.reasons],
        video_stream_index=decision.video_stream_index,
        audio_stream_index=decision.audio_stream_index,
        subtitle_stream_index=decision.subtitle_stream_index,
        video_action=_ACTIONS[decision.video_action],
        audio_action=_ACTIONS[decision.audio_action],
        container=decision.container,
        protocol=device_profile_pb2.DeviceProfile.Protocol.Value(
            f"PROTOCOL_{decision.protocol.name}"
        ),
        video_codecs=decision.video_codecs,
        audio_codecs=decision.audio_codecs,
        max_video_bit_rate=decision.max_video_bit_rate,
        max_audio_bit_rate=decision.max_audio_bit_rate,
        max_width=decision.max_width,
        max_height=decision.max_height,
        max_audio_channels=decision.max_audio_channels,
        subtitle_format=decision.subtitle_format,
    )
    if decision.subtitle_method is not None:
        message.subtitle_method = device_profile_pb2.SubtitleProfile.Method.Value(
            f"METHOD_{decision.subtitle_method.name}"
        )
    return message


def to_message(row: Session, addresses: Addresses) -> session_pb2.Session:
    """Returns a session on the wire, with an address to play it from while it is not over."""
    message = session_pb2.Session(
        name=row.resource,
        user=USER.format(row.user_id),
        media_file=MEDIA_FILE.format(row.media_file_id),
        item=row.item,
        device_id=row.device_id,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        decision=ParseDict(row.decision, _Decision(), ignore_unknown_fields=True),
        transcode=row.transcode,
        position=duration_ms(row.position_ms),
        duration=duration_ms(row.duration_ms),
        start_time=timestamp(row.start_time),
        last_activity_time=timestamp(row.last_activity),
        end_time=timestamp(row.end_time),
        etag=etag(row.revision),
    )
    if row.state not in OVER:
        address = addresses.of(row.id, row.user_id, hls=bool(row.transcode))
        message.stream_url = address.url
        message.stream_expire_time.CopyFrom(timestamp(address.expires_at) or now())
    return message
