"""What Radarr and Sonarr know, in tables that other capabilities (symlinks, repair) join with.

The name of the instance is that of the source.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)

from reelhouse_catalog.schema.base import key, metadata, words
from reelhouse_catalog.schema.sources import collection_id, source_id
from reelhouse_kit.db.tables import timestamp


def _monitored() -> Column[bool]:
    return Column("monitored", Boolean, nullable=False, server_default=text("false"))


def _file() -> tuple[Column[Any], ...]:
    """Returns the columns for a file: the path in the server's eyes, and the link here."""
    return (
        words("quality"),
        Column("resolution", Integer),
        Column("size_bytes", BigInteger),
        words("original_path"),
        # Where the file is here, when that is a symbolic link; else empty.
        words("symlink_path"),
        Column("media_file_id", Uuid, ForeignKey("catalog.media_files.id", ondelete="SET NULL")),
        timestamp("updated_at", now=True),
    )


radarr_movies = Table(
    "radarr_movies",
    metadata,
    key(),
    source_id(),
    collection_id(),
    Column("radarr_id", Integer, nullable=False),
    words("title"),
    Column("year", Integer),
    words("imdb_id"),
    Column("tmdb_id", Integer),
    _monitored(),
    timestamp("added_at"),
    words("poster_url"),
    words("fanart_url"),
    timestamp("updated_at", now=True),
    UniqueConstraint("source_id", "radarr_id"),
    Index("ix_radarr_movies_source_id", "source_id"),
    Index("ix_radarr_movies_collection_id", "collection_id"),
)

radarr_movie_files = Table(
    "radarr_movie_files",
    metadata,
    key(),
    source_id(),
    collection_id(),
    Column("radarr_movie_id", Integer, nullable=False),
    Column("radarr_file_id", Integer, nullable=False),
    words("video_codec"),
    words("audio_codec"),
    *_file(),
    UniqueConstraint("source_id", "radarr_file_id"),
    Index("ix_radarr_movie_files_movie", "source_id", "radarr_movie_id"),
    Index("ix_radarr_movie_files_collection_id", "collection_id"),
    Index(
        "ix_radarr_movie_files_symlink_path",
        "symlink_path",
        postgresql_where=text("symlink_path <> ''"),
    ),
    Index("ix_radarr_movie_files_media_file_id", "media_file_id"),
)

sonarr_series = Table(
    "sonarr_series",
    metadata,
    key(),
    source_id(),
    collection_id(),
    Column("sonarr_id", Integer, nullable=False),
    words("title"),
    words("imdb_id"),
    Column("tvdb_id", Integer),
    Column("tmdb_id", Integer),
    _monitored(),
    words("poster_url"),
    words("fanart_url"),
    timestamp("updated_at", now=True),
    UniqueConstraint("source_id", "sonarr_id"),
    Index("ix_sonarr_series_source_id", "source_id"),
    Index("ix_sonarr_series_collection_id", "collection_id"),
)

sonarr_episode_files = Table(
    "sonarr_episode_files",
    metadata,
    key(),
    source_id(),
    collection_id(),
    Column("sonarr_series_id", Integer, nullable=False),
    Column("sonarr_file_id", Integer, nullable=False),
    Column("season_number", Integer),
    words("release_group"),
    *_file(),
    UniqueConstraint("source_id", "sonarr_file_id"),
    Index("ix_sonarr_episode_files_series", "source_id", "sonarr_series_id"),
    Index("ix_sonarr_episode_files_collection_id", "collection_id"),
    Index(
        "ix_sonarr_episode_files_symlink_path",
        "symlink_path",
        postgresql_where=text("symlink_path <> ''"),
    ),
    Index("ix_sonarr_episode_files_media_file_id", "media_file_id"),
)
