"""Who is asked to bring files back, what they were asked, and new targets for broken links."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
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
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.schema.base import key, metadata, revision, words
from reelhouse_catalog.schema.symlinks import library_id
from reelhouse_kit.db.tables import state, timestamp

symlink_routes = Table(
    "symlink_routes",
    metadata,
    key(),
    # A folder; the longest one that holds a link counts.
    Column("prefix", Text, nullable=False, unique=True),
    # Either a Sonarr or Radarr source, or a relay.
    Column("source_id", Uuid, ForeignKey("catalog.sources.id", ondelete="CASCADE")),
    words("relay_url"),
    words("relay_type"),
    # Sealed for the route's resource name by reelhouse_kit.secrets.
    Column("relay_token", BYTEA),
    Column("enabled", Boolean, nullable=False, server_default=text("true")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    revision(),
    Index("ix_symlink_routes_source_id", "source_id"),
)

_state, _state_check = state("state", ("pending", "sent", "failed", "verified"), default="pending")
_scope, _scope_check = state("scope", ("movie", "season", "episode"), default="episode")
symlink_actions = Table(
    "symlink_actions",
    metadata,
    key(),
    library_id(),
    Column("route_id", Uuid, ForeignKey("catalog.symlink_routes.id", ondelete="SET NULL")),
    _scope,
    _scope_check,
    _state,
    _state_check,
    # What is asked, without any secret.
    words("url"),
    words("reason"),
    # The link's path, or "Show::S02".
    words("related_path"),
    words("term"),
    # What two actions that ask the same have in common.
    Column("dedupe_key", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    timestamp("next_at", now=True),
    # What Sonarr or Radarr calls it.
    words("remote_id"),
    words("error_code"),
    words("last_error"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    timestamp("sent_at"),
    timestamp("failed_at"),
    timestamp("verified_at"),
    revision(),
    Index("ix_symlink_actions_library_id_id", "library_id", "id"),
    Index("ix_symlink_actions_state", "state", "id"),
    Index("ix_symlink_actions_library_id_state", "library_id", "state", "id"),
    Index("ix_symlink_actions_related_path", "related_path"),
    Index("ix_symlink_actions_route_id", "route_id"),
    Index(
        "uq_symlink_actions_live",
        "dedupe_key",
        unique=True,
        postgresql_where=text("state IN ('pending', 'sent')"),
    ),
    Index(
        "ix_symlink_actions_due",
        "library_id",
        "next_at",
        postgresql_where=text("state = 'pending'"),
    ),
)

symlink_action_links = Table(
    "symlink_action_links",
    metadata,
    Column(
        "action_id",
        Uuid,
        ForeignKey("catalog.symlink_actions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "symlink_id",
        Uuid,
        ForeignKey("catalog.symlinks.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # Whether the action is pending or sent: a link has one such action at most.
    Column("live", Boolean, nullable=False, server_default=text("true")),
    Index("ix_symlink_action_links_symlink_id", "symlink_id"),
    Index(
        "uq_symlink_action_links_live",
        "symlink_id",
        unique=True,
        postgresql_where=text("live"),
    ),
)

_kind, _kind_check = state("kind", ("movie", "show"), default="show")
# What the second library holds (CineSync's items).
relink_candidates = Table(
    "relink_candidates",
    metadata,
    key(),
    library_id(),
    # The run that saw it last, and the folder it was found in.
    Column("run_id", Uuid, nullable=False),
    Column("base", BYTEA, nullable=False),
    Column("path", BYTEA, nullable=False),
    _kind,
    _kind_check,
    Column("tmdb_id", Integer),
    words("show_title"),
    words("show_norm"),
    Column("year", Integer),
    Column("season", Integer),
    Column("episode", Integer),
    Column("unit", Text),
    # The real file that it leads to; whether that is one, and under an allowed prefix.
    Column("real_path", BYTEA, nullable=False),
    Column("target_ok", Boolean, nullable=False),
    Column("resolution_rank", Integer, nullable=False),
    timestamp("first_seen_at", now=True),
    timestamp("last_seen_at", now=True),
    UniqueConstraint("library_id", "path"),
    Index("ix_relink_candidates_tmdb_id", "library_id", "tmdb_id", "unit"),
    Index("ix_relink_candidates_show_norm", "library_id", "show_norm", "unit"),
    Index("ix_relink_candidates_run_id", "library_id", "run_id"),
)

_outcome, _outcome_check = state(
    "outcome", ("planned", "intended", "replaced", "skipped", "failed"), default="planned"
)
# What a run did link by link. One that is "intended" is the journal of what is being done: it is
# committed before the first system call.
relink_entries = Table(
    "relink_entries",
    metadata,
    Column(
        "run_id",
        Uuid,
        ForeignKey("catalog.symlink_runs.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    Column("symlink_id", Uuid, nullable=False),
    Column("path", BYTEA, nullable=False),
    Column("old_target", BYTEA, nullable=False),
    Column("new_target", BYTEA, nullable=False),
    Column("candidate_path", BYTEA, nullable=False),
    Column("resolution_rank", Integer, nullable=False, server_default=text("0")),
    # The name under which the new link was made beside the old one.
    Column("temporary", BYTEA, nullable=False),
    _outcome,
    _outcome_check,
    words("reason"),
    timestamp("created_at", now=True),
    timestamp("ended_at"),
    Index("ix_relink_entries_outcome", "run_id", "outcome", "number"),
)
