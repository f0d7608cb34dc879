"""Add sources, what they told, and how they are ingested."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'filesystem'"), nullable=False),
        sa.Column("base_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("root_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("credential", postgresql.BYTEA(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "config",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("server_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("server_version", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("check_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
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
            "kind IN ('filesystem', 'plex', 'jellyfin', 'sonarr', 'radarr')",
            name=op.f("ck_sources_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("external_id", name=op.f("uq_sources_external_id")),
        schema="catalog",
    )
    op.create_table(
        "source_collections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), server_default=sa.text("'mixed'"), nullable=False),
        sa.Column(
            "locations",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "config",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ingested_at", sa.DateTime(timezone=True), nullable=True),
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
            "content IN ('movies', 'shows', 'music', 'mixed', 'other')",
            name=op.f("ck_source_collections_content"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_source_collections_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_collections")),
        sa.UniqueConstraint(
            "source_id", "external_id", name=op.f("uq_source_collections_source_id_external_id")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_source_collections_enabled",
        "source_collections",
        ["enabled"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_collections_source_id",
        "source_collections",
        ["source_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "ingests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("max_new", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "selection",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "cursor",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "stats",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
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
            name=op.f("ck_ingests_state"),
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_ingests_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_ingests_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ingests")),
        schema="catalog",
    )
    op.create_index(
        "ix_ingests_collection_id", "ingests", ["collection_id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_ingests_source_id_id",
        "ingests",
        ["source_id", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_ingests_live",
        "ingests",
        ["source_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_table(
        "path_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("server_path", sa.Text(), nullable=False),
        sa.Column("local_path", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_path_mappings_collection_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_mappings")),
        sa.UniqueConstraint(
            "collection_id", "server_path", name=op.f("uq_path_mappings_collection_id_server_path")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_path_mappings_collection_id",
        "path_mappings",
        ["collection_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "radarr_movie_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("radarr_movie_id", sa.Integer(), nullable=False),
        sa.Column("radarr_file_id", sa.Integer(), nullable=False),
        sa.Column("video_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("audio_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolution", sa.Integer(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("original_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("symlink_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_radarr_movie_files_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_radarr_movie_files_media_file_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_radarr_movie_files_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radarr_movie_files")),
        sa.UniqueConstraint(
            "source_id",
            "radarr_file_id",
            name=op.f("uq_radarr_movie_files_source_id_radarr_file_id"),
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movie_files_collection_id",
        "radarr_movie_files",
        ["collection_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movie_files_media_file_id",
        "radarr_movie_files",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movie_files_movie",
        "radarr_movie_files",
        ["source_id", "radarr_movie_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movie_files_symlink_path",
        "radarr_movie_files",
        ["symlink_path"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("symlink_path <> ''"),
    )
    op.create_table(
        "radarr_movies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("radarr_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("imdb_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("monitored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("poster_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("fanart_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_radarr_movies_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_radarr_movies_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_radarr_movies")),
        sa.UniqueConstraint(
            "source_id", "radarr_id", name=op.f("uq_radarr_movies_source_id_radarr_id")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movies_collection_id",
        "radarr_movies",
        ["collection_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_radarr_movies_source_id", "radarr_movies", ["source_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "sonarr_episode_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("sonarr_series_id", sa.Integer(), nullable=False),
        sa.Column("sonarr_file_id", sa.Integer(), nullable=False),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("release_group", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("quality", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("resolution", sa.Integer(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("original_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("symlink_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_sonarr_episode_files_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_sonarr_episode_files_media_file_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_sonarr_episode_files_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sonarr_episode_files")),
        sa.UniqueConstraint(
            "source_id",
            "sonarr_file_id",
            name=op.f("uq_sonarr_episode_files_source_id_sonarr_file_id"),
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_episode_files_collection_id",
        "sonarr_episode_files",
        ["collection_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_episode_files_media_file_id",
        "sonarr_episode_files",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_episode_files_series",
        "sonarr_episode_files",
        ["source_id", "sonarr_series_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_episode_files_symlink_path",
        "sonarr_episode_files",
        ["symlink_path"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("symlink_path <> ''"),
    )
    op.create_table(
        "sonarr_series",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("sonarr_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("imdb_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("tvdb_id", sa.Integer(), nullable=True),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("monitored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("poster_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("fanart_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_sonarr_series_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_sonarr_series_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sonarr_series")),
        sa.UniqueConstraint(
            "source_id", "sonarr_id", name=op.f("uq_sonarr_series_source_id_sonarr_id")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_series_collection_id",
        "sonarr_series",
        ["collection_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_sonarr_series_source_id", "sonarr_series", ["source_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "source_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("canonical_key", sa.Text(), nullable=False),
        sa.Column("provider_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("parent_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'other'"), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            sa.Computed(
                "CASE WHEN gone_at IS NOT NULL THEN 'gone'::text WHEN kind = 'show'::text OR kind = 'album'::text THEN 'group'::text WHEN media_file_id IS NOT NULL THEN 'linked'::text WHEN local_path = ''::text THEN 'unmapped'::text ELSE 'pending'::text END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column("display_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("server_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("local_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column(
            "file",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "raw",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "finding",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("ingest_id", sa.Uuid(), nullable=True),
        sa.Column(
            "seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
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
            "kind IN ('movie', 'show', 'episode', 'album', 'track', 'other')",
            name=op.f("ck_source_items_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["catalog.source_collections.id"],
            name=op.f("fk_source_items_collection_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_source_items_media_file_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_items")),
        sa.UniqueConstraint(
            "collection_id",
            "canonical_key",
            name=op.f("uq_source_items_collection_id_canonical_key"),
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_collection_id",
        "source_items",
        ["collection_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_ingest_id",
        "source_items",
        ["collection_id", "ingest_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_media_file_id",
        "source_items",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_parent",
        "source_items",
        ["collection_id", "parent_key"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_pending",
        "source_items",
        ["local_path"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_source_items_provider_key",
        "source_items",
        ["collection_id", "provider_key"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_state",
        "source_items",
        ["collection_id", "state", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_source_items_unhanded",
        "source_items",
        ["media_file_id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("handed_at IS NULL AND media_file_id IS NOT NULL"),
    )
    op.create_table(
        "ingest_entries",
        sa.Column("ingest_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), server_default=sa.text("'skip'"), nullable=False),
        sa.Column("provider_key", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("display_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("server_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("local_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column("error_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error_message", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint(
            "action IN ('create', 'link', 'update', 'skip', 'wrong')",
            name=op.f("ck_ingest_entries_action"),
        ),
        sa.ForeignKeyConstraint(
            ["ingest_id"],
            ["catalog.ingests.id"],
            name=op.f("fk_ingest_entries_ingest_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ingest_id", "number", name=op.f("pk_ingest_entries")),
        schema="catalog",
    )
    op.create_index(
        "ix_ingest_entries_action",
        "ingest_entries",
        ["ingest_id", "action", "number"],
        unique=False,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index("ix_ingest_entries_action", table_name="ingest_entries", schema="catalog")
    op.drop_table("ingest_entries", schema="catalog")
    op.drop_index(
        "ix_source_items_unhanded",
        table_name="source_items",
        schema="catalog",
        postgresql_where=sa.text("handed_at IS NULL AND media_file_id IS NOT NULL"),
    )
    op.drop_index("ix_source_items_state", table_name="source_items", schema="catalog")
    op.drop_index("ix_source_items_provider_key", table_name="source_items", schema="catalog")
    op.drop_index(
        "ix_source_items_pending",
        table_name="source_items",
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index("ix_source_items_parent", table_name="source_items", schema="catalog")
    op.drop_index("ix_source_items_media_file_id", table_name="source_items", schema="catalog")
    op.drop_index("ix_source_items_ingest_id", table_name="source_items", schema="catalog")
    op.drop_index("ix_source_items_collection_id", table_name="source_items", schema="catalog")
    op.drop_table("source_items", schema="catalog")
    op.drop_index("ix_sonarr_series_source_id", table_name="sonarr_series", schema="catalog")
    op.drop_index("ix_sonarr_series_collection_id", table_name="sonarr_series", schema="catalog")
    op.drop_table("sonarr_series", schema="catalog")
    op.drop_index(
        "ix_sonarr_episode_files_symlink_path",
        table_name="sonarr_episode_files",
        schema="catalog",
        postgresql_where=sa.text("symlink_path <> ''"),
    )
    op.drop_index(
        "ix_sonarr_episode_files_series", table_name="sonarr_episode_files", schema="catalog"
    )
    op.drop_index(
        "ix_sonarr_episode_files_media_file_id", table_name="sonarr_episode_files", schema="catalog"
    )
    op.drop_index(
        "ix_sonarr_episode_files_collection_id", table_name="sonarr_episode_files", schema="catalog"
    )
    op.drop_table("sonarr_episode_files", schema="catalog")
    op.drop_index("ix_radarr_movies_source_id", table_name="radarr_movies", schema="catalog")
    op.drop_index("ix_radarr_movies_collection_id", table_name="radarr_movies", schema="catalog")
    op.drop_table("radarr_movies", schema="catalog")
    op.drop_index(
        "ix_radarr_movie_files_symlink_path",
        table_name="radarr_movie_files",
        schema="catalog",
        postgresql_where=sa.text("symlink_path <> ''"),
    )
    op.drop_index("ix_radarr_movie_files_movie", table_name="radarr_movie_files", schema="catalog")
    op.drop_index(
        "ix_radarr_movie_files_media_file_id", table_name="radarr_movie_files", schema="catalog"
    )
    op.drop_index(
        "ix_radarr_movie_files_collection_id", table_name="radarr_movie_files", schema="catalog"
    )
    op.drop_table("radarr_movie_files", schema="catalog")
    op.drop_index("ix_path_mappings_collection_id", table_name="path_mappings", schema="catalog")
    op.drop_table("path_mappings", schema="catalog")
    op.drop_index(
        "uq_ingests_live",
        table_name="ingests",
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.drop_index("ix_ingests_source_id_id", table_name="ingests", schema="catalog")
    op.drop_index("ix_ingests_collection_id", table_name="ingests", schema="catalog")
    op.drop_table("ingests", schema="catalog")
    op.drop_index(
        "ix_source_collections_source_id", table_name="source_collections", schema="catalog"
    )
    op.drop_index(
        "ix_source_collections_enabled", table_name="source_collections", schema="catalog"
    )
    op.drop_table("source_collections", schema="catalog")
    op.drop_table("sources", schema="catalog")
