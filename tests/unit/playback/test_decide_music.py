"""Music, and media with nothing in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reelhouse_playback.decisions.model import (
    MediaFacts,
    Method,
    Reason,
    StreamAction,
    TranscodeMode,
    Wishes,
    decide,
)
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    MediaKind,
    Property,
    SubtitleMethod,
)
from tests.unit.playback.builders import (
    MP4,
    at_most,
    audio,
    makes,
    media,
    plays,
    plays_music,
    profile,
    shows,
    subtitle,
    video,
)

COPY = StreamAction.COPY
ENCODE = StreamAction.ENCODE
NONE = StreamAction.NONE


FLAC = media(audio(0, "flac", bit_rate=900_000), container="flac", bit_rate=900_000)
PHONE = profile(
    plays("flac"),
    plays_music("mp3"),
    plays_music("m4a,mp4", "aac"),
    plays_music("flac"),
    makes(),
    makes("mp4", "", "aac", kind=MediaKind.AUDIO),
)


@pytest.mark.parametrize(
    ("container", "codec", "method", "made", "reasons"),
    [
        ("flac", "flac", Method.DIRECT, "flac", ()),
        ("mp3", "mp3", Method.DIRECT, "mp3", ()),
        ("mov,mp4,m4a,3gp,3g2,mj2", "aac", Method.DIRECT, "mp4", ()),
        # Only in a wrong container: copied into one that is named for the codec.
        ("matroska", "flac", Method.REMUX, "flac", (Reason.CONTAINER_NOT_SUPPORTED,)),
        ("mpegts", "aac", Method.REMUX, "m4a", (Reason.CONTAINER_NOT_SUPPORTED,)),
        (
            "ogg",
            "vorbis",
            Method.TRANSCODE,
            "mp4",
            (Reason.CONTAINER_NOT_SUPPORTED, Reason.AUDIO_CODEC_NOT_SUPPORTED),
        ),
        (
            "mov,mp4,m4a,3gp,3g2,mj2",
            "alac",
            Method.TRANSCODE,
            "mp4",
            (Reason.AUDIO_CODEC_NOT_SUPPORTED,),
        ),
    ],
)
def test_music(
    container: str, codec: str, method: Method, made: str, reasons: tuple[Reason, ...]
) -> None:
    file = media(audio(0, codec), container=container, bit_rate=200_000)
    decision = decide(file, PHONE)
    assert (decision.method, decision.container) == (method, made)
    assert decision.reasons == reasons
    assert (decision.video_action, decision.video_stream_index) == (NONE, None)
    assert decision.audio_stream_index == 0
    assert decision.playable


def test_music_with_a_cover_is_music() -> None:
    cover = video("mjpeg", index=1, attached_picture=True)
    file = media(audio(0, "flac"), cover, subtitle(default=True), container="flac")
    decision = decide(file, PHONE)
    assert decision.method is Method.DIRECT
    assert decision.subtitle_stream_index is None


def test_browsers_play_no_music_in_matroska() -> None:
    file = media(audio(0, "opus"), container="matroska,webm")
    browser = profile(plays_music("webm", "opus"), makes("mp4", "", "aac", kind=MediaKind.AUDIO))
    decision = decide(file, browser)
    assert decision.method is not Method.DIRECT
    assert decide(file, profile(plays_music("mkv,webm", "opus"))).method is Method.DIRECT


def test_music_has_conditions_and_a_limit_of_its_own() -> None:
    stereo = CodecProfile(CodecKind.AUDIO, conditions=(at_most(Property.AUDIO_CHANNELS, 2),))
    device = replace(PHONE, codec_profiles=(stereo,), max_music_bit_rate=160_000)
    assert decide(FLAC, device).method is Method.DIRECT
    surround = media(audio(0, "flac", 6, bit_rate=900_000), container="flac", bit_rate=900_000)
    decision = decide(surround, device)
    assert decision.reasons == (Reason.AUDIO_CHANNELS_NOT_SUPPORTED,)
    assert (decision.max_audio_channels, decision.max_audio_bit_rate) == (2, 160_000)
    limited = decide(FLAC, device, Wishes(max_bit_rate=128_000))
    assert limited.reasons == (Reason.CONTAINER_BIT_RATE_EXCEEDS_LIMIT,)
    assert limited.max_audio_bit_rate == 128_000


def test_media_without_streams_is_not_playable_as_it_is() -> None:
    decision = decide(MediaFacts("mp4"), profile(plays("mp4", "h264", "aac"), MP4))
    assert decision.reasons == (Reason.VIDEO_CODEC_NOT_SUPPORTED,)
    assert decision.transcode_mode is TranscodeMode.TRANSCODE
    assert (decision.video_stream_index, decision.audio_stream_index) == (None, None)


def test_subtitles_drawn_into_what_is_made_need_an_encoding() -> None:
    device = profile(plays("mp4"), MP4, shows("srt", SubtitleMethod.EMBED))
    decision = decide(media(video(), audio(), subtitle(default=True)), device)
    assert decision.subtitle_method is SubtitleMethod.ENCODE
    assert (decision.video_action, decision.audio_action) == (ENCODE, COPY)
