"""The settings of transcode."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelhouse_kit.service import ServiceSettings
from reelhouse_kit.settings import setting


@dataclass(frozen=True, kw_only=True)
class TranscodeSettings(ServiceSettings):
    """What transcode is told."""

    SERVICE = "transcode"

    port: int = setting("The port to listen on.", default=50053)
    catalog_address: str = setting("Where the catalog is.", default="127.0.0.1:50051")
    store_dir: Path = setting("The folder for results; playback reads them from there.")
    ffmpeg: str = setting(
        "The ffmpeg to run. Unset: the one on PATH, else the one that came along.", default=""
    )
    queue_limit: int = setting("How many transcodes may wait.", default=100)
    worker_concurrency: int = setting("How many transcodes a worker makes at once.", default=1)

    def problems(self) -> list[str]:
        """Checks the store, too."""
        found = super().problems()
        if not self.store_dir.is_dir():
            found.append(f"{self.variables('store_dir')[0]}: {self.store_dir} is no folder")
        return found
