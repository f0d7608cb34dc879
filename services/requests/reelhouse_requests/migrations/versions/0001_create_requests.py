"""Create requests."""

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
        "audiobooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("audible_id", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("narrator", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("cover_art_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("release_date", sa.Date(), nullable=True),
        sa.Column("rating", sa.Numeric(precision=3, scale=2), nullable=True),
        sa.Column(
            "genres",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("plex_guid", sa.Text(), nullable=True),
        sa.Column("plex_library_id", sa.Text(), nullable=True),
        sa.Column("file_path", sa.Text(), nullable=True),
        sa.Column("file_format", sa.Text(), nullable=True),
        sa.Column("file_size_bytes", sa.BigInteger(), nullable=True),
        sa.Column(
            "availability_status", sa.Text(), server_default=sa.text("'unknown'"), nullable=False
        ),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("catalog_title", sa.Text(), server_default=sa.text("''"), nullable=False),
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
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "availability_status IN ('unknown', 'requested', 'downloading', 'processing', 'available', 'failed')",
            name=op.f("ck_audiobooks_availability_status"),
        ),
        sa.CheckConstraint("rating BETWEEN 0 AND 5", name=op.f("ck_audiobooks_rating")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiobooks")),
        sa.UniqueConstraint("audible_id", name=op.f("uq_audiobooks_audible_id")),
        schema="requests",
    )
    op.create_index(
        "ix_audiobooks_author", "audiobooks", ["author"], unique=False, schema="requests"
    )
    op.create_index(
        "ix_audiobooks_availability_status_id",
        "audiobooks",
        ["availability_status", "id"],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_audiobooks_catalog_title",
        "audiobooks",
        ["catalog_title"],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_audiobooks_match_key", "audiobooks", ["match_key"], unique=False, schema="requests"
    )
    op.create_index(
        "ix_audiobooks_plex_guid", "audiobooks", ["plex_guid"], unique=False, schema="requests"
    )
    op.create_index("ix_audiobooks_title", "audiobooks", ["title"], unique=False, schema="requests")
    op.create_index(
        "uq_audiobooks_match_key",
        "audiobooks",
        ["match_key"],
        unique=True,
        schema="requests",
        postgresql_where=sa.text("audible_id IS NULL"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("request_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_audit_log")),
        schema="requests",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_audit_log_actor", "audit_log", ["actor", "created_at"], unique=False, schema="requests"
    )
    op.create_index(
        "ix_audit_log_resource",
        "audit_log",
        ["resource", "created_at"],
        unique=False,
        schema="requests",
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
        schema="requests",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_events_xid_id", "events", ["xid", "id"], unique=False, schema="requests")
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
        schema="requests",
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
        schema="requests",
        postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.01},
    )
    op.create_index(
        "ix_jobs_claim",
        "jobs",
        [sa.literal_column("priority DESC"), "run_at", "id"],
        unique=False,
        schema="requests",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.create_index(
        "ix_jobs_created_at",
        "jobs",
        [sa.literal_column("created_at DESC")],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_jobs_lease_until",
        "jobs",
        ["lease_until"],
        unique=False,
        schema="requests",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index("ix_jobs_status", "jobs", ["status"], unique=False, schema="requests")
    op.create_index("ix_jobs_subject", "jobs", ["subject"], unique=False, schema="requests")
    op.create_index("ix_jobs_type", "jobs", ["type"], unique=False, schema="requests")
    op.create_index(
        "uq_jobs_unique_key",
        "jobs",
        ["unique_key"],
        unique=True,
        schema="requests",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
        schema="requests",
    )
    op.create_index(
        "ix_login_failures_since", "login_failures", ["since"], unique=False, schema="requests"
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("role", sa.Text(), server_default=sa.text("'user'"), nullable=False),
        sa.Column("avatar_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("plex_id", sa.Text(), nullable=True),
        sa.Column("plex_username", sa.Text(), nullable=True),
        sa.Column("plex_email", sa.Text(), nullable=True),
        sa.Column("auth_token", postgresql.BYTEA(), nullable=True),
        sa.Column("auto_approve", sa.Boolean(), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("role IN ('user', 'admin')", name=op.f("ck_users_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("plex_id", name=op.f("uq_users_plex_id")),
        sa.UniqueConstraint("username_key", name=op.f("uq_users_username_key")),
        schema="requests",
    )
    op.create_index("ix_users_role", "users", ["role"], unique=False, schema="requests")
    op.create_table(
        "watch_cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("resume_token", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_cursors")),
        schema="requests",
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["requests.users.id"],
            name=op.f("fk_api_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
        schema="requests",
    )
    op.create_index(
        "ix_api_tokens_user_id_id", "api_tokens", ["user_id", "id"], unique=False, schema="requests"
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", postgresql.BYTEA(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["requests.users.id"],
            name=op.f("fk_refresh_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_tokens_token_hash")),
        schema="requests",
    )
    op.create_index(
        "ix_refresh_tokens_expires_at",
        "refresh_tokens",
        ["expires_at"],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_refresh_tokens_family_id",
        "refresh_tokens",
        ["family_id"],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_refresh_tokens_user_id", "refresh_tokens", ["user_id"], unique=False, schema="requests"
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("audiobook_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("progress", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("search_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("download_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "state_times",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
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
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending', 'awaiting_approval', 'denied', 'searching', 'downloading', 'processing', 'downloaded', 'available', 'failed', 'cancelled', 'awaiting_search', 'awaiting_import', 'awaiting_release', 'warn')",
            name=op.f("ck_requests_status"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 100", name=op.f("ck_requests_progress")),
        sa.ForeignKeyConstraint(
            ["audiobook_id"],
            ["requests.audiobooks.id"],
            name=op.f("fk_requests_audiobook_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["requests.users.id"], name=op.f("fk_requests_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        schema="requests",
    )
    op.create_index(
        "ix_requests_audiobook_id", "requests", ["audiobook_id"], unique=False, schema="requests"
    )
    op.create_index(
        "ix_requests_created_at",
        "requests",
        [sa.literal_column("created_at DESC")],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_requests_status_id",
        "requests",
        ["status", sa.literal_column("id DESC")],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "ix_requests_user_id_id",
        "requests",
        ["user_id", sa.literal_column("id DESC")],
        unique=False,
        schema="requests",
    )
    op.create_index(
        "uq_requests_active",
        "requests",
        ["audiobook_id"],
        unique=True,
        schema="requests",
        postgresql_where=sa.text(
            "status NOT IN ('denied', 'available', 'failed', 'cancelled', 'warn')"
        ),
    )
    for statement in partitions.create_functions("requests"):
        op.execute(statement)
    op.execute("SELECT requests.ensure_partitions()")
    for table in ("refresh_tokens", "api_tokens", "requests"):
        for statement in security.protect("requests", table):
            op.execute(statement)
    for statement in security.append_only("requests", "audit_log"):
        op.execute(statement)


def downgrade() -> None:
    for statement in partitions.drop_functions("requests"):
        op.execute(statement)
    op.drop_index(
        "uq_requests_active",
        table_name="requests",
        schema="requests",
        postgresql_where=sa.text(
            "status NOT IN ('denied', 'available', 'failed', 'cancelled', 'warn')"
        ),
    )
    op.drop_index("ix_requests_user_id_id", table_name="requests", schema="requests")
    op.drop_index("ix_requests_status_id", table_name="requests", schema="requests")
    op.drop_index("ix_requests_created_at", table_name="requests", schema="requests")
    op.drop_index("ix_requests_audiobook_id", table_name="requests", schema="requests")
    op.drop_table("requests", schema="requests")
    op.drop_index("ix_refresh_tokens_user_id", table_name="refresh_tokens", schema="requests")
    op.drop_index("ix_refresh_tokens_family_id", table_name="refresh_tokens", schema="requests")
    op.drop_index("ix_refresh_tokens_expires_at", table_name="refresh_tokens", schema="requests")
    op.drop_table("refresh_tokens", schema="requests")
    op.drop_index("ix_api_tokens_user_id_id", table_name="api_tokens", schema="requests")
    op.drop_table("api_tokens", schema="requests")
    op.drop_table("watch_cursors", schema="requests")
    op.drop_index("ix_users_role", table_name="users", schema="requests")
    op.drop_table("users", schema="requests")
    op.drop_index("ix_login_failures_since", table_name="login_failures", schema="requests")
    op.drop_table("login_failures", schema="requests")
    op.drop_index(
        "uq_jobs_unique_key",
        table_name="jobs",
        schema="requests",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.drop_index("ix_jobs_type", table_name="jobs", schema="requests")
    op.drop_index("ix_jobs_subject", table_name="jobs", schema="requests")
    op.drop_index("ix_jobs_status", table_name="jobs", schema="requests")
    op.drop_index(
        "ix_jobs_lease_until",
        table_name="jobs",
        schema="requests",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index("ix_jobs_created_at", table_name="jobs", schema="requests")
    op.drop_index(
        "ix_jobs_claim",
        table_name="jobs",
        schema="requests",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.drop_table("jobs", schema="requests")
    op.drop_table("idempotency_keys", schema="requests")
    op.drop_index("ix_events_xid_id", table_name="events", schema="requests")
    op.drop_table("events", schema="requests")
    op.drop_index("ix_audit_log_resource", table_name="audit_log", schema="requests")
    op.drop_index("ix_audit_log_actor", table_name="audit_log", schema="requests")
    op.drop_table("audit_log", schema="requests")
    op.drop_index(
        "uq_audiobooks_match_key",
        table_name="audiobooks",
        schema="requests",
        postgresql_where=sa.text("audible_id IS NULL"),
    )
    op.drop_index("ix_audiobooks_title", table_name="audiobooks", schema="requests")
    op.drop_index("ix_audiobooks_plex_guid", table_name="audiobooks", schema="requests")
    op.drop_index("ix_audiobooks_match_key", table_name="audiobooks", schema="requests")
    op.drop_index("ix_audiobooks_catalog_title", table_name="audiobooks", schema="requests")
    op.drop_index(
        "ix_audiobooks_availability_status_id", table_name="audiobooks", schema="requests"
    )
    op.drop_index("ix_audiobooks_author", table_name="audiobooks", schema="requests")
    op.drop_table("audiobooks", schema="requests")
