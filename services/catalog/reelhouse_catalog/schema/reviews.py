"""What people are asked to look at."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Table, Uuid, text

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_state, _state_check = state("state", ("pending", "resolved", "rejected"), default="pending")
_reason, _reason_check = state(
    "reason",
    ("low_confidence", "unmatched", "probe_failed", "no_hash", "too_small", "manual"),
    default="manual",
)
_resolution, _resolution_check = state("resolution", ("", "link", "scan"), default="")
review_queue = Table(
    "review_queue",
    metadata,
    key(),
    Column(
        "media_file_id",
        Uuid,
        ForeignKey("catalog.media_files.id", ondelete="CASCADE"),
        nullable=False,
    ),
    # That of the file, which never moves to another: lists by library go by an index.
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    _reason,
    _reason_check,
    Column("confidence", Double, nullable=False),
    _state,
    _state_check,
    _resolution,
    _resolution_check,
    words("notes"),
    # Who decided, as a resource name; empty for the scan.
    words("reviewer"),
    Column("episode_id", Uuid, ForeignKey("catalog.episodes.id", ondelete="SET NULL")),
    Column("track_id", Uuid, ForeignKey("catalog.tracks.id", ondelete="SET NULL")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("resolved_at"),
    revision(),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    CheckConstraint("(state = 'pending') = (resolved_at IS NULL)", name="resolved"),
    Index("ix_review_queue_media_file_id", "media_file_id", "id"),
    Index("ix_review_queue_library_id", "library_id", "state", "id"),
    Index("ix_review_queue_status", "state", "id"),
    Index("ix_review_queue_state_reason_id", "state", "reason", "id"),
    Index("ix_review_queue_reason_id", "reason", "id"),
    Index("ix_review_queue_created_at", "created_at"),
    Index("ix_review_queue_episode_id", "episode_id"),
    Index("ix_review_queue_track_id", "track_id"),
    # One pending item for a file and reason.
    Index(
        "uq_review_queue_pending",
        "media_file_id",
        "reason",
        unique=True,
        postgresql_where=text("state = 'pending'"),
    ),
)
