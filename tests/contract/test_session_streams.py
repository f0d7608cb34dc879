"""Sessions beyond playing: limits, other streams, reports in a stream, no catalog."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration

from reelhouse.catalog.v1 import media_file_pb2
from reelhouse.playback.v1 import (
    decision_pb2,
    error_reason_pb2,
    playback_service_pb2,
    playback_service_pb2_grpc,
    session_pb2,
)
from reelhouse.transcode.v1 import (
    transcode_pb2,
    transcode_service_pb2,
    transcode_service_pb2_grpc,
)
from tests import suite as suites
from tests.contract import expect
from tests.contract.methods import Answer
from tests.media import Media
from tests.suite import Client, Suite

pb = playback_service_pb2
Decision = decision_pb2.Decision
Session = session_pb2.Session
Transcode = transcode_pb2.Transcode
CHROME = "deviceProfiles/chrome"
FULL = "STREAM_LIMIT_REACHED"


def playback(suite: Suite, caller: str) -> Client:
    return suite.stub(playback_service_pb2_grpc, "PlaybackService", caller)


async def scanned(
    suite: Suite, media: Media, folder: Path, seconds: int = 60
) -> dict[str, media_file_pb2.MediaFile]:
    media.film(folder / "films" / "Plays (2001)" / "plays (2001).mp4", seconds=seconds)
    await suite.library(folder / "films")
    return await suite.files()


def reports(*wanted: tuple[str, int]) -> AsyncIterator[pb.StreamProgressRequest]:
    async def each() -> AsyncIterator[pb.StreamProgressRequest]:
        for name, seconds in wanted:
            yield pb.StreamProgressRequest(name=name, position=Duration(seconds=seconds))

    return each()


async def test_no_more_than_allowed_play_at_the_same_time(
    admin_url: str, tmp_path: Path, media: Media
) -> None:
    limits = {"max_streams_per_user": 3, "max_streams": 5}
    async with suites.running(admin_url, tmp_path, **limits) as suite, suite.workers():
        files = await scanned(suite, media, tmp_path)
        request = pb.StartSessionRequest(media_file=files["plays (2001).mp4"].name)

        async def attempt(caller: str, **fields: Any) -> str:
            """Starts a session. Returns its name, or why there is none."""
            wanted = pb.StartSessionRequest(**fields)
            wanted.MergeFrom(request)
            try:
                return str((await playback(suite, caller).StartSession(wanted)).name)
            except grpc.aio.AioRpcError as error:
                answer = Answer.of(error)
                assert answer.code is expect.EXHAUSTED
                return answer.reason

        tried = await asyncio.gather(*(attempt("alice") for _ in range(10)))
        mine = [one for one in tried if one != FULL]
        assert len(mine) == 3
        tried = await asyncio.gather(*(attempt(c) for c in ("bob", "admin") * 5))
        assert tried.count(FULL) == 8
        # Room for one: a call that is repeated takes it once.
        await playback(suite, "alice").StopSession(pb.StopSessionRequest(name=mine[0]))
        request_id = str(uuid4())
        again = await asyncio.gather(*(attempt("bob", request_id=request_id) for _ in range(3)))
        assert len(set(again)) == 1
        assert FULL not in again
        assert await attempt("alice") == FULL


async def test_other_streams_are_decided_anew(suite: Suite, media: Media, tmp_path: Path) -> None:
    alice = playback(suite, "alice")
    transcodes = suite.stub(transcode_service_pb2_grpc, "TranscodeService", "admin")

    async def state_of(name: str) -> int:
        get = transcode_service_pb2.GetTranscodeRequest(name=name)
        return int((await transcodes.GetTranscode(get)).state)

    async with suite.workers():
        files = await scanned(suite, media, tmp_path)
    # From here on nothing is really made: what is asked for waits.
    session = await alice.StartSession(
        pb.StartSessionRequest(media_file=files["plays (2001).mp4"].name, device_profile=CHROME)
    )
    assert session.decision.method == Decision.METHOD_DIRECT
    assert session.bit_rate == files["plays (2001).mp4"].bit_rate
    await alice.ReportProgress(
        pb.ReportProgressRequest(name=session.name, position=Duration(seconds=10))
    )
    select = pb.SelectStreamsRequest(name=session.name)
    select.wishes.max_bit_rate = 20_000
    slow = await alice.SelectStreams(select)
    assert slow.decision.method == Decision.METHOD_TRANSCODE
    assert slow.wishes.max_bit_rate == 20_000
    assert slow.bit_rate not in (0, session.bit_rate)
    assert slow.position.seconds == 10
    assert slow.stream_url.endswith(".m3u8")
    assert await state_of(slow.transcode) == Transcode.STATE_PENDING
    # A seek finds the same again, and has it made again where it is gone.
    seek = pb.SeekSessionRequest(name=session.name, position=Duration(seconds=40))
    assert (await alice.SeekSession(seek)).transcode == slow.transcode
    cancel = transcode_service_pb2.CancelTranscodeRequest(name=slow.transcode)
    await transcodes.CancelTranscode(cancel)
    moved = await alice.SeekSession(seek)
    assert moved.transcode not in ("", slow.transcode)
    assert (moved.position.seconds, moved.wishes.max_bit_rate) == (40, 20_000)
    # Somebody else plays from it, too: it is made on for them.
    start = pb.StartSessionRequest(media_file=session.media_file, device_profile=CHROME)
    start.wishes.max_bit_rate = 20_000
    other = await playback(suite, "bob").StartSession(start)
    assert other.transcode == moved.transcode
    plain = pb.SelectStreamsRequest(name=session.name, wishes=decision_pb2.PlaybackWishes())
    direct = await alice.SelectStreams(plain)
    assert (direct.decision.method, direct.transcode) == (Decision.METHOD_DIRECT, "")
    assert await state_of(moved.transcode) == Transcode.STATE_PENDING
    theirs = pb.SelectStreamsRequest(name=other.name, wishes=decision_pb2.PlaybackWishes())
    assert (await playback(suite, "bob").SelectStreams(theirs)).transcode == ""
    assert await state_of(moved.transcode) == Transcode.STATE_CANCELLED
    with expect.error(expect.NOT_FOUND):
        await alice.SelectStreams(theirs)
    await alice.StopSession(pb.StopSessionRequest(name=session.name))
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await alice.SelectStreams(plain)


async def test_reports_in_a_stream(suite: Suite, media: Media, tmp_path: Path) -> None:
    alice = playback(suite, "alice")
    async with suite.workers():
        files = await scanned(suite, media, tmp_path)
    start = pb.StartSessionRequest(media_file=files["plays (2001).mp4"].name)
    first, second = await alice.StartSession(start), await alice.StartSession(start)
    bobs = await playback(suite, "bob").StartSession(start)
    await alice.StopSession(pb.StopSessionRequest(name=second.name))
    answer = await alice.StreamProgress(
        reports(
            (first.name, 5), (second.name, 6), (bobs.name, 7), (second.name, 8), (first.name, 9)
        )
    )
    reason = error_reason_pb2.ErrorReason
    assert answer.report_count == 5
    assert [(one.session, one.reason) for one in answer.refusals] == [
        (second.name, reason.ERROR_REASON_WRONG_STATE),
        (bobs.name, reason.ERROR_REASON_RESOURCE_NOT_FOUND),
    ]
    got = await alice.GetSession(pb.GetSessionRequest(name=first.name))
    assert got.position.seconds == 9
    # A report at the end ends the session, and one that is not allowed ends the stream.
    assert (await alice.StreamProgress(reports((first.name, 60)))).report_count == 1
    got = await alice.GetSession(pb.GetSessionRequest(name=first.name))
    assert got.state == Session.STATE_ENDED
    with expect.error(expect.INVALID):
        await alice.StreamProgress(reports(("nonsense", 1)))
    assert (await alice.StreamProgress(reports())).report_count == 0


async def test_a_stream_is_answered_after_a_while(
    suite: Suite, media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reelhouse_playback.sessions.rpc.STREAM_SECONDS", 0.5)
    alice = playback(suite, "alice")
    async with suite.workers():
        files = await scanned(suite, media, tmp_path)
    start = pb.StartSessionRequest(media_file=files["plays (2001).mp4"].name)
    session = await alice.StartSession(start)
    sent = 0

    async def endless() -> AsyncIterator[pb.StreamProgressRequest]:
        nonlocal sent
        while True:
            sent += 1
            yield pb.StreamProgressRequest(
                name=session.name, position=Duration(nanos=sent * 1_000_000), sequence=sent
            )
            await asyncio.sleep(0.01)

    answer = await alice.StreamProgress(endless())
    assert 0 < answer.report_count <= sent
    got = await alice.GetSession(pb.GetSessionRequest(name=session.name))
    assert got.position.ToMilliseconds() == answer.report_count


async def test_watchers_see_changes_of_streams_and_everybody_sees_their_own(
    suite: Suite, media: Media, tmp_path: Path
) -> None:
    async with suite.workers():
        files = await scanned(suite, media, tmp_path)
    start = pb.StartSessionRequest(
        media_file=files["plays (2001).mp4"].name, device_profile=CHROME, device_id="tv"
    )
    session = await playback(suite, "alice").StartSession(start)
    watches = [
        playback(suite, c).WatchSessions(pb.WatchSessionsRequest()) for c in ("admin", "bob")
    ]
    everything, bobs = watches
    async with asyncio.timeout(20):
        assert (await everything.read()).created.device_id == "tv"
        assert (await everything.read()).WhichOneof("event") == "checkpoint"
        assert (await bobs.read()).WhichOneof("event") == "checkpoint"
        select = pb.SelectStreamsRequest(name=session.name)
        select.wishes.max_bit_rate = 20_000
        await playback(suite, "alice").SelectStreams(select)
        assert (await everything.read()).updated.wishes.max_bit_rate == 20_000
        await playback(suite, "admin").StopSession(pb.StopSessionRequest(name=session.name))
        assert (await everything.read()).updated.state == Session.STATE_STOPPED
    for watch in watches:
        watch.cancel()


@pytest.mark.parametrize("sequence", [0, -1, 2**53])
async def test_sequences_are_checked(suite: Suite, sequence: int) -> None:
    request = pb.ReportProgressRequest(
        name=f"sessions/{uuid4()}", position=Duration(seconds=1), sequence=sequence
    )
    with expect.error(expect.INVALID):
        await playback(suite, "alice").ReportProgress(request)
