"""Titles, what they are made of, and which files hold it."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_title_kind, _title_kind_check = state(
    "kind", ("movie", "show", "album", "audiobook"), default="movie"
)
titles = Table(
    "titles",
    metadata,
    key(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    _title_kind,
    _title_kind_check,
    Column("name", Text, nullable=False),
    Column("sort_name", Text, nullable=False),
    Column("year", Integer),
    Column("creators", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("narrators", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("external_ids", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # What files are matched by: stays when people change the name.
    Column("match_key", Text, nullable=False),
    # Name and creators, normalized: what is searched.
    Column("search_text", Text, nullable=False),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    UniqueConstraint("library_id", "kind", "match_key"),
    Index("ix_titles_sort_name_id", "sort_name", "id"),
    Index("ix_titles_kind_sort_name_id", "kind", "sort_name", "id"),
    Index("ix_titles_library_id_sort_name_id", "library_id", "sort_name", "id"),
    Index(
        "ix_titles_search_text",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    ),
)

seasons = Table(
    "seasons",
    metadata,
    key(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    timestamp("created_at", now=True),
    UniqueConstraint("title_id", "number"),
)

episodes = Table(
    "episodes",
    metadata,
    key(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("season_id", Uuid, ForeignKey("catalog.seasons.id", ondelete="CASCADE")),
    # Both null for the one episode of a film.
    Column("season_number", Integer),
    Column("number", Integer),
    words("name"),
    Column("external_ids", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    UniqueConstraint("title_id", "season_number", "number", postgresql_nulls_not_distinct=True),
    Index("ix_episodes_season_id", "season_id"),
)

tracks = Table(
    "tracks",
    metadata,
    key(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("disc", Integer, nullable=False, server_default=text("1")),
    Column("number", Integer, nullable=False, server_default=text("0")),
    Column("name", Text, nullable=False),
    # Tracks without a number are told apart by name.
    Column("match_key", Text, nullable=False),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    UniqueConstraint("title_id", "disc", "number", "match_key"),
)

episode_assets = Table(
    "episode_assets",
    metadata,
    Column(
        "episode_id",
        Uuid,
        ForeignKey("catalog.episodes.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "media_file_id",
        Uuid,
        ForeignKey("catalog.media_files.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("ix_episode_assets_media_file_id", "media_file_id"),
)

track_assets = Table(
    "track_assets",
    metadata,
    Column("track_id", Uuid, ForeignKey("catalog.tracks.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "media_file_id",
        Uuid,
        ForeignKey("catalog.media_files.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Index("ix_track_assets_media_file_id", "media_file_id"),
)
