"""The tables of playback."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
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
    # As the message reelhouse.playback.v1.PlaybackWishes says: what is decided anew goes by them.
    Column("wishes", JSONB, nullable=False, server_default=text("'{}'")),
    # Bits per second that it takes, as far as that is known.
    Column("bit_rate", BigInteger),
    _text("transcode"),
    _text("mime_type"),
    _count("position_ms"),
    Column("duration_ms", BigInteger),
    # What was really played: neither jumps nor pauses count.
    _count("watched_ms"),
    # The title that the item belongs to; null for a file that belongs to none.
    Column("title_id", Uuid),
    # Whether the title goes on with another episode.
    Column("series", Boolean, nullable=False, server_default=text("false")),
    # What else the file holds: with the item, these are completed.
    Column("more_items", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    # Whether the item was completed in this session.
    Column("completed", Boolean, nullable=False, server_default=text("false")),
    # The newest report's; 0 where clients do not number them.
    _count("sequence"),
    timestamp("start_time", now=True),
    timestamp("last_activity", now=True),
    timestamp("pause_time"),
    timestamp("end_time"),
    # When its position was last told in an event.
    timestamp("told_at", now=True),
    Column("revision", BigInteger, nullable=False, server_default=text("1")),
    Index("ix_playback_sessions_user_id_start_time", "user_id", text("start_time DESC")),
    Index("ix_playback_sessions_user_id_id", "user_id", text("id DESC")),
    # Without last_activity: heartbeats change no index.
    Index(
        "ix_playback_sessions_active",
        "user_id",
        "id",
        postgresql_where=text("state IN ('playing', 'paused')"),
    ),
    Index(
        "ix_playback_sessions_over",
        "end_time",
        postgresql_where=text("state IN ('stopped', 'ended')"),
    ),
    # Rows are updated every few seconds: room for updates in place.
    postgresql_with={"fillfactor": 70},
)

user_media_progress = Table(
    "user_media_progress",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("item", Text, primary_key=True),
    # Null where it was marked as watched and no file of it is there.
    Column("media_file_id", Uuid),
    Column("title_id", Uuid),
    # As in playback_sessions.
    Column("item_kind", Text, nullable=False, server_default=text("'other'")),
    _count("position_ms"),
    Column("duration_ms", BigInteger),
    Column("completed", Boolean, nullable=False, server_default=text("false")),
    timestamp("completed_at"),
    # How often it was completed.
    _count("play_count"),
    timestamp("updated_at", now=True),
    Index(
        "ix_user_media_progress_recent",
        "user_id",
        text("updated_at DESC"),
        "item",
        postgresql_where=text("NOT completed"),
    ),
    Index(
        "ix_user_media_progress_title",
        "user_id",
        "title_id",
        text("completed_at DESC"),
        postgresql_where=text("completed"),
    ),
    # Rows are updated every few seconds: room for updates in place.
    postgresql_with={"fillfactor": 80},
)

# The series that users are in: what they completed last of each.
user_series = Table(
    "user_series",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("title_id", Uuid, primary_key=True),
    Column("item", Text, nullable=False),
    timestamp("completed_at", nullable=False),
    Index("ix_user_series_recent", "user_id", text("completed_at DESC"), "title_id"),
)

playback_history = Table(
    "playback_history",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("user_id", Uuid, nullable=False),
    Column("media_file_id", Uuid, nullable=False),
    Column("item", Text, nullable=False),
    Column("title_id", Uuid),
    _text("device_id"),
    timestamp("played_at", nullable=False),
    _count("duration_watched_ms"),
    Column("completed", Boolean, nullable=False, server_default=text("false")),
    timestamp("created_at", now=True),
    PrimaryKeyConstraint("id", "created_at"),
    Index("ix_playback_history_user_id_played_at", "user_id", text("played_at DESC")),
    Index("ix_playback_history_user_id_id", "user_id", text("id DESC")),
    postgresql_partition_by="RANGE (created_at)",
)

# What history adds up to; it outlives the entries.
watch_days = Table(
    "watch_days",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    # In UTC, of when playing began.
    Column("day", Date, primary_key=True),
    # The resource name of the title, or of a media file that belongs to none.
    Column("subject", Text, primary_key=True),
    _count("play_count"),
    _count("completed_count"),
    _count("watched_ms"),
    Index("ix_watch_days_day", "day"),
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
    revision="0002",
)
