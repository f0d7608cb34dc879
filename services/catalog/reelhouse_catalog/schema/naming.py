"""Templates that people wrote for names."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_kind, _kind_check = state(
    "kind",
    (
        "movie",
        "movie_version",
        "episode",
        "special",
        "anime",
        "daily",
        "track",
        "audiobook",
    ),
    default="movie",
)
naming_templates = Table(
    "naming_templates",
    metadata,
    key(),
    _kind,
    _kind_check,
    # Null for all libraries that have none of their own.
    Column("library_id", Uuid, ForeignKey("catalog.media_libraries.id", ondelete="CASCADE")),
    Column("template", Text, nullable=False),
    words("name"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    CheckConstraint("template <> ''", name="template"),
    UniqueConstraint("kind", "library_id", postgresql_nulls_not_distinct=True),
    Index("ix_naming_templates_library_id", "library_id"),
)
