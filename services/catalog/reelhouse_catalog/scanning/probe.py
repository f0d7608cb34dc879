"""Opens one media file and tells what is in it. Runs in a prober process only: libav may crash."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import av

from reelhouse_catalog.scanning.tables import FORMATS, MIME_TYPES

_SAMPLE = 64 * 1024
"""Bytes read from head and tail for the fingerprint."""
_LIBAV = {
    # A playlist under a film's name must not make libav open other files or the network.
    "protocol_whitelist": "file",
    "format_whitelist": FORMATS,
    "max_streams": "256",
}
_MAX_TAGS = 64
_MAX_TAG = 1000
_MAX_CHAPTERS = 1000
_KINDS = {"video": "video", "audio": "audio", "subtitle": "subtitle", "attachment": "attachment"}
_TEXT_SUBTITLES = frozenset({"subrip", "srt", "ass", "ssa", "webvtt", "mov_text", "text", "ttml"})
_DISPOSITIONS = {
    "default": 0x1,
    "forced": 0x40,
    "hearing_impaired": 0x80,
    "attached_picture": 0x400,
}
"""Bits of AVStream.disposition."""
_HDR_TRANSFERS = {16: "hdr10", 18: "hlg"}
"""Transfer characteristics of ITU-T H.273: PQ and HLG."""


def fingerprint(path: bytes, size: int) -> str:
    """Returns, in hex, a hash over a file's size, head and tail: the same wherever it moves."""
    digest = hashlib.blake2b(size.to_bytes(8, "big"), digest_size=20)
    with open(path, "rb") as file:
        digest.update(file.read(_SAMPLE))
        if size > 2 * _SAMPLE:
            file.seek(-_SAMPLE, os.SEEK_END)
        digest.update(file.read(_SAMPLE))
    return digest.hexdigest()


def probe(path: bytes) -> dict[str, Any]:
    """Returns what a media file holds: container, duration_ms, bit_rate, streams, tags and so on.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not media; the message says why.
    """
    try:
        with av.open(os.fsdecode(path), options=_LIBAV, metadata_errors="replace") as container:
            return _describe(container, path)
    except av.FFmpegError as error:
        # libav's own codes have no errno that the system knows; both say what is wrong.
        raise ValueError(error.strerror or str(error)) from None


def _describe(container: Any, path: bytes) -> dict[str, Any]:
    streams = [_stream(stream) for stream in container.streams]
    video = next((s for s in streams if s["kind"] == "video" and not s.get("attached_picture")), {})
    audio = next((s for s in streams if s["kind"] == "audio"), {})
    if not video and not audio:
        raise ValueError("it has neither video nor audio")
    extension = path.rpartition(b".")[2].lower().decode("ascii", "replace")
    return {
        "container": container.format.name,
        "mime_type": MIME_TYPES.get(extension, ("video" if video else "audio") + "/octet-stream"),
        "duration_ms": container.duration // 1000 if container.duration else None,
        "bit_rate": container.bit_rate or None,
        "width": video.get("width"),
        "height": video.get("height"),
        "video_codec": video.get("codec", ""),
        "audio_codec": audio.get("codec", ""),
        "streams": streams,
        "tags": _tags(_metadata(container)),
        "chapters": _chapters(container),
    }


def _chapters(container: Any) -> list[dict[str, Any]]:
    """Returns start_ms, end_ms and name of each chapter."""
    try:
        found = container.chapters()[:_MAX_CHAPTERS]
    except (ValueError, ArithmeticError):
        return []  # titles that are no text: the file plays all the same
    return [
        {
            "start_ms": int(chapter["start"] * chapter["time_base"] * 1000),
            "end_ms": int(chapter["end"] * chapter["time_base"] * 1000),
            "name": _clean(chapter["metadata"].get("title", ""))[:_MAX_TAG],
        }
        for chapter in found
    ]


def _metadata(container: Any) -> dict[str, str]:
    """Returns the tags of a file. Ogg keeps those of the file with its first sound."""
    sound = container.streams.audio[0].metadata if container.streams.audio else {}
    of_stream = sound if container.format.name == "ogg" else {}
    return {**of_stream, **container.metadata}


def _tags(metadata: dict[str, str]) -> dict[str, str]:
    items = list(metadata.items())[:_MAX_TAGS]
    return {_clean(key).lower()[:100]: _clean(value)[:_MAX_TAG] for key, value in items}


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def _stream(stream: Any) -> dict[str, Any]:
    context = stream.codec_context
    metadata = {key.lower(): value for key, value in stream.metadata.items()}
    flags = int(stream.disposition)
    facts: dict[str, Any] = {
        "index": stream.index,
        "kind": _KINDS.get(stream.type, ""),
        "codec": context.codec.canonical_name if context else "",
        "codec_tag": _tag(context.codec_tag) if context else "",
        "profile": _clean(str(stream.profile or "")),
        "language": _clean(str(metadata.get("language", "")))[:20],
        "title": _clean(str(metadata.get("title", "")))[:200],
        **{name: bool(flags & bit) for name, bit in _DISPOSITIONS.items()},
        "bit_rate": (context.bit_rate if context else None) or _matroska_rate(metadata),
    }
    if stream.type == "video" and context:
        facts |= _video(stream, context)
    elif stream.type == "audio" and context:
        facts |= {
            "channel_count": context.channels,
            "channel_layout": context.layout.name if context.channels else "",
            "sample_rate": context.sample_rate,
            "bit_depth": _audio_depth(context),
        }
    elif stream.type == "subtitle":
        facts["text_subtitle"] = facts["codec"] in _TEXT_SUBTITLES
    # What is unknown or unset is left out; an index of 0 is neither.
    return {
        key: value for key, value in facts.items() if value not in (None, "") and value is not False
    }


def _video(stream: Any, context: Any) -> dict[str, Any]:
    depth = context.format.components[0].bits if context.format else None
    aspect = stream.sample_aspect_ratio
    rate = stream.average_rate or stream.guessed_rate
    extradata = context.extradata or b""
    return {
        "width": context.width,
        "height": context.height,
        "level": context.level if context.level and context.level > 0 else None,
        "frame_rate": round(float(rate), 3) if rate else None,
        "pixel_format": context.pix_fmt,
        "bit_depth": depth,
        "video_range": _range(context),
        "interlaced": getattr(context.field_order, "name", "").upper() in ("TT", "BB", "TB", "BT"),
        "anamorphic": bool(aspect and aspect not in (0, 1)),
        "avc": context.codec.canonical_name == "h264" and extradata[:1] == b"\x01",
    }


def _range(context: Any) -> str:
    tag = _tag(context.codec_tag)
    if tag in ("dvh1", "dvhe", "dav1", "dvav", "dva1"):
        return "dovi"
    return _HDR_TRANSFERS.get(int(context.color_trc or 0), "sdr")


def _audio_depth(context: Any) -> int | None:
    # Lossy codecs decode to whatever the decoder likes: only of lossless ones is it a property.
    if context.codec.canonical_name in ("flac", "alac", "wavpack", "ape", "tta", "truehd", "mlp"):
        return getattr(context, "bits_per_coded_sample", None) or None
    return None


def _matroska_rate(metadata: dict[str, str]) -> int | None:
    for key, value in metadata.items():
        if key.split("-")[0] == "bps" and value.isdigit():
            return int(value)
    return None


def _tag(tag: object) -> str:
    text = str(tag)
    return text if text.isascii() and text.isprintable() and "[" not in text else ""
