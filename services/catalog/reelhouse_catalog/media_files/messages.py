"""Media files on the wire. Part of `rpc`: nothing else sees messages."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from reelhouse.catalog.v1 import media_file_pb2
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.media_files.model import MEDIA_FILE, MediaFile
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.titles.model import EPISODE, TITLE, TRACK
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import duration_ms, etag, timestamp

_Message = media_file_pb2.MediaFile
STATES = {"present": _Message.STATE_PRESENT, "missing": _Message.STATE_MISSING}
_KINDS = {
    name.removeprefix("KIND_").lower(): number
    for name, number in media_file_pb2.Stream.Kind.items()
}
_RANGES = {
    name.removeprefix("VIDEO_RANGE_").lower(): number
    for name, number in media_file_pb2.Stream.VideoRange.items()
}


def to_message(row: MediaFile) -> media_file_pb2.MediaFile:
    """Returns a media file on the wire; its absolute path only to those who may know it."""
    seconds, nanos = divmod(row.mtime_ns, 1_000_000_000)
    return _Message(
        name=MEDIA_FILE.format(row.id),
        library=LIBRARY.format(row.library_id),
        path=row.path,
        path_bytes=row.path_bytes,
        absolute_path_bytes=row.absolute_path if caller().sees_all else b"",
        state=STATES[row.state],
        size_bytes=row.size_bytes,
        modify_time=Timestamp(seconds=seconds, nanos=nanos),
        fingerprint=row.fingerprint.hex() if row.fingerprint else "",
        mime_type=row.mime_type,
        container=row.container,
        duration=duration_ms(row.duration_ms),
        bit_rate=row.bit_rate or 0,
        width=row.width or 0,
        height=row.height or 0,
        video_codec=row.video_codec,
        audio_codec=row.audio_codec,
        streams=[_stream(stream) for stream in row.streams],
        probe_error=row.probe_error,
        links=[_link(link) for link in row.links],
        confidence=row.confidence,
        score=row.score,
        readiness=_Message.Readiness.Value(f"READINESS_{row.readiness.upper()}"),
        approved=row.approved,
        sha256=row.hash_sha256.hex() if row.hash_sha256 else "",
        hash_time=timestamp(row.hashed_at),
        probe_time=timestamp(row.probed_at),
        discover_time=timestamp(row.discovered_at),
        missing_time=timestamp(row.missing_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
        pinned=row.pinned,
        external_subtitles=[_subtitle(subtitle) for subtitle in row.external_subtitles],
    )


def _subtitle(subtitle: dict[str, Any]) -> media_file_pb2.ExternalSubtitle:
    """Returns a subtitle file on the wire: in the database its fields have the same names."""
    path = subtitle["path"].encode("latin-1")
    return media_file_pb2.ExternalSubtitle(
        **{**subtitle, "path": shown_path(path), "path_bytes": path}
    )


def _stream(stream: dict[str, Any]) -> media_file_pb2.Stream:
    """Returns a stream on the wire: in the database its fields have the same names."""
    fields = dict(stream)
    fields["kind"] = _KINDS.get(fields.get("kind", ""), 0)
    if "video_range" in fields:
        fields["video_range"] = _RANGES.get(fields["video_range"], 0)
    return media_file_pb2.Stream(**fields)


def _link(link: dict[str, Any]) -> media_file_pb2.MediaFile.Link:
    title = link["title"]
    return _Message.Link(
        title=TITLE.format(title),
        episode=EPISODE.format(title, link["episode"]) if "episode" in link else "",
        track=TRACK.format(title, link["track"]) if "track" in link else "",
        canonical=link["canonical"],
    )
