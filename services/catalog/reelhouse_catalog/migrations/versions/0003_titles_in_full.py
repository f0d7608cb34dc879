"""Titles in full."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 # one statement for each change
    # Which file is the one to play is said of each thing that it holds.
    op.drop_index("ix_media_files_canonical", table_name="media_files", schema="catalog")
    op.drop_column("media_files", "canonical", schema="catalog")
    op.create_table(
        "sidecars",
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("directory", postgresql.BYTEA(), nullable=False),
        sa.Column("filename", postgresql.BYTEA(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'nfo'"), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.CheckConstraint("kind IN ('nfo', 'image', 'subtitle')", name=op.f("ck_sidecars_kind")),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_sidecars_library_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_id", "directory", "filename", name=op.f("pk_sidecars")),
        schema="catalog",
    )
    op.create_table(
        "media_metadata",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("finding", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "raw",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column(
            "fetched_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("confidence BETWEEN 0 AND 1", name=op.f("ck_media_metadata_confidence")),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_media_metadata_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "title_id", "source", "provider_key", name=op.f("pk_media_metadata")
        ),
        schema="catalog",
    )
    op.create_table(
        "stale_titles",
        sa.Column("title_id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["catalog.media_libraries.id"],
            name=op.f("fk_stale_titles_library_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_stale_titles_title_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("title_id", name=op.f("pk_stale_titles")),
        schema="catalog",
    )
    op.create_index(
        "ix_stale_titles_library_id_title_id",
        "stale_titles",
        ["library_id", "title_id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "provider_refs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title_id", sa.Uuid(), nullable=True),
        sa.Column("season_id", sa.Uuid(), nullable=True),
        sa.Column("episode_id", sa.Uuid(), nullable=True),
        sa.Column("track_id", sa.Uuid(), nullable=True),
        sa.Column("media_file_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_key", sa.Text(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
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
            "num_nonnulls(title_id, season_id, episode_id, track_id, media_file_id) = 1",
            name=op.f("ck_provider_refs_target"),
        ),
        sa.ForeignKeyConstraint(
            ["episode_id"],
            ["catalog.episodes.id"],
            name=op.f("fk_provider_refs_episode_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["media_file_id"],
            ["catalog.media_files.id"],
            name=op.f("fk_provider_refs_media_file_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["season_id"],
            ["catalog.seasons.id"],
            name=op.f("fk_provider_refs_season_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["title_id"],
            ["catalog.titles.id"],
            name=op.f("fk_provider_refs_title_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["track_id"],
            ["catalog.tracks.id"],
            name=op.f("fk_provider_refs_track_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_refs")),
        sa.UniqueConstraint(
            "title_id",
            "season_id",
            "episode_id",
            "track_id",
            "media_file_id",
            "provider",
            "provider_key",
            name="uq_provider_refs_target",
            postgresql_nulls_not_distinct=True,
        ),
        schema="catalog",
    )
    op.create_index(
        "ix_provider_refs_episode_id",
        "provider_refs",
        ["episode_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_provider_refs_media_file_id",
        "provider_refs",
        ["media_file_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_provider_refs_provider_provider_key",
        "provider_refs",
        ["provider", "provider_key"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_provider_refs_season_id", "provider_refs", ["season_id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_provider_refs_track_id", "provider_refs", ["track_id"], unique=False, schema="catalog"
    )
    op.add_column(
        "episode_assets",
        sa.Column("canonical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.create_index(
        "uq_episode_assets_canonical",
        "episode_assets",
        ["episode_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.add_column(
        "episodes",
        sa.Column("found_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "episodes",
        sa.Column("original_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "episodes",
        sa.Column("overview", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column("episodes", sa.Column("release_date", sa.Date(), nullable=True), schema="catalog")
    op.add_column(
        "episodes", sa.Column("duration_ms", sa.BigInteger(), nullable=True), schema="catalog"
    )
    op.add_column("episodes", sa.Column("rating", sa.Double(), nullable=True), schema="catalog")
    op.add_column(
        "episodes", sa.Column("rating_count", sa.Integer(), nullable=True), schema="catalog"
    )
    op.add_column(
        "episodes",
        sa.Column(
            "people",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "episodes",
        sa.Column(
            "images",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "episodes",
        sa.Column(
            "locked_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "episodes",
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column("pinned", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "media_files",
        sa.Column(
            "external_subtitles",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column("name", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column("overview", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column("seasons", sa.Column("release_date", sa.Date(), nullable=True), schema="catalog")
    op.add_column(
        "seasons",
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column(
            "images",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column(
            "locked_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "seasons",
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("original_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("overview", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("tagline", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column("titles", sa.Column("release_date", sa.Date(), nullable=True), schema="catalog")
    op.add_column(
        "titles", sa.Column("duration_ms", sa.BigInteger(), nullable=True), schema="catalog"
    )
    op.add_column(
        "titles",
        sa.Column(
            "genres",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "studios",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "languages",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column("titles", sa.Column("rating", sa.Double(), nullable=True), schema="catalog")
    op.add_column(
        "titles", sa.Column("rating_count", sa.Integer(), nullable=True), schema="catalog"
    )
    op.add_column(
        "titles",
        sa.Column("content_rating", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("rating_system", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("series", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("series_position", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "people",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "images",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "locked_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "base",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column("titles", sa.Column("merged_into", sa.Uuid(), nullable=True), schema="catalog")
    op.add_column(
        "titles",
        sa.Column(
            "search_vector",
            postgresql.TSVECTOR(),
            server_default=sa.text("''::tsvector"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "facets", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column(
            "released", sa.Date(), server_default=sa.text("'0001-01-01'::date"), nullable=False
        ),
        schema="catalog",
    )
    op.add_column(
        "titles",
        sa.Column("rated", sa.Double(), server_default=sa.text("-1"), nullable=False),
        schema="catalog",
    )
    op.create_index(
        "ix_titles_content_rating",
        "titles",
        ["content_rating"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("content_rating <> ''"),
    )
    op.create_index(
        "ix_titles_facets",
        "titles",
        ["facets"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_titles_library_id_id", "titles", ["library_id", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_titles_library_id_rated_id",
        "titles",
        ["library_id", "rated", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_titles_library_id_released_id",
        "titles",
        ["library_id", "released", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "ix_titles_merged_into",
        "titles",
        ["merged_into"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index("ix_titles_rated_id", "titles", ["rated", "id"], unique=False, schema="catalog")
    op.create_index(
        "ix_titles_released_id", "titles", ["released", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        "ix_titles_search_text_prefix",
        "titles",
        ["search_text"],
        unique=False,
        schema="catalog",
        postgresql_ops={"search_text": "text_pattern_ops"},
    )
    op.create_index(
        "ix_titles_search_vector",
        "titles",
        ["search_vector"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
    )
    op.create_index("ix_titles_year", "titles", ["year"], unique=False, schema="catalog")
    op.create_foreign_key(
        op.f("fk_titles_merged_into"),
        "titles",
        "titles",
        ["merged_into"],
        ["id"],
        source_schema="catalog",
        referent_schema="catalog",
        ondelete="CASCADE",
    )
    op.add_column(
        "track_assets",
        sa.Column("canonical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.create_index(
        "uq_track_assets_canonical",
        "track_assets",
        ["track_id"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.add_column(
        "tracks",
        sa.Column("found_name", sa.Text(), server_default=sa.text("''"), nullable=False),
        schema="catalog",
    )
    op.add_column(
        "tracks",
        sa.Column(
            "creators",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "tracks", sa.Column("duration_ms", sa.BigInteger(), nullable=True), schema="catalog"
    )
    op.add_column(
        "tracks",
        sa.Column(
            "genres",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "tracks",
        sa.Column(
            "external_ids",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "tracks",
        sa.Column(
            "locked_fields",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
        schema="catalog",
    )
    op.add_column(
        "tracks",
        sa.Column("revision", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        schema="catalog",
    )
    for statement in _FILL:
        op.execute(statement)


# What the catalog knew before came from the names and tags of files.
_FILL = (
    """
    UPDATE catalog.titles SET
        base = jsonb_strip_nulls(jsonb_build_object(
            'display_name', name, 'year', year, 'creators', creators,
            'narrators', narrators, 'external_ids', external_ids)),
        released = CASE WHEN year BETWEEN 1 AND 9999 THEN make_date(year, 1, 1)
                        ELSE '0001-01-01'::date END,
        search_text = left(search_text, 600),
        search_vector = setweight(to_tsvector('simple', search_text), 'A')
    """,
    "UPDATE catalog.episodes SET found_name = name",
    "UPDATE catalog.tracks SET found_name = name",
    *(
        f"""
        UPDATE catalog.{kind}_assets AS link SET canonical = true
        FROM (SELECT {kind}_id, min(media_file_id::text)::uuid AS media_file_id
              FROM catalog.{kind}_assets GROUP BY {kind}_id) AS first
        WHERE link.{kind}_id = first.{kind}_id AND link.media_file_id = first.media_file_id
        """  # noqa: S608 # of constants
        for kind in ("episode", "track")
    ),
)


def downgrade() -> None:  # noqa: PLR0915 # one statement for each change
    op.drop_column("tracks", "revision", schema="catalog")
    op.drop_column("tracks", "locked_fields", schema="catalog")
    op.drop_column("tracks", "external_ids", schema="catalog")
    op.drop_column("tracks", "genres", schema="catalog")
    op.drop_column("tracks", "duration_ms", schema="catalog")
    op.drop_column("tracks", "creators", schema="catalog")
    op.drop_column("tracks", "found_name", schema="catalog")
    op.drop_index(
        "uq_track_assets_canonical",
        table_name="track_assets",
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.drop_column("track_assets", "canonical", schema="catalog")
    op.drop_constraint(
        op.f("fk_titles_merged_into"), "titles", schema="catalog", type_="foreignkey"
    )
    op.drop_index("ix_titles_year", table_name="titles", schema="catalog")
    op.drop_index(
        "ix_titles_search_vector", table_name="titles", schema="catalog", postgresql_using="gin"
    )
    op.drop_index(
        "ix_titles_search_text_prefix",
        table_name="titles",
        schema="catalog",
        postgresql_ops={"search_text": "text_pattern_ops"},
    )
    op.drop_index("ix_titles_released_id", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_rated_id", table_name="titles", schema="catalog")
    op.drop_index(
        "ix_titles_merged_into",
        table_name="titles",
        schema="catalog",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.drop_index("ix_titles_library_id_released_id", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_library_id_rated_id", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_library_id_id", table_name="titles", schema="catalog")
    op.drop_index("ix_titles_facets", table_name="titles", schema="catalog", postgresql_using="gin")
    op.drop_index(
        "ix_titles_content_rating",
        table_name="titles",
        schema="catalog",
        postgresql_where=sa.text("content_rating <> ''"),
    )
    op.drop_column("titles", "rated", schema="catalog")
    op.drop_column("titles", "released", schema="catalog")
    op.drop_column("titles", "facets", schema="catalog")
    op.drop_column("titles", "search_vector", schema="catalog")
    op.drop_column("titles", "merged_into", schema="catalog")
    op.drop_column("titles", "base", schema="catalog")
    op.drop_column("titles", "locked_fields", schema="catalog")
    op.drop_column("titles", "images", schema="catalog")
    op.drop_column("titles", "people", schema="catalog")
    op.drop_column("titles", "series_position", schema="catalog")
    op.drop_column("titles", "series", schema="catalog")
    op.drop_column("titles", "rating_system", schema="catalog")
    op.drop_column("titles", "content_rating", schema="catalog")
    op.drop_column("titles", "rating_count", schema="catalog")
    op.drop_column("titles", "rating", schema="catalog")
    op.drop_column("titles", "languages", schema="catalog")
    op.drop_column("titles", "studios", schema="catalog")
    op.drop_column("titles", "genres", schema="catalog")
    op.drop_column("titles", "duration_ms", schema="catalog")
    op.drop_column("titles", "release_date", schema="catalog")
    op.drop_column("titles", "tagline", schema="catalog")
    op.drop_column("titles", "overview", schema="catalog")
    op.drop_column("titles", "original_name", schema="catalog")
    op.drop_column("seasons", "revision", schema="catalog")
    op.drop_column("seasons", "updated_at", schema="catalog")
    op.drop_column("seasons", "locked_fields", schema="catalog")
    op.drop_column("seasons", "images", schema="catalog")
    op.drop_column("seasons", "external_ids", schema="catalog")
    op.drop_column("seasons", "release_date", schema="catalog")
    op.drop_column("seasons", "overview", schema="catalog")
    op.drop_column("seasons", "name", schema="catalog")
    op.drop_column("media_files", "external_subtitles", schema="catalog")
    op.drop_column("media_files", "pinned", schema="catalog")
    op.drop_column("episodes", "revision", schema="catalog")
    op.drop_column("episodes", "locked_fields", schema="catalog")
    op.drop_column("episodes", "images", schema="catalog")
    op.drop_column("episodes", "people", schema="catalog")
    op.drop_column("episodes", "rating_count", schema="catalog")
    op.drop_column("episodes", "rating", schema="catalog")
    op.drop_column("episodes", "duration_ms", schema="catalog")
    op.drop_column("episodes", "release_date", schema="catalog")
    op.drop_column("episodes", "overview", schema="catalog")
    op.drop_column("episodes", "original_name", schema="catalog")
    op.drop_column("episodes", "found_name", schema="catalog")
    op.drop_index(
        "uq_episode_assets_canonical",
        table_name="episode_assets",
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
    op.drop_column("episode_assets", "canonical", schema="catalog")
    op.drop_index("ix_provider_refs_track_id", table_name="provider_refs", schema="catalog")
    op.drop_index("ix_provider_refs_season_id", table_name="provider_refs", schema="catalog")
    op.drop_index(
        "ix_provider_refs_provider_provider_key", table_name="provider_refs", schema="catalog"
    )
    op.drop_index("ix_provider_refs_media_file_id", table_name="provider_refs", schema="catalog")
    op.drop_index("ix_provider_refs_episode_id", table_name="provider_refs", schema="catalog")
    op.drop_table("provider_refs", schema="catalog")
    op.drop_index(
        "ix_stale_titles_library_id_title_id", table_name="stale_titles", schema="catalog"
    )
    op.drop_table("stale_titles", schema="catalog")
    op.drop_table("media_metadata", schema="catalog")
    op.drop_table("sidecars", schema="catalog")
    op.add_column(
        "media_files",
        sa.Column("canonical", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        schema="catalog",
    )
    op.create_index(
        "ix_media_files_canonical",
        "media_files",
        ["canonical"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("canonical"),
    )
