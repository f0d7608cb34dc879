"""Create playback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from reelhouse_kit.migrations import partitions, security

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_profiles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("profile", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_profiles")),
        schema="playback",
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "xid",
            sa.BigInteger(),
            server_default=sa.text("pg_current_xact_id()::text::bigint"),
            nullable=False,
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_events")),
        schema="playback",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_events_xid_id", "events", ["xid", "id"], unique=False, schema="playback")
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("caller", "request_id", name=op.f("pk_idempotency_keys")),
        schema="playback",
    )
    op.create_table(
        "playback_history",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("played_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "duration_watched_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_playback_history")),
        schema="playback",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_playback_history_user_id_id",
        "playback_history",
        ["user_id", sa.literal_column("id DESC")],
        unique=False,
        schema="playback",
    )
    op.create_index(
        "ix_playback_history_user_id_played_at",
        "playback_history",
        ["user_id", sa.literal_column("played_at DESC")],
        unique=False,
        schema="playback",
    )
    op.create_table(
        "playback_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("item_kind", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("device_profile", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), server_default=sa.text("'direct'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'playing'"), nullable=False),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("transcode", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("mime_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("position_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("watched_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "start_time",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_activity",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "method IN ('direct', 'remux', 'transcode')", name=op.f("ck_playback_sessions_method")
        ),
        sa.CheckConstraint(
            "state IN ('playing', 'paused', 'stopped', 'ended')",
            name=op.f("ck_playback_sessions_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_playback_sessions")),
        schema="playback",
    )
    op.create_index(
        "ix_playback_sessions_active",
        "playback_sessions",
        ["last_activity"],
        unique=False,
        schema="playback",
        postgresql_where=sa.text("state IN ('playing', 'paused')"),
    )
    op.create_index(
        "ix_playback_sessions_user_id_id",
        "playback_sessions",
        ["user_id", sa.literal_column("id DESC")],
        unique=False,
        schema="playback",
    )
    op.create_index(
        "ix_playback_sessions_user_id_start_time",
        "playback_sessions",
        ["user_id", sa.literal_column("start_time DESC")],
        unique=False,
        schema="playback",
    )
    op.create_table(
        "user_media_progress",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("position_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("user_id", "item", name=op.f("pk_user_media_progress")),
        schema="playback",
        postgresql_with={"fillfactor": 80},
    )
    op.create_index(
        "ix_user_media_progress_recent",
        "user_media_progress",
        ["user_id", sa.literal_column("updated_at DESC"), "item"],
        unique=False,
        schema="playback",
        postgresql_where=sa.text("NOT completed"),
    )
    for statement in partitions.create_functions("playback"):
        op.execute(statement)
    op.execute("SELECT playback.ensure_partitions()")
    for table in ("playback_sessions", "user_media_progress", "playback_history"):
        for statement in security.protect("playback", table):
            op.execute(statement)


def downgrade() -> None:
    for statement in partitions.drop_functions("playback"):
        op.execute(statement)
    op.drop_index(
        "ix_user_media_progress_recent",
        table_name="user_media_progress",
        schema="playback",
        postgresql_where=sa.text("NOT completed"),
    )
    op.drop_table("user_media_progress", schema="playback")
    op.drop_index(
        "ix_playback_sessions_user_id_start_time", table_name="playback_sessions", schema="playback"
    )
    op.drop_index(
        "ix_playback_sessions_user_id_id", table_name="playback_sessions", schema="playback"
    )
    op.drop_index(
        "ix_playback_sessions_active",
        table_name="playback_sessions",
        schema="playback",
        postgresql_where=sa.text("state IN ('playing', 'paused')"),
    )
    op.drop_table("playback_sessions", schema="playback")
    op.drop_index(
        "ix_playback_history_user_id_played_at", table_name="playback_history", schema="playback"
    )
    op.drop_index(
        "ix_playback_history_user_id_id", table_name="playback_history", schema="playback"
    )
    op.drop_table("playback_history", schema="playback")
    op.drop_table("idempotency_keys", schema="playback")
    op.drop_index("ix_events_xid_id", table_name="events", schema="playback")
    op.drop_table("events", schema="playback")
    op.drop_table("device_profiles", schema="playback")
