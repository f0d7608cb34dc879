"""Create catalog."""

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
        schema="catalog",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index("ix_events_xid_id", "events", ["xid", "id"], unique=False, schema="catalog")
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
        schema="catalog",
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
        schema="catalog",
        postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.01},
    )
    op.create_index(
        "ix_jobs_claim",
        "jobs",
        [sa.literal_column("priority DESC"), "run_at", "id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.create_index(
        "ix_jobs_created_at",
        "jobs",
        [sa.literal_column("created_at DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_jobs_lease_until",
        "jobs",
        ["lease_until"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index("ix_jobs_status", "jobs", ["status"], unique=False, schema="catalog")
    op.create_index("ix_jobs_subject", "jobs", ["subject"], unique=False, schema="catalog")
    op.create_index("ix_jobs_type", "jobs", ["type"], unique=False, schema="catalog")
    op.create_index(
        "uq_jobs_unique_key",
        "jobs",
        ["unique_key"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.create_table(
        "media_libraries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'movie'"), nullable=False),
        sa.Column("root_path", sa.Text(), nullable=False),
        sa.Column(
            "scan_interval",
            sa.Interval(),
            server_default=sa.text("interval '1 hour'"),
            nullable=False,
        ),
        sa.Column("last_scan_at", sa.DateTime(timezone=True), nullable=True),
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
            "kind IN ('movie', 'tv', 'music', 'audiobook')", name=op.f("ck_media_libraries_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_libraries")),
        sa.UniqueConstraint("root_path", name=op.f("uq_media_libraries_root_path")),
        schema="catalog",
    )
    op.create_table(
        "media_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("directory", postgresql.BYTEA(), nullable=False),
        sa.Column("filename", postgresql.BYTEA(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'present'"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("inode", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=True),
        sa.Column("hash_sha256", postgresql.BYTEA(), nullable=True),
        sa.Column("mime_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("container", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("bit_rate", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("video_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("audio_codec", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "streams",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "tags",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("probe_error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("confidence", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("canonical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "discovered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("missing_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint("state IN ('present', 'missing')", name=op.f("ck_media_files_state")),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_media_files_confidence")),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_media_files_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint(
            "library_id",
            "directory",
            "filename",
            name=op.f("uq_media_files_library_id_directory_filename"),
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_media_files_broken",
        "media_files",
        ["id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("probe_error <> ''"),
    )
    op.create_index(
        "ix_media_files_canonical",
        "media_files",
        ["canonical"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.create_index(
        "ix_media_files_discovered_at",
        "media_files",
        ["discovered_at"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_media_files_fingerprint", "media_files", ["fingerprint"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_media_files_library_id_id",
        "media_files",
        ["library_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_media_files_mime_type", "media_files", ["mime_type"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_media_files_missing",
        "media_files",
        ["id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("state = 'missing'"),
    )
    op.create_table(
        "scan_directories",
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("path", postgresql.BYTEA(), nullable=False),
        sa.Column("signature", postgresql.BYTEA(), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_scan_directories_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_id", "path", name=op.f("pk_scan_directories")),
        schema="catalog",
    )
    op.create_table(
        "scans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("full", sa.Boolean(), server_default=sa.text("false"), nullable=False),
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
            "state IN ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_scans_state"),
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_scans_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        schema="catalog",
    )
    op.create_index(
        "ix_scans_library_id_id",
        "scans",
        ["library_id", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_scans_live",
        "scans",
        ["library_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running', 'paused')"),
    )
    op.create_table(
        "titles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'movie'"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sort_name", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column(
            "creators",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "narrators",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("match_key", sa.Text(), nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
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
            "kind IN ('movie', 'show', 'album', 'audiobook')", name=op.f("ck_titles_kind")
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_titles_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_titles")),
        sa.UniqueConstraint(
            "library_id", "kind", "match_key", name=op.f("uq_titles_library_id_kind_match_key")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_titles_kind_sort_name_id",
        "titles",
        ["kind", "sort_name", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_titles_library_id_sort_name_id",
        "titles",
        ["library_id", "sort_name", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_titles_search_text",
        "titles",
        ["search_text"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(
        "ix_titles_sort_name_id", "titles", ["sort_name", "id"], unique=False, schema="catalog"
    )
    op.create_table(
        "seasons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_seasons_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seasons")),
        sa.UniqueConstraint("title_id", "number", name=op.f("uq_seasons_title_id_number")),
        schema="catalog",
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("disc", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("match_key", sa.Text(), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["title_id"], ["catalog.titles.id"], name=op.f("fk_tracks_title_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
        sa.UniqueConstraint(
            "title_id",
            "disc",
            "number",
            "match_key",
            name=op.f("uq_tracks_title_id_disc_number_match_key"),
        ),
        schema="catalog",
    )
    op.create_table(
        "episodes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=True),
        sa.Column("season_number", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "external_ids",
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
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["catalog.seasons.id"],
            name=op.f("fk_episodes_season_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_episodes_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
        sa.UniqueConstraint(
            "title_id",
            "season_number",
            "number",
            name=op.f("uq_episodes_title_id_season_number_number"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_episodes_season_id", "episodes", ["season_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "track_assets",
        sa.Column("track_id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_track_assets_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["catalog.tracks.id"],
            name=op.f("fk_track_assets_track_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("track_id", "media_file_id", name=op.f("pk_track_assets")),
        schema="catalog",
    )
    op.create_index(
        "ix_track_assets_media_file_id",
        "track_assets",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "episode_assets",
        sa.Column("episode_id", sa.Uuid(), nullable=False),
        sa.Column("media_file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["episode_id"],
            ["catalog.episodes.id"],
            name=op.f("fk_episode_assets_episode_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_episode_assets_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("episode_id", "media_file_id", name=op.f("pk_episode_assets")),
        schema="catalog",
    )
    op.create_index(
        "ix_episode_assets_media_file_id",
        "episode_assets",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    for statement in partitions.create_functions("catalog"):
        op.execute(statement)
    op.execute("SELECT catalog.ensure_partitions()")


def downgrade() -> None:
    for statement in partitions.drop_functions("catalog"):
        op.execute(statement)
    op.drop_index("ix_episode_assets_media_file_id", table_name="episode_assets", schema="catalog")
    op.drop_table("episode_assets", schema="catalog")
    op.drop_index("ix_track_assets_media_file_id", table_name="track_assets", schema="catalog")
    op.drop_table("track_assets", schema="catalog")
    op.drop_index("ix_episodes_season_id", table_name="episodes", schema="catalog")
    op.drop_table("episodes", schema="catalog")
    op.drop_table("tracks", schema="catalog")
    op.drop_table("seasons", schema="catalog")
    op.drop_index("ix_titles_sort_name_id", table_name="titles", schema="catalog")
    op.drop_index(
        "ix_titles_search_text",
        table_name="titles",
        schema="catalog",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("ix_titles_library_id_sort_name_id", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_kind_sort_name_id", table_name="titles", schema="catalog")
    op.drop_table("titles", schema="catalog")
    op.drop_index(
        "uq_scans_live",
        table_name="scans",
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running', 'paused')"),
    )
    op.drop_index("ix_scans_library_id_id", table_name="scans", schema="catalog")
    op.drop_table("scans", schema="catalog")
    op.drop_table("scan_directories", schema="catalog")
    op.drop_index(
        "ix_media_files_missing",
        table_name="media_files",
        schema="catalog",
        postgresql_where=sa.text("state = 'missing'"),
    )
    op.drop_index("ix_media_files_mime_type", table_name="media_files", schema="catalog")
    op.drop_index("ix_media_files_library_id_id", table_name="media_files", schema="catalog")
    op.drop_index("ix_media_files_fingerprint", table_name="media_files", schema="catalog")
    op.drop_index("ix_media_files_discovered_at", table_name="media_files", schema="catalog")
    op.drop_index(
        "ix_media_files_canonical",
        table_name="media_files",
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.drop_index(
        "ix_media_files_broken",
        table_name="media_files",
        schema="catalog",
        postgresql_where=sa.text("probe_error <> ''"),
    )
    op.drop_table("media_files", schema="catalog")
    op.drop_table("media_libraries", schema="catalog")
    op.drop_index(
        "uq_jobs_unique_key",
        table_name="jobs",
        schema="catalog",
        postgresql_where=sa.text("status IN ('pending', 'delayed', 'active')"),
    )
    op.drop_index("ix_jobs_type", table_name="jobs", schema="catalog")
    op.drop_index("ix_jobs_subject", table_name="jobs", schema="catalog")
    op.drop_index("ix_jobs_status", table_name="jobs", schema="catalog")
    op.drop_index(
        "ix_jobs_lease_until",
        table_name="jobs",
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index("ix_jobs_created_at", table_name="jobs", schema="catalog")
    op.drop_index(
        "ix_jobs_claim",
        table_name="jobs",
        schema="catalog",
        postgresql_where=sa.text("status IN ('pending', 'delayed')"),
    )
    op.drop_table("jobs", schema="catalog")
    op.drop_table("idempotency_keys", schema="catalog")
    op.drop_index("ix_events_xid_id", table_name="events", schema="catalog")
    op.drop_table("events", schema="catalog")
