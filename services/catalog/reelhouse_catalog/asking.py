"""Who can be asked about titles: providers of the settings, and plugins of the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from reelhouse_catalog.enriching.handler import EnrichHandler
from reelhouse_catalog.enriching.model import Apply
from reelhouse_catalog.enriching.watcher import EnrichmentWatcher
from reelhouse_catalog.enrichment.model import Finding, Provider
from reelhouse_catalog.plugins import usecases as plugins
from reelhouse_catalog.plugins.client import PluginClients
from reelhouse_catalog.plugins.model import PRIORITY
from reelhouse_catalog.plugins.sealing import Sealer
from reelhouse_catalog.plugins.watcher import PluginWatcher
from reelhouse_catalog.providers import setup
from reelhouse_catalog.providers.setup import ProviderInfo
from reelhouse_catalog.settings import CatalogSettings
from reelhouse_kit import log
from reelhouse_kit.db import Database, Session

_MEGABYTE = 2**20
_logger = log.get(__name__)


class Known:
    """Who can be asked, by name."""

    def __init__(self, settings: CatalogSettings, database: Database) -> None:
        self._settings = settings
        self._database = database

    async def sources(self) -> Mapping[str, frozenset[str]]:
        """Returns who can be asked now, with the kinds of title that each knows."""
        found = setup.configured(self._settings)
        for plugin in await plugins.enrichment_plugins(self._database):
            found[plugin.name] = frozenset(plugin.title_kinds)
        return found

    async def infos(self) -> Sequence[ProviderInfo]:
        """Returns all providers, also those that cannot be asked, and the plugins that can."""
        return [
            *setup.described(self._settings),
            *(
                ProviderInfo(
                    plugin.name,
                    plugin.display_name,
                    frozenset(plugin.title_kinds),
                    plugin.address.rpartition(":")[0],
                    configured=True,
                    priority=PRIORITY,
                    plugin=True,
                )
                for plugin in await plugins.enrichment_plugins(self._database)
            ),
        ]


@asynccontextmanager
async def asking(
    settings: CatalogSettings, database: Database, sealer: Sealer, apply: Apply
) -> AsyncIterator[EnrichHandler]:
    """Watches titles and plugins while the block runs, and yields what asks about titles.

    Args:
        settings: The catalog's settings.
        database: The catalog's database.
        sealer: Opens the secrets of plugins.
        apply: Stores what was found for a title.
    """
    async with AsyncExitStack() as stack:
        providers = await stack.enter_async_context(setup.opened(settings, database))
        clients = await stack.enter_async_context(PluginClients.open(sealer))

        async def ask(name: str) -> Provider | None:
            return providers.get(name) or await plugins.provider(database, clients, name)

        async def keep(session: Session, title_id: UUID, findings: Sequence[Finding]) -> None:
            await plugins.keep_said(session, title_id, findings)
            await apply(session, title_id, findings)

        known = Known(settings, database)
        language = settings.metadata_language
        watchers = (
            EnrichmentWatcher(
                database,
                known.sources,
                language=language,
                cache_bytes=settings.provider_cache_mb * _MEGABYTE,
            ),
            PluginWatcher(database, clients),
        )
        tasks = [asyncio.create_task(watcher.run()) for watcher in watchers]
        try:
            yield EnrichHandler(
                database, ask, keep, days=settings.enrichment_days, language=language
            )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
