"""What providers were asked, what they answered, and when to ask again."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.schema.base import metadata, words
from reelhouse_kit.db.tables import state, timestamp

# One row for each host: what keeps all replicas together within its limits.
provider_hosts = Table(
    "provider_hosts",
    metadata,
    Column("host", Text, primary_key=True),
    # When the next request may go out; far off while the host wants to be left alone.
    timestamp("next_at", now=True),
)

provider_responses = Table(
    "provider_responses",
    metadata,
    # A hash over the provider and the request, without keys.
    Column("key", BYTEA, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("status", Integer, nullable=False),
    words("etag"),
    # JSON, compressed by zlib.
    Column("body", BYTEA, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    timestamp("fetched_at", now=True),
    timestamp("expires_at", nullable=False),
    Index("ix_provider_responses_fetched_at_key", text("fetched_at DESC"), text("key DESC")),
)

_state, _state_check = state(
    "state", ("pending", "running", "found", "not_found", "failed"), default="pending"
)
# What each source said of each title.
enrichments = Table(
    "enrichments",
    metadata,
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), primary_key=True),
    Column("source", Text, primary_key=True),
    _state,
    _state_check,
    # The title's id at the source.
    words("key"),
    Column("confidence", Double),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    words("error_code"),
    words("error_message"),
    # A hash of what was asked: the same question is not asked twice without need.
    Column("fingerprint", BYTEA),
    # When to look whether to ask; null: when something happens.
    timestamp("due_at"),
    timestamp("refresh_at"),
    timestamp("asked_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    Index(
        "ix_enrichments_source_due_at",
        "source",
        "due_at",
        postgresql_where=text("due_at IS NOT NULL AND state <> 'running'"),
    ),
    Index("ix_enrichments_source_state_title_id", "source", "state", "title_id"),
)

# How far titles were looked through: by id for each source, and by events for all.
enrichment_cursors = Table(
    "enrichment_cursors",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title_id", Uuid),
    Column("event_xid", BigInteger),
    Column("event_id", BigInteger),
    timestamp("updated_at", now=True),
)
