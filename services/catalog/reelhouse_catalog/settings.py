"""The catalog's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reelhouse_catalog.providers.settings import ProviderSettings
from reelhouse_kit.settings import setting


@dataclass(frozen=True, kw_only=True)
class CatalogSettings(ProviderSettings):
    """What the catalog is told."""

    SERVICE = "catalog"

    port: int = setting("The port to listen on.", default=50051)
    probers: int = setting(
        "How many processes open media files during a scan.", default=os.cpu_count() or 1
    )
    worker_concurrency: int = setting("How many libraries a worker scans at once.", default=1)
