"""Which providers there are, and which of them can be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from reelhouse_catalog.enrichment.model import PRIORITIES, Provider
from reelhouse_catalog.providers import audnexus, musicbrainz, tmdb, tvdb
from reelhouse_catalog.providers.http import ProviderClient, user_agent
from reelhouse_catalog.providers.settings import REGIONS, ProviderSettings
from reelhouse_kit.db import Database

_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A provider, as people see it."""

    name: str
    display_name: str
    kinds: frozenset[str]
    host: str
    configured: bool
    priority: int
    plugin: bool = False


def described(settings: ProviderSettings) -> list[ProviderInfo]:
    """Returns all providers by name, also those that are not set up."""
    rows = [
        ("audnexus", "Audnexus", audnexus.Audnexus.kinds, settings.audnexus_url),
        ("musicbrainz", "MusicBrainz", musicbrainz.MusicBrainz.kinds, settings.musicbrainz_url),
        ("tmdb", "TMDB", tmdb.Tmdb.kinds, settings.tmdb_url),
        ("tvdb", "TheTVDB", tvdb.Tvdb.kinds, settings.tvdb_url),
    ]
    ready = {
        "audnexus": bool(settings.audible_region),
        "musicbrainz": bool(settings.musicbrainz_contact),
        "tmdb": bool(settings.tmdb_key),
        "tvdb": bool(settings.tvdb_key),
    }
    return [
        ProviderInfo(
            name, shown, kinds, urlsplit(url).hostname or "", ready[name], PRIORITIES[name]
        )
        for name, shown, kinds, url in rows
    ]


def configured(settings: ProviderSettings) -> dict[str, frozenset[str]]:
    """Returns the providers that can be asked, with the kinds of title that each knows."""
    return {info.name: info.kinds for info in described(settings) if info.configured}


@asynccontextmanager
async def opened(
    settings: ProviderSettings, database: Database
) -> AsyncIterator[Mapping[str, Provider]]:
    """Yields the providers that can be asked, by name."""
    if not configured(settings):
        yield {}
        return
    import aiohttp  # noqa: PLC0415 # 9 MB, which who asks nobody can do without

    connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
    # No cookies: providers need none, and what one set would go out with later questions.
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:

        def client(name: str, url: str, interval: timedelta, **options: Any) -> ProviderClient:
            options.setdefault("agent", user_agent())
            return ProviderClient(session, database, name, url, interval=interval, **options)

        yield dict(_made(settings, client))


def _made(settings: ProviderSettings, client: Any) -> list[tuple[str, Provider]]:
    made: list[Provider] = []
    if settings.tmdb_key:
        api = client("tmdb", settings.tmdb_url, tmdb.INTERVAL, **_tmdb_key(settings.tmdb_key))
        made.append(tmdb.Tmdb(api, settings.tmdb_image_url, settings.metadata_language))
    if settings.tvdb_key:
        plain = client("tvdb", settings.tvdb_url, tvdb.INTERVAL)
        login = tvdb.TvdbLogin(plain, settings.tvdb_key, settings.tvdb_pin)
        api = client("tvdb", settings.tvdb_url, tvdb.INTERVAL, authorize=login.headers)
        made.append(tvdb.Tvdb(api, settings.metadata_language))
    if settings.musicbrainz_contact:
        api = client(
            "musicbrainz",
            settings.musicbrainz_url,
            musicbrainz.INTERVAL,
            agent=user_agent(settings.musicbrainz_contact),
        )
        made.append(musicbrainz.MusicBrainz(api, settings.cover_art_url))
    if settings.audible_region:
        shop = settings.audible_url or f"https://api.audible.{REGIONS[settings.audible_region]}"
        api = client("audnexus", settings.audnexus_url, audnexus.INTERVAL)
        catalogue = client("audnexus", shop, audnexus.AUDIBLE_INTERVAL)
        made.append(audnexus.Audnexus(api, catalogue, settings.audible_region))
    return [(provider.name, provider) for provider in made]


def _tmdb_key(key: str) -> dict[str, Any]:
    """Returns how TMDB is given a key: read access tokens, which are JWTs, go into a header."""
    if key.count(".") != 2:  # noqa: PLR2004 # a JWT has three parts
        return {"params": {"api_key": key}}

    async def headers(_: bool) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {key}"}

    return {"authorize": headers}
