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
    # Which of several files of one film is the one to play.
    Column("canonical", Boolean, nullable=False, server_default=text("false")),
    # Whether people said what it is a copy of: scans leave its links alone.
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    # As reelhouse_catalog.enrichment.sidecars.ExternalSubtitle says.
    Column("external_subtitles", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    timestamp("discovered_at", now=True),
    timestamp("missing_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    UniqueConstraint("library_id", "directory", "filename"),
    Index("ix_media_files_library_id_id", "library_id", "id"),
    Index("ix_media_files_fingerprint", "fingerprint"),
    Index("ix_media_files_mime_type", "mime_type"),
    Index("ix_media_files_canonical", "canonical", postgresql_where=text("canonical")),
    Index("ix_media_files_discovered_at", "discovered_at"),
    Index("ix_media_files_broken", "id", postgresql_where=text("probe_error <> ''")),
    Index("ix_media_files_missing", "id", postgresql_where=text("state = 'missing'")),
)
