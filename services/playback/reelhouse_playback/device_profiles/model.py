"""Device profiles: what a kind of device can play, with the semantics of Jellyfin's.

The types mirror `reelhouse/playback/v1/device_profile.proto`: enum members are named as the
values on the wire without their prefix, and an absent limit is None. Lists of containers, codecs
and languages stay the comma-separated text a client sent; `listed` is their one reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class MediaKind(StrEnum):
    """What an entry of a profile is about."""

    VIDEO = "video"  # with or without sound
    AUDIO = "audio"  # sound only
    PHOTO = "photo"
    SUBTITLE = "subtitle"
    LYRIC = "lyric"


class Protocol(StrEnum):
    """How bytes reach the device."""

    HTTP = "http"  # one file, by ranges
    HLS = "hls"  # a playlist and segments


class CodecKind(StrEnum):
    """What a codec profile is about."""

    VIDEO = "video"  # the picture of a video
    VIDEO_AUDIO = "video_audio"  # the sound of a video
    AUDIO = "audio"  # sound alone


class Operator(StrEnum):
    """How a property is compared with the value of a condition."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    LESS_THAN_EQUAL = "less_than_equal"
    GREATER_THAN_EQUAL = "greater_than_equal"
    EQUALS_ANY = "equals_any"  # one of several values, separated by "|"


class Property(StrEnum):
    """What a condition is about. `decisions.conditions` says where each value comes from."""

    AUDIO_CHANNELS = "audio_channels"
    AUDIO_BIT_RATE = "audio_bit_rate"
    AUDIO_PROFILE = "audio_profile"
    WIDTH = "width"
    HEIGHT = "height"
    HAS_64_BIT_OFFSETS = "has_64_bit_offsets"
    PACKET_LENGTH = "packet_length"
    VIDEO_BIT_DEPTH = "video_bit_depth"
    VIDEO_BIT_RATE = "video_bit_rate"
    VIDEO_FRAME_RATE = "video_frame_rate"
    VIDEO_LEVEL = "video_level"
    VIDEO_PROFILE = "video_profile"
    VIDEO_TIMESTAMP = "video_timestamp"
    IS_ANAMORPHIC = "is_anamorphic"
    REF_FRAMES = "ref_frames"
    NUM_AUDIO_STREAMS = "num_audio_streams"
    NUM_VIDEO_STREAMS = "num_video_streams"
    IS_SECONDARY_AUDIO = "is_secondary_audio"
    VIDEO_CODEC_TAG = "video_codec_tag"
    IS_AVC = "is_avc"
    IS_INTERLACED = "is_interlaced"
    AUDIO_SAMPLE_RATE = "audio_sample_rate"
    AUDIO_BIT_DEPTH = "audio_bit_depth"
    VIDEO_RANGE_TYPE = "video_range_type"
    NUM_STREAMS = "num_streams"
    VIDEO_ROTATION = "video_rotation"


class SubtitleMethod(StrEnum):
    """How subtitles reach the device."""

    ENCODE = "encode"  # drawn into the picture
    EMBED = "embed"  # a stream of the file
    EXTERNAL = "external"  # a file beside it
    HLS = "hls"  # a rendition of the HLS playlist
    DROP = "drop"  # left out


# Names that mean the same: left what libavformat, libavcodec or a client may say, right what is
# compared. Containers, codecs and subtitle formats share the table, since none of these collide.
_ALIASES = {
    "matroska": "mkv",
    "mpegts": "ts",
    "mpegvideo": "mpeg",
    "avc": "h264",
    "h265": "hevc",
    "dca": "dts",
    "subrip": "srt",
    "webvtt": "vtt",
    "pgs": "pgssub",
    "sup": "pgssub",
    "hdmv_pgs_subtitle": "pgssub",
    "vobsub": "dvdsub",
    "dvd_subtitle": "dvdsub",
    "dvb_subtitle": "dvbsub",
}


@lru_cache(maxsize=4096)
def canonical(name: str) -> str:
    """Returns the name under which a container, codec or subtitle format is compared."""
    lowered = name.strip().lower()
    return _ALIASES.get(lowered, lowered)


@lru_cache(maxsize=4096)
def names(text: str) -> tuple[str, ...]:
    """Returns the canonical names of a comma-separated list in their order, each once."""
    parts = map(canonical, text.removeprefix("-").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


@lru_cache(maxsize=4096)
def _name_set(text: str) -> frozenset[str]:
    return frozenset(names(text))


def listed(text: str, any_of: Sequence[str]) -> bool:
    """Tells whether a list of a profile allows at least one of some canonical names.

    An empty list allows all names; one that begins with "-" allows all but those it has, and is
    refused by a single one of them. No name at all (nothing is known) is in no list but a
    negative one.
    """
    negative = text.startswith("-")
    if not any_of:
        return negative
    entries = _name_set(text)
    return not entries or entries.isdisjoint(any_of) is negative


@dataclass(frozen=True, slots=True)
class ProfileCondition:
    """One condition on a property of media.

    Attributes:
        operator: How to compare.
        property: What to compare.
        value: What to compare with, in the units of the property.
        required: Whether media whose property is unknown fails the condition.
    """

    operator: Operator
    property: Property
    value: str = ""
    required: bool = True


@dataclass(frozen=True, slots=True)
class DirectPlayProfile:
    """A combination of containers and codecs that plays as it is.

    The methods take canonical names; "" is a codec that is not known.
    """

    kind: MediaKind
    container: str = ""
    video_codec: str = ""
    audio_codec: str = ""

    def plays_container(self, containers: Sequence[str]) -> bool:
        """Tells whether files with these names of a container play."""
        return listed(self.container, containers)

    def plays_video(self, codec: str) -> bool:
        """Tells whether pictures of a codec play."""
        return listed(self.video_codec, (codec,) if codec else ())

    def plays_audio(self, codec: str) -> bool:
        """Tells whether sound of a codec plays."""
        return listed(self.audio_codec, (codec,) if codec else ())

    def names_audio(self, codec: str) -> bool:
        """Tells whether a codec of sound is named, as one or as a container of its own."""
        return any(
            codec in names(text)
            for text in (self.audio_codec, self.container)
            if not text.startswith("-")
        )


@dataclass(frozen=True, slots=True)
class TranscodingProfile:
    """A form that other media is turned into.

    Attributes:
        kind: What this is about.
        container: The container, for example "mp4" or "ts".
        video_codec: The video codecs, best first.
        audio_codec: The audio codecs, best first.
        protocol: How it is delivered.
        max_audio_channels: The most channels of sound. None: no limit.
        min_segments: How many segments must be there before playing begins.
        segment_length_seconds: How long a segment is. 0: the server's choice.
        break_on_non_key_frames: Whether segments may begin where there is no key frame.
        copy_timestamps: Whether timestamps are kept as in the source.
        enable_subtitles_in_manifest: Whether subtitles are put into the playlist.
        conditions: What a picture that is encoded for this form must satisfy.
        for_download: Whether it is for downloads rather than for streaming.
        estimate_content_length: Whether the size of the whole is estimated for the device.
    """

    kind: MediaKind
    container: str = ""
    video_codec: str = ""
    audio_codec: str = ""
    protocol: Protocol = Protocol.HTTP
    max_audio_channels: int | None = None
    min_segments: int = 0
    segment_length_seconds: int = 0
    break_on_non_key_frames: bool = False
    copy_timestamps: bool = False
    enable_subtitles_in_manifest: bool = False
    conditions: tuple[ProfileCondition, ...] = ()
    for_download: bool = False
    estimate_content_length: bool = False


@dataclass(frozen=True, slots=True)
class ContainerProfile:
    """Conditions that files in some containers must satisfy to play as they are."""

    kind: MediaKind
    container: str = ""
    conditions: tuple[ProfileCondition, ...] = ()

    def covers(self, containers: Sequence[str]) -> bool:
        """Tells whether the entry is about a container, given by its canonical names."""
        return not self.container or listed(self.container, containers)


@dataclass(frozen=True, slots=True)
class CodecProfile:
    """Conditions that streams of some codecs must satisfy.

    Attributes:
        kind: What this is about.
        codec: The codecs.
        container: The containers it is limited to.
        sub_container: The containers of the segments it is limited to, where `container` is "hls".
        conditions: All of these must hold.
        apply_conditions: The entry counts only where all of these hold.
    """

    kind: CodecKind
    codec: str = ""
    container: str = ""
    sub_container: str = ""
    conditions: tuple[ProfileCondition, ...] = ()
    apply_conditions: tuple[ProfileCondition, ...] = ()

    def covers(
        self, codec: str, containers: Sequence[str], protocol: Protocol | None = None
    ) -> bool:
        """Tells whether the entry is about a codec in one of some containers.

        Args:
            codec: The codec's canonical name, "" when unknown.
            containers: The canonical names of the container.
            protocol: How a container that is made is delivered; None for a file as it is.
        """
        in_playlist = protocol is Protocol.HLS and self.container.lower() == "hls"
        wanted = self.sub_container if in_playlist else self.container
        return (not self.codec or listed(self.codec, (codec,) if codec else ())) and listed(
            wanted, containers
        )


@dataclass(frozen=True, slots=True)
class SubtitleProfile:
    """A way for subtitles to reach the device.

    Attributes:
        format: The format, for example "vtt".
        method: The way.
        language: The languages it is limited to. Subtitles without one are "und".
        container: The containers it is limited to.
        didl_mode: Kept for clients that read it back; decisions don't.
    """

    format: str
    method: SubtitleMethod
    language: str = ""
    container: str = ""
    didl_mode: str = ""


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """What a kind of device can play. All rates are bits per second; None or 0: no limit.

    Attributes:
        display_name: What people call it.
        max_streaming_bit_rate: The most of anything that is streamed, as it is or made anew.
        max_static_bit_rate: The same for downloads.
        max_music_bit_rate: The most of music that is encoded for the device.
        direct_play_profiles: What plays as it is.
        transcoding_profiles: What is made of the rest, best first.
        container_profiles: Conditions on containers.
        codec_profiles: Conditions on codecs. Where several are about the same codec, all numbers
            must hold; of lists (profiles, ranges, rotations) for streams that are made, the first.
        subtitle_profiles: How subtitles reach the device, best first.
    """

    display_name: str = ""
    max_streaming_bit_rate: int | None = None
    max_static_bit_rate: int | None = None
    max_music_bit_rate: int | None = None
    direct_play_profiles: tuple[DirectPlayProfile, ...] = ()
    transcoding_profiles: tuple[TranscodingProfile, ...] = ()
    container_profiles: tuple[ContainerProfile, ...] = ()
    codec_profiles: tuple[CodecProfile, ...] = ()
    subtitle_profiles: tuple[SubtitleProfile, ...] = ()
