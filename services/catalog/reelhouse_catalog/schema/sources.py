"""Servers and folders that tell what media there is, and what they told."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp


def _object(name: str) -> Column[object]:
    return Column(name, JSONB, nullable=False, server_default=text("'{}'::jsonb"))


def _flag(name: str, *, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(str(default).lower()))


def collection_id() -> Column[object]:
    """Returns the column for the collection that a row belongs to."""
    return Column(
        "collection_id",
        Uuid,
        ForeignKey("catalog.source_collections.id", ondelete="CASCADE"),
        nullable=False,
    )


def source_id() -> Column[object]:
    """Returns the column for the source that a row belongs to."""
    return Column(
        "source_id", Uuid, ForeignKey("catalog.sources.id", ondelete="CASCADE"), nullable=False
    )


_kind, _kind_check = state(
    "kind", ("filesystem", "plex", "jellyfin", "sonarr", "radarr"), default="filesystem"
)
sources = Table(
    "sources",
    metadata,
    key(),
    Column("external_id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    _kind,
    _kind_check,
    # Of a server; empty for folders.
    words("base_url"),
    # Of a folder; empty for servers.
    words("root_path"),
    # Sealed for the source's resource name by reelhouse_kit.secrets.
    Column("credential", BYTEA),
    _flag("enabled", default=True),
    # What only its kind knows, by name.
    _object("config"),
    # What the last check found.
    words("server_name"),
    words("server_version"),
    words("check_error"),
    timestamp("checked_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
)

_content, _content_check = state(
    "content", ("movies", "shows", "music", "mixed", "other"), default="mixed"
)
source_collections = Table(
    "source_collections",
    metadata,
    key(),
    source_id(),
    Column("external_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    _content,
    _content_check,
    # The folders it has on its server.
    Column("locations", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    _flag("enabled"),
    _object("config"),
    # When the server no longer had it.
    timestamp("gone_at"),
    timestamp("ingested_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    UniqueConstraint("source_id", "external_id"),
    Index("ix_source_collections_source_id", "source_id", "id"),
    Index("ix_source_collections_enabled", "enabled"),
)

path_mappings = Table(
    "path_mappings",
    metadata,
    key(),
    collection_id(),
    # As the server (not only Plex) sees the folder, and as it is here.
    Column("server_path", Text, nullable=False),
    Column("local_path", Text, nullable=False),
    timestamp("created_at", now=True),
    UniqueConstraint("collection_id", "server_path"),
    Index("ix_path_mappings_collection_id", "collection_id"),
)

_ingest_state, _ingest_state_check = state(
    "state", ("pending", "running", "completed", "failed", "cancelled"), default="pending"
)
ingests = Table(
    "ingests",
    metadata,
    key(),
    source_id(),
    # Null: of all enabled collections.
    Column(
        "collection_id",
        Uuid,
        ForeignKey("catalog.source_collections.id", ondelete="CASCADE"),
    ),
    Column("job_id", Uuid, nullable=False),
    _ingest_state,
    _ingest_state_check,
    _flag("dry_run"),
    Column("max_new", Integer, nullable=False, server_default=text("0")),
    # What of the collection, as reelhouse_catalog.sources.remote.Selection.
    _object("selection"),
    # How far it is, as reelhouse_catalog.ingesting.model.Cursor says: where an attempt goes on.
    _object("cursor"),
    # What Ingest.Stats says, by the names of its fields.
    _object("stats"),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("started_at"),
    timestamp("ended_at"),
    Index("ix_ingests_source_id_id", "source_id", text("id DESC")),
    Index("ix_ingests_collection_id", "collection_id"),
    # One ingest of a source at a time.
    Index(
        "uq_ingests_live",
        "source_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
)

_action, _action_check = state(
    "action", ("create", "link", "update", "skip", "wrong"), default="skip"
)
ingest_entries = Table(
    "ingest_entries",
    metadata,
    Column(
        "ingest_id",
        Uuid,
        ForeignKey("catalog.ingests.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", BigInteger, primary_key=True),
    _action,
    _action_check,
    words("provider_key"),
    words("display_name"),
    words("server_path"),
    words("local_path"),
    Column("media_file_id", Uuid),
    words("error_code"),
    words("error_message"),
    Index("ix_ingest_entries_action", "ingest_id", "action", "number"),
)

_item_kind, _item_kind_check = state(
    "kind", ("movie", "show", "episode", "album", "track", "other"), default="other"
)
# What an item is follows from what is known of it: it cannot be told wrong, and an item whose media
# file is forgotten waits for it again.
_ITEM_STATE = (
    "CASE WHEN gone_at IS NOT NULL THEN 'gone'::text"
    " WHEN kind = 'show'::text OR kind = 'album'::text THEN 'group'::text"
    " WHEN media_file_id IS NOT NULL THEN 'linked'::text"
    " WHEN local_path = ''::text THEN 'unmapped'::text"
    " ELSE 'pending'::text END"
)
source_items = Table(
    "source_items",
    metadata,
    key(),
    collection_id(),
    # SHA-256 in hexadecimal, see reelhouse_catalog.sources.canonical.
    Column("canonical_key", Text, nullable=False),
    words("provider_key"),
    # The key of the show or album that it is a part of.
    words("parent_key"),
    _item_kind,
    _item_kind_check,
    Column("state", Text, Computed(_ITEM_STATE, persisted=True)),
    words("display_name"),
    Column("year", Integer),
    Column("season_number", Integer),
    Column("number", Integer),
    words("server_path"),
    words("local_path"),
    Column("media_file_id", Uuid, ForeignKey("catalog.media_files.id", ondelete="SET NULL")),
    # What the server says of the file, as reelhouse_catalog.sources.remote.FileFacts.
    _object("file"),
    # What the server answered.
    _object("raw"),
    # A Finding as JSON, see reelhouse_catalog.ingesting.findings.
    _object("finding"),
    # A hash of all that the server said: another one makes an update.
    Column("fingerprint", BYTEA, nullable=False),
    Column("ingest_id", Uuid),
    timestamp("seen_at", now=True),
    # When its source no longer had it.
    timestamp("gone_at"),
    # When what it says was last handed over to its title; null when that is to be done.
    timestamp("handed_at"),
    timestamp("linked_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    UniqueConstraint("collection_id", "canonical_key"),
    Index("ix_source_items_collection_id", "collection_id", "id"),
    Index("ix_source_items_state", "collection_id", "state", "id"),
    Index("ix_source_items_parent", "collection_id", "parent_key"),
    Index("ix_source_items_provider_key", "collection_id", "provider_key"),
    Index("ix_source_items_media_file_id", "media_file_id"),
    Index(
        "ix_source_items_unhanded",
        "media_file_id",
        postgresql_where=text("handed_at IS NULL AND media_file_id IS NOT NULL"),
    ),
    Index("ix_source_items_ingest_id", "collection_id", "ingest_id"),
    # What waits for its file.
    Index(
        "ix_source_items_pending",
        "local_path",
        postgresql_where=text("state = 'pending'"),
    ),
)
