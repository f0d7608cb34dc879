"""Plugins and what they say."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
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
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp

_kind, _kind_check = state("kind", ("transcoder", "enrichment", "scanner"), default="enrichment")
_state, _state_check = state(
    "state", ("installing", "enabled", "disabled", "updating", "error"), default="installing"
)
plugins = Table(
    "plugins",
    metadata,
    key(),
    # What it calls itself; also the name by which it is a source of metadata.
    Column("name", Text, nullable=False, unique=True),
    words("display_name"),
    _kind,
    _kind_check,
    words("version"),
    _state,
    _state_check,
    Column("address", Text, nullable=False, unique=True),
    Column("config", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("config_schema", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("capabilities", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # The kinds of title that an enrichment plugin knows.
    Column("title_kinds", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    words("error_code"),
    words("error_message"),
    Column("failed_checks", Integer, nullable=False, server_default=text("0")),
    # How far a scanner plugin has been told of files: the last one's id, and how often the next
    # one went wrong.
    Column("inspected_to", Uuid),
    Column("inspect_failures", Integer, nullable=False, server_default=text("0")),
    timestamp("inspect_at", now=True),
    timestamp("last_health_check"),
    timestamp("check_at", now=True),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("enabled_at"),
    timestamp("disabled_at"),
    timestamp("failed_at"),
    revision(),
    Index("ix_plugins_check_at", "check_at"),
)

plugin_metadata = Table(
    "plugin_metadata",
    metadata,
    key(),
    Column("plugin_id", Uuid, ForeignKey("catalog.plugins.id", ondelete="CASCADE"), nullable=False),
    # Exactly one of these two: what it says it of.
    Column("media_file_id", Uuid, ForeignKey("catalog.media_files.id", ondelete="CASCADE")),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE")),
    Column("metadata_type", Text, nullable=False),
    Column("metadata", JSONB, nullable=False),
    Column("confidence", Double, nullable=False),
    # The version of the plugin that said it.
    words("plugin_version"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    CheckConstraint("(media_file_id IS NULL) <> (title_id IS NULL)", name="subject"),
    UniqueConstraint(
        "plugin_id",
        "media_file_id",
        "title_id",
        "metadata_type",
        name="uq_plugin_metadata_subject",
        postgresql_nulls_not_distinct=True,
    ),
    Index("ix_plugin_metadata_plugin_id_id", "plugin_id", "id"),
    Index("ix_plugin_metadata_media_file_id_id", "media_file_id", "id"),
    Index("ix_plugin_metadata_title_id_id", "title_id", "id"),
)
