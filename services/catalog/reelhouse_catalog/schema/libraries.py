"""Libraries and their scans."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Interval,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_kind, _kind_check = state("kind", ("movie", "tv", "music", "audiobook"), default="movie")
media_libraries = Table(
    "media_libraries",
    metadata,
    key(),
    Column("name", Text, nullable=False),
    _kind,
    _kind_check,
    Column("root_path", Text, nullable=False, unique=True),
    Column("scan_interval", Interval, nullable=False, server_default=text("interval '1 hour'")),
    timestamp("last_scan_at"),
    # When the last scan of the whole folder was begun, however it ended: the schedule counts from
    # here, so a scan that fails is not begun again at once.
    timestamp("scan_begun_at"),
    # Globs as .gitignore has them.
    Column("ignore_patterns", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("require_mount", Boolean, nullable=False, server_default=text("false")),
    words("mount_marker"),
    Column("watch", Boolean, nullable=False, server_default=text("true")),
    # The worker that watches the folder, until when it may, and why it cannot.
    Column("watcher", Uuid),
    timestamp("watch_until"),
    words("watch_error"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
)

_trigger, _trigger_check = state("trigger", ("manual", "schedule", "watch"), default="manual")
_scan_state, _scan_state_check = state(
    "state",
    ("pending", "running", "paused", "completed", "failed", "cancelled"),
    default="pending",
)
scans = Table(
    "scans",
    metadata,
    key(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("job_id", Uuid, nullable=False),
    _scan_state,
    _scan_state_check,
    Column("full", Boolean, nullable=False, server_default=text("false")),
    _trigger,
    _trigger_check,
    # Only these folders, relative to the root; with all below them where "/" is at the end.
    Column("folders", ARRAY(BYTEA)),
    # What Scan.Stats says, by the names of its fields.
    Column("stats", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("started_at"),
    timestamp("paused_at"),
    timestamp("ended_at"),
    Index("ix_scans_library_id_id", "library_id", text("id DESC")),
    # One scan of a library at a time.
    Index(
        "uq_scans_live",
        "library_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'running', 'paused')"),
    ),
)

# A folder whose entries have not changed since its signature was written needs no look at its
# files: that is what makes scanning again quick.
scan_directories = Table(
    "scan_directories",
    metadata,
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("path", BYTEA, primary_key=True),
    Column("signature", BYTEA, nullable=False),
    Column("file_count", Integer, nullable=False),
    # Whether it is on another file system than the library's root: below a mount or a link.
    Column("foreign_device", Boolean, nullable=False, server_default=text("false")),
)
