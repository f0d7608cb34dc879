"""Jellyfin's device profiles as JSON: what clients send, and the form in which profiles are stored.

Reading follows Jellyfin's own: names of keys and enum values in any case, numbers as texts, enum
values as numbers, and for a key that is not there Jellyfin's default. Unknown keys are skipped. One
table per type serves both reading and writing.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

MAX_CHARACTERS = 200_000  # of a profile; those of Jellyfin's clients have up to 20,000
MAX_ENTRIES = 200  # of a list
MAX_TEXT = 1_000  # characters of one text
_MAX_PROBLEMS = 50
_MAX_BIT_RATE = 2**53
_MAX_COUNT = 2**31 - 1
_MAX_DIGITS = 18  # of a number given as a text


class ProfileError(ValueError):
    """A text is not a device profile.

    Attributes:
        problems: What is wrong, as pairs of a JSON path ("$.CodecProfiles[2].Type") and a
            description. At most 50.
    """

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{path}: {what}" for path, what in self.problems[:3]))


def parse_profile(json_text: str) -> DeviceProfile:
    """Reads a profile from a text.

    Raises:
        ProfileError: The text is no profile.
    """
    if len(json_text) > MAX_CHARACTERS:
        raise ProfileError([("$", f"must not be longer than {MAX_CHARACTERS} characters")])
    try:
        data = json.loads(json_text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise ProfileError([("$", f"is not JSON: {str(error)[:200]}")]) from None
    return load_profile(data)


def load_profile(data: object) -> DeviceProfile:
    """Reads a profile from the plain form that `dump_profile` or a JSON reader returns.

    Raises:
        ProfileError: The data is no profile.
    """
    problems: list[tuple[str, str]] = []
    profile = _PROFILE.read(data, "$", problems)
    if problems or not isinstance(profile, DeviceProfile):
        raise ProfileError(problems[:_MAX_PROBLEMS])
    return profile


def dump_profile(profile: DeviceProfile) -> dict[str, Any]:
    """Returns a profile as plain data in Jellyfin's form, to be stored or sent as JSON."""
    return _PROFILE.write(profile)


Problems = list[tuple[str, str]]


class _Shape(ABC):
    """How one kind of value looks in JSON. A wrong value adds a problem and reads as anything."""

    nullable = False  # whether null is a value of its own, rather than the default

    @abstractmethod
    def read(self, data: object, path: str, problems: Problems) -> Any: ...

    def write(self, value: Any) -> object:
        return value


class _Text(_Shape):
    """A text. Jellyfin takes a bare number or truth value for one as well."""

    def read(self, data: object, path: str, problems: Problems) -> str:
        if isinstance(data, bool):
            return str(data).lower()
        if isinstance(data, int | float) and abs(data) < _MAX_BIT_RATE:
            return str(data)
        if not isinstance(data, str):
            problems.append((path, "must be a text"))
        elif len(data) > MAX_TEXT:
            problems.append((path, f"must not be longer than {MAX_TEXT} characters"))
        elif "\0" in data or any("\ud800" <= c <= "\udfff" for c in data):
            problems.append((path, "has a character that cannot be stored"))
        else:
            return data
        return ""


class _Flag(_Shape):
    def read(self, data: object, path: str, problems: Problems) -> bool:
        if isinstance(data, str) and data.strip().lower() in {"true", "false"}:
            return data.strip().lower() == "true"
        if not isinstance(data, bool):
            problems.append((path, "must be true or false"))
        return data is True


class _Number(_Shape):
    """A whole number from 0. Nullable ones may be an empty text, too."""

    def __init__(
        self, most: int = _MAX_COUNT, *, nullable: bool = False, as_text: bool = False
    ) -> None:
        self.most = most
        self.nullable = nullable
        self.as_text = as_text  # how Jellyfin writes it

    def read(self, data: object, path: str, problems: Problems) -> int | None:
        number = data
        if isinstance(data, str):
            digits = data.strip()
            if not digits and self.nullable:
                return None
            fits = digits.isascii() and digits.isdigit() and len(digits) <= _MAX_DIGITS
            number = int(digits) if fits else None
        elif isinstance(data, float) and data.is_integer():
            number = int(data)
        if not isinstance(number, int) or isinstance(number, bool):
            problems.append((path, "must be a whole number"))
        elif not 0 <= number <= self.most:
            problems.append((path, f"must be from 0 to {self.most}"))
        else:
            return number
        return 0

    def write(self, value: Any) -> object:
        return str(value) if self.as_text and value is not None else value


class _Choice(_Shape):
    """One of several names. Jellyfin takes a name's number for it as well."""

    def __init__(
        self,
        members: Mapping[str, object],
        skipped: frozenset[int] = frozenset(),
        empty: object = None,
    ) -> None:
        """Keeps the members, which are in the order of their numbers.

        Args:
            members: What each name means.
            skipped: Numbers that no name has.
            empty: What an empty text means, if anything.
        """
        self.members = {name.lower(): member for name, member in members.items()}
        numbers = (n for n in range(len(members) + len(skipped)) if n not in skipped)
        self.members |= {str(n): m for n, m in zip(numbers, members.values(), strict=True)}
        if empty is not None:
            self.members[""] = empty
        self.names = {member: name for name, member in members.items()}

    def read(self, data: object, path: str, problems: Problems) -> object:
        if isinstance(data, int) and not isinstance(data, bool) and abs(data) <= MAX_ENTRIES:
            data = str(data)
        member = self.members.get(data.strip().lower()) if isinstance(data, str) else None
        if member is None:
            problems.append((path, f"must be one of {', '.join(self.names.values())}"))
        return member

    def write(self, value: Any) -> object:
        return self.names[value]


class _List(_Shape):
    def __init__(self, entry: _Shape) -> None:
        self.entry = entry

    def read(self, data: object, path: str, problems: Problems) -> tuple[Any, ...]:
        if not isinstance(data, list):
            problems.append((path, "must be a list"))
        elif len(data) > MAX_ENTRIES:
            problems.append((path, f"must not have more than {MAX_ENTRIES} entries"))
        else:
            return tuple(
                self.entry.read(entry, f"{path}[{i}]", problems) for i, entry in enumerate(data)
            )
        return ()

    def write(self, value: Any) -> object:
        return [self.entry.write(entry) for entry in value]


@dataclass(frozen=True, slots=True)
class _Field:
    """A key of an object: Jellyfin's name, ours, what it holds, and what it is when not there."""

    key: str
    attribute: str
    shape: _Shape
    default: Any


class _Object(_Shape):
    def __init__(self, made: Callable[..., object], *fields: _Field) -> None:
        self.made = made
        self.fields = fields

    def read(self, data: object, path: str, problems: Problems) -> object:
        if not isinstance(data, dict):
            problems.append((path, "must be an object"))
            return None
        given = {str(key).lower(): value for key, value in data.items()}
        return self.made(
            **{
                field.attribute: self._value(field, given, f"{path}.{field.key}", problems)
                for field in self.fields
            }
        )

    @staticmethod
    def _value(field: _Field, given: Mapping[str, object], path: str, problems: Problems) -> object:
        key = field.key.lower()
        if key not in given:
            return field.default
        if given[key] is None:
            return None if field.shape.nullable else field.default
        return field.shape.read(given[key], path, problems)

    def write(self, value: Any) -> dict[str, Any]:
        return {
            field.key: None if written is None else field.shape.write(written)
            for field in self.fields
            for written in (getattr(value, field.attribute),)
        }


_TEXT = _Text()
_FLAG = _Flag()
_BIT_RATE = _Number(_MAX_BIT_RATE, nullable=True)
_CHANNELS = _Number(nullable=True, as_text=True)

_MEDIA_KIND = _Choice(
    {
        "Audio": MediaKind.AUDIO,
        "Video": MediaKind.VIDEO,
        "Photo": MediaKind.PHOTO,
        "Subtitle": MediaKind.SUBTITLE,
        "Lyric": MediaKind.LYRIC,
    }
)
_CODEC_KIND = _Choice(
    {"Video": CodecKind.VIDEO, "VideoAudio": CodecKind.VIDEO_AUDIO, "Audio": CodecKind.AUDIO}
)
_PROTOCOL = _Choice({"http": Protocol.HTTP, "hls": Protocol.HLS}, empty=Protocol.HTTP)
_FOR_DOWNLOAD = _Choice({"Streaming": False, "Static": True})
_SUBTITLE_METHOD = _Choice(
    {
        "Encode": SubtitleMethod.ENCODE,
        "Embed": SubtitleMethod.EMBED,
        "External": SubtitleMethod.EXTERNAL,
        "Hls": SubtitleMethod.HLS,
        "Drop": SubtitleMethod.DROP,
    }
)
_OPERATOR = _Choice(
    {
        "Equals": Operator.EQUALS,
        "NotEquals": Operator.NOT_EQUALS,
        "LessThanEqual": Operator.LESS_THAN_EQUAL,
        "GreaterThanEqual": Operator.GREATER_THAN_EQUAL,
        "EqualsAny": Operator.EQUALS_ANY,
    }
)
_PROPERTY = _Choice(
    {
        "AudioChannels": Property.AUDIO_CHANNELS,
        "AudioBitrate": Property.AUDIO_BIT_RATE,
        "AudioProfile": Property.AUDIO_PROFILE,
        "Width": Property.WIDTH,
        "Height": Property.HEIGHT,
        "Has64BitOffsets": Property.HAS_64_BIT_OFFSETS,
        "PacketLength": Property.PACKET_LENGTH,
        "VideoBitDepth": Property.VIDEO_BIT_DEPTH,
        "VideoBitrate": Property.VIDEO_BIT_RATE,
        "VideoFramerate": Property.VIDEO_FRAME_RATE,
        "VideoLevel": Property.VIDEO_LEVEL,
        "VideoProfile": Property.VIDEO_PROFILE,
        "VideoTimestamp": Property.VIDEO_TIMESTAMP,
        "IsAnamorphic": Property.IS_ANAMORPHIC,
        "RefFrames": Property.REF_FRAMES,
        "NumAudioStreams": Property.NUM_AUDIO_STREAMS,
        "NumVideoStreams": Property.NUM_VIDEO_STREAMS,
        "IsSecondaryAudio": Property.IS_SECONDARY_AUDIO,
        "VideoCodecTag": Property.VIDEO_CODEC_TAG,
        "IsAvc": Property.IS_AVC,
        "IsInterlaced": Property.IS_INTERLACED,
        "AudioSampleRate": Property.AUDIO_SAMPLE_RATE,
        "AudioBitDepth": Property.AUDIO_BIT_DEPTH,
        "VideoRangeType": Property.VIDEO_RANGE_TYPE,
        "NumStreams": Property.NUM_STREAMS,
        "VideoRotation": Property.VIDEO_ROTATION,
    },
    skipped=frozenset({15}),
)

_CONDITIONS = _List(
    _Object(
        ProfileCondition,
        _Field("Condition", "operator", _OPERATOR, Operator.EQUALS),
        _Field("Property", "property", _PROPERTY, Property.AUDIO_CHANNELS),
        _Field("Value", "value", _TEXT, ""),
        _Field("IsRequired", "required", _FLAG, True),
    )
)
_DIRECT_PLAY_PROFILES = _List(
    _Object(
        DirectPlayProfile,
        _Field("Container", "container", _TEXT, ""),
        _Field("VideoCodec", "video_codec", _TEXT, ""),
        _Field("AudioCodec", "audio_codec", _TEXT, ""),
        _Field("Type", "kind", _MEDIA_KIND, MediaKind.AUDIO),
    )
)
_TRANSCODING_PROFILES = _List(
    _Object(
        TranscodingProfile,
        _Field("Container", "container", _TEXT, ""),
        _Field("Type", "kind", _MEDIA_KIND, MediaKind.AUDIO),
        _Field("VideoCodec", "video_codec", _TEXT, ""),
        _Field("AudioCodec", "audio_codec", _TEXT, ""),
        _Field("Protocol", "protocol", _PROTOCOL, Protocol.HTTP),
        _Field("MaxAudioChannels", "max_audio_channels", _CHANNELS, None),
        _Field("MinSegments", "min_segments", _Number(1_000), 0),
        _Field("SegmentLength", "segment_length_seconds", _Number(600), 0),
        _Field("BreakOnNonKeyFrames", "break_on_non_key_frames", _FLAG, False),
        _Field("CopyTimestamps", "copy_timestamps", _FLAG, False),
        _Field("EnableSubtitlesInManifest", "enable_subtitles_in_manifest", _FLAG, False),
        _Field("Conditions", "conditions", _CONDITIONS, ()),
        _Field("Context", "for_download", _FOR_DOWNLOAD, False),
        _Field("EstimateContentLength", "estimate_content_length", _FLAG, False),
    )
)
_CONTAINER_PROFILES = _List(
    _Object(
        ContainerProfile,
        _Field("Type", "kind", _MEDIA_KIND, MediaKind.AUDIO),
        _Field("Container", "container", _TEXT, ""),
        _Field("Conditions", "conditions", _CONDITIONS, ()),
    )
)
_CODEC_PROFILES = _List(
    _Object(
        CodecProfile,
        _Field("Type", "kind", _CODEC_KIND, CodecKind.VIDEO),
        _Field("Codec", "codec", _TEXT, ""),
        _Field("Container", "container", _TEXT, ""),
        _Field("SubContainer", "sub_container", _TEXT, ""),
        _Field("Conditions", "conditions", _CONDITIONS, ()),
        _Field("ApplyConditions", "apply_conditions", _CONDITIONS, ()),
    )
)
_SUBTITLE_PROFILES = _List(
    _Object(
        SubtitleProfile,
        _Field("Format", "format", _TEXT, ""),
        _Field("Method", "method", _SUBTITLE_METHOD, SubtitleMethod.ENCODE),
        _Field("Language", "language", _TEXT, ""),
        _Field("Container", "container", _TEXT, ""),
        _Field("DidlMode", "didl_mode", _TEXT, ""),
    )
)
_PROFILE = _Object(
    DeviceProfile,
    _Field("Name", "display_name", _TEXT, ""),
    _Field("MaxStreamingBitrate", "max_streaming_bit_rate", _BIT_RATE, 8_000_000),
    _Field("MaxStaticBitrate", "max_static_bit_rate", _BIT_RATE, 8_000_000),
    _Field("MusicStreamingTranscodingBitrate", "max_music_bit_rate", _BIT_RATE, 128_000),
    _Field("DirectPlayProfiles", "direct_play_profiles", _DIRECT_PLAY_PROFILES, ()),
    _Field("TranscodingProfiles", "transcoding_profiles", _TRANSCODING_PROFILES, ()),
    _Field("ContainerProfiles", "container_profiles", _CONTAINER_PROFILES, ()),
    _Field("CodecProfiles", "codec_profiles", _CODEC_PROFILES, ()),
    _Field("SubtitleProfiles", "subtitle_profiles", _SUBTITLE_PROFILES, ()),
)
