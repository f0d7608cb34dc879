"""The catalog's tables: a module for what belongs together."""

from __future__ import annotations

from pathlib import Path

from reelhouse_catalog.schema.arrs import (
    radarr_movie_files,
    radarr_movies,
    sonarr_episode_files,
    sonarr_series,
)
from reelhouse_catalog.schema.base import jobs, metadata, once, outbox
from reelhouse_catalog.schema.libraries import media_libraries, scan_directories, scans
from reelhouse_catalog.schema.media_files import media_files
from reelhouse_catalog.schema.sources import (
    ingest_entries,
    ingests,
    path_mappings,
    source_collections,
    source_items,
    sources,
)
from reelhouse_catalog.schema.titles import (
    episode_assets,
    episodes,
    seasons,
    titles,
    track_assets,
    tracks,
)
from reelhouse_kit.migrations import schema as migrations

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parents[1] / "migrations" / "versions",
    revision="0004",
    extensions=("pg_trgm",),
)

__all__ = [
    "SCHEMA",
    "episode_assets",
    "episodes",
    "ingest_entries",
    "ingests",
    "jobs",
    "media_files",
    "media_libraries",
    "once",
    "outbox",
    "path_mappings",
    "radarr_movie_files",
    "radarr_movies",
    "scan_directories",
    "scans",
    "seasons",
    "sonarr_episode_files",
    "sonarr_series",
    "source_collections",
    "source_items",
    "sources",
    "titles",
    "track_assets",
    "tracks",
]
