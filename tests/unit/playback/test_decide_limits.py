"""Bit rates and other limits, and who gets what they leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelhouse_playback.decisions.model import (
    MediaFacts,
    Method,
    Reason,
    StreamAction,
    VideoRange,
    Wishes,
    decide,
)
from reelhouse_playback.device_profiles.model import (
    Operator,
    Property,
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
    one_of,
    plays,
    profile,
    video,
)

COPY = StreamAction.COPY
ENCODE = StreamAction.ENCODE


@pytest.mark.parametrize(("said", "most"), [("1e12", 2**31 - 1), ("-7", 0), ("1280.9", 1280)])
def test_limits_fit_the_wire(said: str, most: int) -> None:
    device = profile(MP4, of_video("h264", at_most(Property.WIDTH, said)))
    assert decide(media(video("vp9"), audio()), device).max_width == most


@pytest.mark.parametrize(
    ("profile_limit", "wish", "direct"),
    [
        (None, None, True),
        (0, None, True),
        (0, 0, True),
        (4_500_000, None, True),
        (4_499_999, None, False),
        (None, 4_500_000, True),
        (None, 4_499_999, False),
        (1_000_000, 9_000_000, False),  # a wish does not raise what the device says of itself
        (9_000_000, 1_000_000, False),
    ],
)
def test_bit_rate_limit(profile_limit: int | None, wish: int | None, direct: bool) -> None:
    device = profile(plays(), MP4, max_streaming_bit_rate=profile_limit)
    decision = decide(FILM, device, Wishes(max_bit_rate=wish))
    assert (decision.method is Method.DIRECT) is direct
    if not direct:
        assert decision.reasons == (Reason.CONTAINER_BIT_RATE_EXCEEDS_LIMIT,)


OUTSIDE = audio(5, "flac", bit_rate=9_000_000, external=True)


@pytest.mark.parametrize(
    ("file", "limit", "direct"),
    [
        (media(video(), audio(), bit_rate=None), 4_192_000, True),  # the sum of its streams
        (media(video(), audio(), bit_rate=None), 4_191_999, False),
        (media(video(), audio(), OUTSIDE, bit_rate=None), 4_192_000, True),
        (media(video(bit_rate=None), audio(), bit_rate=None), 40_000_000, True),  # assumed
        (media(video(bit_rate=None), audio(), bit_rate=None), 39_999_999, False),
    ],
)
def test_unknown_bit_rates(file: MediaFacts, limit: int, direct: bool) -> None:
    decision = decide(file, profile(plays(), MP4, max_streaming_bit_rate=limit))
    assert (decision.method is Method.DIRECT) is direct


def test_a_picture_of_unknown_bit_rate_takes_at_most_what_the_whole_does() -> None:
    file = media(video(bit_rate=None), audio(), bit_rate=4_500_000)
    assert decide(file, profile(MP4)).video_action is COPY
    tight = profile(MP4, max_streaming_bit_rate=4_000_000)
    assert decide(file, tight).video_action is ENCODE


def test_what_a_limit_leaves_goes_to_the_picture() -> None:
    device = profile(plays(), MP4, max_streaming_bit_rate=3_000_000)
    decision = decide(FILM, device)
    assert (decision.video_action, decision.audio_action) == (ENCODE, COPY)
    assert decision.max_video_bit_rate == 3_000_000 - 192_000
    surround = decide(media(video(), audio(codec="ac3", channel_count=6)), device)
    assert surround.max_audio_bit_rate == 448_000
    assert surround.max_video_bit_rate == 3_000_000 - 448_000
    tight = decide(FILM, replace(device, max_streaming_bit_rate=100_000))
    assert (tight.max_audio_bit_rate, tight.max_video_bit_rate) == (128_000, 64_000)


def test_streams_that_are_left_out_do_not_count() -> None:
    file = media(video(), audio(), audio(2, "flac", bit_rate=5_000_000), bit_rate=9_500_000)
    decision = decide(file, profile(plays(), MP4, max_streaming_bit_rate=8_000_000))
    assert decision.reasons == (Reason.CONTAINER_BIT_RATE_EXCEEDS_LIMIT,)
    assert decision.method is Method.REMUX


@pytest.mark.parametrize(
    ("source", "form_channels", "codec_channels", "most", "bit_rate"),
    [
        (6, None, None, None, 640_000),
        (6, 2, None, 2, 384_000),
        (6, 6, 2, 2, 384_000),
        (6, 2, 6, 2, 384_000),
        (2, 6, None, 6, 384_000),
        (1, None, None, None, 128_000),
        (6, 0, None, None, 640_000),  # 0 is no limit
    ],
)
def test_channels_and_bits_of_encoded_sound(
    source: int,
    form_channels: int | None,
    codec_channels: int | None,
    most: int | None,
    bit_rate: int,
) -> None:
    limits = [of_sound("aac", at_most(Property.AUDIO_CHANNELS, codec_channels))]
    device = profile(makes(max_audio_channels=form_channels), *(limits if codec_channels else []))
    file = media(video(), audio(codec="dts", channel_count=source, bit_rate=1_500_000))
    decision = decide(file, device)
    assert (decision.max_audio_channels, decision.max_audio_bit_rate) == (most, bit_rate)


@pytest.mark.parametrize(
    ("bit_rate", "most"), [(32_000, 64_000), (None, 64_000), (96_000, 128_000)]
)
def test_narrow_mono_stays_narrow(bit_rate: int | None, most: int) -> None:
    file = media(video(), audio(codec="mp2", channel_count=1, bit_rate=bit_rate))
    assert decide(file, profile(MP4)).max_audio_bit_rate == most


def test_sound_that_keeps_its_codec_keeps_its_bit_rate() -> None:
    device = profile(MP4, of_sound("aac", at_most(Property.AUDIO_SAMPLE_RATE, 44_100)))
    decision = decide(FILM, device)
    assert (decision.audio_action, decision.max_audio_bit_rate) == (ENCODE, 192_000)
    assert decision.audio_targets[0].max_sample_rate == 44_100


def test_too_many_channels_for_a_form_are_a_reason() -> None:
    device = profile(plays("mp4"), makes(max_audio_channels=2))
    decision = decide(media(video(), audio(channel_count=6)), device)
    assert decision.reasons == (
        Reason.CONTAINER_NOT_SUPPORTED,
        Reason.AUDIO_CHANNELS_NOT_SUPPORTED,
    )
    assert decision.audio_action is ENCODE


@pytest.mark.parametrize(
    ("channels", "first"), [(6, ("ac3", "aac", "dts")), (2, ("dts", "aac", "ac3"))]
)
def test_codecs_players_fail_with_are_encoded_to_last(
    channels: int, first: tuple[str, ...]
) -> None:
    offered = "dts,ac3,aac" if channels == 6 else "ac3,dts,aac"
    file = media(video(), audio(codec="flac", channel_count=channels))
    assert decide(file, profile(makes("mp4", "h264", offered))).audio_codecs == first


def test_an_encoded_picture_keeps_all_limits() -> None:
    form = makes(
        "mp4",
        "h264,hevc",
        conditions=(at_most(Property.WIDTH, 1280), at_most(Property.HEIGHT, 720)),
    )
    device = profile(
        form,
        of_video(
            "h264",
            at_most(Property.VIDEO_LEVEL, 41),
            at_most(Property.REF_FRAMES, 4),
            at_most(Property.VIDEO_FRAME_RATE, 29.97),
            at_most(Property.VIDEO_BIT_DEPTH, 8),
            one_of(Property.VIDEO_PROFILE, "high|main"),
            one_of(Property.VIDEO_RANGE_TYPE, "SDR"),
            condition(Operator.NOT_EQUALS, Property.IS_INTERLACED, "true"),
            condition(Operator.EQUALS, Property.IS_ANAMORPHIC, "false"),
        ),
        of_video(
            "hevc",
            one_of(Property.VIDEO_CODEC_TAG, "hvc1|dvh1"),
            one_of(Property.VIDEO_CODEC_TAG, "hev1"),  # of lists, the first counts
            condition(Operator.NOT_EQUALS, Property.VIDEO_RANGE_TYPE, "DOVI"),
            condition(Operator.GREATER_THAN_EQUAL, Property.WIDTH, "100"),
        ),
        of_video("", at_most(Property.VIDEO_BIT_RATE, 20_000_000)),
    )
    decision = decide(media(video("vp9"), audio()), device)
    h264, hevc = decision.video_targets
    assert (h264.max_width, h264.max_height, h264.max_bit_rate) == (1280, 720, 20_000_000)
    assert (h264.max_level, h264.max_reference_frames, h264.max_bit_depth) == (41, 4, 8)
    assert h264.max_frame_rate == 29.97
    assert h264.profiles == ("high", "main")
    assert h264.ranges == (VideoRange.SDR,)
    assert (h264.progressive, h264.square_pixels) == (True, True)
    assert hevc.codec_tags == ("hvc1", "dvh1")
    assert VideoRange.DOVI not in hevc.ranges
    assert (hevc.progressive, hevc.max_level) == (False, None)
    assert (decision.max_width, decision.max_height) == (1280, 720)
    assert decision.transcoding == form


def test_a_copied_picture_gets_the_code_the_device_knows() -> None:
    device = profile(
        plays(),
        makes("mp4", "hevc"),
        of_video("hevc", one_of(Property.VIDEO_CODEC_TAG, "hvc1|dvh1")),
    )
    decision = decide(media(video("hevc", codec_tag="hev1"), audio()), device)
    assert decision.reasons == (Reason.VIDEO_CODEC_TAG_NOT_SUPPORTED,)
    assert decision.method is Method.REMUX
    assert decision.video_targets[0].codec_tags == ("hvc1", "dvh1")
