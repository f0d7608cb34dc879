"""Keep providers, enrichments and plugins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "enrichment_cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=True),
        sa.Column("event_xid", sa.BigInteger(), nullable=True),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_enrichment_cursors")),
        schema="catalog",
    )
    op.create_table(
        "plugins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'enrichment'"), nullable=False),
        sa.Column("version", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'installing'"), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "config",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "config_schema",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "capabilities",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "title_kinds",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("error_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error_message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("failed_checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("inspected_to", sa.Uuid(), nullable=True),
        sa.Column("inspect_failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "inspect_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_health_check", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "check_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
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
        sa.Column("enabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('transcoder', 'enrichment', 'scanner')", name=op.f("ck_plugins_kind")
        ),
        sa.CheckConstraint(
            "state IN ('installing', 'enabled', 'disabled', 'updating', 'error')",
            name=op.f("ck_plugins_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugins")),
        sa.UniqueConstraint("address", name=op.f("uq_plugins_address")),
        sa.UniqueConstraint("name", name=op.f("uq_plugins_name")),
        schema="catalog",
    )
    op.create_index("ix_plugins_check_at", "plugins", ["check_at"], unique=False, schema="catalog")
    op.create_table(
        "provider_hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_provider_hosts")),
        schema="catalog",
    )
    op.create_table(
        "provider_responses",
        sa.Column("key", postgresql.BYTEA(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("etag", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("body", postgresql.BYTEA(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column(
            "fetched_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_provider_responses")),
        schema="catalog",
    )
    op.create_index(
        "ix_provider_responses_fetched_at_key",
        "provider_responses",
        [sa.literal_column("fetched_at DESC"), sa.literal_column("key DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "enrichments",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error_message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refresh_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'found', 'not_found', 'failed')",
            name=op.f("ck_enrichments_state"),
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_enrichments_confidence")),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_enrichments_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("title_id", "source", name=op.f("pk_enrichments")),
        schema="catalog",
    )
    op.create_index(
        "ix_enrichments_source_due_at",
        "enrichments",
        ["source", "due_at"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("due_at IS NOT NULL AND state <> 'running'"),
    )
    op.create_index(
        "ix_enrichments_source_state_title_id",
        "enrichments",
        ["source", "state", "title_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "plugin_metadata",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin_id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column("title_id", sa.Uuid(), nullable=True),
        sa.Column("metadata_type", sa.Text(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("plugin_version", sa.Text(), server_default=sa.text("''"), nullable=False),
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
        sa.CheckConstraint(
            "(media_file_id IS NULL) <> (title_id IS NULL)", name=op.f("ck_plugin_metadata_subject")
        ),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_plugin_metadata_confidence")
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_plugin_metadata_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["plugin_id"],
            ["catalog.plugins.id"],
            name=op.f("fk_plugin_metadata_plugin_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_plugin_metadata_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugin_metadata")),
        sa.UniqueConstraint(
            "plugin_id",
            "media_file_id",
            "title_id",
            "metadata_type",
            name="uq_plugin_metadata_subject",
            postgresql_nulls_not_distinct=True,
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_plugin_metadata_media_file_id_id",
        "plugin_metadata",
        ["media_file_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_plugin_metadata_plugin_id_id",
        "plugin_metadata",
        ["plugin_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_plugin_metadata_title_id_id",
        "plugin_metadata",
        ["title_id", "id"],
        unique=False,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index("ix_plugin_metadata_title_id_id", table_name="plugin_metadata", schema="catalog")
    op.drop_index("ix_plugin_metadata_plugin_id_id", table_name="plugin_metadata", schema="catalog")
    op.drop_index(
        "ix_plugin_metadata_media_file_id_id", table_name="plugin_metadata", schema="catalog"
    )
    op.drop_table("plugin_metadata", schema="catalog")
    op.drop_index(
        "ix_enrichments_source_state_title_id", table_name="enrichments", schema="catalog"
    )
    op.drop_index(
        "ix_enrichments_source_due_at",
        table_name="enrichments",
        schema="catalog",
        postgresql_where=sa.text("due_at IS NOT NULL AND state <> 'running'"),
    )
    op.drop_table("enrichments", schema="catalog")
    op.drop_index(
        "ix_provider_responses_fetched_at_key", table_name="provider_responses", schema="catalog"
    )
    op.drop_table("provider_responses", schema="catalog")
    op.drop_table("provider_hosts", schema="catalog")
    op.drop_index("ix_plugins_check_at", table_name="plugins", schema="catalog")
    op.drop_table("plugins", schema="catalog")
    op.drop_table("enrichment_cursors", schema="catalog")
