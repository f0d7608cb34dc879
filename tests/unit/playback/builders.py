"""Short ways to say what media and profiles the tests are about."""

from __future__ import annotations

from typing import Any

from reelhouse_playback.decisions.model import MediaFacts, Stream, StreamKind, VideoRange
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    DeviceProfile,
    DirectPlayProfile,
    MediaKind,
    Operator,
    ProfileCondition,
    Property,
    Protocol,
    SubtitleMethod,
    SubtitleProfile,
    TranscodingProfile,
)

H264 = Stream(
    index=0,
    kind=StreamKind.VIDEO,
    codec="h264",
    codec_tag="avc1",
    profile="High",
    level=41,
    bit_rate=4_000_000,
    bit_depth=8,
    width=1920,
    height=1080,
    frame_rate=24.0,
    reference_frame_count=4,
    video_range=VideoRange.SDR,
    interlaced=False,
    anamorphic=False,
    avc=True,
)


def video(codec: str = "h264", **changes: Any) -> Stream:
    return _changed(H264, codec=codec, **changes)


def audio(index: int = 1, codec: str = "aac", channel_count: int = 2, **changes: Any) -> Stream:
    base = Stream(index, StreamKind.AUDIO, codec, bit_rate=192_000, sample_rate=48_000)
    return _changed(base, channel_count=channel_count, **changes)


def subtitle(index: int = 9, codec: str = "subrip", **changes: Any) -> Stream:
    return _changed(Stream(index, StreamKind.SUBTITLE, codec, language="eng"), **changes)


def _changed(stream: Stream, **changes: Any) -> Stream:
    values = {name: getattr(stream, name) for name in Stream.__dataclass_fields__}
    return Stream(**(values | changes))


def media(*streams: Stream, container: str = "mkv", **changes: Any) -> MediaFacts:
    return MediaFacts(container, streams, **({"bit_rate": 4_500_000} | changes))


def condition(
    operator: Operator, prop: Property, value: str, *, required: bool = False
) -> ProfileCondition:
    return ProfileCondition(operator, prop, value, required)


def at_most(prop: Property, value: object) -> ProfileCondition:
    return condition(Operator.LESS_THAN_EQUAL, prop, str(value))


def one_of(prop: Property, value: str) -> ProfileCondition:
    return condition(Operator.EQUALS_ANY, prop, value)


def plays(container: str = "", video_codec: str = "", audio_codec: str = "") -> DirectPlayProfile:
    return DirectPlayProfile(MediaKind.VIDEO, container, video_codec, audio_codec)


def plays_music(container: str = "", audio_codec: str = "") -> DirectPlayProfile:
    return DirectPlayProfile(MediaKind.AUDIO, container, audio_codec=audio_codec)


def makes(
    container: str = "mp4",
    video_codec: str = "h264",
    audio_codec: str = "aac",
    protocol: Protocol = Protocol.HLS,
    **changes: Any,
) -> TranscodingProfile:
    kind = changes.pop("kind", MediaKind.VIDEO)
    return TranscodingProfile(kind, container, video_codec, audio_codec, protocol, **changes)


def of_video(codec: str, *conditions: ProfileCondition, **changes: Any) -> CodecProfile:
    return CodecProfile(CodecKind.VIDEO, codec, conditions=conditions, **changes)


def of_sound(codec: str, *conditions: ProfileCondition, **changes: Any) -> CodecProfile:
    return CodecProfile(CodecKind.VIDEO_AUDIO, codec, conditions=conditions, **changes)


def shows(name: str, method: SubtitleMethod, **changes: Any) -> SubtitleProfile:
    return SubtitleProfile(name, method, **changes)


def profile(
    *parts: DirectPlayProfile | TranscodingProfile | CodecProfile | SubtitleProfile,
    **changes: Any,
) -> DeviceProfile:
    """Sorts entries into a profile, each kind in the order given."""
    return DeviceProfile(
        direct_play_profiles=tuple(p for p in parts if isinstance(p, DirectPlayProfile)),
        transcoding_profiles=tuple(p for p in parts if isinstance(p, TranscodingProfile)),
        codec_profiles=tuple(p for p in parts if isinstance(p, CodecProfile)),
        subtitle_profiles=tuple(p for p in parts if isinstance(p, SubtitleProfile)),
        **changes,
    )


FILM = media(video(), audio())  # in Matroska, H.264 and AAC
MP4 = makes()
