"""Reading and writing device profiles as Jellyfin's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reelhouse_playback.device_profiles.jellyfin import (
    MAX_CHARACTERS,
    MAX_ENTRIES,
    MAX_TEXT,
    ProfileError,
    dump_profile,
    load_profile,
    parse_profile,
)
from reelhouse_playback.device_profiles.model import (
    CodecKind,
    DeviceProfile,
    DirectPlayProfile,
    MediaKind,
    Operator,
    ProfileCondition,
    Property,
    Protocol,
    SubtitleMethod,
    TranscodingProfile,
)
from tests.unit.playback.jellyfin_media import CASES, read_profile

DEVICES = sorted(path.stem for path in CASES.glob("profiles/*.json"))


def parsed(**keys: Any) -> DeviceProfile:
    return parse_profile(json.dumps(keys))


def condition(**keys: Any) -> ProfileCondition:
    return parsed(CodecProfiles=[{"Conditions": [keys]}]).codec_profiles[0].conditions[0]


def test_reads_all_that_jellyfin_writes() -> None:
    profile = parsed(
        Name="TV",
        MaxStreamingBitrate=1,
        MaxStaticBitrate="2",
        MusicStreamingTranscodingBitrate=3.0,
        DirectPlayProfiles=[
            {"Container": "mp4", "VideoCodec": "h264", "AudioCodec": "aac", "Type": "Video"}
        ],
        TranscodingProfiles=[
            {
                "Container": "ts",
                "Type": "Video",
                "VideoCodec": "h264",
                "AudioCodec": "aac",
                "Protocol": "hls",
                "EstimateContentLength": True,
                "EnableMpegtsM2TsMode": False,
                "TranscodeSeekInfo": "Auto",
                "CopyTimestamps": "True",
                "Context": "Static",
                "EnableSubtitlesInManifest": True,
                "MaxAudioChannels": " 6",
                "MinSegments": "2",
                "SegmentLength": 6,
                "BreakOnNonKeyFrames": True,
                "Conditions": [
                    {
                        "Condition": "LessThanEqual",
                        "Property": "Width",
                        "Value": 1920,
                        "IsRequired": False,
                    }
                ],
            }
        ],
        ContainerProfiles=[{"Type": "Video", "Container": "mkv"}],
        CodecProfiles=[
            {
                "Type": "VideoAudio",
                "Codec": "aac",
                "Container": "hls",
                "SubContainer": "mp4",
                "ApplyConditions": [
                    {"Condition": 4, "Property": 26, "Value": "0|180", "IsRequired": "false"}
                ],
            }
        ],
        SubtitleProfiles=[
            {
                "Format": "vtt",
                "Method": "Hls",
                "DidlMode": "x",
                "Language": "eng",
                "Container": "mp4",
            }
        ],
        ResponseProfiles=[{"anything": [1, 2]}],
        SupportedMediaTypes="Audio,Photo,Video",
    )
    assert profile.display_name == "TV"
    assert (profile.max_streaming_bit_rate, profile.max_static_bit_rate) == (1, 2)
    assert profile.max_music_bit_rate == 3
    assert profile.direct_play_profiles == (
        DirectPlayProfile(MediaKind.VIDEO, "mp4", "h264", "aac"),
    )
    width = ProfileCondition(Operator.LESS_THAN_EQUAL, Property.WIDTH, "1920", required=False)
    assert profile.transcoding_profiles == (
        TranscodingProfile(
            kind=MediaKind.VIDEO,
            container="ts",
            video_codec="h264",
            audio_codec="aac",
            protocol=Protocol.HLS,
            max_audio_channels=6,
            min_segments=2,
            segment_length_seconds=6,
            break_on_non_key_frames=True,
            copy_timestamps=True,
            enable_subtitles_in_manifest=True,
            conditions=(width,),
            for_download=True,
            estimate_content_length=True,
        ),
    )
    codec = profile.codec_profiles[0]
    assert (codec.kind, codec.sub_container) == (CodecKind.VIDEO_AUDIO, "mp4")
    assert codec.apply_conditions == (
        ProfileCondition(Operator.EQUALS_ANY, Property.VIDEO_ROTATION, "0|180", required=False),
    )
    assert profile.subtitle_profiles[0].method is SubtitleMethod.HLS


def test_what_is_not_there_is_as_in_jellyfin() -> None:
    profile = parsed(
        DirectPlayProfiles=[{}], TranscodingProfiles=[{}], CodecProfiles=[{}], SubtitleProfiles=[{}]
    )
    assert profile.max_streaming_bit_rate == profile.max_static_bit_rate == 8_000_000
    assert profile.max_music_bit_rate == 128_000
    assert profile.direct_play_profiles == (DirectPlayProfile(MediaKind.AUDIO),)
    assert profile.transcoding_profiles == (TranscodingProfile(MediaKind.AUDIO),)
    assert profile.codec_profiles[0].kind is CodecKind.VIDEO
    assert profile.subtitle_profiles[0].method is SubtitleMethod.ENCODE
    assert condition() == ProfileCondition(Operator.EQUALS, Property.AUDIO_CHANNELS, "")
    assert condition().required


def test_null_is_no_limit_and_otherwise_as_if_not_there() -> None:
    profile = parsed(
        Name=None,
        MaxStreamingBitrate=None,
        CodecProfiles=None,
        TranscodingProfiles=[{"MaxAudioChannels": None, "MinSegments": None, "Conditions": None}],
    )
    assert profile.max_streaming_bit_rate is None
    assert (profile.display_name, profile.codec_profiles) == ("", ())
    assert profile.transcoding_profiles == (TranscodingProfile(MediaKind.AUDIO),)


@pytest.mark.parametrize(
    "text",
    [
        '{"NAME": "x", "directplayprofiles": [{"type": "video", "container": "mp4"}]}',
        '\ufeff{"name": "x", "DirectPlayProfiles": [{"TYPE": "VIDEO", "Container": "mp4"}]}',
        '{"Name": "x", "DirectPlayProfiles": [{"Type": 1, "Container": "mp4", "$type": "y"}]}',
        '{"Name": "x", "DirectPlayProfiles": [{"Type": "1", "Container": "mp4"}]}',
    ],
)
def test_names_are_read_in_any_case_and_enums_as_numbers(text: str) -> None:
    profile = parse_profile(text)
    assert profile.display_name == "x"
    assert profile.direct_play_profiles == (DirectPlayProfile(MediaKind.VIDEO, "mp4"),)


@pytest.mark.parametrize(
    ("number", "prop"),
    [
        (0, Property.AUDIO_CHANNELS),
        (14, Property.REF_FRAMES),
        (16, Property.NUM_AUDIO_STREAMS),
        (26, Property.VIDEO_ROTATION),
    ],
)
def test_numbers_of_properties_have_a_gap(number: int, prop: Property) -> None:
    assert condition(Property=number).property is prop
    with pytest.raises(ProfileError):
        condition(Property=15)


@pytest.mark.parametrize(
    ("value", "text"), [(5, "5"), (2.5, "2.5"), (True, "true"), ("a|b", "a|b"), (None, "")]
)
def test_values_of_conditions_may_be_bare(value: object, text: str) -> None:
    assert condition(Value=value).value == text


@pytest.mark.parametrize("protocol", ["", "http", 0])
def test_an_empty_protocol_is_http(protocol: object) -> None:
    profile = parsed(TranscodingProfiles=[{"Protocol": protocol}])
    assert profile.transcoding_profiles[0].protocol is Protocol.HTTP


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ({"Name": ["x"]}, "$.Name"),
        ({"Name": "x" * (MAX_TEXT + 1)}, "$.Name"),
        ({"Name": "a\0b"}, "$.Name"),
        ({"Name": "\ud800"}, "$.Name"),
        ({"MaxStreamingBitrate": "fast"}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": -1}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": 1.5}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": True}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": 2**60}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": "9" * 100}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": "٣"}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": float("nan")}, "$.MaxStreamingBitrate"),
        ({"MaxStreamingBitrate": float("inf")}, "$.MaxStreamingBitrate"),
        ({"DirectPlayProfiles": {}}, "$.DirectPlayProfiles"),
        ({"DirectPlayProfiles": [{}] * (MAX_ENTRIES + 1)}, "$.DirectPlayProfiles"),
        ({"DirectPlayProfiles": [{}, 3]}, "$.DirectPlayProfiles[1]"),
        ({"DirectPlayProfiles": [None]}, "$.DirectPlayProfiles[0]"),
        ({"DirectPlayProfiles": [{"Type": "Film"}]}, "$.DirectPlayProfiles[0].Type"),
        ({"DirectPlayProfiles": [{"Type": 9}]}, "$.DirectPlayProfiles[0].Type"),
        ({"DirectPlayProfiles": [{"Type": ""}]}, "$.DirectPlayProfiles[0].Type"),
        ({"DirectPlayProfiles": [{"Type": True}]}, "$.DirectPlayProfiles[0].Type"),
        ({"DirectPlayProfiles": [{"Container": {}}]}, "$.DirectPlayProfiles[0].Container"),
        (
            {"TranscodingProfiles": [{"CopyTimestamps": 1}]},
            "$.TranscodingProfiles[0].CopyTimestamps",
        ),
        ({"TranscodingProfiles": [{"MinSegments": ""}]}, "$.TranscodingProfiles[0].MinSegments"),
        ({"TranscodingProfiles": [{"MinSegments": 9999}]}, "$.TranscodingProfiles[0].MinSegments"),
        (
            {"CodecProfiles": [{"Conditions": [{"Property": "Smell"}]}]},
            "$.CodecProfiles[0].Conditions[0].Property",
        ),
        (
            {"CodecProfiles": [{"ApplyConditions": [{"Condition": "<"}]}]},
            "$.CodecProfiles[0].ApplyConditions[0].Condition",
        ),
        ({"SubtitleProfiles": [{"Method": []}]}, "$.SubtitleProfiles[0].Method"),
    ],
)
def test_wrong_values_are_named(keys: dict[str, Any], path: str) -> None:
    with pytest.raises(ProfileError) as raised:
        load_profile(keys)
    assert [found for found, _ in raised.value.problems] == [path]


def test_all_that_is_wrong_is_told_at_once_but_not_more_than_can_be_read() -> None:
    with pytest.raises(ProfileError) as raised:
        parsed(Name=[], MaxStaticBitrate="x", CodecProfiles=[{"Type": "x"}] * 100)
    assert [path for path, _ in raised.value.problems][:3] == [
        "$.Name",
        "$.MaxStaticBitrate",
        "$.CodecProfiles[0].Type",
    ]
    assert len(raised.value.problems) == 50


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{",
        '"x"',
        "7",
        "[" * 100_000,
        "1" * 100_000,
        " " * (MAX_CHARACTERS + 1),
        '{"MaxStreamingBitrate": ' + "9" * 5_000 + "}",
    ],
)
def test_what_is_no_profile(text: str) -> None:
    with pytest.raises(ProfileError) as raised:
        parse_profile(text)
    assert raised.value.problems


@pytest.mark.parametrize("device", DEVICES)
def test_profiles_of_jellyfin_survive_being_stored(device: str) -> None:
    profile = read_profile(device)
    stored = json.loads(json.dumps(dump_profile(profile)))
    assert load_profile(stored) == profile


def test_writes_jellyfins_names() -> None:
    written = dump_profile(
        parsed(
            TranscodingProfiles=[{"Type": "Video", "MaxAudioChannels": 6, "Context": "Static"}],
            CodecProfiles=[{"Conditions": [{"Property": "IsAvc", "Condition": "NotEquals"}]}],
        )
    )
    form = written["TranscodingProfiles"][0]
    assert (form["Type"], form["MaxAudioChannels"], form["Context"]) == ("Video", "6", "Static")
    assert form["Protocol"] == "http"
    assert written["CodecProfiles"][0]["Conditions"] == [
        {"Condition": "NotEquals", "Property": "IsAvc", "Value": "", "IsRequired": True}
    ]
