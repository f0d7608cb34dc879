"""Keep the journal of file operations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file_operation_batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("verify", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "keep_empty_folders", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("skip_conflicts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("conflict_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("done_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
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
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'applying', 'applied', 'incomplete', 'rolling_back', 'rolled_back', 'cancelled')",
            name=op.f("ck_file_operation_batches_state"),
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_file_operation_batches_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_operation_batches")),
        schema="catalog",
    )
    op.create_index(
        "ix_file_operation_batches_library_id_id",
        "file_operation_batches",
        ["library_id", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operation_batches_state_id",
        "file_operation_batches",
        ["state", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "file_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("operation_type", sa.Text(), server_default=sa.text("'move'"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column("sidecar_of", sa.Uuid(), nullable=True),
        sa.Column("original_path", postgresql.BYTEA(), nullable=False),
        sa.Column("new_path", postgresql.BYTEA(), nullable=False),
        sa.Column("parked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("cross_device", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("conflicts", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("source_device", sa.BigInteger(), nullable=True),
        sa.Column("source_inode", sa.BigInteger(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=True),
        sa.Column("placed_device", sa.BigInteger(), nullable=True),
        sa.Column("placed_inode", sa.BigInteger(), nullable=True),
        sa.Column("placed_size", sa.BigInteger(), nullable=True),
        sa.Column("placed_mtime_ns", sa.BigInteger(), nullable=True),
        sa.Column("checksum", postgresql.BYTEA(), nullable=True),
        sa.Column(
            "source_folders",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "made_folders",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("doing", sa.Text(), nullable=True),
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
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rolled_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("purged_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "operation_type IN ('move', 'rename', 'copy', 'hardlink', 'symlink', 'delete')",
            name=op.f("ck_file_operations_operation_type"),
        ),
        sa.CheckConstraint(
            "status IN ('planned', 'skipped', 'intended', 'staged', 'completed', 'failed', 'undecided', 'undo_intended', 'undo_staged', 'rolled_back', 'purging', 'purged')",
            name=op.f("ck_file_operations_status"),
        ),
        sa.CheckConstraint(
            "(placed_inode IS NULL) = (placed_mtime_ns IS NULL)",
            name=op.f("ck_file_operations_placed"),
        ),
        sa.CheckConstraint(
            "(source_inode IS NULL) = (size IS NULL)", name=op.f("ck_file_operations_source")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["catalog.file_operation_batches.id"],
            name=op.f("fk_file_operations_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_operations")),
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_batch_id_status",
        "file_operations",
        ["batch_id", "status", "number"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_conflicts",
        "file_operations",
        ["batch_id", "number"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("conflicts <> '{}'"),
    )
    op.create_index(
        "ix_file_operations_created_at",
        "file_operations",
        ["created_at"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_media_file_id",
        "file_operations",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_recycled",
        "file_operations",
        ["library_id", "completed_at", "id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("operation_type = 'delete' AND status = 'completed'"),
    )
    op.create_index(
        "ix_file_operations_sidecar_of",
        "file_operations",
        ["sidecar_of"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_status_id",
        "file_operations",
        ["status", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_file_operations_unsettled",
        "file_operations",
        ["batch_id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text(
            "status IN ('intended', 'staged', 'undo_intended', 'undo_staged', 'purging')"
        ),
    )
    op.create_index(
        "uq_file_operations_batch_id_number",
        "file_operations",
        ["batch_id", "number"],
        unique=True,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index(
        "uq_file_operations_batch_id_number", table_name="file_operations", schema="catalog"
    )
    op.drop_index(
        "ix_file_operations_unsettled",
        table_name="file_operations",
        schema="catalog",
        postgresql_where=sa.text(
            "status IN ('intended', 'staged', 'undo_intended', 'undo_staged', 'purging')"
        ),
    )
    op.drop_index("ix_file_operations_status_id", table_name="file_operations", schema="catalog")
    op.drop_index("ix_file_operations_sidecar_of", table_name="file_operations", schema="catalog")
    op.drop_index(
        "ix_file_operations_recycled",
        table_name="file_operations",
        schema="catalog",
        postgresql_where=sa.text("operation_type = 'delete' AND status = 'completed'"),
    )
    op.drop_index(
        "ix_file_operations_media_file_id", table_name="file_operations", schema="catalog"
    )
    op.drop_index("ix_file_operations_created_at", table_name="file_operations", schema="catalog")
    op.drop_index(
        "ix_file_operations_conflicts",
        table_name="file_operations",
        schema="catalog",
        postgresql_where=sa.text("conflicts <> '{}'"),
    )
    op.drop_index(
        "ix_file_operations_batch_id_status", table_name="file_operations", schema="catalog"
    )
    op.drop_table("file_operations", schema="catalog")
    op.drop_index(
        "ix_file_operation_batches_state_id", table_name="file_operation_batches", schema="catalog"
    )
    op.drop_index(
        "ix_file_operation_batches_library_id_id",
        table_name="file_operation_batches",
        schema="catalog",
    )
    op.drop_table("file_operation_batches", schema="catalog")
