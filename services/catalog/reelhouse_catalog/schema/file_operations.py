"""The journal of file operations."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata
from reelhouse_kit.db.tables import state, timestamp

_batch_state, _batch_state_check = state(
    "state",
    (
        "planned",
        "applying",
        "applied",
        "incomplete",
        "rolling_back",
        "rolled_back",
        "cancelled",
    ),
    default="planned",
)
file_operation_batches = Table(
    "file_operation_batches",
    metadata,
    key(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("job_id", Uuid),
    _batch_state,
    _batch_state_check,
    Column("verify", Boolean, nullable=False, server_default=text("false")),
    Column("keep_empty_folders", Boolean, nullable=False, server_default=text("false")),
    Column("skip_conflicts", Boolean, nullable=False, server_default=text("false")),
    Column("conflict_count", Integer, nullable=False, server_default=text("0")),
    Column("total_bytes", BigInteger, nullable=False, server_default=text("0")),
    # How far the present or last run is.
    Column("done_bytes", BigInteger, nullable=False, server_default=text("0")),
    Column("done_count", Integer, nullable=False, server_default=text("0")),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("started_at"),
    timestamp("ended_at"),
    Index("ix_file_operation_batches_library_id_id", "library_id", text("id DESC")),
    Index("ix_file_operation_batches_state_id", "state", text("id DESC")),
)

_type, _type_check = state(
    "operation_type",
    ("move", "rename", "copy", "hardlink", "symlink", "delete"),
    default="move",
)
_status, _status_check = state(
    "status",
    (
        "planned",
        "skipped",
        "intended",
        "staged",
        "completed",
        "failed",
        "undecided",
        "undo_intended",
        "undo_staged",
        "rolled_back",
        "purging",
        "purged",
    ),
    default="planned",
)
file_operations = Table(
    "file_operations",
    metadata,
    key(),
    Column(
        "batch_id",
        Uuid,
        ForeignKey("catalog.file_operation_batches.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("library_id", Uuid, nullable=False),
    # The order in which a batch is done.
    Column("number", Integer, nullable=False),
    _type,
    _type_check,
    _status,
    _status_check,
    # The row outlives the file's: it is history.
    Column("media_file_id", Uuid),
    Column("sidecar_of", Uuid),
    # The exact bytes, relative to the library's root.
    Column("original_path", BYTEA, nullable=False),
    Column("new_path", BYTEA, nullable=False),
    Column("parked", Boolean, nullable=False, server_default=text("false")),
    Column("cross_device", Boolean, nullable=False, server_default=text("false")),
    Column("conflicts", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # The file when it was planned.
    Column("source_device", BigInteger),
    Column("source_inode", BigInteger),
    Column("size", BigInteger),
    Column("mtime_ns", BigInteger),
    # What was made of it, and is or will be at the new place.
    Column("placed_device", BigInteger),
    Column("placed_inode", BigInteger),
    Column("placed_size", BigInteger),
    Column("placed_mtime_ns", BigInteger),
    Column("checksum", BYTEA),
    # As reelhouse_catalog.file_operations.model.Folder says.
    Column("source_folders", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # Paths, bytes as Latin-1.
    Column("made_folders", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # What an undecided operation was about to become.
    Column("doing", Text),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("completed_at"),
    timestamp("rolled_back_at"),
    timestamp("purged_at"),
    CheckConstraint("(source_inode IS NULL) = (size IS NULL)", name="source"),
    CheckConstraint("(placed_inode IS NULL) = (placed_mtime_ns IS NULL)", name="placed"),
    Index("uq_file_operations_batch_id_number", "batch_id", "number", unique=True),
    Index("ix_file_operations_batch_id_status", "batch_id", "status", "number"),
    Index("ix_file_operations_status_id", "status", text("id DESC")),
    Index("ix_file_operations_created_at", "created_at"),
    Index("ix_file_operations_media_file_id", "media_file_id"),
    Index("ix_file_operations_sidecar_of", "sidecar_of"),
    Index(
        "ix_file_operations_conflicts",
        "batch_id",
        "number",
        postgresql_where=text("conflicts <> '{}'"),
    ),
    # What is half done, for those who look for it.
    Index(
        "ix_file_operations_unsettled",
        "batch_id",
        postgresql_where=text(
            "status IN ('intended', 'staged', 'undo_intended', 'undo_staged', 'purging')"
        ),
    ),
    # The recycle bin.
    Index(
        "ix_file_operations_recycled",
        "library_id",
        "completed_at",
        "id",
        postgresql_where=text("operation_type = 'delete' AND status = 'completed'"),
    ),
)
