from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import av
import pytest
from google.protobuf.duration_pb2 import Duration
from sqlalchemy import text

from reelhouse.playback.v1 import (
    decision_pb2,
    playback_service_pb2,
    playback_service_pb2_grpc,
    progress_service_pb2,
    progress_service_pb2_grpc,
    session_pb2,
)
from reelhouse.transcode.v1 import (
    transcode_pb2,
    transcode_service_pb2,
    transcode_service_pb2_grpc,
)
from reelhouse_kit.db import Database, Query
from reelhouse_kit.testing import postgres
from tests.contract import expect
from tests.media import FFMPEG, Media
from tests.suite import Suite

pb, progress_pb, transcode_pb = playback_service_pb2, progress_service_pb2, transcode_service_pb2
Decision = decision_pb2.Decision
Session = session_pb2.Session
Transcode = transcode_pb2.Transcode
CHROME = "deviceProfiles/chrome"


class Stage:
    """A scanned library, and everybody's view of playing it."""

    def __init__(self, suite: Suite, files: dict[str, Any]) -> None:
        self.suite = suite
        self.files = {name: file.name for name, file in files.items()}
        self.alice = suite.stub(playback_service_pb2_grpc, "PlaybackService", "alice")
        self.bob = suite.stub(playback_service_pb2_grpc, "PlaybackService", "bob")
        self.admin = suite.stub(playback_service_pb2_grpc, "PlaybackService", "admin")
        self.progress = suite.stub(progress_service_pb2_grpc, "ProgressService", "alice")
        self.history = suite.stub(progress_service_pb2_grpc, "HistoryService", "alice")
        self.transcodes = suite.stub(transcode_service_pb2_grpc, "TranscodeService", "admin")

    async def start(self, file: str, **fields: Any) -> Session:
        request = pb.StartSessionRequest(
            media_file=self.files[file], device_profile=CHROME, **fields
        )
        session: Session = await self.alice.StartSession(request)
        return session


@pytest.fixture
async def stage(suite: Suite, media: Media, tmp_path: Path) -> AsyncIterator[Stage]:
    films = tmp_path / "films"
    media.film(films / "Plays (2001)" / "plays (2001).mp4", seconds=60)
    media.film(films / "Remux (2002)" / "remux (2002).mkv", seconds=12)
    media.hevc_dts(films / "Encode (2003)" / "encode (2003).mkv", seconds=12)
    (films / "broken (1999).mkv").write_bytes(b"no film")
    async with suite.workers():
        await suite.library(films)
        yield Stage(suite, await suite.files())


def seconds(value: float) -> Duration:
    return Duration(seconds=int(value), nanos=int(value % 1 * 1e9))


@pytest.mark.parametrize(
    ("file", "method", "reasons"),
    [
        ("plays (2001).mp4", Decision.METHOD_DIRECT, []),
        (
            "remux (2002).mkv",
            Decision.METHOD_REMUX,
            [Decision.REASON_CONTAINER_NOT_SUPPORTED],
        ),
        (
            "encode (2003).mkv",
            Decision.METHOD_TRANSCODE,
            [
                Decision.REASON_CONTAINER_NOT_SUPPORTED,
                Decision.REASON_VIDEO_CODEC_NOT_SUPPORTED,
                Decision.REASON_AUDIO_CODEC_NOT_SUPPORTED,
            ],
        ),
    ],
)
async def test_decisions(stage: Stage, file: str, method: int, reasons: list[int]) -> None:
    request = pb.DecidePlaybackRequest(media_file=stage.files[file], device_profile=CHROME)
    decision = (await stage.alice.DecidePlayback(request)).decision
    assert (decision.method, list(decision.reasons)) == (method, reasons)


async def test_what_cannot_be_played_is_said(stage: Stage) -> None:
    with expect.error(expect.PRECONDITION, "NOT_PLAYABLE"):
        await stage.start("broken (1999).mkv")
    with expect.error(expect.NOT_FOUND):
        await stage.alice.StartSession(pb.StartSessionRequest(media_file=f"mediaFiles/{uuid4()}"))
    with expect.error(expect.NOT_FOUND):
        request = pb.StartSessionRequest(
            media_file=stage.files["plays (2001).mp4"], device_profile="deviceProfiles/unknown"
        )
        await stage.alice.StartSession(request)


async def test_direct_play_by_ranges_is_byte_identical(stage: Stage, tmp_path: Path) -> None:
    session = await stage.start("plays (2001).mp4")
    original = (tmp_path / "films" / "Plays (2001)" / "plays (2001).mp4").read_bytes()
    fetched = b""
    async with aiohttp.ClientSession() as http:
        async with http.head(session.stream_url) as head:
            assert head.headers["Accept-Ranges"] == "bytes"
            assert head.headers["Content-Type"] == "video/mp4"
            size = int(head.headers["Content-Length"])
        for start in range(0, size, 300_000):
            wanted = {"Range": f"bytes={start}-{start + 299_999}"}
            async with http.get(session.stream_url, headers=wanted) as part:
                assert part.status == 206
                fetched += await part.read()
        async with http.get(session.stream_url, headers={"Range": f"bytes={size}-"}) as past:
            assert past.status == 416
    assert hashlib.sha256(fetched).digest() == hashlib.sha256(original).digest()


async def test_addresses_are_bound_signed_and_end_with_their_session(stage: Stage) -> None:
    session = await stage.start("plays (2001).mp4")
    url = session.stream_url
    token = url.split("/")[-2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    async with aiohttp.ClientSession() as http:
        for bad in (
            url.replace(token, flipped),
            url.replace(token, token[:-4]),
            url.replace(token, "x"),
            url.replace(token, "%2e%2e"),
        ):
            async with http.get(bad) as response:
                assert response.status in (403, 404), bad
        for name in ("../../etc/passwd", "%2e%2e%2fsecret", "main.m3u8%00", "seg-1.m4s"):
            async with http.get(url.replace("/file", f"/hls/{name}")) as response:
                assert response.status == 404
        await stage.alice.StopSession(pb.StopSessionRequest(name=session.name))
        async with asyncio.timeout(10):  # what was looked up is remembered for a moment
            while True:
                async with http.get(url, headers={"Range": "bytes=0-1"}) as response:
                    if response.status == 403:
                        break
                await asyncio.sleep(0.2)


async def decoded_seconds(url: str) -> float:
    """Decodes a stream with ffmpeg and returns how long it was."""
    command = [
        FFMPEG,
        "-nostdin",
        "-v",
        "error",
        "-i",
        url,
        "-f",
        "null",
        "-progress",
        "pipe:1",
        "-",
    ]
    run = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    output, errors = await run.communicate()
    assert run.returncode == 0, errors
    assert errors == b""
    times = [line for line in output.decode().splitlines() if line.startswith("out_time_us=")]
    return int(times[-1].partition("=")[2]) / 1e6


@pytest.mark.parametrize("file", ["remux (2002).mkv", "encode (2003).mkv"])
async def test_what_is_made_plays_from_the_first_second_to_the_last(
    stage: Stage, file: str
) -> None:
    session = await stage.start(file)
    async with aiohttp.ClientSession() as http, http.get(session.stream_url) as response:
        assert response.status == 200
        assert "#EXT-X-MAP" in await response.text()
    # ffmpeg follows the playlist while it grows.
    assert abs(await decoded_seconds(session.stream_url) - 12) < 0.2
    made = await finish(stage, session.transcode)
    assert made.state == Transcode.STATE_COMPLETED
    codecs = await asyncio.to_thread(_codecs, stage.suite.store_dir / made.output_path)
    assert codecs == ["h264", "aac"]


def _codecs(folder: Path) -> list[str]:
    whole = (folder / "init.mp4").read_bytes() + (folder / "seg-00000.m4s").read_bytes()
    joined = folder.parent / "joined.mp4"
    joined.write_bytes(whole)
    with av.open(str(joined)) as container:
        return [stream.codec_context.name for stream in container.streams]


async def test_a_second_viewer_shares_what_is_made(stage: Stage) -> None:
    first, second = await asyncio.gather(
        stage.start("encode (2003).mkv"), stage.start("encode (2003).mkv")
    )
    assert first.transcode == second.transcode
    assert (await finish(stage, first.transcode)).state == Transcode.STATE_COMPLETED
    third = await stage.start("encode (2003).mkv")
    assert third.transcode == first.transcode


async def test_sessions_belong_to_their_user(stage: Stage) -> None:
    session = await stage.start("plays (2001).mp4")
    name = session.name
    for call in (
        stage.bob.GetSession(pb.GetSessionRequest(name=name)),
        stage.bob.StopSession(pb.StopSessionRequest(name=name)),
        stage.bob.ReportProgress(pb.ReportProgressRequest(name=name, position=seconds(1))),
    ):
        with expect.error(expect.NOT_FOUND):
            await call
    listing = pb.ListSessionsRequest(active=True)
    for client, count in ((stage.alice, 1), (stage.bob, 0), (stage.admin, 1)):
        assert len((await client.ListSessions(listing)).sessions) == count


async def test_states(stage: Stage) -> None:
    name = (await stage.start("plays (2001).mp4")).name
    pause, resume = pb.PauseSessionRequest(name=name), pb.ResumeSessionRequest(name=name)
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await stage.alice.ResumeSession(resume)
    assert (await stage.alice.PauseSession(pause)).state == Session.STATE_PAUSED
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await stage.alice.PauseSession(pause)
    assert (await stage.alice.ResumeSession(resume)).state == Session.STATE_PLAYING
    seek = pb.SeekSessionRequest(name=name, position=seconds(9999))
    assert (await stage.alice.SeekSession(seek)).position.seconds == 60
    stopped = await stage.alice.StopSession(pb.StopSessionRequest(name=name))
    assert (stopped.state, stopped.stream_url) == (Session.STATE_STOPPED, "")
    assert await stage.alice.StopSession(pb.StopSessionRequest(name=name)) == stopped
    for call in (
        stage.alice.SeekSession(seek),
        stage.alice.ReportProgress(pb.ReportProgressRequest(name=name, position=seconds(1))),
    ):
        with expect.error(expect.PRECONDITION, "WRONG_STATE"):
            await call


async def test_progress_is_kept_and_resumed(stage: Stage) -> None:
    session = await stage.start("plays (2001).mp4")
    report = pb.ReportProgressRequest(name=session.name, position=seconds(21.5))
    reported = await stage.alice.ReportProgress(report)
    assert reported.position == seconds(21.5)
    get = progress_pb.GetProgressRequest(parent="users/me", item=session.item)
    found = await stage.progress.GetProgress(get)
    assert (found.position, found.completed) == (seconds(21.5), False)
    listing = progress_pb.ListContinueWatchingRequest(parent="users/me")
    begun = (await stage.progress.ListContinueWatching(listing)).progress
    assert [entry.item for entry in begun] == [session.item]
    assert (await stage.start("plays (2001).mp4")).position == seconds(21.5)

    near_the_end = pb.ReportProgressRequest(name=session.name, position=seconds(55))
    await stage.alice.ReportProgress(near_the_end)
    assert (await stage.progress.GetProgress(get)).completed
    assert not (await stage.progress.ListContinueWatching(listing)).progress
    assert (await stage.start("plays (2001).mp4")).position == seconds(0)


async def test_playing_to_the_end_ends_the_session_and_writes_history(stage: Stage) -> None:
    session = await stage.start("plays (2001).mp4")
    async with Database.open(
        postgres.as_service(stage.suite.admin_url, "playback"), schema="playback"
    ) as database:
        earlier = Query(
            text(
                "UPDATE playback.playback_sessions "
                "SET start_time = start_time - interval '60 seconds',"
                " last_activity = last_activity - interval '60 seconds'"
            )
        )
        await database.for_everybody().run(earlier)
    report = pb.ReportProgressRequest(name=session.name, position=seconds(60))
    assert (await stage.alice.ReportProgress(report)).state == Session.STATE_ENDED
    listing = progress_pb.ListHistoryRequest(parent="users/me")
    (entry,) = (await stage.history.ListHistory(listing)).history
    assert (entry.item, entry.completed) == (session.item, True)
    assert entry.duration_watched.seconds == 60


async def test_jumps_are_not_counted_as_watched(stage: Stage) -> None:
    session = await stage.start("plays (2001).mp4")
    report = pb.ReportProgressRequest(name=session.name, position=seconds(58))
    await stage.alice.ReportProgress(report)
    await stage.alice.StopSession(pb.StopSessionRequest(name=session.name))
    listing = progress_pb.ListHistoryRequest(parent="users/me")
    (entry,) = (await stage.history.ListHistory(listing)).history
    assert entry.duration_watched == seconds(0)
    assert entry.completed


async def test_a_repeated_start_is_one_session(stage: Stage) -> None:
    request_id = str(uuid4())
    first = await stage.start("plays (2001).mp4", request_id=request_id)
    second = await stage.start("plays (2001).mp4", request_id=request_id)
    assert first.name == second.name


async def test_watching_sessions(stage: Stage) -> None:
    mine = stage.alice.WatchSessions(pb.WatchSessionsRequest())
    bobs = stage.bob.WatchSessions(pb.WatchSessionsRequest())
    assert (await mine.read()).WhichOneof("event") == "checkpoint"
    session = await stage.start("plays (2001).mp4")
    async with asyncio.timeout(10):
        assert (await mine.read()).created.name == session.name
        await stage.alice.StopSession(pb.StopSessionRequest(name=session.name))
        assert (await mine.read()).updated.state == Session.STATE_STOPPED
    assert (await bobs.read()).WhichOneof("event") == "checkpoint"
    mine.cancel()
    bobs.cancel()


async def test_idle_sessions_are_stopped(stage: Stage) -> None:
    from reelhouse_playback.sessions import usecases  # noqa: PLC0415

    session = await stage.start("plays (2001).mp4")
    url = postgres.as_service(stage.suite.admin_url, "playback")
    async with Database.open(url, schema="playback") as opened:
        database = opened.for_everybody()
        assert await usecases.sweep(database) == 0
        old = "UPDATE playback.playback_sessions SET last_activity = now() - interval '31 minutes'"
        await database.run(Query(text(old)))
        swept = await asyncio.gather(*(usecases.sweep(database) for _ in range(3)))
        assert sum(swept) == 1
    found = await stage.alice.GetSession(pb.GetSessionRequest(name=session.name))
    assert found.state == Session.STATE_STOPPED


async def test_device_profiles(suite: Suite) -> None:
    admin = suite.stub(playback_service_pb2_grpc, "DeviceProfileService", "admin")
    document = {
        "Name": "My Box",
        "MaxStreamingBitrate": 8_000_000,
        "DirectPlayProfiles": [{"Container": "mkv", "Type": "Video", "VideoCodec": "h264"}],
        "TranscodingProfiles": [
            {"Container": "mp4", "Type": "Video", "VideoCodec": "h264", "Protocol": "hls"}
        ],
    }
    request = pb.ImportDeviceProfileRequest(device_profile_id="my-box", json=json.dumps(document))
    made = await admin.ImportDeviceProfile(request)
    assert (made.display_name, made.max_streaming_bit_rate) == ("My Box", 8_000_000)
    get = pb.GetDeviceProfileRequest(name="deviceProfiles/my-box")
    assert await admin.GetDeviceProfile(get) == made
    names: list[str] = []
    token = ""
    while True:
        page = await admin.ListDeviceProfiles(
            pb.ListDeviceProfilesRequest(page_size=4, page_token=token)
        )
        names += [profile.name for profile in page.device_profiles]
        token = page.next_page_token
        if not token:
            break
    assert names[-1] == "deviceProfiles/my-box"
    assert "deviceProfiles/chrome" in names
    assert len(names) == len(set(names))
    for bad in ("{", '{"DirectPlayProfiles": 3}', "[]"):
        request.json = bad
        with expect.error(expect.INVALID, "DEVICE_PROFILE_INVALID"):
            await admin.ImportDeviceProfile(request)
    request = pb.ImportDeviceProfileRequest(device_profile_id="chrome", json="{}")
    with expect.error(expect.PRECONDITION, "DEVICE_PROFILE_BUILT_IN"):
        await admin.ImportDeviceProfile(request)


def wanted(media_file: str, **spec: Any) -> transcode_pb.CreateTranscodeRequest:
    fields = {
        "format": Transcode.FORMAT_MP4,
        "video_codec": Transcode.VIDEO_CODEC_H264,
        "audio_codec": Transcode.AUDIO_CODEC_AAC,
        **spec,
    }
    return transcode_pb.CreateTranscodeRequest(
        transcode=Transcode(media_file=media_file, spec=Transcode.Spec(**fields))
    )


async def finish(stage: Stage, name: str) -> Transcode:
    made = Transcode()
    watch = stage.transcodes.WatchTranscode(transcode_pb.WatchTranscodeRequest(name=name))
    async for response in watch:
        made = response.transcode
    return made


async def test_a_file_is_made_with_its_index_in_front(stage: Stage) -> None:
    request = wanted(stage.files["encode (2003).mkv"], max_height=90, quality=20)
    started = await stage.transcodes.CreateTranscode(request)
    made = await finish(stage, started.name)
    assert made.state == Transcode.STATE_COMPLETED, made
    path = stage.suite.store_dir / made.output_path
    assert path.stat().st_size == made.output_size_bytes
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.height, video.codec_context.width) == (90, 160)
    head = path.read_bytes()[:4096]
    assert head.find(b"moov") < head.find(b"mdat") or b"mdat" not in head
    # The same again is the same; another quality is another.
    assert (await stage.transcodes.CreateTranscode(request)).name == made.name
    request.transcode.spec.quality = 21
    assert (await stage.transcodes.CreateTranscode(request)).name != made.name


async def test_a_result_that_was_removed_is_made_again(stage: Stage) -> None:
    request = wanted(stage.files["plays (2001).mp4"], video_codec=Transcode.VIDEO_CODEC_COPY)
    made = await finish(stage, (await stage.transcodes.CreateTranscode(request)).name)
    (stage.suite.store_dir / made.output_path).unlink()
    again = await stage.transcodes.CreateTranscode(request)
    assert again.name != made.name
    remade = await finish(stage, again.name)
    assert remade.state == Transcode.STATE_COMPLETED
    assert (stage.suite.store_dir / remade.output_path).exists()


async def test_specs_are_checked_against_the_file(stage: Stage) -> None:
    file = stage.files["plays (2001).mp4"]
    for bad in (
        {"video_codec": 0, "audio_codec": 0},
        {"video_stream_index": 7},
        {"audio_stream_index": 0},
        {"quality": 101},
        {"format": 0},
    ):
        with expect.error(expect.INVALID, "INVALID_FIELDS"):
            await stage.transcodes.CreateTranscode(wanted(file, **bad))
    with expect.error(expect.PRECONDITION, "NOT_TRANSCODABLE"):
        await stage.transcodes.CreateTranscode(wanted(stage.files["broken (1999).mkv"]))


async def test_cancelling_stops_ffmpeg_and_a_retry_makes_it(
    stage: Stage, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "long"
    media.hevc_dts(root / "long (2005).mkv", seconds=240)
    await stage.suite.library(root)
    file = (await stage.suite.files())["long (2005).mkv"].name
    started = await stage.transcodes.CreateTranscode(wanted(file, quality=100))
    watch = stage.transcodes.WatchTranscode(transcode_pb.WatchTranscodeRequest(name=started.name))
    async for response in watch:
        if response.transcode.state == Transcode.STATE_RUNNING:
            break
    watch.cancel()
    cancel = transcode_pb.CancelTranscodeRequest(name=started.name)
    before = asyncio.get_running_loop().time()
    await stage.transcodes.CancelTranscode(cancel)
    cancelled = await finish(stage, started.name)
    assert cancelled.state == Transcode.STATE_CANCELLED
    assert asyncio.get_running_loop().time() - before < 5
    with expect.error(expect.PRECONDITION, "WRONG_STATE"):
        await stage.transcodes.CancelTranscode(cancel)
    folder = stage.suite.store_dir / "transcodes" / cancelled.content_hash[:2]
    assert not any((folder / cancelled.content_hash).iterdir())
    retry = transcode_pb.RetryTranscodeRequest(name=started.name)
    assert (await stage.transcodes.RetryTranscode(retry)).state == Transcode.STATE_PENDING
    await stage.transcodes.CancelTranscode(cancel)
    assert (await finish(stage, started.name)).state == Transcode.STATE_CANCELLED


async def test_a_source_that_changed_meanwhile_is_not_made_into_something_else(
    suite: Suite, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    path = media.film(root / "a (2001).mp4", seconds=2)
    transcodes = suite.stub(transcode_service_pb2_grpc, "TranscodeService", "admin")
    async with suite.workers():
        library = await suite.library(root)
    file = (await suite.files())["a (2001).mp4"].name
    started = await transcodes.CreateTranscode(wanted(file))
    media.film(path, seconds=3)
    stage = Stage(suite, {})
    async with suite.workers():
        # The scan is first in line for nobody: wait for it, then for the transcode.
        await asyncio.gather(suite.scan(library), finish(stage, started.name))
    made = await finish(stage, started.name)
    if made.state == Transcode.STATE_FAILED:
        assert "changed" in made.error.message
    else:
        assert made.state == Transcode.STATE_COMPLETED
