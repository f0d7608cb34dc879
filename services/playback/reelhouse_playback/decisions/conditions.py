"""Conditions of device profiles: where the values come from and how they are compared.

Semantics: Jellyfin's ConditionProcessor. An unknown value satisfies a condition unless the
condition is required; a condition on something that is no fact of the stream at hand (the width of
sound) is satisfied.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reelhouse_playback.decisions.decision import NO_REASONS, Reason, Reasons
from reelhouse_playback.decisions.facts import MediaFacts, Stream, StreamKind, VideoRange
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    CodecProfile,
    DeviceProfile,
    MediaKind,
    Operator,
    ProfileCondition,
    Property,
    Protocol,
)

Value = float | bool | str | VideoRange
Facts = dict[Property, Value | None]

# What a failed condition is reported as. Jellyfin reports nothing, and so plays the file as it is,
# for the last seven; here each has the reason that tells what would cure it.
REASONS = {
    Property.AUDIO_CHANNELS: Reason.AUDIO_CHANNELS_NOT_SUPPORTED,
    Property.AUDIO_BIT_RATE: Reason.AUDIO_BIT_RATE_NOT_SUPPORTED,
    Property.AUDIO_PROFILE: Reason.AUDIO_PROFILE_NOT_SUPPORTED,
    Property.AUDIO_SAMPLE_RATE: Reason.AUDIO_SAMPLE_RATE_NOT_SUPPORTED,
    Property.AUDIO_BIT_DEPTH: Reason.AUDIO_BIT_DEPTH_NOT_SUPPORTED,
    Property.IS_SECONDARY_AUDIO: Reason.SECONDARY_AUDIO_NOT_SUPPORTED,
    Property.WIDTH: Reason.VIDEO_RESOLUTION_NOT_SUPPORTED,
    Property.HEIGHT: Reason.VIDEO_RESOLUTION_NOT_SUPPORTED,
    Property.VIDEO_BIT_DEPTH: Reason.VIDEO_BIT_DEPTH_NOT_SUPPORTED,
    Property.VIDEO_BIT_RATE: Reason.VIDEO_BIT_RATE_NOT_SUPPORTED,
    Property.VIDEO_FRAME_RATE: Reason.VIDEO_FRAMERATE_NOT_SUPPORTED,
    Property.VIDEO_LEVEL: Reason.VIDEO_LEVEL_NOT_SUPPORTED,
    Property.VIDEO_PROFILE: Reason.VIDEO_PROFILE_NOT_SUPPORTED,
    Property.VIDEO_RANGE_TYPE: Reason.VIDEO_RANGE_TYPE_NOT_SUPPORTED,
    Property.VIDEO_ROTATION: Reason.VIDEO_ROTATION_NOT_SUPPORTED,
    Property.VIDEO_CODEC_TAG: Reason.VIDEO_CODEC_TAG_NOT_SUPPORTED,
    Property.REF_FRAMES: Reason.REF_FRAMES_NOT_SUPPORTED,
    Property.IS_ANAMORPHIC: Reason.ANAMORPHIC_VIDEO_NOT_SUPPORTED,
    Property.IS_INTERLACED: Reason.INTERLACED_VIDEO_NOT_SUPPORTED,
    Property.NUM_STREAMS: Reason.STREAM_COUNT_EXCEEDS_LIMIT,
    Property.NUM_AUDIO_STREAMS: Reason.STREAM_COUNT_EXCEEDS_LIMIT,
    Property.NUM_VIDEO_STREAMS: Reason.STREAM_COUNT_EXCEEDS_LIMIT,
    Property.PACKET_LENGTH: Reason.CONTAINER_NOT_SUPPORTED,
    Property.VIDEO_TIMESTAMP: Reason.CONTAINER_NOT_SUPPORTED,
    Property.HAS_64_BIT_OFFSETS: Reason.CONTAINER_NOT_SUPPORTED,
    Property.IS_AVC: Reason.CONTAINER_NOT_SUPPORTED,
}

# Conditions on how streams are packed. They keep a file from being played as it is, but not its
# streams from being copied: the multiplexer writes all of this anew.
PACKING = frozenset(
    {
        Property.VIDEO_CODEC_TAG,
        Property.IS_AVC,
        Property.PACKET_LENGTH,
        Property.VIDEO_TIMESTAMP,
        Property.HAS_64_BIT_OFFSETS,
        Property.NUM_STREAMS,
        Property.NUM_AUDIO_STREAMS,
        Property.NUM_VIDEO_STREAMS,
        Property.IS_SECONDARY_AUDIO,
    }
)

# Of these, the first codec profile that names one decides alone what streams that are made may
# have: so a profile allows in HLS what it does not allow in files.
EXCLUSIVE = frozenset({Property.VIDEO_PROFILE, Property.VIDEO_RANGE_TYPE, Property.VIDEO_ROTATION})

TEXTS = frozenset(
    {
        Property.AUDIO_PROFILE,
        Property.VIDEO_PROFILE,
        Property.VIDEO_CODEC_TAG,
        Property.VIDEO_TIMESTAMP,
    }
)
FLAGS = frozenset(
    {
        Property.IS_ANAMORPHIC,
        Property.IS_AVC,
        Property.IS_INTERLACED,
        Property.IS_SECONDARY_AUDIO,
        Property.HAS_64_BIT_OFFSETS,
    }
)
_RANGES = {video_range.value.lower(): video_range for video_range in VideoRange}
_BOOLS = {"true": True, "false": False}
_COMPARE = {
    Operator.EQUALS: operator.eq,
    Operator.NOT_EQUALS: operator.ne,
    Operator.LESS_THAN_EQUAL: operator.le,
    Operator.GREATER_THAN_EQUAL: operator.ge,
}
_ORDERING = frozenset({Operator.LESS_THAN_EQUAL, Operator.GREATER_THAN_EQUAL})


def video_facts(media: MediaFacts, video: Stream | None) -> Facts:
    """Returns the values for conditions on containers and on the codec of a picture."""
    # External files count as streams, fonts and covers do not, as in Jellyfin.
    packing: Facts = {
        Property.NUM_STREAMS: sum(s.kind is not StreamKind.ATTACHMENT for s in media.streams),
        Property.NUM_AUDIO_STREAMS: sum(1 for _ in media.of_kind(StreamKind.AUDIO)),
        Property.NUM_VIDEO_STREAMS: sum(1 for _ in media.of_kind(StreamKind.VIDEO)),
        Property.VIDEO_TIMESTAMP: media.timestamp.lower(),
    }
    if video is None:
        return packing
    return packing | {
        Property.WIDTH: video.width,
        Property.HEIGHT: video.height,
        Property.VIDEO_BIT_DEPTH: video.bit_depth,
        Property.VIDEO_BIT_RATE: video.bit_rate,
        Property.VIDEO_FRAME_RATE: video.frame_rate,
        Property.VIDEO_LEVEL: video.level,
        Property.VIDEO_PROFILE: video.profile.lower(),
        Property.VIDEO_RANGE_TYPE: video.video_range,
        Property.VIDEO_ROTATION: video.rotation_degrees,
        Property.VIDEO_CODEC_TAG: video.codec_tag.lower(),
        Property.REF_FRAMES: video.reference_frame_count,
        Property.IS_ANAMORPHIC: video.anamorphic,
        Property.IS_INTERLACED: video.interlaced,
        Property.IS_AVC: video.avc,
        Property.PACKET_LENGTH: video.packet_length,
    }


def audio_facts(audio: Stream, *, secondary: bool) -> Facts:
    """Returns the values for conditions on the codec of sound.

    Args:
        audio: The stream.
        secondary: Whether the file has another sound before it.
    """
    return {
        Property.AUDIO_CHANNELS: audio.channel_count,
        Property.AUDIO_BIT_RATE: audio.bit_rate,
        Property.AUDIO_SAMPLE_RATE: audio.sample_rate,
        Property.AUDIO_BIT_DEPTH: audio.bit_depth,
        Property.AUDIO_PROFILE: audio.profile.lower(),
        Property.IS_SECONDARY_AUDIO: secondary,
    }


def holds(condition: ProfileCondition, facts: Facts) -> bool:
    """Tells whether a condition is satisfied."""
    try:
        value = facts[condition.property]
    except KeyError:
        return True
    if value is None or value == "":
        return not condition.required
    if value is VideoRange.HDR10_PLUS and _compare(condition, VideoRange.HDR10):
        return True  # players without HDR10+ show its static base
    return _compare(condition, value)


def _compare(condition: ProfileCondition, value: Value) -> bool:
    expected = values(condition)
    if condition.operator is Operator.EQUALS_ANY:
        return value in expected
    if condition.operator in _ORDERING and isinstance(value, bool | str):
        return not condition.required  # no such order: as if unknown
    return bool(expected) and bool(_COMPARE[condition.operator](value, expected[0]))


def values(condition: ProfileCondition) -> tuple[Value, ...]:
    """Returns what a condition compares with, without what cannot be read as its property."""
    return _values(condition.property, condition.value, condition.operator is Operator.EQUALS_ANY)


@lru_cache(maxsize=4096)
def _values(prop: Property, text: str, many: bool) -> tuple[Value, ...]:
    parts = text.split("|") if many else [text]
    read = (_read(prop, part.strip().lower()) for part in parts)
    return tuple(value for value in read if value is not None)


def _read(prop: Property, text: str) -> Value | None:
    if prop in TEXTS:
        return text
    if prop in FLAGS:
        return _BOOLS.get(text)
    if prop is Property.VIDEO_RANGE_TYPE:
        return _RANGES.get(text)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def failures(conditions: Iterable[ProfileCondition], facts: Facts) -> Reasons:
    """Returns the reasons of all conditions that are not satisfied."""
    return frozenset(REASONS[c.property] for c in conditions if not holds(c, facts))


def container_failures(
    profile: DeviceProfile, kind: MediaKind, containers: Sequence[str], facts: Facts
) -> Reasons:
    """Returns what a profile has against a file in a container.

    Args:
        profile: The profile.
        kind: Whether it is a video or sound alone.
        containers: The canonical names of the container.
        facts: The values for the conditions.
    """
    entries = (e for e in profile.container_profiles if e.kind is kind and e.covers(containers))
    return failures((c for entry in entries for c in entry.conditions), facts)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A codec profile that counts for a stream, and what it has against it."""

    entry: CodecProfile
    reasons: Reasons


Verdicts = tuple[Verdict, ...]


def judge(profile: DeviceProfile, kind: CodecKind, facts: Facts) -> Verdicts:
    """Returns all codec profiles that count for a stream, were it of their codec and container."""
    return tuple(
        Verdict(entry, failures(entry.conditions, facts))
        for entry in profile.codec_profiles
        if entry.kind is kind and all(holds(c, facts) for c in entry.apply_conditions)
    )


def codec_failures(verdicts: Verdicts, codec: str, containers: Sequence[str]) -> Reasons:
    """Returns what speaks against a stream of a codec in a container."""
    found = (v.reasons for v in verdicts if v.reasons and v.entry.covers(codec, containers))
    return NO_REASONS.union(*found)


def target_conditions(
    verdicts: Verdicts, codec: str, container: str, protocol: Protocol
) -> Iterator[ProfileCondition]:
    """Yields what a stream must satisfy in a container that is made.

    Args:
        verdicts: The codec profiles that count for the stream.
        codec: The canonical name of the codec it shall have.
        container: The canonical name of the container.
        protocol: How it is delivered.
    """
    decided: set[Property] = set()
    for verdict in verdicts:
        if verdict.entry.covers(codec, (container,), protocol):
            conditions = verdict.entry.conditions
            yield from (c for c in conditions if c.property not in decided)
            decided.update(c.property for c in conditions if c.property in EXCLUSIVE)
