"""The catalog's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass

from reelhouse_kit.service import ServiceSettings
from reelhouse_kit.settings import setting


@dataclass(frozen=True, kw_only=True)
class CatalogSettings(ServiceSettings):
    """What the catalog is told."""

    SERVICE = "catalog"

    port: int = setting("The port to listen on.", default=50051)
    probers: int = setting(
        "How many processes open media files during a scan.", default=os.cpu_count() or 1
    )
    worker_concurrency: int = setting(
        "How many jobs, scans and verifications, a worker runs at once.", default=2
    )
    throttle: bool = setting("Whether scans slow down while the machine is busy.", default=True)
    watch: bool = setting("Whether this worker watches libraries' folders.", default=True)
    watch_settle_seconds: float = setting(
        "How long a folder is quiet before what changed in it is scanned.", default=5.0
    )
