"""The settings of playback."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelhouse_kit.service import ServiceSettings
from reelhouse_kit.settings import setting

_LEAST_KEY = 32
_LEAST_HOURS = 24
_LEAST_CACHE = 16


@dataclass(frozen=True, kw_only=True)
class PlaybackSettings(ServiceSettings):
    """What playback is told."""

    SERVICE = "playback"

    port: int = setting("The port to listen on.", default=50052)
    delivery_port: int = setting("The port that media is fetched from over HTTP.", default=8080)
    delivery_url: str = setting(
        "How clients reach the delivery port. Unset: http://HOST:PORT.", default=""
    )
    delivery_key_file: Path = setting("The key that delivery addresses are signed with.")
    catalog_address: str = setting("Where the catalog is.", default="127.0.0.1:50051")
    transcode_address: str = setting("Where transcode is.", default="127.0.0.1:50053")
    max_streams_per_user: int = setting(
        "The most that a user may play at the same time; 0: any number.", default=20
    )
    max_streams: int = setting(
        "The most that all users may play at the same time; 0: any number.", default=1000
    )
    session_retention_hours: int = setting(
        "How long sessions are kept that are over, at least 24.", default=24
    )
    history_retention_days: int = setting(
        "How long history and statistics are kept; 0: for ever.", default=0
    )
    store_dir: Path = setting("The folder that transcode puts its results into.")
    image_cache_dir: str = setting(
        "The folder for images that were made smaller. Unset: images, in the store.", default=""
    )
    image_cache_mib: int = setting("The most mebibytes of such images, at least 16.", default=512)

    def problems(self) -> list[str]:
        """Checks the store and the key, too."""
        found = super().problems()
        if not self.store_dir.is_dir():
            found.append(f"{self.variables('store_dir')[0]}: {self.store_dir} is no folder")
        for name in ("max_streams_per_user", "max_streams", "history_retention_days"):
            if getattr(self, name) < 0:
                found.append(f"{self.variables(name)[0]}: is negative")
        if self.image_cache_mib < _LEAST_CACHE:
            found.append(f"{self.variables('image_cache_mib')[0]}: is less than {_LEAST_CACHE}")
        if self.session_retention_hours < _LEAST_HOURS:
            # Repeated calls of StartSession are answered with what they started.
            found.append(
                f"{self.variables('session_retention_hours')[0]}: is less than {_LEAST_HOURS}"
            )
        try:
            if len(self.delivery_key()) < _LEAST_KEY:
                found.append(f"{self.variables('delivery_key_file')[0]}: has too few bytes")
        except OSError as error:
            found.append(f"{self.variables('delivery_key_file')[0]}: {error}")
        return found

    def image_folder(self) -> Path:
        """Returns where images that were made smaller are kept."""
        return Path(self.image_cache_dir) if self.image_cache_dir else self.store_dir / "images"

    def delivery_key(self) -> bytes:
        """Returns the key that delivery addresses are signed with."""
        return self.delivery_key_file.read_bytes().strip()
