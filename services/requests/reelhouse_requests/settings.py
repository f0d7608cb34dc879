"""The settings of requests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from reelhouse_kit.auth.keys import USERS, KeyFileError, read_signing_key
from reelhouse_kit.service import ServiceSettings
from reelhouse_kit.settings import setting


@dataclass(frozen=True, kw_only=True)
class RequestsSettings(ServiceSettings):
    """What requests is told."""

    SERVICE = "requests"

    port: int = setting("The port to listen on.", default=50054)
    user_key_file: Path = setting("The private key that users' tokens are signed with.")
    catalog_address: str = setting("Where the catalog is.", default="127.0.0.1:50051")
    admin_token_file: str = setting(
        "Where `bootstrap` writes the first administrator's API token.", default=""
    )
    admin_password_file: str = setting(
        "Where `bootstrap` writes the first administrator's password.", default=""
    )
    auto_approve: bool = setting("Whether requests of users need no approval.", default=False)

    def problems(self) -> list[str]:
        """Checks the key, too."""
        found = super().problems()
        try:
            if read_signing_key(self.user_key_file).issuer != USERS:
                found.append(f"{self.variables('user_key_file')[0]}: is not the key for users")
        except KeyFileError as error:
            found.append(f"{self.variables('user_key_file')[0]}: {error}")
        return found
