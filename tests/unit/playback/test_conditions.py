"""Conditions: each operator on each kind of property, known and unknown."""

from __future__ import annotations

import pytest

from reelhouse_playback.decisions.conditions import (
    REASONS,
    Facts,
    Value,
    audio_facts,
    holds,
    video_facts,
)
from reelhouse_playback.decisions.model import MediaFacts, Reason, Stream, StreamKind, VideoRange
from reelhouse_playback.device_profiles.model import Operator, Property
from tests.unit.playback.builders import audio, condition, media, subtitle, video

EQ = Operator.EQUALS
NE = Operator.NOT_EQUALS
LE = Operator.LESS_THAN_EQUAL
GE = Operator.GREATER_THAN_EQUAL
ANY = Operator.EQUALS_ANY

NUMBERS = (
    Property.AUDIO_CHANNELS,
    Property.AUDIO_BIT_RATE,
    Property.AUDIO_SAMPLE_RATE,
    Property.AUDIO_BIT_DEPTH,
    Property.WIDTH,
    Property.HEIGHT,
    Property.VIDEO_BIT_DEPTH,
    Property.VIDEO_BIT_RATE,
    Property.VIDEO_FRAME_RATE,
    Property.VIDEO_LEVEL,
    Property.VIDEO_ROTATION,
    Property.REF_FRAMES,
    Property.NUM_STREAMS,
    Property.NUM_AUDIO_STREAMS,
    Property.NUM_VIDEO_STREAMS,
    Property.PACKET_LENGTH,
)
TEXTS = (
    Property.AUDIO_PROFILE,
    Property.VIDEO_PROFILE,
    Property.VIDEO_CODEC_TAG,
    Property.VIDEO_TIMESTAMP,
)
FLAGS = (
    Property.IS_ANAMORPHIC,
    Property.IS_AVC,
    Property.IS_INTERLACED,
    Property.IS_SECONDARY_AUDIO,
    Property.HAS_64_BIT_OFFSETS,
)


@pytest.mark.parametrize("prop", NUMBERS)
@pytest.mark.parametrize(
    ("operator", "expected", "value", "satisfied"),
    [
        (EQ, "8", 8, True),
        (EQ, "8", 10, False),
        (EQ, " 8 ", 8, True),
        (EQ, "eight", 8, False),
        (EQ, "", 8, False),
        (NE, "8", 8, False),
        (NE, "8", 10, True),
        (NE, "eight", 10, False),
        (LE, "8", 8, True),
        (LE, "8", 7.5, True),
        (LE, "8", 8.5, False),
        (LE, "nan", 8, False),
        (LE, "inf", 8, False),
        (GE, "8", 8, True),
        (GE, "8", 7, False),
        (ANY, "8", 8, True),
        (ANY, "6|8", 8, True),
        (ANY, "6 | 8", 8, True),
        (ANY, "6|x|10", 8, False),
        (ANY, "", 8, False),
    ],
)
def test_numbers(
    prop: Property, operator: Operator, expected: str, value: float, satisfied: bool
) -> None:
    assert holds(condition(operator, prop, expected), {prop: value}) is satisfied


@pytest.mark.parametrize("prop", TEXTS)
@pytest.mark.parametrize(
    ("operator", "expected", "satisfied"),
    [
        (EQ, "main", True),
        (EQ, "Main", True),
        (EQ, "main 10", False),
        (NE, "main", False),
        (NE, "high", True),
        (ANY, "high|main|baseline", True),
        (ANY, "high|main 10", False),
        (LE, "main", True),  # texts have no order: as if unknown
    ],
)
def test_texts(prop: Property, operator: Operator, expected: str, satisfied: bool) -> None:
    assert holds(condition(operator, prop, expected), {prop: "main"}) is satisfied


@pytest.mark.parametrize("prop", FLAGS)
@pytest.mark.parametrize(
    ("operator", "expected", "value", "satisfied"),
    [
        (EQ, "true", True, True),
        (EQ, "True", True, True),
        (EQ, "true", False, False),
        (NE, "true", False, True),
        (NE, "true", True, False),
        (NE, "yes", False, False),
        (ANY, "true|false", True, True),
        (GE, "true", True, True),
    ],
)
def test_flags(
    prop: Property, operator: Operator, expected: str, value: bool, satisfied: bool
) -> None:
    assert holds(condition(operator, prop, expected), {prop: value}) is satisfied


@pytest.mark.parametrize(
    ("operator", "expected", "value", "satisfied"),
    [
        (EQ, "SDR", VideoRange.SDR, True),
        (EQ, "sdr", VideoRange.SDR, True),
        (EQ, "HDR10", VideoRange.HLG, False),
        (NE, "DOVI", VideoRange.HDR10, True),
        (NE, "Nonsense", VideoRange.HDR10, False),
        (ANY, "SDR|HDR10|HLG", VideoRange.HLG, True),
        (ANY, "SDR|HDR10|HLG", VideoRange.DOVI_WITH_HDR10, False),
        (ANY, "SDR|Nonsense", VideoRange.HDR10, False),
        # A player of HDR10 shows the static base of HDR10+.
        (ANY, "SDR|HDR10", VideoRange.HDR10_PLUS, True),
        (EQ, "HDR10Plus", VideoRange.HDR10_PLUS, True),
        (EQ, "HLG", VideoRange.HDR10_PLUS, False),
    ],
)
def test_ranges(operator: Operator, expected: str, value: VideoRange, satisfied: bool) -> None:
    prop = Property.VIDEO_RANGE_TYPE
    assert holds(condition(operator, prop, expected), {prop: value}) is satisfied


@pytest.mark.parametrize("operator", Operator)
@pytest.mark.parametrize("prop", Property)
@pytest.mark.parametrize("unknown", [None, ""])
def test_unknown_values_fail_what_is_required(
    operator: Operator, prop: Property, unknown: Value | None
) -> None:
    facts: Facts = {prop: unknown}
    assert holds(condition(operator, prop, "1", required=False), facts)
    assert not holds(condition(operator, prop, "1", required=True), facts)


@pytest.mark.parametrize("prop", Property)
def test_what_is_no_fact_of_a_stream_is_satisfied(prop: Property) -> None:
    assert holds(condition(EQ, prop, "1", required=True), {})


def test_every_property_has_a_reason_and_a_place() -> None:
    known = video_facts(media(), video()).keys() | audio_facts(audio(), secondary=False).keys()
    assert set(REASONS) == set(Property)
    # Nothing tells whether the offsets of a file are of 64 bits.
    assert known == set(Property) - {Property.HAS_64_BIT_OFFSETS}
    assert set(REASONS.values()) <= set(Reason)


def test_counts_streams_of_all_files_but_no_attachments() -> None:
    cover = video("mjpeg", index=3, attached_picture=True)
    font = Stream(4, StreamKind.ATTACHMENT, "ttf")
    file = media(video(), audio(), audio(2, external=True), cover, font, subtitle())
    facts = video_facts(file, video())
    assert facts[Property.NUM_STREAMS] == 5
    assert facts[Property.NUM_AUDIO_STREAMS] == 2
    assert facts[Property.NUM_VIDEO_STREAMS] == 1


def test_media_without_video_has_facts_about_its_container_only() -> None:
    assert set(video_facts(MediaFacts("mp4"), None)) == {
        Property.NUM_STREAMS,
        Property.NUM_AUDIO_STREAMS,
        Property.NUM_VIDEO_STREAMS,
        Property.VIDEO_TIMESTAMP,
    }
