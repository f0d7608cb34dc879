"""What is made of files that do not play as they are, and what is copied into it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelhouse_playback.decisions.model import (
    MediaFacts,
    Method,
    Reason,
    ServerAbilities,
    StreamAction,
    TranscodeMode,
    Wishes,
    decide,
)
from reelhouse_playback.device_profiles.model import (
    CodecProfile,
    DeviceProfile,
    MediaKind,
    Property,
    Protocol,
)
from tests.unit.playback.builders import (
    FILM,
    MP4,
    at_most,
    audio,
    makes,
    media,
    of_sound,
    of_video,
    one_of,
    plays,
    profile,
    video,
)

COPY = StreamAction.COPY
ENCODE = StreamAction.ENCODE
NONE = StreamAction.NONE


def actions(file: MediaFacts, device: DeviceProfile) -> tuple[StreamAction, StreamAction]:
    decision = decide(file, device)
    return decision.video_action, decision.audio_action


@pytest.mark.parametrize(
    ("forms", "container"),
    [
        ([makes("ts"), makes("mp4")], "ts"),  # the first of equals
        ([makes("ts", "vp9"), makes("mp4", "h264")], "mp4"),  # the picture can be copied
        ([makes("ts", "h264", "mp3"), makes("mp4", "h264", "aac")], "mp4"),  # the sound, too
        ([makes("ts", "h264", "mp3"), makes("mp4", "vp9", "aac")], "ts"),  # the picture first
        ([makes("ts", for_download=True), makes("mp4")], "mp4"),
        ([makes("ts", kind=MediaKind.AUDIO), makes("mp4")], "mp4"),
        ([makes("ts", "vp9"), makes("mp4")], "mp4"),  # no player takes VP9 in TS over HLS
        ([makes("mkv", "", "", Protocol.HTTP), makes("mp4")], "mp4"),
        ([makes(""), makes("mp4")], "mp4"),
    ],
)
def test_which_form(forms: list[object], container: str) -> None:
    device = replace(
        profile(plays("avi")),
        transcoding_profiles=tuple(f for f in forms if isinstance(f, type(MP4))),
    )
    assert decide(FILM, device).container == container


def test_a_form_whose_limits_the_sound_keeps_goes_before_mixing_down() -> None:
    device = profile(
        makes("mp4", "h264", "flac"),
        makes("ts", "h264", "aac"),
        of_sound("flac", at_most(Property.AUDIO_CHANNELS, 2)),
    )
    assert decide(media(video(), audio(codec="flac", channel_count=6)), device).container == "ts"


@pytest.mark.parametrize(
    ("form", "codec", "video_codecs"),
    [
        (makes("ts", "h264,hevc,vp9,mpeg4"), "vp8", ("h264", "hevc")),
        (makes("mp4", "h264,hevc,vp9,av1,vp8"), "vp8", ("h264", "hevc", "vp9", "av1")),
        (makes("webm", "vp8,vp9", "opus", Protocol.HTTP), "h264", ("vp8", "vp9")),
    ],
)
def test_codecs_that_segments_can_hold(
    form: object, codec: str, video_codecs: tuple[str, ...]
) -> None:
    assert isinstance(form, type(MP4))
    assert decide(media(video(codec), audio()), profile(form)).video_codecs == video_codecs


def test_downloads_have_forms_and_a_limit_of_their_own() -> None:
    device = profile(
        plays(),
        makes("ts"),
        makes("mkv", protocol=Protocol.HTTP, for_download=True),
        max_streaming_bit_rate=100_000_000,
        max_static_bit_rate=1_000_000,
    )
    assert decide(FILM, device).method is Method.DIRECT
    decision = decide(FILM, device, Wishes(for_download=True))
    assert decision.reasons == (Reason.CONTAINER_BIT_RATE_EXCEEDS_LIMIT,)
    assert (decision.container, decision.protocol) == ("mkv", Protocol.HTTP)


def test_a_profile_without_forms_has_no_playable_decision() -> None:
    decision = decide(FILM, profile(plays("avi")))
    assert decision.method is Method.TRANSCODE
    assert decision.reasons == (Reason.CONTAINER_NOT_SUPPORTED,)
    assert decision.container == ""
    assert not decision.playable


def test_the_server_is_asked_for_what_it_can_encode_only() -> None:
    device = profile(makes("mp4", "av1,hevc,h264", "opus,aac"))
    server = ServerAbilities(encoders=frozenset({"h264", "aac"}))
    decision = decide(media(video("mpeg2video"), audio(codec="mp2")), device, server=server)
    assert (decision.video_codecs, decision.audio_codecs) == (("h264",), ("aac",))
    unable = ServerAbilities(encoders=frozenset({"aac"}))
    assert not decide(media(video("mpeg2video"), audio()), device, server=unable).playable


@pytest.mark.parametrize(
    ("file", "entries", "expected"),
    [
        (FILM, [], (COPY, COPY)),
        (media(video("vp9"), audio()), [], (ENCODE, COPY)),
        (media(video(), audio(codec="ac3")), [], (COPY, ENCODE)),
        (media(video()), [], (COPY, NONE)),
        (FILM, [of_video("h264", at_most(Property.WIDTH, 1280))], (ENCODE, COPY)),
        (FILM, [of_video("hevc", at_most(Property.WIDTH, 1280))], (COPY, COPY)),
        (FILM, [of_video("h264", at_most(Property.WIDTH, 1), container="ts")], (COPY, COPY)),
        (FILM, [of_sound("aac", at_most(Property.AUDIO_CHANNELS, 1))], (COPY, ENCODE)),
        # The multiplexer writes tags anew, and takes only the streams that are chosen.
        (FILM, [of_video("", one_of(Property.VIDEO_CODEC_TAG, "hvc1"))], (COPY, COPY)),
        (FILM, [of_video("", at_most(Property.NUM_STREAMS, 1))], (COPY, COPY)),
        # AVI has no order of frames.
        (media(video(avc=None), audio(), container="avi"), [], (ENCODE, COPY)),
        (media(video(avc=True), audio(), container="avi"), [], (COPY, COPY)),
    ],
)
def test_what_is_copied(
    file: MediaFacts,
    entries: list[CodecProfile],
    expected: tuple[StreamAction, StreamAction],
) -> None:
    assert actions(file, profile(MP4, *entries)) == expected


@pytest.mark.parametrize(
    ("video_action", "audio_action", "mode", "method"),
    [
        (COPY, COPY, TranscodeMode.REMUX, Method.REMUX),
        (COPY, ENCODE, TranscodeMode.DIRECT_STREAM, Method.TRANSCODE),
        (ENCODE, COPY, TranscodeMode.TRANSCODE, Method.TRANSCODE),
        (ENCODE, ENCODE, TranscodeMode.TRANSCODE, Method.TRANSCODE),
    ],
)
def test_the_mode_follows(
    video_action: StreamAction, audio_action: StreamAction, mode: TranscodeMode, method: Method
) -> None:
    file = media(
        video("h264" if video_action is COPY else "vp9"),
        audio(codec="aac" if audio_action is COPY else "ac3"),
    )
    decision = decide(file, profile(MP4))
    assert (decision.video_action, decision.audio_action) == (video_action, audio_action)
    assert (decision.transcode_mode, decision.method) == (mode, method)


HIGH_10 = media(video(profile="High 10", bit_depth=10), audio())
IN_FILES = of_video("h264", one_of(Property.VIDEO_PROFILE, "high|main"))
IN_SEGMENTS = of_video(
    "h264", one_of(Property.VIDEO_PROFILE, "high|high 10"), container="hls", sub_container="mp4"
)


@pytest.mark.parametrize(
    ("entries", "form", "action"),
    [
        ([IN_SEGMENTS, IN_FILES], makes("mp4"), COPY),
        ([IN_FILES, IN_SEGMENTS], makes("mp4"), ENCODE),  # the first decides
        ([IN_SEGMENTS, IN_FILES], makes("ts"), ENCODE),
        ([IN_SEGMENTS, IN_FILES], makes("mp4", protocol=Protocol.HTTP), ENCODE),
    ],
)
def test_segments_may_hold_what_files_may_not(
    entries: list[CodecProfile], form: object, action: StreamAction
) -> None:
    assert isinstance(form, type(MP4))
    decision = decide(HIGH_10, profile(plays(), form, *entries))
    assert decision.reasons == (Reason.VIDEO_PROFILE_NOT_SUPPORTED,)
    assert decision.video_action is action


def test_numbers_of_all_entries_hold() -> None:
    entries = [of_video("h264", at_most(Property.WIDTH, w)) for w in (3840, 1280, 1920)]
    decision = decide(FILM, profile(plays(), MP4, *entries))
    assert decision.video_action is ENCODE
    assert decision.max_width == 1280
