"""Keep what watching needs: heartbeats, series, statistics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from reelhouse_kit.migrations import security

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ACTIVE = sa.text("state IN ('playing', 'paused')")
_OVER = sa.text("state IN ('stopped', 'ended')")


def _table(name: str, *columns: sa.Column[object] | sa.PrimaryKeyConstraint) -> None:
    op.create_table(name, *columns, schema="playback")
    for statement in security.protect("playback", name):
        op.execute(statement)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def upgrade() -> None:
    for column in (
        sa.Column(
            "wishes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("bit_rate", sa.BigInteger()),
        sa.Column("title_id", sa.Uuid()),
        sa.Column("series", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "more_items", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("completed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _count("sequence"),
        sa.Column("pause_time", sa.DateTime(timezone=True)),
        sa.Column(
            "told_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    ):
        op.add_column("playback_sessions", column, schema="playback")
    op.execute("ALTER TABLE playback.playback_sessions SET (fillfactor = 70)")
    op.drop_index("ix_playback_sessions_active", "playback_sessions", schema="playback")
    op.create_index(
        "ix_playback_sessions_active",
        "playback_sessions",
        ["user_id", "id"],
        schema="playback",
        postgresql_where=_ACTIVE,
    )
    op.create_index(
        "ix_playback_sessions_over",
        "playback_sessions",
        ["end_time"],
        schema="playback",
        postgresql_where=_OVER,
    )
    op.add_column("user_media_progress", sa.Column("title_id", sa.Uuid()), schema="playback")
    op.add_column(
        "user_media_progress",
        sa.Column("item_kind", sa.Text(), server_default=sa.text("'other'"), nullable=False),
        schema="playback",
    )
    op.add_column(
        "user_media_progress",
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        schema="playback",
    )
    op.add_column("user_media_progress", _count("play_count"), schema="playback")
    op.alter_column("user_media_progress", "media_file_id", nullable=True, schema="playback")
    op.execute(
        """
        UPDATE playback.user_media_progress SET
            title_id = CASE WHEN item LIKE 'titles/%' THEN split_part(item, '/', 2)::uuid END,
            completed_at = CASE WHEN completed THEN updated_at END,
            play_count = CASE WHEN completed THEN 1 ELSE 0 END
        """
    )
    op.create_index(
        "ix_user_media_progress_title",
        "user_media_progress",
        ["user_id", "title_id", sa.literal_column("completed_at DESC")],
        schema="playback",
        postgresql_where=sa.text("completed"),
    )
    op.add_column("playback_history", sa.Column("title_id", sa.Uuid()), schema="playback")
    op.add_column(
        "playback_history",
        sa.Column("device_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="playback",
    )
    _table(
        "user_series",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "title_id", name=op.f("pk_user_series")),
    )
    op.create_index(
        "ix_user_series_recent",
        "user_series",
        ["user_id", sa.literal_column("completed_at DESC"), "title_id"],
        schema="playback",
    )
    _table(
        "watch_days",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        _count("play_count"),
        _count("completed_count"),
        _count("watched_ms"),
        sa.PrimaryKeyConstraint("user_id", "day", "subject", name=op.f("pk_watch_days")),
    )
    op.create_index("ix_watch_days_day", "watch_days", ["day"], schema="playback")
    op.execute(
        """
        INSERT INTO playback.watch_days
            (user_id, day, subject, play_count, completed_count, watched_ms)
        SELECT user_id, (played_at AT TIME ZONE 'UTC')::date,
            CASE WHEN item LIKE 'titles/%' THEN 'titles/' || split_part(item, '/', 2)
                ELSE 'mediaFiles/' || media_file_id END,
            count(*), count(*) FILTER (WHERE completed), sum(duration_watched_ms)
        FROM playback.playback_history GROUP BY 1, 2, 3
        """
    )


def downgrade() -> None:
    op.drop_table("watch_days", schema="playback")
    op.drop_table("user_series", schema="playback")
    op.drop_column("playback_history", "device_id", schema="playback")
    op.drop_column("playback_history", "title_id", schema="playback")
    op.drop_index("ix_user_media_progress_title", "user_media_progress", schema="playback")
    # What was marked without a file is something that the revision before cannot say.
    op.execute("DELETE FROM playback.user_media_progress WHERE media_file_id IS NULL")
    op.alter_column("user_media_progress", "media_file_id", nullable=False, schema="playback")
    for column in ("play_count", "completed_at", "item_kind", "title_id"):
        op.drop_column("user_media_progress", column, schema="playback")
    op.drop_index("ix_playback_sessions_over", "playback_sessions", schema="playback")
    op.drop_index("ix_playback_sessions_active", "playback_sessions", schema="playback")
    op.create_index(
        "ix_playback_sessions_active",
        "playback_sessions",
        ["last_activity"],
        schema="playback",
        postgresql_where=_ACTIVE,
    )
    op.execute("ALTER TABLE playback.playback_sessions RESET (fillfactor)")
    for column in (
        "told_at",
        "pause_time",
        "sequence",
        "completed",
        "more_items",
        "series",
        "title_id",
        "bit_rate",
        "wishes",
    ):
        op.drop_column("playback_sessions", column, schema="playback")
