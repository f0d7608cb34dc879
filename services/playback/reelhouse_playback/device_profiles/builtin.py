"""The profiles that come with Reelhouse, for clients that don't send one of their own.

They are chosen by User-Agent, which tells little. So they claim what every device of the class
plays; a client that can do more sends its own profile, which no User-Agent overrides. All streams
that are made are CMAF segments under an HLS playlist, which is what the server delivers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict

from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    ContainerProfile,
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

GENERIC = "generic"


class _Limits(TypedDict):
    max_streaming_bit_rate: int
    max_static_bit_rate: int
    max_music_bit_rate: int


def _limits(bit_rate: int) -> _Limits:
    return {
        "max_streaming_bit_rate": bit_rate,
        "max_static_bit_rate": bit_rate,
        "max_music_bit_rate": 320_000,
    }


_FAST = _limits(120_000_000)  # a home network
_CAREFUL = _limits(20_000_000)


def _at_most(prop: Property, limit: int) -> ProfileCondition:
    return ProfileCondition(Operator.LESS_THAN_EQUAL, prop, str(limit), required=False)


def _one_of(prop: Property, values: str, *, required: bool = False) -> ProfileCondition:
    return ProfileCondition(Operator.EQUALS_ANY, prop, values, required)


def _never(prop: Property) -> ProfileCondition:
    return ProfileCondition(Operator.NOT_EQUALS, prop, "true", required=False)


def _video(container: str, video_codec: str, audio_codec: str) -> DirectPlayProfile:
    return DirectPlayProfile(MediaKind.VIDEO, container, video_codec, audio_codec)


def _music(container: str, audio_codec: str = "") -> DirectPlayProfile:
    return DirectPlayProfile(MediaKind.AUDIO, container, audio_codec=audio_codec)


def _made(
    video_codec: str, audio_codec: str, channels: int, *conditions: ProfileCondition
) -> tuple[TranscodingProfile, ...]:
    """Returns the forms for video and for music."""
    video = TranscodingProfile(
        MediaKind.VIDEO,
        "mp4",
        video_codec,
        audio_codec,
        Protocol.HLS,
        max_audio_channels=channels,
        min_segments=1,
        conditions=conditions,
    )
    music = replace(video, kind=MediaKind.AUDIO, video_codec="", audio_codec="aac", conditions=())
    return video, music


def _codec(codec: str, *conditions: ProfileCondition) -> CodecProfile:
    return CodecProfile(CodecKind.VIDEO, codec, conditions=conditions)


def _sound(*conditions: ProfileCondition, codec: str = "") -> CodecProfile:
    return CodecProfile(CodecKind.VIDEO_AUDIO, codec, conditions=conditions)


def _subtitles(method: SubtitleMethod, *formats: str) -> tuple[SubtitleProfile, ...]:
    return tuple(SubtitleProfile(name, method) for name in formats)


# --- what several classes share ---

# Levels are counted as libavcodec does: 41 is 4.1 of H.264, 153 is 5.1 of HEVC, 19 is 6.3 of AV1.
_H264_PROFILES = "high|main|baseline|constrained baseline"
_PROGRESSIVE = (_never(Property.IS_INTERLACED), _never(Property.IS_ANAMORPHIC))
_SDR = _one_of(Property.VIDEO_RANGE_TYPE, "SDR")
_HDR = _one_of(Property.VIDEO_RANGE_TYPE, "SDR|HDR10|HLG")
_APPLE_HDR = _one_of(
    Property.VIDEO_RANGE_TYPE, "SDR|HDR10|HLG|DOVI|DOVIWithHDR10|DOVIWithHLG|DOVIWithSDR"
)
_FIRST_AUDIO = _never(Property.IS_SECONDARY_AUDIO)
_STEREO = _at_most(Property.AUDIO_CHANNELS, 2)
_HD = (_at_most(Property.WIDTH, 1280), _at_most(Property.HEIGHT, 720))
_FULL_HD = (_at_most(Property.WIDTH, 1920), _at_most(Property.HEIGHT, 1080))
_ULTRA_HD = (_at_most(Property.WIDTH, 3840), _at_most(Property.HEIGHT, 2160))


def _h264(level: int, *more: ProfileCondition, profiles: str = _H264_PROFILES) -> CodecProfile:
    allowed = _one_of(Property.VIDEO_PROFILE, profiles)
    return _codec(
        "h264", allowed, _at_most(Property.VIDEO_LEVEL, level), _SDR, *_PROGRESSIVE, *more
    )


def _hevc(level: int, *more: ProfileCondition) -> CodecProfile:
    allowed = _one_of(Property.VIDEO_PROFILE, "main|main 10")
    return _codec("hevc", allowed, _at_most(Property.VIDEO_LEVEL, level), *_PROGRESSIVE, *more)


_BROWSER_MUSIC = (
    _music("mp3", "mp3"),
    _music("aac", "aac"),
    _music("m4a,mp4", "aac"),
    _music("flac", "flac"),
    _music("ogg", "vorbis,opus,flac"),
    _music("webm", "vorbis,opus"),
    _music("wav", "pcm_u8,pcm_s16le,pcm_s24le,pcm_f32le"),
)
_APPLE_MUSIC = (
    _music("mp3", "mp3"),
    _music("aac", "aac"),
    _music("m4a,mp4", "aac,alac,ac3,eac3"),
    _music("flac", "flac"),
    _music("wav", "pcm_s16le,pcm_s24le"),
)
_TV_PICTURES = (
    _h264(51, *_FULL_HD),
    _hevc(153, _HDR, *_ULTRA_HD),
    _codec("vp8,vp9", _HDR, *_ULTRA_HD),
)
_AV1 = _codec(
    "av1", _one_of(Property.VIDEO_PROFILE, "main"), _at_most(Property.VIDEO_LEVEL, 19), _HDR
)


# --- the classes ---

_generic = DeviceProfile(
    "Any device",
    **_CAREFUL,
    direct_play_profiles=(
        _video("mp4,m4v", "h264", "aac,mp3"),
        _music("mp3", "mp3"),
        _music("m4a,mp4", "aac"),
    ),
    transcoding_profiles=_made("h264", "aac", 2, *_FULL_HD),
    codec_profiles=(
        _h264(41, _at_most(Property.VIDEO_BIT_DEPTH, 8), *_FULL_HD),
        _codec("", _one_of(Property.VIDEO_ROTATION, "0")),
        _sound(_STEREO, _FIRST_AUDIO),
        CodecProfile(CodecKind.AUDIO, conditions=(_STEREO,)),
    ),
    subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
)

_safari = DeviceProfile(
    "Safari",
    **_FAST,
    direct_play_profiles=(
        _video("mp4,m4v", "h264,hevc", "aac,mp3,ac3,eac3,flac,alac"),
        _video("mov", "h264,hevc", "aac,mp3,ac3,eac3,alac"),
        *_APPLE_MUSIC,
    ),
    transcoding_profiles=_made("h264,hevc", "aac,ac3,eac3,flac,alac", 6, *_ULTRA_HD),
    codec_profiles=(
        _h264(52),
        # Apple plays HEVC only where its parameter sets are beside the stream.
        _hevc(183, _APPLE_HDR, _one_of(Property.VIDEO_CODEC_TAG, "hvc1|dvh1", required=True)),
    ),
    subtitle_profiles=(
        *_subtitles(SubtitleMethod.HLS, "vtt"),
        *_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
    ),
)

_ios = replace(
    _safari,
    display_name="iPhone and iPad",
    transcoding_profiles=_made("h264,hevc", "aac,ac3,eac3,flac,alac", 2, *_HD),
)

_apple_tv = replace(_safari, display_name="Apple TV")

_android = DeviceProfile(
    "Android phone or tablet",
    **_CAREFUL,
    direct_play_profiles=(
        _video("mp4,m4v", "h264,vp9", "aac,mp3,opus,flac"),
        _video("webm", "vp8,vp9", "vorbis,opus"),
        *_BROWSER_MUSIC,
    ),
    transcoding_profiles=_made("h264,vp9", "aac,opus,flac", 2, *_HD),
    codec_profiles=(_h264(51, *_FULL_HD), _codec("vp8,vp9", _SDR, *_FULL_HD), _sound(_FIRST_AUDIO)),
    subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
)

_shield = DeviceProfile(
    "NVIDIA Shield",
    **_FAST,
    direct_play_profiles=(
        _video(
            "mkv,mp4,m4v,mov,ts,webm",
            "h264,hevc,vp8,vp9,mpeg2video",
            "aac,mp3,mp2,ac3,eac3,dts,truehd,flac,opus,vorbis,pcm_s16le,pcm_s24le",
        ),
        *_BROWSER_MUSIC,
        _music("mkv", "aac,mp3,ac3,eac3,dts,truehd,flac,opus,vorbis"),
    ),
    transcoding_profiles=_made("h264,hevc", "aac,ac3,eac3,flac,opus", 8, *_ULTRA_HD),
    codec_profiles=(
        _h264(52, *_ULTRA_HD),
        _hevc(
            156,
            _one_of(
                Property.VIDEO_RANGE_TYPE,
                "SDR|HDR10|HDR10Plus|HLG|DOVI|DOVIWithHDR10|DOVIWithHLG|DOVIWithSDR",
            ),
            *_ULTRA_HD,
        ),
        _codec("vp8,vp9", _HDR, *_ULTRA_HD),
    ),
    subtitle_profiles=(
        *_subtitles(SubtitleMethod.EMBED, "srt", "vtt", "ass", "ssa", "pgssub"),
        *_subtitles(SubtitleMethod.EXTERNAL, "srt", "vtt"),
    ),
)

_roku = DeviceProfile(
    "Roku",
    **_FAST,
    direct_play_profiles=(
        _video("mp4,m4v,mov", "h264,hevc", "aac,mp3,alac"),
        _video("mkv,webm", "h264,hevc,vp8,vp9", "aac,mp3,flac,opus,vorbis"),
        _music("mp3", "mp3"),
        _music("m4a,mp4", "aac,alac"),
        _music("flac", "flac"),
        _music("wav", "pcm_s16le"),
    ),
    transcoding_profiles=_made("h264,hevc", "aac", 2, *_ULTRA_HD),
    codec_profiles=_TV_PICTURES,
    subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt", "srt"),
)

_smart_tv = DeviceProfile(
    "Smart TV",
    **_FAST,
    direct_play_profiles=(
        _video("mp4,m4v,mkv,ts", "h264,hevc", "aac,mp3,ac3,eac3"),
        _video("webm", "vp8,vp9", "vorbis,opus"),
        _music("mp3", "mp3"),
        _music("m4a,mp4", "aac"),
        _music("flac", "flac"),
    ),
    transcoding_profiles=_made("h264,hevc", "aac,ac3,eac3", 6, *_ULTRA_HD),
    container_profiles=(
        # Samsung's players refuse files with more.
        ContainerProfile(MediaKind.VIDEO, conditions=(_at_most(Property.NUM_STREAMS, 32),)),
    ),
    codec_profiles=(*_TV_PICTURES, _sound(_FIRST_AUDIO)),
    subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
)


def _chromium(display_name: str, newer_codecs: str = "") -> DeviceProfile:
    """Returns what browsers made from Chromium play, HEVC aside, which is up to the hardware."""
    return DeviceProfile(
        display_name,
        **_FAST,
        direct_play_profiles=(
            _video("mp4,m4v", "h264,vp9" + newer_codecs, "aac,mp3,opus,flac,vorbis"),
            _video("mov", "h264", "aac,mp3,opus,flac"),
            _video("webm", "vp8,vp9" + newer_codecs, "vorbis,opus"),
            *_BROWSER_MUSIC,
        ),
        transcoding_profiles=_made("h264,vp9" + newer_codecs, "aac,opus,flac", 6, *_ULTRA_HD),
        codec_profiles=(
            _h264(52, profiles=_H264_PROFILES + "|high 10"),
            _codec("vp8,vp9", _HDR),
            _AV1,
            _sound(_FIRST_AUDIO),
        ),
        subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
    )


def _firefox(display_name: str, newer_codecs: str = "") -> DeviceProfile:
    return DeviceProfile(
        display_name,
        **_FAST,
        direct_play_profiles=(
            _video("mp4,m4v", "h264,vp9" + newer_codecs, "aac,mp3,opus,flac"),
            _video("webm", "vp8,vp9" + newer_codecs, "vorbis,opus"),
            *_BROWSER_MUSIC,
        ),
        transcoding_profiles=_made("h264,vp9" + newer_codecs, "aac,opus,flac", 2, *_ULTRA_HD),
        codec_profiles=(
            _h264(52),
            _codec("vp8,vp9,av1", _SDR),
            _AV1,
            _sound(_STEREO, _FIRST_AUDIO),
        ),
        subtitle_profiles=_subtitles(SubtitleMethod.EXTERNAL, "vtt"),
    )


# By the id that stands in the resource name: "deviceProfiles/chrome".
BUILTIN_PROFILES: Mapping[str, DeviceProfile] = {
    GENERIC: _generic,
    "ios": _ios,
    "apple-tv": _apple_tv,
    "android": _android,
    "shield": _shield,
    "roku": _roku,
    "smart-tv": _smart_tv,
    "chrome": _chromium("Chrome", ",av1"),
    "chrome-legacy": _chromium("Chrome before 90"),
    "edge": _chromium("Edge"),
    "opera": _chromium("Opera"),
    "firefox": _firefox("Firefox", ",av1"),
    "firefox-legacy": _firefox("Firefox before 100"),
    "safari": _safari,
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """A class of devices by what its User-Agents say.

    Attributes:
        profile: The id of its profile.
        pattern: What they say; a group is the version.
        since: The first version that has the profile.
        before: The id of the profile of earlier versions.
    """

    profile: str
    pattern: re.Pattern[str]
    since: int = 0
    before: str = GENERIC


# The first that matches counts: devices before browsers, since the browser on a device is bound to
# what the device plays, and browsers before those they pretend to be.
_RULES = (
    _Rule("apple-tv", re.compile(r"apple ?tv|tvos", re.IGNORECASE)),
    _Rule("shield", re.compile(r"\bshield\b", re.IGNORECASE)),
    _Rule("roku", re.compile(r"\broku\b", re.IGNORECASE)),
    _Rule(
        "smart-tv",
        re.compile(
            r"smart-?tv|tizen|web0s|webos|netcast|hbbtv|bravia|vidaa|viera|aquos"
            r"|android ?tv|google ?tv|\b(?-i:AFT[A-Z]{1,4})\b",
            re.IGNORECASE,
        ),
    ),
    _Rule("ios", re.compile(r"\b(?:iphone|ipad|ipod)\b", re.IGNORECASE)),
    _Rule("android", re.compile(r"\bandroid\b|exoplayer", re.IGNORECASE)),
    _Rule("edge", re.compile(r"\bedge?/\d", re.IGNORECASE)),
    _Rule("opera", re.compile(r"\bopr/\d|\bopera\b", re.IGNORECASE)),
    _Rule(
        "firefox", re.compile(r"\bfirefox/(\d{1,9})", re.IGNORECASE), 100, before="firefox-legacy"
    ),
    _Rule(
        "chrome",
        re.compile(r"\b(?:headless)?chrom(?:e|ium)/(\d{1,9})", re.IGNORECASE),
        90,
        before="chrome-legacy",
    ),
    _Rule("safari", re.compile(r"\bversion/\d.*\bsafari/", re.IGNORECASE)),
)
_MAX_USER_AGENT = 1_000  # characters that are looked at


def choose_builtin(user_agent: str) -> str:
    """Returns the id of the built-in profile for a client that sends none of its own."""
    said = user_agent[:_MAX_USER_AGENT]
    for rule in _RULES:
        match = rule.pattern.search(said)
        if match:
            newer = not rule.since or int(match[1]) >= rule.since
            return rule.profile if newer else rule.before
    return GENERIC
