"""Keep symbolic links, their history, and their repair."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "symlink_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("symlink_id", sa.Uuid(), nullable=False),
        sa.Column("path", postgresql.BYTEA(), nullable=False),
        sa.Column("target", postgresql.BYTEA(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("action", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("detail", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", "created_at", name=op.f("pk_symlink_events")),
        schema="catalog",
        postgresql_partition_by="RANGE (created_at)",
    )
    op.create_index(
        "ix_symlink_events_library_id_id",
        "symlink_events",
        ["library_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_events_symlink_id_id",
        "symlink_events",
        ["symlink_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "relink_candidates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("base", postgresql.BYTEA(), nullable=False),
        sa.Column("path", postgresql.BYTEA(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'show'"), nullable=False),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("show_title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("show_norm", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=True),
        sa.Column("episode", sa.Integer(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("real_path", postgresql.BYTEA(), nullable=False),
        sa.Column("target_ok", sa.Boolean(), nullable=False),
        sa.Column("resolution_rank", sa.Integer(), nullable=False),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('movie', 'show')", name=op.f("ck_relink_candidates_kind")),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_relink_candidates_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relink_candidates")),
        sa.UniqueConstraint(
            "library_id", "path", name=op.f("uq_relink_candidates_library_id_path")
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_relink_candidates_run_id",
        "relink_candidates",
        ["library_id", "run_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_relink_candidates_show_norm",
        "relink_candidates",
        ["library_id", "show_norm", "unit"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_relink_candidates_tmdb_id",
        "relink_candidates",
        ["library_id", "tmdb_id", "unit"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "symlink_routes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("relay_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("relay_type", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("relay_token", postgresql.BYTEA(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
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
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["catalog.sources.id"],
            name=op.f("fk_symlink_routes_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symlink_routes")),
        sa.UniqueConstraint("prefix", name=op.f("uq_symlink_routes_prefix")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_routes_source_id",
        "symlink_routes",
        ["source_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "symlink_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'scan'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("trigger", sa.Text(), server_default=sa.text("'manual'"), nullable=False),
        sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("force", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("most", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "repair_roots",
            sa.ARRAY(postgresql.BYTEA()),
            server_default=sa.text("'{}'::bytea[]"),
            nullable=False,
        ),
        sa.Column(
            "candidate_roots",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "allowed_prefixes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
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
            "kind IN ('scan', 'relink', 'repair')", name=op.f("ck_symlink_runs_kind")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_symlink_runs_state"),
        ),
        sa.CheckConstraint(
            "trigger IN ('manual', 'schedule')", name=op.f("ck_symlink_runs_trigger")
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_symlink_runs_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symlink_runs")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_runs_library_id_id",
        "symlink_runs",
        ["library_id", sa.literal_column("id DESC")],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_symlink_runs_live",
        "symlink_runs",
        ["library_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.create_table(
        "symlink_settings",
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column(
            "scan_interval", sa.Interval(), server_default=sa.text("interval '0'"), nullable=False
        ),
        sa.Column(
            "target_mounts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "rewrites",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "allowed_prefixes",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "candidate_roots",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        sa.Column("season_threshold", sa.Integer(), server_default=sa.text("2"), nullable=False),
        sa.Column(
            "cool_down", sa.Interval(), server_default=sa.text("interval '6 hours'"), nullable=False
        ),
        sa.Column("max_attempts", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scan_begun_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_symlink_settings_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_id", name=op.f("pk_symlink_settings")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_settings_scan_interval",
        "symlink_settings",
        ["scan_interval"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "symlinks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("path", postgresql.BYTEA(), nullable=False),
        sa.Column("directory", postgresql.BYTEA(), nullable=False),
        sa.Column("last_target", postgresql.BYTEA(), nullable=False),
        sa.Column("resolved_target", postgresql.BYTEA(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'ok'"), nullable=False),
        sa.Column("last_status", sa.Text(), server_default=sa.text("'ok'"), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'other'"), nullable=False),
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("title_norm", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("tmdb_id", sa.Integer(), nullable=True),
        sa.Column("season", sa.Integer(), nullable=True),
        sa.Column("episode", sa.Integer(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("ignored", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("relink_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("relink_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("search_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("searched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("manual_reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("manual_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("vanished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("kind IN ('movie', 'show', 'other')", name=op.f("ck_symlinks_kind")),
        sa.CheckConstraint(
            "last_status IN ('ok', 'broken', 'missing', 'vanished')",
            name=op.f("ck_symlinks_last_status"),
        ),
        sa.CheckConstraint(
            "status IN ('ok', 'broken', 'missing', 'vanished')", name=op.f("ck_symlinks_status")
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_symlinks_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symlinks")),
        sa.UniqueConstraint("library_id", "path", name=op.f("uq_symlinks_library_id_path")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlinks_directory",
        "symlinks",
        ["library_id", "directory"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlinks_library_id_id",
        "symlinks",
        ["library_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlinks_library_id_status",
        "symlinks",
        ["library_id", "status", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlinks_manual",
        "symlinks",
        ["library_id", "id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("manual_reason <> ''"),
    )
    op.create_index(
        "ix_symlinks_status", "symlinks", ["status", "id"], unique=False, schema="catalog"
    )
    op.create_table(
        "relink_entries",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("symlink_id", sa.Uuid(), nullable=False),
        sa.Column("path", postgresql.BYTEA(), nullable=False),
        sa.Column("old_target", postgresql.BYTEA(), nullable=False),
        sa.Column("new_target", postgresql.BYTEA(), nullable=False),
        sa.Column("candidate_path", postgresql.BYTEA(), nullable=False),
        sa.Column("resolution_rank", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("temporary", postgresql.BYTEA(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'planned'"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('planned', 'intended', 'replaced', 'skipped', 'failed')",
            name=op.f("ck_relink_entries_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["catalog.symlink_runs.id"],
            name=op.f("fk_relink_entries_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run_id", "number", name=op.f("pk_relink_entries")),
        schema="catalog",
    )
    op.create_index(
        "ix_relink_entries_outcome",
        "relink_entries",
        ["run_id", "outcome", "number"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "symlink_actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("route_id", sa.Uuid(), nullable=True),
        sa.Column("scope", sa.Text(), server_default=sa.text("'episode'"), nullable=False),
        sa.Column("state", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reason", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("related_path", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("term", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("remote_id", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error_code", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("last_error", sa.Text(), server_default=sa.text("''"), nullable=False),
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
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint(
            "scope IN ('movie', 'season', 'episode')", name=op.f("ck_symlink_actions_scope")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'failed', 'verified')",
            name=op.f("ck_symlink_actions_state"),
        ),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_symlink_actions_library_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["route_id"],
            ["catalog.symlink_routes.id"],
            name=op.f("fk_symlink_actions_route_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symlink_actions")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_actions_due",
        "symlink_actions",
        ["library_id", "next_at"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_symlink_actions_library_id_id",
        "symlink_actions",
        ["library_id", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_actions_library_id_state",
        "symlink_actions",
        ["library_id", "state", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_actions_related_path",
        "symlink_actions",
        ["related_path"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_actions_route_id",
        "symlink_actions",
        ["route_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_actions_state",
        "symlink_actions",
        ["state", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_symlink_actions_live",
        "symlink_actions",
        ["dedupe_key"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'sent')"),
    )
    op.create_table(
        "symlink_action_links",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("symlink_id", sa.Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"],
            ["catalog.symlink_actions.id"],
            name=op.f("fk_symlink_action_links_action_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["symlink_id"],
            ["catalog.symlinks.id"],
            name=op.f("fk_symlink_action_links_symlink_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("action_id", "symlink_id", name=op.f("pk_symlink_action_links")),
        schema="catalog",
    )
    op.create_index(
        "ix_symlink_action_links_symlink_id",
        "symlink_action_links",
        ["symlink_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_symlink_action_links_live",
        "symlink_action_links",
        ["symlink_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("live"),
    )

    op.execute("SELECT catalog.ensure_partitions()")


def downgrade() -> None:
    op.drop_index(
        "uq_symlink_action_links_live",
        table_name="symlink_action_links",
        schema="catalog",
        postgresql_where=sa.text("live"),
    )
    op.drop_index(
        "ix_symlink_action_links_symlink_id", table_name="symlink_action_links", schema="catalog"
    )
    op.drop_table("symlink_action_links", schema="catalog")
    op.drop_index(
        "uq_symlink_actions_live",
        table_name="symlink_actions",
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'sent')"),
    )
    op.drop_index("ix_symlink_actions_state", table_name="symlink_actions", schema="catalog")
    op.drop_index("ix_symlink_actions_route_id", table_name="symlink_actions", schema="catalog")
    op.drop_index("ix_symlink_actions_related_path", table_name="symlink_actions", schema="catalog")
    op.drop_index(
        "ix_symlink_actions_library_id_state", table_name="symlink_actions", schema="catalog"
    )
    op.drop_index(
        "ix_symlink_actions_library_id_id", table_name="symlink_actions", schema="catalog"
    )
    op.drop_index(
        "ix_symlink_actions_due",
        table_name="symlink_actions",
        schema="catalog",
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("symlink_actions", schema="catalog")
    op.drop_index("ix_relink_entries_outcome", table_name="relink_entries", schema="catalog")
    op.drop_table("relink_entries", schema="catalog")
    op.drop_index("ix_symlinks_status", table_name="symlinks", schema="catalog")
    op.drop_index(
        "ix_symlinks_manual",
        table_name="symlinks",
        schema="catalog",
        postgresql_where=sa.text("manual_reason <> ''"),
    )
    op.drop_index("ix_symlinks_library_id_status", table_name="symlinks", schema="catalog")
    op.drop_index("ix_symlinks_library_id_id", table_name="symlinks", schema="catalog")
    op.drop_index("ix_symlinks_directory", table_name="symlinks", schema="catalog")
    op.drop_table("symlinks", schema="catalog")
    op.drop_index(
        "ix_symlink_settings_scan_interval", table_name="symlink_settings", schema="catalog"
    )
    op.drop_table("symlink_settings", schema="catalog")
    op.drop_index(
        "uq_symlink_runs_live",
        table_name="symlink_runs",
        schema="catalog",
        postgresql_where=sa.text("state IN ('pending', 'running')"),
    )
    op.drop_index("ix_symlink_runs_library_id_id", table_name="symlink_runs", schema="catalog")
    op.drop_table("symlink_runs", schema="catalog")
    op.drop_index("ix_symlink_routes_source_id", table_name="symlink_routes", schema="catalog")
    op.drop_table("symlink_routes", schema="catalog")
    op.drop_index("ix_relink_candidates_tmdb_id", table_name="relink_candidates", schema="catalog")
    op.drop_index(
        "ix_relink_candidates_show_norm", table_name="relink_candidates", schema="catalog"
    )
    op.drop_index("ix_relink_candidates_run_id", table_name="relink_candidates", schema="catalog")
    op.drop_table("relink_candidates", schema="catalog")
    op.drop_index("ix_symlink_events_symlink_id_id", table_name="symlink_events", schema="catalog")
    op.drop_index("ix_symlink_events_library_id_id", table_name="symlink_events", schema="catalog")
    op.drop_table("symlink_events", schema="catalog")
