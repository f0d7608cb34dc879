"""What a user is."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from reelhouse_kit.auth.principal import Role
from reelhouse_kit.names import ResourceName

USER = ResourceName("requests.reelhouse/User", "users/{user}")
API_TOKEN = ResourceName("requests.reelhouse/ApiToken", "users/{user}/apiTokens/{api_token}")

MAX_API_TOKENS = 25
MIN_PASSWORD = 10
API_TOKEN_PREFIX = "rh_"  # noqa: S105 # tells secret scanners what it is
_USERNAME = re.compile(r"[^\W_](?:[\w.@-]*\w)?")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who uses Reelhouse, as stored."""

    id: UUID
    username: str
    display_name: str
    email: str
    role: Role
    avatar_url: str
    auto_approve: bool | None
    deactivated_at: datetime | None
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None
    revision: int

    @property
    def resource(self) -> str:
        """The user's resource name."""
        return USER.format(self.id)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A long-lived secret that a program signs in with, as stored: without the secret."""

    id: UUID
    user_id: UUID
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @property
    def resource(self) -> str:
        """The token's resource name."""
        return API_TOKEN.format(self.user_id, self.id)


def username_key(username: str) -> str:
    """Returns what a username is unique by: how it looks, without case."""
    return unicodedata.normalize("NFKC", username).casefold()


def username_problem(username: str) -> str | None:
    """Returns what is wrong with a username."""
    if not _USERNAME.fullmatch(username):
        return 'has other characters than letters, digits and ". _ - @", or not at its ends'
    return None


def password_problem(password: str) -> str | None:
    """Returns what is wrong with a password."""
    if len(password) < MIN_PASSWORD:
        return f"has fewer than {MIN_PASSWORD} characters"
    return None


def new_secret(prefix: str = "") -> str:
    """Returns 256 random bits as text."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    """Returns what a random secret is stored as. It needs no salt: nobody can guess 256 bits."""
    return hashlib.sha256(secret.encode()).digest()
