"""What streams that are made must satisfy: conditions of a profile turned into limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reelhouse_playback.decisions.conditions import Value, values
from reelhouse_playback.decisions.decision import AudioTarget, VideoTarget
from reelhouse_playback.decisions.facts import Stream, VideoRange
from reelhouse_playback.device_profiles.model import (
    Operator,
    ProfileCondition,
    Property,
    canonical,
)

# Properties whose limit is the most that is allowed, by the field of the target.
_VIDEO_MOST = {
    Property.VIDEO_BIT_RATE: "max_bit_rate",
    Property.WIDTH: "max_width",
    Property.HEIGHT: "max_height",
    Property.VIDEO_FRAME_RATE: "max_frame_rate",
    Property.VIDEO_LEVEL: "max_level",
    Property.VIDEO_BIT_DEPTH: "max_bit_depth",
    Property.REF_FRAMES: "max_reference_frames",
}
_AUDIO_MOST = {
    Property.AUDIO_BIT_RATE: "max_bit_rate",
    Property.AUDIO_CHANNELS: "max_channels",
    Property.AUDIO_SAMPLE_RATE: "max_sample_rate",
    Property.AUDIO_BIT_DEPTH: "max_bit_depth",
}
# Properties that must be one of several values.
_ONE_OF = {
    Property.VIDEO_PROFILE: "profiles",
    Property.AUDIO_PROFILE: "profiles",
    Property.VIDEO_RANGE_TYPE: "ranges",
    Property.VIDEO_CODEC_TAG: "codec_tags",
}
# Properties that must not be: the field is true where the property must be false.
_MUST_NOT = {Property.IS_INTERLACED: "progressive", Property.IS_ANAMORPHIC: "square_pixels"}
_MOST = 2**31 - 1  # what the wire can say
_FRACTIONAL = frozenset({"max_frame_rate", "max_level"})

# The least a picture gets, bits per second, however little the limit leaves (Jellyfin's number).
_LEAST_VIDEO_BIT_RATE = 64_000
# Mono below this is never encoded to more: encoders refuse it at low sample rates (Jellyfin's).
_MONO_BIT_RATE = 64_000
# Bits per second of mono, stereo and surround sound, by codec.
_USUAL_AUDIO_BIT_RATES = (
    (frozenset({"aac", "mp3", "ac3", "eac3"}), (128_000, 384_000, 640_000)),
    (frozenset({"flac", "alac"}), (768_000, 1_536_000, 3_584_000)),
)
_OTHER_AUDIO_BIT_RATES = (192_000, 192_000, 192_000)
_STEREO = 2
_SURROUND = 6
# The most bits per second of sound where the whole may have at most so many (Jellyfin's table).
_AUDIO_SHARE = (
    (640_000, 128_000),
    (2_000_000, 384_000),
    (3_000_000, 448_000),
    (4_000_000, 640_000),
    (5_000_000, 768_000),
    (10_000_000, 1_536_000),
    (15_000_000, 2_304_000),
    (20_000_000, 3_584_000),
)
_LARGEST_AUDIO_SHARE = 7_168_000


def video_target(codec: str, conditions: Iterable[ProfileCondition]) -> VideoTarget:
    """Returns what a picture of a codec must satisfy."""
    return VideoTarget(codec, **_fields(conditions, _VIDEO_MOST))


def audio_target(codec: str, conditions: Iterable[ProfileCondition]) -> AudioTarget:
    """Returns what sound of a codec must satisfy."""
    return AudioTarget(codec, **_fields(conditions, _AUDIO_MOST))


def _fields(conditions: Iterable[ProfileCondition], most: dict[Property, str]) -> dict[str, Any]:
    """Returns the limits as fields of a target, which has no words for "at least"."""
    fields: dict[str, Any] = {}
    for condition in conditions:
        expected = values(condition)
        if not expected:
            continue
        if name := most.get(condition.property):
            _lower(fields, name, condition.operator, expected)
        elif name := _ONE_OF.get(condition.property):
            allowed = _allowed(condition, expected)
            if allowed:
                fields.setdefault(name, allowed)
        elif name := _MUST_NOT.get(condition.property):
            unwanted = condition.operator is Operator.NOT_EQUALS
            if expected == (unwanted,):
                fields[name] = True
    return fields


def _lower(
    fields: dict[str, Any], name: str, operator: Operator, expected: Sequence[Value]
) -> None:
    if operator in (Operator.NOT_EQUALS, Operator.GREATER_THAN_EQUAL):
        return
    limit = max(float(number) for number in expected)
    limit = max(0.0, min(limit, fields.get(name, _MOST)))
    fields[name] = limit if name in _FRACTIONAL else int(limit)


def _allowed(condition: ProfileCondition, expected: tuple[Value, ...]) -> tuple[Value, ...]:
    if condition.operator in (Operator.EQUALS, Operator.EQUALS_ANY):
        return expected
    if condition.operator is Operator.NOT_EQUALS and isinstance(expected[0], VideoRange):
        return tuple(r for r in VideoRange if r not in expected)
    return ()


def least(*limits: int | None) -> int | None:
    """Returns the lowest of some limits, None when there is none."""
    return min((limit for limit in limits if limit is not None), default=None)


def encoded_audio_bit_rate(source: Stream, codec: str, max_channels: int | None) -> int:
    """Returns the bits per second that sound gets when it is encoded and nothing limits it.

    Args:
        source: The sound.
        codec: The canonical name of the codec it is encoded to.
        max_channels: The most channels it may have then.
    """
    channels = source.channel_count or 0
    mixed_down = max_channels is not None and channels > max_channels
    if codec == canonical(source.codec) and source.bit_rate and not mixed_down:
        rate = source.bit_rate
    else:
        rate = usual_audio_bit_rate(codec, max_channels if mixed_down else channels)
    if channels == 1 and (source.bit_rate or 0) < _MONO_BIT_RATE:
        return min(rate, _MONO_BIT_RATE)
    return rate


def usual_audio_bit_rate(codec: str, channels: int | None) -> int:
    """Returns the bits per second that sound of a codec is good with (Jellyfin's numbers)."""
    mono, stereo, surround = next(
        (rates for codecs, rates in _USUAL_AUDIO_BIT_RATES if codec in codecs),
        _OTHER_AUDIO_BIT_RATES,
    )
    count = channels or 0
    return mono if count < _STEREO else surround if count >= _SURROUND else stereo


def audio_share(limit: int) -> int:
    """Returns the most bits per second of sound where the whole may have at most `limit`."""
    return next((share for most, share in _AUDIO_SHARE if limit <= most), _LARGEST_AUDIO_SHARE)


def video_share(limit: int, audio_bit_rate: int) -> int:
    """Returns the bits per second a limit leaves to the picture beside the sound."""
    return max(limit - audio_bit_rate, _LEAST_VIDEO_BIT_RATE)
