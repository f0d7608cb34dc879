"""The tables of transcode."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_kit.db.tables import idempotency_table, state, timestamp
from reelhouse_kit.events.outbox import Outbox
from reelhouse_kit.jobs import Jobs
from reelhouse_kit.migrations import schema as migrations
from reelhouse_kit.rpc.once import OnceStore

metadata = migrations.metadata("transcode")

outbox = Outbox(metadata)
jobs = Jobs(metadata)
once = OnceStore(idempotency_table(metadata))

_status, _status_check = state(
    "status",
    ("pending", "starting", "running", "completed", "failed", "cancelled"),
    default="pending",
)
transcode_sessions = Table(
    "transcode_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("media_file_id", Uuid, nullable=False),
    Column("job_id", Uuid, nullable=False),
    _status,
    _status_check,
    Column("provider", Text, nullable=False, server_default=text("''")),
    Column("content_hash", Text, nullable=False),
    # The exact bytes of the source's path, as it was when a worker last began.
    Column("input_path", BYTEA),
    # Relative to the store.
    Column("output_path", Text, nullable=False, server_default=text("''")),
    Column("output_size", BigInteger, nullable=False, server_default=text("0")),
    Column("container", Text, nullable=False),
    Column("video_codec", Text, nullable=False, server_default=text("''")),
    Column("audio_codec", Text, nullable=False, server_default=text("''")),
    Column("quality", SmallInteger),
    # All that was asked for, as reelhouse_transcode.transcodes.model.Spec says.
    Column("spec", JSONB, nullable=False),
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    Column("progress", Double, nullable=False, server_default=text("0")),
    Column("position_ms", BigInteger, nullable=False, server_default=text("0")),
    Column("duration_ms", BigInteger),
    Column("speed", Double, nullable=False, server_default=text("0")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("requester", Text, nullable=False),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("started_at"),
    timestamp("completed_at"),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
    # The same is made once: whoever asks for it again joins.
    Index(
        "uq_transcode_sessions_live",
        "content_hash",
        unique=True,
        postgresql_where=text("status IN ('pending', 'starting', 'running', 'completed')"),
    ),
    Index("ix_transcode_sessions_media_file_id_id", "media_file_id", text("id DESC")),
    Index("ix_transcode_sessions_status_id", "status", text("id DESC")),
)

transcode_cache = Table(
    "transcode_cache",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("media_file_id", Uuid, nullable=False),
    Column("content_hash", Text, nullable=False, unique=True),
    Column("output_path", Text, nullable=False),
    Column("container", Text, nullable=False),
    Column("video_codec", Text, nullable=False, server_default=text("''")),
    Column("audio_codec", Text, nullable=False, server_default=text("''")),
    Column("quality", SmallInteger),
    Column("file_size", BigInteger, nullable=False),
    Column("pinned", Boolean, nullable=False, server_default=text("false")),
    Column("access_count", Integer, nullable=False, server_default=text("0")),
    timestamp("created_at", now=True),
    timestamp("last_accessed", now=True),
    Index("ix_transcode_cache_media_file_id", "media_file_id"),
    Index("ix_transcode_cache_last_accessed", "last_accessed"),
)

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parent / "migrations" / "versions",
    revision="0001",
)
