"""What is known of titles besides their files, and who says so."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata, words
from reelhouse_kit.db.tables import state, timestamp


def _owner(name: str, table: str) -> Column[object]:
    return Column(name, Uuid, ForeignKey(f"catalog.{table}.id", ondelete="CASCADE"))


# One row for what one source found under one key. A source has several of one title after a merge.
media_metadata = Table(
    "media_metadata",
    metadata,
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("provider_key", Text, primary_key=True),
    Column("confidence", Double, nullable=False),
    # As reelhouse_catalog.enrichment.stored says.
    Column("finding", JSONB, nullable=False),
    Column("raw", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    timestamp("fetched_at", now=True),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
)

# What something is at a provider. The same work may be in several libraries, so a key is unique
# for what it is the key of, not for the provider.
provider_refs = Table(
    "provider_refs",
    metadata,
    key(),
    _owner("title_id", "titles"),
    _owner("season_id", "seasons"),
    _owner("episode_id", "episodes"),
    _owner("track_id", "tracks"),
    _owner("media_file_id", "media_files"),
    Column("provider", Text, nullable=False),
    Column("provider_key", Text, nullable=False),
    Column("raw", JSONB),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    CheckConstraint(
        "num_nonnulls(title_id, season_id, episode_id, track_id, media_file_id) = 1",
        name="target",
    ),
    UniqueConstraint(
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
    Index("ix_provider_refs_provider_provider_key", "provider", "provider_key"),
    Index("ix_provider_refs_season_id", "season_id"),
    Index("ix_provider_refs_episode_id", "episode_id"),
    Index("ix_provider_refs_track_id", "track_id"),
    Index("ix_provider_refs_media_file_id", "media_file_id"),
)

_sidecar_kind, _sidecar_kind_check = state("kind", ("nfo", "image", "subtitle"), default="nfo")
sidecars = Table(
    "sidecars",
    metadata,
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # The exact bytes, relative to the library's root.
    Column("directory", BYTEA, primary_key=True),
    Column("filename", BYTEA, primary_key=True),
    _sidecar_kind,
    _sidecar_kind_check,
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    # What an NFO says, as reelhouse_catalog.enrichment.nfo.Document.
    Column("content", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    words("error"),
)

# Titles whose files, or what lies beside them, changed since their metadata was put together.
stale_titles = Table(
    "stale_titles",
    metadata,
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), primary_key=True),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Index("ix_stale_titles_library_id_title_id", "library_id", "title_id"),
)
