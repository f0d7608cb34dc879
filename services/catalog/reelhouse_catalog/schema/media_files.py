"""Files."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_readiness, _readiness_check = state(
    "readiness", ("new", "enriching", "ready", "retired"), default="new"
)
_file_state, _file_state_check = state("state", ("present", "missing"), default="present")
media_files = Table(
    "media_files",
    metadata,
    key(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    # The exact bytes, relative to the library's root: the folder and the name in it. Names need
    # not be UTF-8; `path` is what people see.
    Column("directory", BYTEA, nullable=False),
    Column("filename", BYTEA, nullable=False),
    Column("path", Text, nullable=False),
    _file_state,
    _file_state_check,
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("fingerprint", BYTEA),
    Column("hash_sha256", BYTEA),
    words("mime_type"),
    words("container"),
    Column("duration_ms", BigInteger),
    Column("bit_rate", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    words("video_codec"),
    words("audio_codec"),
    # All streams, as reelhouse_catalog.media_files.model.Stream says.
    Column("streams", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # The tags in the file, by lower-case name.
    Column("tags", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("probe_error"),
    Column("confidence", Double, nullable=False, server_default=text("0")),
    # How good the file is to have, and whether it may be used: reelhouse_catalog.reviews.model.
    Column("score", Double, nullable=False, server_default=text("0")),
    _readiness,
    _readiness_check,
    Column("approved", Boolean, nullable=False, server_default=text("false")),
    # Whether people said what it is a copy of: scans leave its links alone.
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    # As reelhouse_catalog.enrichment.sidecars.ExternalSubtitle says.
    Column("external_subtitles", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    timestamp("discovered_at", now=True),
    # When it was last opened, and when it was last hashed as a whole.
    timestamp("probed_at"),
    timestamp("hashed_at"),
    timestamp("missing_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    CheckConstraint("score BETWEEN 0 AND 1", name="score"),
    CheckConstraint("NOT approved OR readiness = 'ready'", name="approved"),
    UniqueConstraint("library_id", "directory", "filename"),
    Index("ix_media_files_library_id_id", "library_id", "id"),
    Index("ix_media_files_fingerprint", "fingerprint"),
    Index("ix_media_files_mime_type", "mime_type"),
    Index("ix_media_files_discovered_at", "discovered_at"),
    Index(
        "ix_media_files_enriching", "library_id", postgresql_where=text("readiness = 'enriching'")
    ),
    Index("ix_media_files_broken", "id", postgresql_where=text("probe_error <> ''")),
    Index("ix_media_files_missing", "id", postgresql_where=text("state = 'missing'")),
)

_verification, _verification_check = state(
    "state", ("pending", "running", "completed", "failed", "cancelled"), default="pending"
)
file_verifications = Table(
    "file_verifications",
    metadata,
    key(),
    Column(
        "media_file_id",
        Uuid,
        ForeignKey("catalog.media_files.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("job_id", Uuid, nullable=False),
    _verification,
    _verification_check,
    Column("total_bytes", BigInteger, nullable=False),
    Column("done_bytes", BigInteger, nullable=False, server_default=text("0")),
    # What was known before, and what was found.
    Column("expected_sha256", BYTEA),
    Column("sha256", BYTEA),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("started_at"),
    timestamp("ended_at"),
    Index("ix_file_verifications_media_file_id_id", "media_file_id", text("id DESC")),
    # One at a time.
    Index(
        "uq_file_verifications_live",
        "media_file_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
)

_kind, _kind_check = state(
    "kind", ("chapter", "avail", "bumper", "intro", "outro"), default="chapter"
)
markers = Table(
    "markers",
    metadata,
    key(),
    Column(
        "media_file_id",
        Uuid,
        ForeignKey("catalog.media_files.id", ondelete="CASCADE"),
        nullable=False,
    ),
    _kind,
    _kind_check,
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    words("name"),
    Column("payload", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    CheckConstraint("0 <= start_ms AND start_ms <= end_ms", name="bounds"),
    Index("ix_markers_media_file_id", "media_file_id", "start_ms", "id"),
    Index("ix_markers_kind", "kind"),
)
