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
from reelhouse_catalog.schema.enrichment import (
    media_metadata,
    provider_refs,
    sidecars,
    stale_titles,
)
from reelhouse_catalog.schema.file_operations import file_operation_batches, file_operations
from reelhouse_catalog.schema.libraries import media_libraries, scan_directories, scans
from reelhouse_catalog.schema.media_files import file_verifications, markers, media_files
from reelhouse_catalog.schema.naming import naming_templates
from reelhouse_catalog.schema.plugins import plugin_metadata, plugins
from reelhouse_catalog.schema.providers import (
    enrichment_cursors,
    enrichments,
    provider_hosts,
    provider_responses,
)
from reelhouse_catalog.schema.repairs import (
    relink_candidates,
    relink_entries,
    symlink_action_links,
    symlink_actions,
    symlink_routes,
)
from reelhouse_catalog.schema.reviews import review_queue
from reelhouse_catalog.schema.sources import (
    ingest_entries,
    ingests,
    path_mappings,
    source_collections,
    source_items,
    sources,
)
from reelhouse_catalog.schema.symlinks import (
    symlink_events,
    symlink_runs,
    symlink_settings,
    symlinks,
)
from reelhouse_catalog.schema.titles import (
    episode_assets,
    episodes,
    seasons,
    title_words,
    titles,
    track_assets,
    tracks,
)
from reelhouse_kit.migrations import schema as migrations

SCHEMA = migrations.Schema(
    metadata,
    Path(__file__).parents[1] / "migrations" / "versions",
    revision="0009",
    extensions=("pg_trgm",),
)

__all__ = [
    "SCHEMA",
    "enrichment_cursors",
    "enrichments",
    "episode_assets",
    "episodes",
    "file_operation_batches",
    "file_operations",
    "file_verifications",
    "ingest_entries",
    "ingests",
    "jobs",
    "markers",
    "media_files",
    "media_libraries",
    "media_metadata",
    "naming_templates",
    "once",
    "outbox",
    "path_mappings",
    "plugin_metadata",
    "plugins",
    "provider_hosts",
    "provider_refs",
    "provider_responses",
    "radarr_movie_files",
    "radarr_movies",
    "relink_candidates",
    "relink_entries",
    "review_queue",
    "scan_directories",
    "scans",
    "seasons",
    "sidecars",
    "sonarr_episode_files",
    "sonarr_series",
    "source_collections",
    "source_items",
    "sources",
    "stale_titles",
    "symlink_action_links",
    "symlink_actions",
    "symlink_events",
    "symlink_routes",
    "symlink_runs",
    "symlink_settings",
    "symlinks",
    "title_words",
    "titles",
    "track_assets",
    "tracks",
]
