"""Symbolic links in libraries, what happened to them, and the work on them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_kit.db.tables import state, timestamp


def library_id() -> Column[Any]:
    """Returns the column for the library that a row belongs to."""
    return Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    )


def _list(name: str) -> Column[Any]:
    return Column(name, JSONB, nullable=False, server_default=text("'[]'::jsonb"))


def _count(name: str, default: int) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text(str(default)))


# How a library's links are looked after. A library without a row is not scanned by schedule.
symlink_settings = Table(
    "symlink_settings",
    metadata,
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("scan_interval", Interval, nullable=False, server_default=text("interval '0'")),
    # Folders that must be there and hold something, or links are not judged.
    _list("target_mounts"),
    # What targets are called elsewhere and here: [{"link": "/mnt/a", "local": "/data/a"}].
    _list("rewrites"),
    # Folders that new targets may lie in, and folders to look for them in.
    _list("allowed_prefixes"),
    _list("candidate_roots"),
    _count("season_threshold", 2),
    Column("cool_down", Interval, nullable=False, server_default=text("interval '6 hours'")),
    _count("max_attempts", 3),
    timestamp("scanned_at"),
    timestamp("scan_begun_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    Index("ix_symlink_settings_scan_interval", "scan_interval"),
)

_run_kind, _run_kind_check = state("kind", ("scan", "relink", "repair"), default="scan")
_run_state, _run_state_check = state(
    "state", ("pending", "running", "completed", "failed", "cancelled"), default="pending"
)
_trigger, _trigger_check = state("trigger", ("manual", "schedule"), default="manual")
symlink_runs = Table(
    "symlink_runs",
    metadata,
    key(),
    library_id(),
    Column("job_id", Uuid, nullable=False),
    _run_kind,
    _run_kind_check,
    _run_state,
    _run_state_check,
    _trigger,
    _trigger_check,
    Column("dry_run", Boolean, nullable=False, server_default=text("false")),
    # Whether a scan believes that many links broke at once.
    Column("force", Boolean, nullable=False, server_default=text("false")),
    # The most links or actions that a run deals with.
    _count("most", 0),
    # Relinking: only these folders of the library, and the settings that it went by.
    Column("repair_roots", ARRAY(BYTEA), nullable=False, server_default=text("'{}'::bytea[]")),
    _list("candidate_roots"),
    _list("allowed_prefixes"),
    # What SymlinkRun.Stats says, by the names of its fields.
    Column("stats", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("started_at"),
    timestamp("ended_at"),
    Index("ix_symlink_runs_library_id_id", "library_id", text("id DESC")),
    # One at a time: what one does to links, another would take for what happened to them.
    Index(
        "uq_symlink_runs_live",
        "library_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'running')"),
    ),
)

_LINK_STATUSES = ("ok", "broken", "missing", "vanished")
_status, _status_check = state("status", _LINK_STATUSES, default="ok")
_last_status, _last_status_check = state("last_status", _LINK_STATUSES, default="ok")
_kind, _kind_check = state("kind", ("movie", "show", "other"), default="other")
symlinks = Table(
    "symlinks",
    metadata,
    key(),
    library_id(),
    # Exact bytes, relative to the library's folder.
    Column("path", BYTEA, nullable=False),
    Column("directory", BYTEA, nullable=False),
    # As the link says it, and where that is here.
    Column("last_target", BYTEA, nullable=False),
    Column("resolved_target", BYTEA, nullable=False),
    _status,
    _status_check,
    # What the status was before.
    _last_status,
    _last_status_check,
    _kind,
    _kind_check,
    # What the path says: the show or film for people, and in the form in which titles are matched.
    words("name"),
    words("title_norm"),
    Column("year", Integer),
    Column("tmdb_id", Integer),
    Column("season", Integer),
    Column("episode", Integer),
    # Which part of the title it is; see reelhouse_catalog.symlinks.model.unit_of. Null: unknown.
    Column("unit", Text),
    # A person wants it left as it is.
    Column("ignored", Boolean, nullable=False, server_default=text("false")),
    # Attempts since it was last whole, and why a person must look at it.
    _count("relink_attempts", 0),
    timestamp("relink_tried_at"),
    _count("search_attempts", 0),
    timestamp("searched_at"),
    words("manual_reason"),
    timestamp("manual_at"),
    timestamp("first_seen_at", now=True),
    # Of a link that has not vanished: at least then, and at the library's last scan.
    timestamp("last_seen_at", now=True),
    timestamp("changed_at", now=True),
    timestamp("vanished_at"),
    revision(),
    UniqueConstraint("library_id", "path"),
    Index("ix_symlinks_library_id_id", "library_id", "id"),
    Index("ix_symlinks_library_id_status", "library_id", "status", "id"),
    Index("ix_symlinks_status", "status", "id"),
    Index("ix_symlinks_directory", "library_id", "directory"),
    Index(
        "ix_symlinks_manual",
        "library_id",
        "id",
        postgresql_where=text("manual_reason <> ''"),
    ),
)

# History. It outlives what it tells of: links, runs and libraries.
symlink_events = Table(
    "symlink_events",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    timestamp("created_at", now=True),
    Column("library_id", Uuid, nullable=False),
    Column("symlink_id", Uuid, nullable=False),
    Column("path", BYTEA, nullable=False),
    Column("target", BYTEA, nullable=False),
    words("kind"),
    words("name"),
    words("action"),
    words("status"),
    words("detail"),
    PrimaryKeyConstraint("id", "created_at"),
    Index("ix_symlink_events_library_id_id", "library_id", "id"),
    Index("ix_symlink_events_symlink_id_id", "symlink_id", "id"),
    postgresql_partition_by="RANGE (created_at)",
)
