"""What a transcode is and how it goes through its life. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from reelhouse_kit.errors import Violation
from reelhouse_kit.names import ResourceName

TRANSCODE = ResourceName("transcode.reelhouse/Transcode", "transcodes/{transcode}")
MEDIA_FILE = ResourceName("catalog.reelhouse/MediaFile", "mediaFiles/{media_file}")

TOPIC = "transcodes"

ENCODER = "ffmpeg-software/1"
"""Names what makes results. The number goes up whenever the same spec would give other bytes."""
PLAYLIST = "main.m3u8"
"""The name of the playlist in the folder of an HLS result."""

DEFAULT_QUALITY = 55
"""Percent (BEHAVIOUR 2.5): CRF 23 of H.264."""
DEFAULT_SEGMENT_SECONDS = 4
_RATE_PER_CHANNEL = 64_000
_MOST_CHANNELS = 6
"""AAC above 5.1 is decoded by few devices."""


class State(StrEnum):
    """Where a transcode is in its life."""

    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.PENDING: frozenset({State.STARTING, State.FAILED, State.CANCELLED}),
        # Again to starting: the worker died and another begins.
        State.STARTING: frozenset(
            {State.STARTING, State.RUNNING, State.COMPLETED, State.FAILED, State.CANCELLED}
        ),
        State.RUNNING: frozenset({State.STARTING, State.COMPLETED, State.FAILED, State.CANCELLED}),
        State.FAILED: frozenset({State.PENDING}),
        State.CANCELLED: frozenset({State.PENDING}),
        # Its result was removed from the store.
        State.COMPLETED: frozenset({State.FAILED}),
    }
)
"""What may follow what."""

ENDED = frozenset({State.COMPLETED, State.FAILED, State.CANCELLED})


def may_become(state: State) -> list[State]:
    """Returns the states that a transcode may be in before it enters this one."""
    return [before for before, after in TRANSITIONS.items() if state in after]


class Format(StrEnum):
    """The form of a result."""

    HLS = "hls"
    MP4 = "mp4"


class Codec(StrEnum):
    """What happens to a stream."""

    NONE = ""
    COPY = "copy"
    H264 = "h264"
    AAC = "aac"


@dataclass(frozen=True, slots=True)
class Spec:
    """What to make. None and 0 mean: as in the source, or the default."""

    format: Format
    video_codec: Codec = Codec.NONE
    audio_codec: Codec = Codec.NONE
    video_stream: int | None = None
    audio_stream: int | None = None
    quality: int | None = None
    max_width: int = 0
    max_height: int = 0
    max_video_bit_rate: int = 0
    audio_bit_rate: int = 0
    max_audio_channels: int = 0
    segment_seconds: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Returns the spec as plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Spec:
        """Returns what `as_dict` made plain."""
        return cls(
            **{
                **values,
                "format": Format(values["format"]),
                "video_codec": Codec(values["video_codec"]),
                "audio_codec": Codec(values["audio_codec"]),
            }
        )


@dataclass(frozen=True, slots=True)
class SourceStream:
    """One stream of the source, as far as transcoding needs it."""

    index: int
    kind: str
    codec: str
    default: bool
    channels: int
    still: bool


@dataclass(frozen=True, slots=True)
class Source:
    """The media file to transcode, as the catalog tells of it."""

    media_file_id: UUID
    path: bytes
    fingerprint: str
    container: str
    duration_ms: int | None
    there: bool
    problem: str
    streams: tuple[SourceStream, ...]


@dataclass(frozen=True, slots=True)
class Transcode:
    """A transcode, as stored."""

    id: UUID
    media_file_id: UUID
    job_id: UUID
    status: State
    provider: str
    content_hash: str
    output_path: str
    output_size: int
    spec: Spec
    priority: int
    progress: float
    position_ms: int
    duration_ms: int | None
    speed: float
    attempts: int
    requester: str
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """Its resource name."""
        return TRANSCODE.format(self.id)


def settled(spec: Spec, source: Source) -> tuple[Spec, list[Violation]]:
    """Returns a spec with all defaults filled in for a source, and what is wrong with it.

    Specs that mean the same become the same, so that their results are shared.
    """
    problems: list[Violation] = []
    video = _choose(source.streams, "video", spec.video_codec, spec.video_stream, problems)
    audio = _choose(source.streams, "audio", spec.audio_codec, spec.audio_stream, problems)
    if video is None and audio is None and not problems:
        problems.append(Violation("transcode.spec", "asks for neither video nor audio"))
    if spec.audio_codec is Codec.H264 or spec.video_codec is Codec.AAC:
        problems.append(Violation("transcode.spec", "has a codec in the wrong place"))
    encodes_video = video is not None and spec.video_codec is not Codec.COPY
    encodes_audio = audio is not None and spec.audio_codec is not Codec.COPY
    channels = 0
    if encodes_audio and audio is not None:
        limits = (audio.channels, spec.max_audio_channels, _MOST_CHANNELS)
        channels = min(limit for limit in limits if limit) or 2
    quality = DEFAULT_QUALITY if spec.quality is None else spec.quality
    return (
        replace(
            spec,
            video_codec=spec.video_codec if video else Codec.NONE,
            audio_codec=spec.audio_codec if audio else Codec.NONE,
            video_stream=video.index if video else None,
            audio_stream=audio.index if audio else None,
            quality=quality if encodes_video else None,
            max_width=spec.max_width if encodes_video else 0,
            max_height=spec.max_height if encodes_video else 0,
            max_video_bit_rate=spec.max_video_bit_rate if encodes_video else 0,
            audio_bit_rate=(spec.audio_bit_rate or _RATE_PER_CHANNEL * channels)
            if encodes_audio
            else 0,
            max_audio_channels=channels,
            segment_seconds=(spec.segment_seconds or DEFAULT_SEGMENT_SECONDS)
            if spec.format is Format.HLS
            else 0,
        ),
        problems,
    )


def _choose(
    streams: Sequence[SourceStream],
    kind: str,
    codec: Codec,
    index: int | None,
    problems: list[Violation],
) -> SourceStream | None:
    """Returns the stream that is meant, and notes what is wrong with the choice."""
    if codec is Codec.NONE:
        return None
    candidates = [s for s in streams if s.kind == kind and not s.still]
    if index is not None:
        chosen = next((s for s in candidates if s.index == index), None)
        if chosen is None:
            field = f"transcode.spec.{kind}_stream_index"
            problems.append(Violation(field, f"is no {kind} stream of the media file"))
        return chosen
    if not candidates:
        field = f"transcode.spec.{kind}_codec"
        problems.append(Violation(field, f"is set, but the media file has no {kind}"))
        return None
    return next((s for s in candidates if s.default), candidates[0])


def content_hash(fingerprint: str, spec: Spec) -> str:
    """Returns, in hex, a hash over everything that determines a result.

    It is SHA-256 over canonical JSON of named values, so that no two of them can change places
    (BEHAVIOUR 2.6 tells what happens otherwise).
    """
    document = {"source": fingerprint, "spec": spec.as_dict(), "encoder": ENCODER}
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def folder_of(hash_hex: str) -> str:
    """Returns where results with this hash are, relative to the store."""
    return f"transcodes/{hash_hex[:2]}/{hash_hex}"
