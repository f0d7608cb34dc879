"""Titles, what they are made of, and which files hold it."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp


def _list(name: str) -> Column[object]:
    """Returns a column for a list as JSON."""
    return Column(name, JSONB, nullable=False, server_default=text("'[]'::jsonb"))


def _object(name: str) -> Column[object]:
    """Returns a column for an object as JSON."""
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


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
    _list("creators"),
    _list("narrators"),
    _object("external_ids"),
    words("original_name"),
    words("overview"),
    words("tagline"),
    Column("release_date", Date),
    Column("duration_ms", BigInteger),
    _list("genres"),
    _list("studios"),
    _list("languages"),
    Column("rating", Double),
    Column("rating_count", Integer),
    words("content_rating"),
    words("rating_system"),
    words("series"),
    words("series_position"),
    # As reelhouse_catalog.enrichment.model.Person and Image say.
    _list("people"),
    _list("images"),
    # The names of the fields of Metadata that people set.
    _list("locked_fields"),
    # What the names and tags of files said when they were placed, by the fields of Metadata: the
    # least believed of all findings.
    _object("base"),
    # A title that was merged into another stays as a sign that points there: for callers who know
    # its name, and for files that are matched by its key.
    Column("merged_into", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE")),
    # What files are matched by: stays when people change the name.
    Column("match_key", Text, nullable=False),
    # Names and creators, normalized: how like a search a title is.
    # Compared byte by byte, so that an index tells what begins with a text.
    Column("search_text", Text(collation="C"), nullable=False),
    # The words of names, people and overview with weights. Made by titles.searching, not by
    # PostgreSQL's parser: what a word is does not depend on the locale of a database.
    Column("search_vector", TSVECTOR, nullable=False, server_default=text("''::tsvector")),
    # What is filtered by: normalized genres as "g:drama", people as "p:keanu reeves".
    Column("facets", ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    # What it is ordered by: the release date or the first day of the year, and the rating, with
    # places for what is unknown.
    Column("released", Date, nullable=False, server_default=text("'0001-01-01'::date")),
    Column("rated", Double, nullable=False, server_default=text("-1")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    UniqueConstraint("library_id", "kind", "match_key"),
    Index("ix_titles_sort_name_id", "sort_name", "id"),
    Index("ix_titles_kind_sort_name_id", "kind", "sort_name", "id"),
    Index("ix_titles_library_id_sort_name_id", "library_id", "sort_name", "id"),
    Index("ix_titles_search_text_id", "search_text", "id"),
    Index("ix_titles_search_vector", "search_vector", postgresql_using="gin"),
    Index("ix_titles_facets", "facets", postgresql_using="gin"),
    Index("ix_titles_library_id_id", "library_id", "id"),
    Index("ix_titles_released_id", "released", "id"),
    Index("ix_titles_library_id_released_id", "library_id", "released", "id"),
    Index("ix_titles_rated_id", "rated", "id"),
    Index("ix_titles_library_id_rated_id", "library_id", "rated", "id"),
    Index("ix_titles_year", "year"),
    Index(
        "ix_titles_content_rating",
        "content_rating",
        postgresql_where=text("content_rating <> ''"),
    ),
    Index(
        "ix_titles_merged_into",
        "merged_into",
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

# The words by which titles are looked for, those of names and people: what a misspelled one is
# found among. What no title has any more stays, and finds nothing.
title_words = Table(
    "title_words",
    metadata,
    Column("word", Text, primary_key=True),
    Index(
        "ix_title_words_word_trgm",
        "word",
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    ),
)

seasons = Table(
    "seasons",
    metadata,
    key(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    words("name"),
    words("overview"),
    Column("release_date", Date),
    _object("external_ids"),
    _list("images"),
    _list("locked_fields"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
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
    # What the names of files said.
    words("found_name"),
    words("original_name"),
    words("overview"),
    Column("release_date", Date),
    Column("duration_ms", BigInteger),
    Column("rating", Double),
    Column("rating_count", Integer),
    _object("external_ids"),
    _list("people"),
    _list("images"),
    _list("locked_fields"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
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
    # What the names and tags of files said.
    words("found_name"),
    # Tracks without a number are told apart by name.
    Column("match_key", Text, nullable=False),
    _list("creators"),
    Column("duration_ms", BigInteger),
    _list("genres"),
    _object("external_ids"),
    _list("locked_fields"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
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
    # The copy to play where there are several.
    Column("canonical", Boolean, nullable=False, server_default=text("false")),
    Index("ix_episode_assets_media_file_id", "media_file_id"),
    Index(
        "uq_episode_assets_canonical",
        "episode_id",
        unique=True,
        postgresql_where=text("canonical"),
    ),
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
    # The copy to play where there are several.
    Column("canonical", Boolean, nullable=False, server_default=text("false")),
    Index("ix_track_assets_media_file_id", "media_file_id"),
    Index(
        "uq_track_assets_canonical",
        "track_id",
        unique=True,
        postgresql_where=text("canonical"),
    ),
)
