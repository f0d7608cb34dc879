"""What a decision is made from, beside the device profile: the media, the wishes, the server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class StreamKind(StrEnum):
    """What a stream carries."""

    OTHER = "other"  # anything else, such as timed data
    VIDEO = "video"
    AUDIO = "audio"
    SUBTITLE = "subtitle"
    ATTACHMENT = "attachment"  # a file inside the file: a font, a cover


class VideoRange(StrEnum):
    """How bright and wide colors are. The values are the names that device profiles use."""

    SDR = "SDR"
    HDR10 = "HDR10"  # PQ with static metadata
    HDR10_PLUS = "HDR10Plus"  # PQ with dynamic metadata of SMPTE 2094-40
    HLG = "HLG"  # hybrid log-gamma
    DOVI = "DOVI"  # Dolby Vision without a base layer that plays alone (profile 5)
    DOVI_WITH_HDR10 = "DOVIWithHDR10"
    DOVI_WITH_HLG = "DOVIWithHLG"
    DOVI_WITH_SDR = "DOVIWithSDR"
    DOVI_WITH_EL = "DOVIWithEL"  # with an enhancement layer (profile 7)
    DOVI_WITH_HDR10_PLUS = "DOVIWithHDR10Plus"
    DOVI_WITH_EL_HDR10_PLUS = "DOVIWithELHDR10Plus"
    DOVI_INVALID = "DOVIInvalid"  # signalled, but outside of Dolby's specification


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a media file. None, or an empty text, is unknown or does not apply.

    Attributes:
        index: Names the stream among those of the media.
        kind: What it carries.
        codec: The codec as libavcodec names it, for example "h264", "hdmv_pgs_subtitle".
        codec_tag: The four-character code, for example "avc1".
        profile: The codec's profile, for example "High 10".
        level: The codec's level as libavcodec counts it: 41 for H.264 4.1, 153 for HEVC 5.1.
        language: ISO 639-2, for example "eng".
        default: Whether it is to be played unless another is chosen.
        forced: Whether it is to be shown even when subtitles are off.
        external: Whether it lies in a file of its own beside the media.
        bit_rate: Bits per second.
        bit_depth: Bits per color component, or per sample of sound.
        width: Pixels from left to right.
        height: Pixels from top to bottom.
        frame_rate: Frames per second.
        reference_frame_count: How many frames a frame may refer to.
        video_range: How bright and wide colors are.
        rotation_degrees: Degrees to turn the picture by, clockwise.
        interlaced: Whether frames are two fields.
        anamorphic: Whether pixels are not square.
        avc: Whether H.264 has length prefixes, as in MP4, rather than start codes.
        packet_length: Bytes of a packet of a transport stream: 188 or 192.
        channel_count: Channels of sound.
        sample_rate: Samples of sound per second.
        text_subtitle: Whether subtitles are text rather than pictures. None: as the codec says.
        attached_picture: Whether a video stream is a still picture, such as a cover.
    """

    index: int
    kind: StreamKind
    codec: str = ""
    codec_tag: str = ""
    profile: str = ""
    level: float | None = None
    language: str = ""
    default: bool = False
    forced: bool = False
    external: bool = False
    bit_rate: int | None = None
    bit_depth: int | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    reference_frame_count: int | None = None
    video_range: VideoRange | None = None
    rotation_degrees: int | None = None
    interlaced: bool | None = None
    anamorphic: bool | None = None
    avc: bool | None = None
    packet_length: int | None = None
    channel_count: int | None = None
    sample_rate: int | None = None
    text_subtitle: bool | None = None
    attached_picture: bool = False


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What is known of a media file and the files beside it.

    Attributes:
        container: As libavformat names it: one name or several, for example "matroska,webm".
        streams: All streams in the order of the file, those of files beside it last.
        bit_rate: Bits per second over all streams. None: unknown.
        default_audio_index: The audio stream to play unless another is wished. None: the first
            one flagged as default, or else the first.
        default_subtitle_index: The subtitles to show unless others are wished; -1: none. None: the
            first ones flagged as default, or else as forced, or else none.
        timestamp: The timestamps of a transport stream: "none", "zero" or "valid". Empty: unknown.
    """

    container: str
    streams: tuple[Stream, ...] = ()
    bit_rate: int | None = None
    default_audio_index: int | None = None
    default_subtitle_index: int | None = None
    timestamp: str = ""

    def of_kind(self, kind: StreamKind) -> Iterator[Stream]:
        """Yields the streams of one kind; still pictures are not video."""
        return (s for s in self.streams if s.kind is kind and not s.attached_picture)

    def find(self, kind: StreamKind, index: int | None) -> Stream | None:
        """Returns the stream of one kind with an index, None when there is none."""
        return next((s for s in self.of_kind(kind) if s.index == index), None)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a viewer wants.

    Attributes:
        audio_stream_index: The audio stream. None or negative: whichever default one fits best.
        subtitle_stream_index: The subtitle stream; -1: none. None: the default one.
        max_bit_rate: The most bits per second. It can lower the profile's limit, not raise it.
            None or 0: no limit beyond the profile's.
        direct_play_disabled: Whether the file must not be sent as it is.
        for_download: Whether the result is to be kept rather than streamed.
    """

    audio_stream_index: int | None = None
    subtitle_stream_index: int | None = None
    max_bit_rate: int | None = None
    direct_play_disabled: bool = False
    for_download: bool = False


@dataclass(frozen=True, slots=True)
class ServerAbilities:
    """What the server can do for a device.

    Attributes:
        extracts_subtitles: Whether it can take text subtitles out of a file and send them alone.
        encoders: The codecs it can encode to, by canonical name. None: all.
    """

    extracts_subtitles: bool = True
    encoders: frozenset[str] | None = None

    def encodes(self, codec: str) -> bool:
        """Tells whether the server can encode to a codec."""
        return self.encoders is None or codec in self.encoders
