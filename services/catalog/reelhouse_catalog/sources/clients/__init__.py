"""How each kind of source is talked to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse_catalog.sources.clients.filesystem import FilesystemClient
from reelhouse_catalog.sources.clients.http import Http, opened
from reelhouse_catalog.sources.clients.jellyfin import JellyfinClient
from reelhouse_catalog.sources.clients.plex import PlexClient
from reelhouse_catalog.sources.clients.radarr import RadarrClient
from reelhouse_catalog.sources.clients.sonarr import SonarrClient
from reelhouse_catalog.sources.model import Source, SourceKind
from reelhouse_catalog.sources.protocol import Limits, SourceClient

_HEADERS = {
    SourceKind.PLEX: PlexClient.headers,
    SourceKind.JELLYFIN: JellyfinClient.headers,
    SourceKind.SONARR: SonarrClient.headers,
    SourceKind.RADARR: RadarrClient.headers,
}


@asynccontextmanager
async def connect(
    source: Source, credential: str, limits: Limits | None = None
) -> AsyncIterator[SourceClient]:
    """Opens what talks to a source, and closes it. Asks nothing yet."""
    if source.kind is SourceKind.FILESYSTEM:
        yield FilesystemClient(source.root_path, source.config.page)
        return
    async with opened(
        source.base_url,
        _HEADERS[source.kind](credential),
        limits or Limits(),
        skip_certificate_check=source.config.skip_certificate_check,
    ) as http:
        yield _client(source, http)


def _client(source: Source, http: Http) -> SourceClient:
    page = source.config.page
    if source.kind is SourceKind.PLEX:
        return PlexClient(http, page)
    if source.kind is SourceKind.JELLYFIN:
        return JellyfinClient(http, page)
    if source.kind is SourceKind.SONARR:
        return SonarrClient(http)
    return RadarrClient(http, page)
