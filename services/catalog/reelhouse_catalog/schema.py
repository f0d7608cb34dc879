"""The catalog's tables."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Interval,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_kit.db.tables import idempotency_table, state, timestamp
from reelhouse_kit.events.outbox import Outbox
from reelhouse_kit.jobs import Jobs
from reelhouse_kit.migrations import schema as migrations
from reelhouse_kit.rpc.once import OnceStore

metadata = migrations.metadata("catalog")

outbox = Outbox(metadata)
jobs = Jobs(metadata)
once = OnceStore(idempotency_table(metadata))


def _text(name: str, default: str = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def _revision() -> Column[int]:
    # Counts changes; shown to clients as the etag.
    return Column("revision", BigInteger, nullable=False, server_default=text("1"))


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


_kind, _kind_check = state("kind", ("movie", "tv", "music", "audiobook"), default="movie")
media_libraries = Table(
    "media_libraries",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    _kind,
    _kind_check,
    Column("root_path", Text, nullable=False, unique=True),
    Column("scan_interval", Interval, nullable=False, server_default=text("interval '1 hour'")),
    timestamp("last_scan_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    _revision(),
)

_scan_state, _scan_state_check = state(
    "state",
    ("pending", "running", "paused", "completed", "failed", "cancelled"),
    default="pending",
)
scans = Table(
    "scans",
    metadata,
    _id(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("job_id", Uuid, nullable=False),
    _scan_state,
    _scan_state_check,
    Column("full", Boolean, nullable=False, server_default=text("false")),
    # What Scan.Stats says, by the names of its fields.
    Column("stats", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error_code", Text),
    Column("error_message", Text),
    timestamp("created_at", now=True),
    timestamp("started_at"),
    timestamp("ended_at"),
    Index("ix_scans_library_id_id", "library_id", text("id DESC")),
    # One scan of a library at a time.
    Index(
        "uq_scans_live",
        "library_id",
        unique=True,
        postgresql_where=text("state IN ('pending', 'running', 'paused')"),
    ),
)

# A folder whose entries have not changed since its signature was written needs no look at its
# files: that is what makes scanning again quick.
scan_directories = Table(
    "scan_directories",
    metadata,
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("path", BYTEA, primary_key=True),
    Column("signature", BYTEA, nullable=False),
    Column("file_count", Integer, nullable=False),
)

_file_state, _file_state_check = state("state", ("present", "missing"), default="present")
media_files = Table(
    "media_files",
    metadata,
    _id(),
    Column(
        "library_id",
        Uuid,
        ForeignKey("catalog.media_libraries.id", ondelete="CASCADE"),
        nullable=False,
    ),
    # The exact bytes, relative to the library's root: the folder and the name in it. Names need
    # not be UTF-8; `path` is what people see.
    Column("directory", BYTEA, nullable=False),
    Column("filename", BYTEA, nullable=False),
    Column("path", Text, nullable=False),
    _file_state,
    _file_state_check,
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("device", BigInteger, nullable=False),
    Column("fingerprint", BYTEA),
    Column("hash_sha256", BYTEA),
    _text("mime_type"),
    _text("container"),
    Column("duration_ms", BigInteger),
    Column("bit_rate", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    _text("video_codec"),
    _text("audio_codec"),
    # All streams, as reelhouse_catalog.media_files.model.Stream says.
    Column("streams", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # The tags in the file, by lower-case name.
    Column("tags", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    _text("probe_error"),
    Column("confidence", Double, nullable=False, server_default=text("0")),
    # Which of several files of one film is the one to play.
    Column("canonical", Boolean, nullable=False, server_default=text("false")),
    timestamp("discovered_at", now=True),
    timestamp("missing_at"),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    _revision(),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    UniqueConstraint("library_id", "directory", "filename"),
    Index("ix_media_files_library_id_id", "library_id", "id"),
    Index("ix_media_files_fingerprint", "fingerprint"),
    Index("ix_media_files_mime_type", "mime_type"),
    Index("ix_media_files_canonical", "canonical", postgresql_where=text("canonical")),
    Index("ix_media_files_discovered_at", "discovered_at"),
    Index("ix_media_files_broken", "id", postgresql_where=text("probe_error <> ''")),
    Index("ix_media_files_missing", "id", postgresql_where=text("state = 'missing'")),
)

_title_kind, _title_kind_check = state(
    "kind", ("movie", "show", "album", "audiobook"), default="movie"
)
titles = Table(
    "titles",
    metadata,
    _id(),
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
    Column("creators", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("narrators", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    Column("external_ids", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    # What files are matched by: stays when people change the name.
    Column("match_key", Text, nullable=False),
    # Name and creators, normalized: what is searched.
    Column("search_text", Text, nullable=False),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    _revision(),
    UniqueConstraint("library_id", "kind", "match_key"),
    Index("ix_titles_sort_name_id", "sort_name", "id"),
    Index("ix_titles_kind_sort_name_id", "kind", "sort_name", "id"),
    Index("ix_titles_library_id_sort_name_id", "library_id", "sort_name", "id"),
    Index(
        "ix_titles_search_text",
        "search_text",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    ),
)

seasons = Table(
    "seasons",
    metadata,
    _id(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    timestamp("created_at", now=True),
    UniqueConstraint("title_id", "number"),
)

episodes = Table(
    "episodes",
    metadata,
    _id(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("season_id", Uuid, ForeignKey("catalog.seasons.id", ondelete="CASCADE")),
    # Both null for the one episode of a film.
    Column("season_number", Integer),
    Column("number", Integer),
    _text("name"),
    Column("external_ids", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
    UniqueConstraint("title_id", "season_number", "number", postgresql_nulls_not_distinct=True),
    Index("ix_episodes_season_id", "season_id"),
)

tracks = Table(
    "tracks",
    metadata,
    _id(),
    Column("title_id", Uuid, ForeignKey("catalog.titles.id", ondelete="CASCADE"), nullable=False),
    Column("disc", Integer, nullable=False, server_default=text("1")),
    Column("number", Integer, nullable=False, server_default=text("0")),
    Column("name", Text, nullable=False),
    # Tracks without a number are told apart by name.
    Column("match_key", Text, nullable=False),
    timestamp("created_at", now=True),
    timestamp("updated_at", now=True),
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
    Index("ix_episode_assets_media_file_id", "media_file_id"),
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
    Index("ix_track_assets_media_file_id", "media_file_id"),
)

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parent / "migrations" / "versions",
    revision="0001",
    extensions=("pg_trgm",),
)
