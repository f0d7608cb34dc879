"""Real processes that are killed and stopped while they hear of many sessions."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from reelhouse.playback.v1 import playback_service_pb2 as pb
from reelhouse.playback.v1 import progress_service_pb2 as progress_pb
from reelhouse_kit.db import Database
from reelhouse_playback.sessions.model import Session
from tests.integration.playback.replica import Place, Replica
from tests.integration.playback.sessions import start, stored

SESSIONS = 20


@pytest.fixture
async def place(playback_url: str, tmp_path: Path) -> Place:
    return Place.make(playback_url, tmp_path)


async def begin(database: Database, place: Place) -> list[Session]:
    return [await start(database, place.user_id) for _ in range(SESSIONS)]


def millis(value: int) -> Duration:
    return Duration(seconds=value // 1000, nanos=value % 1000 * 1_000_000)


class Sender:
    """Reports one session after the other, and knows what it sent when."""

    def __init__(self, sessions: list[Session]) -> None:
        self.sessions = sessions
        self.sent: list[tuple[float, int, int]] = []

    async def reports(self) -> AsyncIterator[pb.StreamProgressRequest]:
        """Yields reports for ever: the position is the number of the report."""
        while True:
            number = len(self.sent) + 1
            which = number % len(self.sessions)
            yield pb.StreamProgressRequest(
                name=self.sessions[which].resource, position=millis(number), sequence=number
            )
            self.sent.append((time.monotonic(), which, number))
            await asyncio.sleep(0.001)

    def last(self, which: int, *, before: float = float("inf"), count: int = 10**9) -> int:
        """Returns the last position sent of a session: before a time, among so many reports."""
        return max(
            (number for at, one, number in self.sent[:count] if one == which and at < before),
            default=0,
        )


async def test_a_killed_process_loses_two_seconds_at_most(
    playback_db: Database, place: Place
) -> None:
    sessions = await begin(playback_db, place)
    sender = Sender(sessions)
    async with place.replica() as replica:
        call = replica.playback.StreamProgress(sender.reports())
        await asyncio.sleep(4)
        replica.process.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        await replica.process.wait()
        with pytest.raises(grpc.aio.AioRpcError):
            await call
    assert len(sender.sent) > 500
    for which, session in enumerate(sessions):
        position = (await stored(playback_db, session)).position_ms
        assert sender.last(which, before=killed - 2) <= position <= sender.last(which)


async def test_a_stopped_process_loses_nothing_that_it_took(
    playback_db: Database, place: Place
) -> None:
    sessions = await begin(playback_db, place)
    alone = await start(playback_db, place.user_id)
    sender = Sender(sessions)
    acknowledged = 0
    async with place.replica() as replica:
        call = replica.playback.StreamProgress(sender.reports())

        async def report_one_by_one() -> None:
            nonlocal acknowledged
            for position in range(1, 10**6):
                request = pb.ReportProgressRequest(name=alone.resource, position=millis(position))
                await replica.playback.ReportProgress(request)
                acknowledged = position

        reporting = asyncio.create_task(report_one_by_one())
        await asyncio.sleep(2.3)
        replica.process.send_signal(signal.SIGTERM)
        answer = await call
        with pytest.raises(grpc.aio.AioRpcError):
            await reporting
        assert await asyncio.wait_for(replica.process.wait(), 20) == 0
    assert acknowledged > 50
    assert (await stored(playback_db, alone)).position_ms in (acknowledged, acknowledged + 1)
    # The answer says which reports were taken: those are all there.
    assert 500 < answer.report_count <= len(sender.sent) + 1
    assert not answer.refusals
    for which, session in enumerate(sessions):
        position = (await stored(playback_db, session)).position_ms
        assert position == sender.last(which, count=answer.report_count)


async def test_replicas_see_each_others_progress_within_a_second_and_their_own_at_once(
    playback_db: Database, place: Place
) -> None:
    session = await start(playback_db, place.user_id)
    get = progress_pb.GetProgressRequest(parent="users/me", item=session.item)

    async def position(replica: Replica) -> int:
        found = await replica.progress.GetProgress(get)
        return int(found.position.ToMilliseconds())

    async with place.replica() as here, place.replica() as there:
        for number in range(1, 6):
            request = pb.ReportProgressRequest(name=session.resource, position=millis(number))
            await here.playback.ReportProgress(request)
            async with asyncio.timeout(1):
                while await position(there) != number:
                    await asyncio.sleep(0.02)
        await there.playback.ReportProgress(
            pb.ReportProgressRequest(name=session.resource, position=millis(77))
        )
        assert await position(there) == 77


async def test_who_plays_goes_on_without_the_catalog(playback_db: Database, place: Place) -> None:
    session = await start(playback_db, place.user_id)
    name = session.resource
    async with place.replica() as replica:  # which has neither catalog nor transcode
        plays, progress = replica.playback, replica.progress
        report = pb.ReportProgressRequest(name=name, position=millis(900_000))
        await plays.ReportProgress(report)
        await plays.PauseSession(pb.PauseSessionRequest(name=name))
        await plays.ResumeSession(pb.ResumeSessionRequest(name=name))
        seek = pb.SeekSessionRequest(name=name, position=millis(1_800_000))
        assert (await plays.SeekSession(seek)).position == millis(1_800_000)
        parent = "users/me"
        begun = await progress.ListContinueWatching(
            progress_pb.ListContinueWatchingRequest(parent=parent)
        )
        assert [one.item for one in begun.progress] == [session.item]
        assert not (await progress.ListNextUp(progress_pb.ListNextUpRequest(parent=parent))).next_up
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await progress.MarkWatched(
                progress_pb.MarkWatchedRequest(parent=parent, name=session.item)
            )
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        stopped = await plays.StopSession(pb.StopSessionRequest(name=name))
        assert stopped.position == millis(1_800_000)


async def test_a_seek_in_what_is_made_goes_on_with_what_there_is(
    playback_db: Database, place: Place
) -> None:
    made = "transcodes/0197f6a0-0000-7000-8000-000000000001"
    session = await start(playback_db, place.user_id, transcode=made)
    async with place.replica() as replica:
        seek = pb.SeekSessionRequest(name=session.resource, position=millis(60_000))
        found = await replica.playback.SeekSession(seek)
        assert (found.position, found.transcode) == (millis(60_000), made)
