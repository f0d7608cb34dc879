"""Reads Jellyfin's description of media (MediaSourceInfo as JSON) and the shared cases."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reelhouse_playback.decisions.model import MediaFacts, Stream, StreamKind, VideoRange, Wishes
from reelhouse_playback.device_profiles.jellyfin import parse_profile
from reelhouse_playback.device_profiles.model import DeviceProfile

CASES = Path(__file__).resolve().parents[3].parent / "shared" / "cases" / "playback"

# Jellyfin leaves the first value of an enum out, and writes the others as a number or a name.
_KINDS = {
    0: StreamKind.AUDIO,
    1: StreamKind.VIDEO,
    2: StreamKind.SUBTITLE,
    3: StreamKind.VIDEO,
    4: StreamKind.OTHER,
    "Audio": StreamKind.AUDIO,
    "Video": StreamKind.VIDEO,
    "Subtitle": StreamKind.SUBTITLE,
    "EmbeddedImage": StreamKind.VIDEO,
    "Data": StreamKind.OTHER,
}
_TRANSFERS = {"smpte2084": VideoRange.HDR10, "arib-std-b67": VideoRange.HLG}
_DOVI_TAGS = frozenset({"dovi", "dvh1", "dvhe", "dav1"})
_DOVI_BASES = {
    1: VideoRange.DOVI_WITH_HDR10,
    2: VideoRange.DOVI_WITH_SDR,
    4: VideoRange.DOVI_WITH_HLG,
}


@dataclass(frozen=True, slots=True)
class Case:
    """One line of cases.json."""

    streams: str
    device: str
    media: str
    play_method: str
    reasons: frozenset[str]
    transcode_mode: str
    protocol: str
    note: str

    def __str__(self) -> str:
        return f"{self.device}-{self.media}-{self.streams}"


def read_cases() -> list[Case]:
    """Returns the shared cases; none where a clone has no shared folder."""
    path = CASES / "cases.json"
    if not path.is_file():
        return []
    lines = json.loads(path.read_text(encoding="utf-8"))
    return [Case(**line | {"reasons": frozenset(line["reasons"])}) for line in lines]


@cache
def read_profile(device: str) -> DeviceProfile:
    path = CASES / "profiles" / f"{device}.json"
    return parse_profile(path.read_text(encoding="utf-8"))


@cache
def read_media(name: str) -> MediaFacts:
    path = CASES / "media" / f"{name}.json"
    return media_facts(json.loads(path.read_text(encoding="utf-8")))


def media_facts(source: dict[str, Any]) -> MediaFacts:
    """Returns what a MediaSourceInfo says."""
    default_subtitle = source.get("DefaultSubtitleStreamIndex")
    return MediaFacts(
        container=source.get("Container") or "",
        streams=tuple(_stream(stream) for stream in source["MediaStreams"]),
        bit_rate=source.get("Bitrate"),
        default_audio_index=source.get("DefaultAudioStreamIndex"),
        # Where Jellyfin names no default subtitles, there are none.
        default_subtitle_index=-1 if default_subtitle is None else default_subtitle,
    )


def _stream(stream: dict[str, Any]) -> Stream:
    kind = _KINDS[stream.get("Type", 0)]
    average = stream.get("AverageFrameRate")
    # An average of 1000 is what libavformat says of Matroska without one.
    frame_rate = average if average and average < 1000 else stream.get("RealFrameRate")
    return Stream(
        index=stream.get("Index", 0),
        kind=kind,
        codec=stream.get("Codec") or "",
        codec_tag=stream.get("CodecTag") or "",
        profile=stream.get("Profile") or "",
        level=stream.get("Level"),
        language=stream.get("Language") or "",
        default=stream.get("IsDefault", False),
        forced=stream.get("IsForced", False),
        external=stream.get("IsExternal", False),
        bit_rate=stream.get("BitRate"),
        bit_depth=stream.get("BitDepth"),
        width=stream.get("Width"),
        height=stream.get("Height"),
        frame_rate=frame_rate,
        reference_frame_count=stream.get("RefFrames"),
        video_range=_video_range(stream) if kind is StreamKind.VIDEO else None,
        rotation_degrees=stream.get("Rotation"),
        interlaced=stream.get("IsInterlaced", False),
        anamorphic=stream.get("IsAnamorphic"),
        avc=stream.get("IsAVC"),
        packet_length=stream.get("PacketLength"),
        channel_count=stream.get("Channels"),
        sample_rate=stream.get("SampleRate"),
        attached_picture=stream.get("Type") in {3, "EmbeddedImage"},
    )


def _video_range(stream: dict[str, Any]) -> VideoRange:
    """Jellyfin tells it from the rest of the stream, not from what it once wrote."""
    profile = stream.get("DvProfile")
    base = stream.get("DvBlSignalCompatibilityId")
    signalled = (
        profile in {5, 7, 8, 10}
        and stream.get("RpuPresentFlag") == stream.get("BlPresentFlag") == 1
        and base in {0, 1, 2, 4, 6}
    )
    if not signalled and (stream.get("CodecTag") or "").lower() not in _DOVI_TAGS:
        return _TRANSFERS.get(stream.get("ColorTransfer") or "", VideoRange.SDR)
    if profile == 5 or (profile == 10 and base == 0):
        return VideoRange.DOVI
    if profile == 7:
        return VideoRange.DOVI_WITH_EL
    if profile in {8, 10}:
        return _DOVI_BASES.get(base or 0, VideoRange.DOVI_INVALID)
    return VideoRange.SDR


def wishes(case: Case, media: MediaFacts) -> Wishes:
    """Returns which streams a case asks for."""
    last = len(media.streams) - 1
    choices = {
        "default_streams": Wishes(),
        "first_audio_last_subtitle": Wishes(audio_stream_index=1, subtitle_stream_index=last),
        "second_to_last_audio_last_subtitle": Wishes(
            audio_stream_index=last - 1, subtitle_stream_index=last
        ),
    }
    return choices[case.streams]
