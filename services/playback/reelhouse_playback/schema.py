"""The tables of playback."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db.tables import idempotency_table, state, timestamp
from reelhouse_kit.events.outbox import Outbox
from reelhouse_kit.migrations import schema as migrations
from reelhouse_kit.rpc.once import OnceStore

metadata = migrations.metadata("playback")

outbox = Outbox(metadata)
once = OnceStore(idempotency_table(metadata))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default=text("0"))


_method, _method_check = state("method", ("direct", "remux", "transcode"), default="direct")
_state, _state_check = state("state", ("playing", "paused", "stopped", "ended"), default="playing")
playback_sessions = Table(
    "playback_sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("media_file_id", Uuid, nullable=False),
    # The episode, track or file that progress is kept for.
    Column("item", Text, nullable=False),
    # What completion goes by: see reelhouse_playback.sessions.model.ItemKind.
    Column("item_kind", Text, nullable=False),
    _text("device_id"),
    Column("device_profile", Text, nullable=False),
    _method,
    _method_check,
    _state,
    _state_check,
    # As the message reelhouse.playback.v1.Decision says.
    Column("decision", JSONB, nullable=False),
    _text("transcode"),
    _text("mime_type"),
    _count("position_ms"),
    Column("duration_ms", BigInteger),
    # What was really played: neither jumps nor pauses count.
    _count("watched_ms"),
    timestamp("start_time", now=True),
    timestamp("last_activity", now=True),
    timestamp("end_time"),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    Index("ix_playback_sessions_user_id_start_time", "user_id", text("start_time DESC")),
    Index("ix_playback_sessions_user_id_id", "user_id", text("id DESC")),
    Index(
        "ix_playback_sessions_active",
        "last_activity",
        postgresql_where=text("state IN ('playing', 'paused')"),
    ),
)

user_media_progress = Table(
    "user_media_progress",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("media_file_id", Uuid, nullable=False),
    _count("position_ms"),
    Column("duration_ms", BigInteger),
    Column("completed", Boolean, nullable=False, server_default=text("false")),
    timestamp("updated_at", now=True),
    Index(
        "ix_user_media_progress_recent",
        "user_id",
        text("updated_at DESC"),
        "item",
        postgresql_where=text("NOT completed"),
    ),
    # Rows are updated every few seconds: room for updates in place.
    postgresql_with={"fillfactor": 80},
)

playback_history = Table(
    "playback_history",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("media_file_id", Uuid, nullable=False),
    Column("item", Text, nullable=False),
    timestamp("played_at", nullable=False),
    _count("duration_watched_ms"),
    Column("completed", Boolean, nullable=False, server_default=text("false")),
    timestamp("created_at", now=True),
    PrimaryKeyConstraint("id", "created_at"),
    Index("ix_playback_history_user_id_played_at", "user_id", text("played_at DESC")),
    Index("ix_playback_history_user_id_id", "user_id", text("id DESC")),
    postgresql_partition_by="RANGE (created_at)",
)

device_profiles = Table(
    "device_profiles",
    metadata,
    Column("id", Text, primary_key=True),
    # In Jellyfin's form, as imported.
    Column("profile", JSONB, nullable=False),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
)

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parent / "migrations" / "versions",
    revision="0001",
)
