"""What a decision says: the types mirror `reelhouse/playback/v1/decision.proto`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reelhouse_playback.decisions.facts import VideoRange
from reelhouse_playback.device_profiles.model import Protocol, SubtitleMethod, TranscodingProfile


class Method(StrEnum):
    """How a file is played."""

    DIRECT = "direct"  # as it is
    REMUX = "remux"  # streams as they are, in another container
    TRANSCODE = "transcode"  # at least one stream is encoded anew


class PlayMethod(StrEnum):
    """How Jellyfin calls it: both a remux and an encoding are a transcode there."""

    DIRECT_PLAY = "direct_play"
    TRANSCODE = "transcode"


class TranscodeMode(StrEnum):
    """What becomes of the streams when a file is not played as it is, in Jellyfin's words."""

    REMUX = "remux"  # all are copied
    DIRECT_STREAM = "direct_stream"  # the picture is copied, the sound is encoded
    TRANSCODE = "transcode"  # the picture is encoded, or there is none and the sound is


class StreamAction(StrEnum):
    """What happens to a stream."""

    NONE = "none"  # there is no such stream, or it is left out
    COPY = "copy"
    ENCODE = "encode"


class Reason(StrEnum):
    """Why a file cannot be played as it is, in the order of the values on the wire."""

    CONTAINER_NOT_SUPPORTED = "container_not_supported"
    VIDEO_CODEC_NOT_SUPPORTED = "video_codec_not_supported"
    AUDIO_CODEC_NOT_SUPPORTED = "audio_codec_not_supported"
    SUBTITLE_CODEC_NOT_SUPPORTED = "subtitle_codec_not_supported"
    AUDIO_IS_EXTERNAL = "audio_is_external"
    SECONDARY_AUDIO_NOT_SUPPORTED = "secondary_audio_not_supported"
    VIDEO_PROFILE_NOT_SUPPORTED = "video_profile_not_supported"
    VIDEO_LEVEL_NOT_SUPPORTED = "video_level_not_supported"
    VIDEO_RESOLUTION_NOT_SUPPORTED = "video_resolution_not_supported"
    VIDEO_BIT_DEPTH_NOT_SUPPORTED = "video_bit_depth_not_supported"
    VIDEO_FRAMERATE_NOT_SUPPORTED = "video_framerate_not_supported"
    REF_FRAMES_NOT_SUPPORTED = "ref_frames_not_supported"
    ANAMORPHIC_VIDEO_NOT_SUPPORTED = "anamorphic_video_not_supported"
    INTERLACED_VIDEO_NOT_SUPPORTED = "interlaced_video_not_supported"
    AUDIO_CHANNELS_NOT_SUPPORTED = "audio_channels_not_supported"
    AUDIO_PROFILE_NOT_SUPPORTED = "audio_profile_not_supported"
    AUDIO_SAMPLE_RATE_NOT_SUPPORTED = "audio_sample_rate_not_supported"
    AUDIO_BIT_DEPTH_NOT_SUPPORTED = "audio_bit_depth_not_supported"
    CONTAINER_BIT_RATE_EXCEEDS_LIMIT = "container_bit_rate_exceeds_limit"
    VIDEO_BIT_RATE_NOT_SUPPORTED = "video_bit_rate_not_supported"
    AUDIO_BIT_RATE_NOT_SUPPORTED = "audio_bit_rate_not_supported"
    UNKNOWN_VIDEO_STREAM_INFO = "unknown_video_stream_info"
    UNKNOWN_AUDIO_STREAM_INFO = "unknown_audio_stream_info"
    DIRECT_PLAY_ERROR = "direct_play_error"
    VIDEO_RANGE_TYPE_NOT_SUPPORTED = "video_range_type_not_supported"
    VIDEO_CODEC_TAG_NOT_SUPPORTED = "video_codec_tag_not_supported"
    STREAM_COUNT_EXCEEDS_LIMIT = "stream_count_exceeds_limit"
    VIDEO_ROTATION_NOT_SUPPORTED = "video_rotation_not_supported"


Reasons = frozenset[Reason]
NO_REASONS: Reasons = frozenset()


@dataclass(frozen=True, slots=True)
class VideoTarget:
    """A codec the picture may be encoded to, and what it must then satisfy. None, (): no limit.

    Attributes:
        codec: The codec's canonical name.
        max_bit_rate: Bits per second.
        max_width: Pixels from left to right.
        max_height: Pixels from top to bottom.
        max_frame_rate: Frames per second.
        max_level: The codec's level as libavcodec counts it.
        max_bit_depth: Bits per color component.
        max_reference_frames: How many frames a frame may refer to.
        profiles: The codec's profiles to choose from, in lower case.
        ranges: The ranges of color to choose from.
        codec_tags: The four-character codes to choose from, in lower case.
        progressive: Whether frames must not be two fields.
        square_pixels: Whether pixels must be square.
    """

    codec: str
    max_bit_rate: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    max_frame_rate: float | None = None
    max_level: float | None = None
    max_bit_depth: int | None = None
    max_reference_frames: int | None = None
    profiles: tuple[str, ...] = ()
    ranges: tuple[VideoRange, ...] = ()
    codec_tags: tuple[str, ...] = ()
    progressive: bool = False
    square_pixels: bool = False


@dataclass(frozen=True, slots=True)
class AudioTarget:
    """A codec the sound may be encoded to, and what it must then satisfy. None, (): no limit.

    Attributes:
        codec: The codec's canonical name.
        max_bit_rate: Bits per second.
        max_channels: Channels of sound.
        max_sample_rate: Samples per second.
        max_bit_depth: Bits per sample.
        profiles: The codec's profiles to choose from, in lower case.
    """

    codec: str
    max_bit_rate: int | None = None
    max_channels: int | None = None
    max_sample_rate: int | None = None
    max_bit_depth: int | None = None
    profiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """How a device plays a media file, and why.

    Attributes:
        reasons: Every reason against playing the file as it is, in the order of `Reason`; empty
            exactly when it is played so.
        transcode_mode: What becomes of the streams; None when the file is played as it is.
        video_stream_index: The chosen video stream; None when there is none.
        audio_stream_index: The chosen audio stream; None when there is none.
        subtitle_stream_index: The chosen subtitles; None when there are none.
        video_action: What happens to the picture.
        audio_action: What happens to the sound.
        container: The container that is sent, for example "mp4"; of HLS, that of its segments.
            Empty when the profile has no form for this media: see `playable`.
        protocol: How it is delivered.
        video_targets: The codecs the picture may be sent in, best first. When it is copied, the
            one it has, and the codes the device knows it by.
        audio_targets: The same for the sound.
        subtitle_method: How the chosen subtitles reach the device; None when there are none.
        subtitle_format: Their format there, for example "vtt".
        transcoding: The entry of the profile that is followed, with what it says of segments and
            timestamps; None when the file is played as it is.
    """

    reasons: tuple[Reason, ...] = ()
    transcode_mode: TranscodeMode | None = None
    video_stream_index: int | None = None
    audio_stream_index: int | None = None
    subtitle_stream_index: int | None = None
    video_action: StreamAction = StreamAction.NONE
    audio_action: StreamAction = StreamAction.NONE
    container: str = ""
    protocol: Protocol = Protocol.HTTP
    video_targets: tuple[VideoTarget, ...] = ()
    audio_targets: tuple[AudioTarget, ...] = ()
    subtitle_method: SubtitleMethod | None = None
    subtitle_format: str = ""
    transcoding: TranscodingProfile | None = None

    @property
    def method(self) -> Method:
        """How the file is played."""
        return _METHODS[self.transcode_mode]

    @property
    def play_method(self) -> PlayMethod:
        """How Jellyfin would call it."""
        return PlayMethod.TRANSCODE if self.transcode_mode else PlayMethod.DIRECT_PLAY

    @property
    def playable(self) -> bool:
        """Whether there is a form the device takes and the server can make."""
        encoded = [
            targets
            for action, targets in (
                (self.video_action, self.video_targets),
                (self.audio_action, self.audio_targets),
            )
            if action is StreamAction.ENCODE
        ]
        return self.transcode_mode is None or (bool(self.container) and all(encoded))

    @property
    def video_codecs(self) -> tuple[str, ...]:
        """The codecs the picture may be sent in, best first."""
        return tuple(target.codec for target in self.video_targets)

    @property
    def audio_codecs(self) -> tuple[str, ...]:
        """The codecs the sound may be sent in, best first."""
        return tuple(target.codec for target in self.audio_targets)

    @property
    def max_video_bit_rate(self) -> int | None:
        """Bits per second of the picture that hold for every target; None: no limit."""
        return _least(target.max_bit_rate for target in self.video_targets)

    @property
    def max_audio_bit_rate(self) -> int | None:
        """Bits per second of the sound that hold for every target; None: no limit."""
        return _least(target.max_bit_rate for target in self.audio_targets)

    @property
    def max_width(self) -> int | None:
        """Pixels from left to right that hold for every target; None: no limit."""
        return _least(target.max_width for target in self.video_targets)

    @property
    def max_height(self) -> int | None:
        """Pixels from top to bottom that hold for every target; None: no limit."""
        return _least(target.max_height for target in self.video_targets)

    @property
    def max_audio_channels(self) -> int | None:
        """Channels of sound that hold for every target; None: no limit."""
        return _least(target.max_channels for target in self.audio_targets)


_METHODS = {
    None: Method.DIRECT,
    TranscodeMode.REMUX: Method.REMUX,
    TranscodeMode.DIRECT_STREAM: Method.TRANSCODE,
    TranscodeMode.TRANSCODE: Method.TRANSCODE,
}


def _least(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
