"""What plays as it is, with which sound, and every reason why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelhouse_playback.decisions.model import (
    Method,
    PlayMethod,
    Reason,
    Stream,
    StreamAction,
    TranscodeMode,
    Wishes,
    decide,
)
from reelhouse_playback.device_profiles.model import (
    ContainerProfile,
    MediaKind,
    Operator,
    Property,
    Protocol,
)
from tests.unit.playback.builders import (
    FILM,
    MP4,
    at_most,
    audio,
    condition,
    makes,
    media,
    of_sound,
    of_video,
    plays,
    plays_music,
    profile,
    video,
)

COPY = StreamAction.COPY


def test_plays_as_it_is() -> None:
    decision = decide(FILM, profile(plays("mp4,mkv", "h264", "aac"), MP4))
    assert decision.method is Method.DIRECT
    assert decision.play_method is PlayMethod.DIRECT_PLAY
    assert decision.reasons == ()
    assert decision.transcode_mode is None
    assert (decision.video_action, decision.audio_action) == (COPY, COPY)
    assert (decision.video_stream_index, decision.audio_stream_index) == (0, 1)
    assert (decision.container, decision.protocol) == ("mkv", Protocol.HTTP)
    assert (decision.video_codecs, decision.audio_codecs) == (("h264",), ("aac",))
    assert decision.playable


@pytest.mark.parametrize(
    ("entry", "reasons"),
    [
        (plays("mp4"), {Reason.CONTAINER_NOT_SUPPORTED}),
        (plays("-mkv"), {Reason.CONTAINER_NOT_SUPPORTED}),
        (plays("mkv", "hevc"), {Reason.VIDEO_CODEC_NOT_SUPPORTED}),
        (plays("mkv", "-h264"), {Reason.VIDEO_CODEC_NOT_SUPPORTED}),
        (plays("mkv", "", "ac3"), {Reason.AUDIO_CODEC_NOT_SUPPORTED}),
        (
            plays("mp4", "hevc", "ac3"),
            {
                Reason.CONTAINER_NOT_SUPPORTED,
                Reason.VIDEO_CODEC_NOT_SUPPORTED,
                Reason.AUDIO_CODEC_NOT_SUPPORTED,
            },
        ),
        (plays_music("mkv"), {Reason.DIRECT_PLAY_ERROR}),  # nothing is said of video
    ],
)
def test_reasons_of_one_entry(entry: object, reasons: set[Reason]) -> None:
    assert isinstance(entry, type(plays()))
    assert set(decide(FILM, profile(entry, MP4)).reasons) == reasons


@pytest.mark.parametrize(
    ("entries", "reasons"),
    [
        # Of entries with the container, the one that is cheapest to cure speaks...
        (
            [plays("mkv", "hevc", "aac"), plays("mkv", "h264", "ac3")],
            {Reason.AUDIO_CODEC_NOT_SUPPORTED},
        ),
        # ...the first of equals...
        (
            [plays("mkv", "hevc", "aac"), plays("mkv", "vp9", "ac3")],
            {Reason.VIDEO_CODEC_NOT_SUPPORTED},
        ),
        # ...and one without the container only where none has it.
        ([plays("mp4"), plays("mkv", "hevc")], {Reason.VIDEO_CODEC_NOT_SUPPORTED}),
        (
            [plays("mp4", "hevc"), plays("mp4", "h264")],
            {Reason.CONTAINER_NOT_SUPPORTED},
        ),
    ],
)
def test_which_entry_tells_the_reasons(entries: list[object], reasons: set[Reason]) -> None:
    device = replace(
        profile(MP4), direct_play_profiles=tuple(e for e in entries if isinstance(e, type(plays())))
    )
    assert set(decide(FILM, device).reasons) == reasons


def test_reports_every_failed_condition_in_the_order_of_the_enum() -> None:
    device = profile(
        plays(),
        MP4,
        of_video("h264", at_most(Property.WIDTH, 1280), at_most(Property.VIDEO_LEVEL, 40)),
        of_video("", at_most(Property.REF_FRAMES, 1)),
        of_video("hevc", at_most(Property.VIDEO_BIT_DEPTH, 1)),
        of_sound("aac", at_most(Property.AUDIO_CHANNELS, 1)),
    )
    assert decide(FILM, device).reasons == (
        Reason.VIDEO_LEVEL_NOT_SUPPORTED,
        Reason.VIDEO_RESOLUTION_NOT_SUPPORTED,
        Reason.REF_FRAMES_NOT_SUPPORTED,
        Reason.AUDIO_CHANNELS_NOT_SUPPORTED,
    )


@pytest.mark.parametrize(("width", "direct"), [(1280, True), (1920, False)])
def test_entries_count_only_where_their_apply_conditions_hold(width: int, direct: bool) -> None:
    wide = condition(Operator.GREATER_THAN_EQUAL, Property.WIDTH, "1900")
    few_frames = of_video("h264", at_most(Property.REF_FRAMES, 2), apply_conditions=(wide,))
    decision = decide(media(video(width=width), audio()), profile(plays(), MP4, few_frames))
    assert (decision.method is Method.DIRECT) is direct


def test_all_apply_conditions_must_hold() -> None:
    wide = condition(Operator.GREATER_THAN_EQUAL, Property.WIDTH, "1900")
    deep = condition(Operator.GREATER_THAN_EQUAL, Property.VIDEO_BIT_DEPTH, "10")
    entry = of_video("", at_most(Property.REF_FRAMES, 2), apply_conditions=(wide, deep))
    assert decide(FILM, profile(plays(), entry)).method is Method.DIRECT


def test_containers_have_conditions_of_their_own() -> None:
    few = ContainerProfile(MediaKind.VIDEO, "mkv", (at_most(Property.NUM_STREAMS, 1),))
    music = ContainerProfile(MediaKind.AUDIO, "mkv", (at_most(Property.NUM_STREAMS, 1),))
    other = ContainerProfile(MediaKind.VIDEO, "mp4", (at_most(Property.NUM_STREAMS, 1),))
    device = profile(plays(), MP4)
    decision = decide(FILM, replace(device, container_profiles=(few,)))
    assert decision.reasons == (Reason.STREAM_COUNT_EXCEEDS_LIMIT,)
    assert decision.method is Method.REMUX
    assert decide(FILM, replace(device, container_profiles=(music, other))).reasons == ()


@pytest.mark.parametrize(
    ("container", "codecs", "webm"),
    [
        ("matroska,webm", ("vp9", "opus"), True),
        ("matroska,webm", ("vp9", "aac"), False),
        ("matroska,webm", ("h264", "opus"), False),
        ("webm", ("vp9", "opus"), True),
    ],
)
def test_matroska_is_webm_only_with_its_codecs(
    container: str, codecs: tuple[str, str], webm: bool
) -> None:
    file = media(video(codecs[0]), audio(codec=codecs[1]), container=container)
    assert (decide(file, profile(plays("webm"))).method is Method.DIRECT) is webm


def test_a_client_can_refuse_direct_play() -> None:
    decision = decide(FILM, profile(plays(), MP4), Wishes(direct_play_disabled=True))
    assert decision.reasons == (Reason.DIRECT_PLAY_ERROR,)
    assert decision.method is Method.REMUX


AC3 = audio(1, "ac3", 6, default=True)
SIDE = audio(2, "aac")
DEFAULT_SIDE = audio(2, "aac", default=True)
BROWSER = profile(plays("mkv", "h264", "aac"), MP4)


@pytest.mark.parametrize(
    ("streams", "wished", "default", "chosen", "method"),
    [
        ((AC3, SIDE), None, None, 1, Method.TRANSCODE),  # another that is no default is not taken
        ((AC3, DEFAULT_SIDE), None, None, 2, Method.DIRECT),  # another default one is
        ((audio(1, "ac3"), SIDE), None, None, 2, Method.DIRECT),  # or any where none is default
        ((AC3, SIDE), 2, None, 2, Method.DIRECT),
        ((AC3, DEFAULT_SIDE), 1, None, 1, Method.TRANSCODE),  # a wish is a wish
        ((AC3, SIDE), None, 2, 2, Method.DIRECT),
        ((AC3, SIDE), -1, None, 1, Method.TRANSCODE),
        ((AC3, SIDE), 77, None, 1, Method.TRANSCODE),
        ((AC3, SIDE), None, 77, 1, Method.TRANSCODE),
        ((), None, None, None, Method.DIRECT),
    ],
)
def test_which_sound(
    streams: tuple[Stream, ...],
    wished: int | None,
    default: int | None,
    chosen: int | None,
    method: Method,
) -> None:
    file = media(video(), *streams, default_audio_index=default)
    decision = decide(file, BROWSER, Wishes(audio_stream_index=wished))
    assert (decision.audio_stream_index, decision.method) == (chosen, method)


def test_sound_that_is_not_the_first_can_be_refused() -> None:
    first = of_sound("", condition(Operator.EQUALS, Property.IS_SECONDARY_AUDIO, "false"))
    device = profile(plays(), makes(audio_codec="aac,ac3"), first)
    file = media(video(), AC3, SIDE)
    assert decide(file, device).method is Method.DIRECT
    decision = decide(file, device, Wishes(audio_stream_index=2))
    assert decision.reasons == (Reason.SECONDARY_AUDIO_NOT_SUPPORTED,)
    assert (decision.method, decision.audio_stream_index) == (Method.REMUX, 2)


def test_sound_in_a_file_of_its_own_is_encoded() -> None:
    device = profile(plays(), MP4)
    outside = audio(2, "aac", external=True)
    decision = decide(media(video(), AC3, outside), device, Wishes(audio_stream_index=2))
    assert decision.reasons == (Reason.AUDIO_IS_EXTERNAL,)
    assert decision.transcode_mode is TranscodeMode.DIRECT_STREAM
    assert decision.audio_stream_index == 2


def test_sound_beside_the_file_is_not_secondary() -> None:
    first = of_sound("", condition(Operator.EQUALS, Property.IS_SECONDARY_AUDIO, "false"))
    outside = audio(2, "aac", external=True)
    decision = decide(
        media(video(), AC3, outside), profile(plays(), MP4, first), Wishes(audio_stream_index=2)
    )
    assert decision.reasons == (Reason.AUDIO_IS_EXTERNAL,)
