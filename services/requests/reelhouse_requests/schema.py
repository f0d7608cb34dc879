"""The tables of requests."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_kit.db.tables import idempotency_table, state, timestamp
from reelhouse_kit.events.outbox import Outbox
from reelhouse_kit.jobs import Jobs
from reelhouse_kit.migrations import schema as migrations
from reelhouse_kit.rpc.once import OnceStore

metadata = migrations.metadata("requests")

outbox = Outbox(metadata)
jobs = Jobs(metadata)
once = OnceStore(idempotency_table(metadata))


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


def _revision() -> Column[int]:
    # Counts changes; shown to clients as the etag.
    return Column("revision", BigInteger, nullable=False, server_default=text("1"))


def _user() -> Column[object]:
    return Column(
        "user_id", Uuid, ForeignKey("requests.users.id", ondelete="CASCADE"), nullable=False
    )


_role, _role_check = state("role", ("user", "admin"), default="user")
users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    # What it is unique by: without case.
    Column("username_key", Text, nullable=False, unique=True),
    Column("display_name", Text, nullable=False),
    _text("email"),
    _role,
    _role_check,
    _text("avatar_url"),
    # argon2id; null for those who sign in elsewhere.
    Column("password_hash", Text),
    Column("plex_id", Text, unique=True),
    Column("plex_username", Text),
    Column("plex_email", Text),
    # Plex's own token, encrypted.
    Column("auth_token", BYTEA),
    # Whether requests of this user need no approval; null: as the settings say.
    Column("auto_approve", Boolean),
    timestamp("deactivated_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("last_login_at"),
    _revision(),
    Index("ix_users_role", "role"),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    # All that descend from one sign-in.
    Column("family_id", Uuid, nullable=False),
    _user(),
    Column("token_hash", BYTEA, nullable=False, unique=True),
    timestamp("created_at", now=True),
    timestamp("expires_at", nullable=False),
    timestamp("used_at"),
    timestamp("revoked_at"),
    Index("ix_refresh_tokens_family_id", "family_id"),
    Index("ix_refresh_tokens_user_id", "user_id"),
    Index("ix_refresh_tokens_expires_at", "expires_at"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Uuid, primary_key=True),
    _user(),
    Column("name", Text, nullable=False),
    Column("token_hash", BYTEA, nullable=False, unique=True),
    timestamp("created_at", now=True),
    timestamp("expires_at"),
    timestamp("last_used_at"),
    Index("ix_api_tokens_user_id_id", "user_id", "id"),
)

# Failed sign-ins by account and by address; both are held back when there are too many.
login_failures = Table(
    "login_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    timestamp("since", nullable=False),
    Index("ix_login_failures_since", "since"),
)

_availability, _availability_check = state(
    "availability_status",
    ("unknown", "requested", "downloading", "processing", "available", "failed"),
    default="unknown",
)
audiobooks = Table(
    "audiobooks",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("audible_id", Text, unique=True),
    Column("title", Text, nullable=False),
    Column("author", Text, nullable=False),
    _text("narrator"),
    _text("description"),
    _text("cover_art_url"),
    Column("duration_minutes", Integer),
    Column("release_date", Date),
    Column("rating", Numeric(3, 2)),
    Column("genres", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("plex_guid", Text),
    Column("plex_library_id", Text),
    Column("file_path", Text),
    Column("file_format", Text),
    Column("file_size_bytes", BigInteger),
    _availability,
    _availability_check,
    # Title and author, normalized: what the catalog's titles are matched by.
    Column("match_key", Text, nullable=False),
    # The name of the title in the catalog.
    _text("catalog_title"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("available_at"),
    _revision(),
    CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
    Index("ix_audiobooks_plex_guid", "plex_guid"),
    Index("ix_audiobooks_title", "title"),
    Index("ix_audiobooks_author", "author"),
    Index("ix_audiobooks_availability_status_id", "availability_status", "id"),
    Index("ix_audiobooks_catalog_title", "catalog_title"),
    # Without an ASIN, title and author tell audiobooks apart.
    Index(
        "uq_audiobooks_match_key",
        "match_key",
        unique=True,
        postgresql_where=text("audible_id IS NULL"),
    ),
    Index("ix_audiobooks_match_key", "match_key"),
)

REQUEST_STATES = (
    "pending",
    "awaiting_approval",
    "denied",
    "searching",
    "downloading",
    "processing",
    "downloaded",
    "available",
    "failed",
    "cancelled",
    "awaiting_search",
    "awaiting_import",
    "awaiting_release",
    "warn",
)
_status, _status_check = state("status", REQUEST_STATES, default="pending")
requests = Table(
    "requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    _user(),
    Column(
        "audiobook_id",
        Uuid,
        ForeignKey("requests.audiobooks.id", ondelete="CASCADE"),
        nullable=False,
    ),
    _status,
    _status_check,
    Column("progress", SmallInteger, nullable=False, server_default=text("0")),
    Column("priority", SmallInteger, nullable=False, server_default=text("0")),
    _text("error_message"),
    Column("search_attempts", Integer, nullable=False, server_default=text("0")),
    Column("download_attempts", Integer, nullable=False, server_default=text("0")),
    # When it last entered each state it was in.
    Column("state_times", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("completed_at"),
    _revision(),
    CheckConstraint("progress BETWEEN 0 AND 100", name="progress"),
    Index("ix_requests_user_id_id", "user_id", text("id DESC")),
    Index("ix_requests_status_id", "status", text("id DESC")),
    Index("ix_requests_audiobook_id", "audiobook_id"),
    Index("ix_requests_created_at", text("created_at DESC")),
    # One request per item that is under way, whoever asks.
    Index(
        "uq_requests_active",
        "audiobook_id",
        unique=True,
        postgresql_where=text(
            "status NOT IN ('denied', 'available', 'failed', 'cancelled', 'warn')"
        ),
    ),
)

# How far this service has read of what others tell; see reelhouse_requests.availability.
watch_cursors = Table(
    "watch_cursors",
    metadata,
    Column("name", Text, primary_key=True),
    _text("resume_token"),
    Column("owner", Uuid),
    timestamp("lease_until"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    timestamp("created_at", now=True),
    # Who, from where, in which call.
    Column("actor", Text, nullable=False),
    _text("peer"),
    _text("request_id"),
    # Did what to what.
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("detail", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    PrimaryKeyConstraint("id", "created_at"),
    Index("ix_audit_log_resource", "resource", "created_at"),
    Index("ix_audit_log_actor", "actor", "created_at"),
    postgresql_partition_by="RANGE (created_at)",
)

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parent / "migrations" / "versions",
    revision="0001",
)
