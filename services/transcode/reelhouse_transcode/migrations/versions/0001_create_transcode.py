"""Create transcode."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from reelhouse_kit.migrations import partitions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
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
        schema="transcode",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_events_xid_id", "events", ["xid", "id"], unique=False, schema="transcode")
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
        schema="transcode",
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("stack_trace", sa.Text(), nullable=True),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("worker", sa.Uuid(), nullable=True),
        sa.Column(
            "run_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'active') = (worker IS NOT NULL)", name=op.f("ck_jobs_owned")
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'failed', 'stuck', 'cancelled')) = (completed_at IS NOT NULL)",
            name=op.f("ck_jobs_ended"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'delayed', 'active', 'completed', 'failed', 'stuck', 'cancelled')",
            name=op.f("ck_jobs_status"),
        ),
        sa.CheckConstraint("attempts <= max_attempts", name=op.f("ck_jobs_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        schema="transcode",
        postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.01},
    )
    op.create_index(
        "ix_jobs_claim",
        "jobs",
        [sa.literal_column("priority DESC"), "run_at", "id"],
        unique=False,
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.create_index(
        "ix_jobs_created_at",
        "jobs",
        [sa.literal_column("created_at DESC")],
        unique=False,
        schema="transcode",
    )
    op.create_index(
        "ix_jobs_lease_until",
        "jobs",
        ["lease_until"],
        unique=False,
        schema="transcode",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index("ix_jobs_status", "jobs", ["status"], unique=False, schema="transcode")
    op.create_index("ix_jobs_subject", "jobs", ["subject"], unique=False, schema="transcode")
    op.create_index("ix_jobs_type", "jobs", ["type"], unique=False, schema="transcode")
    op.create_index(
        "uq_jobs_unique_key",
        "jobs",
        ["unique_key"],
        unique=True,
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.create_table(
        "transcode_cache",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("output_path", sa.Text(), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("video_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("audio_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=True),
        sa.Column("file_size", sa.BigInteger(), nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("access_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_accessed",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcode_cache")),
        sa.UniqueConstraint("content_hash", name=op.f("uq_transcode_cache_content_hash")),
        schema="transcode",
    )
    op.create_index(
        "ix_transcode_cache_last_accessed",
        "transcode_cache",
        ["last_accessed"],
        unique=False,
        schema="transcode",
    )
    op.create_index(
        "ix_transcode_cache_media_file_id",
        "transcode_cache",
        ["media_file_id"],
        unique=False,
        schema="transcode",
    )
    op.create_table(
        "transcode_sessions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("provider", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("input_path", postgresql.BYTEA(), nullable=True),
        sa.Column("output_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("output_size", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("container", sa.Text(), nullable=False),
        sa.Column("video_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("audio_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=True),
        sa.Column("spec", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("progress", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("position_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("speed", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
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
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'starting', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_transcode_sessions_status"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_transcode_sessions_progress")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcode_sessions")),
        schema="transcode",
    )
    op.create_index(
        "ix_transcode_sessions_media_file_id_id",
        "transcode_sessions",
        ["media_file_id", sa.literal_column("id DESC")],
        unique=False,
        schema="transcode",
    )
    op.create_index(
        "ix_transcode_sessions_status_id",
        "transcode_sessions",
        ["status", sa.literal_column("id DESC")],
        unique=False,
        schema="transcode",
    )
    op.create_index(
        "uq_transcode_sessions_live",
        "transcode_sessions",
        ["content_hash"],
        unique=True,
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'starting', 'running', 'completed')"),
    )
    for statement in partitions.create_functions("transcode"):
        op.execute(statement)
    op.execute("SELECT transcode.ensure_partitions()")


def downgrade() -> None:
    for statement in partitions.drop_functions("transcode"):
        op.execute(statement)
    op.drop_index(
        "uq_transcode_sessions_live",
        table_name="transcode_sessions",
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'starting', 'running', 'completed')"),
    )
    op.drop_index(
        "ix_transcode_sessions_status_id", table_name="transcode_sessions", schema="transcode"
    )
    op.drop_index(
        "ix_transcode_sessions_media_file_id_id",
        table_name="transcode_sessions",
        schema="transcode",
    )
    op.drop_table("transcode_sessions", schema="transcode")
    op.drop_index(
        "ix_transcode_cache_media_file_id", table_name="transcode_cache", schema="transcode"
    )
    op.drop_index(
        "ix_transcode_cache_last_accessed", table_name="transcode_cache", schema="transcode"
    )
    op.drop_table("transcode_cache", schema="transcode")
    op.drop_index(
        "uq_jobs_unique_key",
        table_name="jobs",
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.drop_index("ix_jobs_type", table_name="jobs", schema="transcode")
    op.drop_index("ix_jobs_subject", table_name="jobs", schema="transcode")
    op.drop_index("ix_jobs_status", table_name="jobs", schema="transcode")
    op.drop_index(
        "ix_jobs_lease_until",
        table_name="jobs",
        schema="transcode",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index("ix_jobs_created_at", table_name="jobs", schema="transcode")
    op.drop_index(
        "ix_jobs_claim",
        table_name="jobs",
        schema="transcode",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.drop_table("jobs", schema="transcode")
    op.drop_table("idempotency_keys", schema="transcode")
    op.drop_index("ix_events_xid_id", table_name="events", schema="transcode")
    op.drop_table("events", schema="transcode")
