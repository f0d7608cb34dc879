"""The catalog's settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reelhouse_kit.secrets import Box, SecretError
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
        "How many libraries and sources a worker is at at once.", default=2
    )
    secrets_key_file: Path = setting("The keys that secrets are stored with.")

    def problems(self) -> list[str]:
        """Checks the key file, too."""
        found = super().problems()
        try:
            Box.read(self.secrets_key_file)
        except SecretError as error:
            found.append(f"{self.variables('secrets_key_file')[0]}: {error}")
        return found
