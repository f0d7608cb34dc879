"""Access tokens: JSON Web Tokens signed by EdDSA.

Requests makes those of users, each service makes its own.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

import jwt

from reelhouse_kit.auth.keys import USERS, SigningKey, VerifyingKey
from reelhouse_kit.auth.principal import Principal, Role

AUDIENCE = "reelhouse"
USER_LIFETIME = 3600
"""Seconds that a user's access token is good for (BEHAVIOUR 5.2)."""
SERVICE_LIFETIME = 300
"""Seconds that a service's token is good for; services make a new one in time."""
_CACHED = 10_000


class TokenError(Exception):
    """A token is not good."""


def issue(key: SigningKey, subject: str, role: Role, lifetime: int) -> str:
    """Returns a signed token that is good for `lifetime` seconds."""
    now = int(time.time())
    claims = {
        "iss": key.issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "role": role.value,
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, key.key, algorithm="EdDSA", headers={"kid": key.kid})


class Verifier:
    """Tells whose a token is. Remembers good tokens: verifying a signature costs 100 µs."""

    def __init__(self, keys: Mapping[str, VerifyingKey]) -> None:
        self._keys = keys
        self._good: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        """Returns the caller that a token stands for.

        Raises:
            TokenError: The token is malformed, forged, expired or from an unknown issuer.
        """
        known = self._good.get(token)
        if known is not None:
            if known[1] > time.time():
                return known[0]
            del self._good[token]
        principal, expires = self._verify(token)
        self._good[token] = (principal, expires)
        if len(self._good) > _CACHED:
            self._good.popitem(last=False)
        return principal

    def _verify(self, token: str) -> tuple[Principal, float]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.get(kid) if isinstance(kid, str) else None
            if key is None:
                raise TokenError("the token is signed by an unknown key")
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=key.issuer,
                leeway=5,
                options={"require": ["exp", "iat", "sub", "role"]},
            )
            role = Role(claims["role"])
            subject = str(claims["sub"])
            if key.issuer == USERS:
                if role not in (Role.USER, Role.ADMIN) or not subject.startswith("users/"):
                    raise TokenError("the token is not one of a user")
                UUID(subject[6:])
            elif role is not Role.SERVICE or subject != key.issuer:
                raise TokenError("the token is not one of its service")
            return Principal(role, subject), float(claims["exp"])
        except jwt.ExpiredSignatureError:
            raise TokenError("the token has expired") from None
        except (jwt.InvalidTokenError, ValueError) as error:
            raise TokenError("the token is not valid") from error


class ServiceToken:
    """A service's own token, made anew before it expires."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._token = ""
        self._renew_at = 0.0

    def get(self) -> str:
        """Returns a token that is good for a minute at least."""
        if time.time() >= self._renew_at:
            self._token = issue(self._key, self._key.issuer, Role.SERVICE, SERVICE_LIFETIME)
            self._renew_at = time.time() + SERVICE_LIFETIME - 60
        return self._token
