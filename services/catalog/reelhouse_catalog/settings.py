"""The catalog's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reelhouse_catalog.providers.settings import ProviderSettings
from reelhouse_catalog.reviews.scoring import Thresholds
from reelhouse_kit.secrets import Box, SecretError
from reelhouse_kit.settings import setting


@dataclass(frozen=True, kw_only=True)
class CatalogSettings(ProviderSettings):
    """What the catalog is told."""

    SERVICE = "catalog"

    port: int = setting("The port to listen on.", default=50051)
    probers: int = setting(
        "How many processes open media files during a scan.", default=os.cpu_count() or 1
    )
    worker_concurrency: int = setting(
        "How many scans and verifications a worker runs at once.", default=2
    )
    file_operation_concurrency: int = setting(
        "How many batches of file operations a worker deals with at once, each of another library.",
        default=4,
    )
    recycle_days: int = setting("How many days deleted files stay in recycle bins.", default=30)
    secrets_key_file: Path = setting("The keys that secrets are stored with.")
    throttle: bool = setting("Whether scans slow down while the machine is busy.", default=True)
    watch: bool = setting("Whether this worker watches libraries' folders.", default=True)
    watch_settle_seconds: float = setting(
        "How long a folder is quiet before what changed in it is scanned.", default=5.0
    )
    review_auto_ready: float = setting(
        "The score, from 0 to 1, from which on a file may be used.", default=0.80
    )
    review_below: float = setting(
        "The score below which a person is to look at a file.", default=0.50
    )

    @property
    def thresholds(self) -> Thresholds:
        """What scores say."""
        return Thresholds(auto_ready=self.review_auto_ready, review=self.review_below)

    def problems(self) -> list[str]:
        """Checks what can be checked without connecting anywhere."""
        found = super().problems()
        if not 0 <= self.review_below <= self.review_auto_ready <= 1:
            low, high = (self.variables(name)[0] for name in ("review_below", "review_auto_ready"))
            found.append(f"0 <= {low} <= {high} <= 1 is not so")
        if self.recycle_days < 1:
            found.append(f"{self.variables('recycle_days')[0]}: is less than 1")
        try:
            Box.read(self.secrets_key_file)
        except SecretError as error:
            found.append(f"{self.variables('secrets_key_file')[0]}: {error}")
        return found
