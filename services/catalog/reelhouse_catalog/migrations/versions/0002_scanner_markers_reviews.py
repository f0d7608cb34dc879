"""Add what scanning, markers, verification and reviews keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("expected_sha256", postgresql.BYTEA(), nullable=True),
        sa.Column("sha256", postgresql.BYTEA(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_file_verifications_state"),
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_file_verifications_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_verifications")),
        schema="catalog",
    )
    op.create_index(
        "ix_file_verifications_media_file_id_id",
        "file_verifications",
        ["media_file_id", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_file_verifications_live",
        "file_verifications",
        ["media_file_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_table(
        "markers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'chapter'"), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "payload",
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
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('chapter', 'avail', 'bumper', 'intro', 'outro')", name=op.f("ck_markers_kind")
        ),
        sa.CheckConstraint("0 <= start_ms AND start_ms <= end_ms", name=op.f("ck_markers_bounds")),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_markers_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markers")),
        schema="catalog",
    )
    op.create_index("ix_markers_kind", "markers", ["kind"], unique=False, schema="catalog")
    op.create_index(
        "ix_markers_media_file_id",
        "markers",
        ["media_file_id", "start_ms", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "review_queue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("'manual'"), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("resolution", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("notes", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reviewer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("episode_id", sa.Uuid(), nullable=True),
        sa.Column("track_id", sa.Uuid(), nullable=True),
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
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "(state = 'pending') = (resolved_at IS NULL)", name=op.f("ck_review_queue_resolved")
        ),
        sa.CheckConstraint(
            "reason IN ('low_confidence', 'unmatched', 'probe_failed', 'no_hash', 'too_small', 'manual')",
            name=op.f("ck_review_queue_reason"),
        ),
        sa.CheckConstraint(
            "resolution IN ('', 'link', 'scan')", name=op.f("ck_review_queue_resolution")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'resolved', 'rejected')", name=op.f("ck_review_queue_state")
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_review_queue_confidence")),
        sa.ForeignKeyConstraint(
            ["episode_id"],
            ["catalog.episodes.id"],
            name=op.f("fk_review_queue_episode_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_review_queue_library_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_review_queue_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["catalog.tracks.id"],
            name=op.f("fk_review_queue_track_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_queue")),
        schema="catalog",
    )
    op.create_index(
        "ix_review_queue_created_at", "review_queue", ["created_at"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_review_queue_episode_id", "review_queue", ["episode_id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_review_queue_library_id",
        "review_queue",
        ["library_id", "state", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_review_queue_media_file_id",
        "review_queue",
        ["media_file_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_review_queue_reason_id",
        "review_queue",
        ["reason", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_review_queue_state_reason_id",
        "review_queue",
        ["state", "reason", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_review_queue_status", "review_queue", ["state", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_review_queue_track_id", "review_queue", ["track_id"], unique=False, schema="catalog"
    )
    op.create_index(
        "uq_review_queue_pending",
        "review_queue",
        ["media_file_id", "reason"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.add_column(
        "media_files",
        sa.Column("score", sa.Double(), server_default=sa.text("0"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column("readiness", sa.Text(), server_default=sa.text("'new'"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column("approved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column("hashed_at", sa.DateTime(timezone=True), nullable=True),
        schema="catalog",
    )
    op.create_index(
        "ix_media_files_enriching",
        "media_files",
        ["library_id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("readiness = 'enriching'"),
    )
    op.add_column(
        "media_libraries",
        sa.Column("scan_begun_at", sa.DateTime(timezone=True), nullable=True),
        schema="catalog",
    )
    op.add_column(
        "media_libraries",
        sa.Column(
            "ignore_patterns",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "media_libraries",
        sa.Column("require_mount", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_libraries",
        sa.Column("mount_marker", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_libraries",
        sa.Column("watch", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_libraries", sa.Column("watcher", sa.Uuid(), nullable=True), schema="catalog"
    )
    op.add_column(
        "media_libraries",
        sa.Column("watch_until", sa.DateTime(timezone=True), nullable=True),
        schema="catalog",
    )
    op.add_column(
        "media_libraries",
        sa.Column("watch_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "scan_directories",
        sa.Column("foreign_device", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "scans",
        sa.Column("trigger", sa.Text(), server_default=sa.text("'manual'"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "scans", sa.Column("folders", sa.ARRAY(postgresql.BYTEA()), nullable=True), schema="catalog"
    )
    op.add_column(
        "scans", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True), schema="catalog"
    )
    op.create_check_constraint(
        op.f("ck_media_files_score"), "media_files", "score BETWEEN 0 AND 1", schema="catalog"
    )
    op.create_check_constraint(
        op.f("ck_media_files_readiness"),
        "media_files",
        "readiness IN ('new', 'enriching', 'ready', 'retired')",
        schema="catalog",
    )
    op.create_check_constraint(
        op.f("ck_media_files_approved"),
        "media_files",
        "NOT approved OR readiness = 'ready'",
        schema="catalog",
    )
    op.create_check_constraint(
        op.f("ck_scans_trigger"),
        "scans",
        "trigger IN ('manual', 'schedule', 'watch')",
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_media_files_score"), "media_files", schema="catalog")
    op.drop_constraint(op.f("ck_media_files_readiness"), "media_files", schema="catalog")
    op.drop_constraint(op.f("ck_media_files_approved"), "media_files", schema="catalog")
    op.drop_constraint(op.f("ck_scans_trigger"), "scans", schema="catalog")
    op.drop_column("scans", "paused_at", schema="catalog")
    op.drop_column("scans", "folders", schema="catalog")
    op.drop_column("scans", "trigger", schema="catalog")
    op.drop_column("scan_directories", "foreign_device", schema="catalog")
    op.drop_column("media_libraries", "watch_error", schema="catalog")
    op.drop_column("media_libraries", "watch_until", schema="catalog")
    op.drop_column("media_libraries", "watcher", schema="catalog")
    op.drop_column("media_libraries", "watch", schema="catalog")
    op.drop_column("media_libraries", "mount_marker", schema="catalog")
    op.drop_column("media_libraries", "require_mount", schema="catalog")
    op.drop_column("media_libraries", "ignore_patterns", schema="catalog")
    op.drop_column("media_libraries", "scan_begun_at", schema="catalog")
    op.drop_index(
        "ix_media_files_enriching",
        table_name="media_files",
        schema="catalog",
        postgresql_where=sa.text("readiness = 'enriching'"),
    )
    op.drop_column("media_files", "hashed_at", schema="catalog")
    op.drop_column("media_files", "probed_at", schema="catalog")
    op.drop_column("media_files", "approved", schema="catalog")
    op.drop_column("media_files", "readiness", schema="catalog")
    op.drop_column("media_files", "score", schema="catalog")
    op.drop_index(
        "uq_review_queue_pending",
        table_name="review_queue",
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("ix_review_queue_track_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_status", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_state_reason_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_reason_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_media_file_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_library_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_episode_id", table_name="review_queue", schema="catalog")
    op.drop_index("ix_review_queue_created_at", table_name="review_queue", schema="catalog")
    op.drop_table("review_queue", schema="catalog")
    op.drop_index("ix_markers_media_file_id", table_name="markers", schema="catalog")
    op.drop_index("ix_markers_kind", table_name="markers", schema="catalog")
    op.drop_table("markers", schema="catalog")
    op.drop_index(
        "uq_file_verifications_live",
        table_name="file_verifications",
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.drop_index(
        "ix_file_verifications_media_file_id_id", table_name="file_verifications", schema="catalog"
    )
    op.drop_table("file_verifications", schema="catalog")
