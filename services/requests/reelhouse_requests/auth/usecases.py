"""Signing in, staying signed in, signing out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.auth import tokens
from reelhouse_kit.auth.keys import SigningKey
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.ids import new_id
from reelhouse_requests.audit import store as audit
from reelhouse_requests.auth import store
from reelhouse_requests.users import passwords
from reelhouse_requests.users import store as users
from reelhouse_requests.users.model import User, new_secret, secret_hash, username_key

_MOST_PER_ACCOUNT = 10
_MOST_PER_ADDRESS = 100


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a signed-in user calls with."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What signing in gives."""

    user: User
    access: AccessToken
    refresh_token: str


class Issuer:
    """Makes access tokens for users."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def issue(self, user: User) -> AccessToken:
        """Returns an access token for a user."""
        expires = datetime.now(UTC) + timedelta(seconds=tokens.USER_LIFETIME)
        token = tokens.issue(self._key, user.resource, user.role, tokens.USER_LIFETIME)
        return AccessToken(token, expires)


async def login(
    database: Database, issuer: Issuer, username: str, password: str, address: str
) -> SignedIn:
    """Signs a user in.

    Raises:
        UnauthenticatedError: Username and password do not belong together.
        ResourceExhaustedError: Too many attempts failed, for this account or from this address.
    """
    account, place = f"user:{username_key(username)}", f"address:{address}"
    await _check_failures(database, account, place)
    user, stored = await users.by_username(database, username_key(username))
    good = await passwords.verify(stored, password)
    if user is None or user.deactivated_at is not None or not good:
        await _note_failure(database, account, place)
        raise errors.UnauthenticatedError(
            "LOGIN_FAILED", "username and password do not belong together"
        )
    refresh_token = await _note_success(database, user, account)
    return SignedIn(user, issuer.issue(user), refresh_token)


@atomic
async def _check_failures(session: Session, account: str, place: str) -> None:
    for key, most in ((account, _MOST_PER_ACCOUNT), (place, _MOST_PER_ADDRESS)):
        if await store.failures(session, key) >= most:
            raise errors.ResourceExhaustedError(
                "LOGIN_THROTTLED",
                "too many attempts to sign in failed; wait and try again",
                retry_after=store.WINDOW.total_seconds(),
            )


@atomic
async def _note_failure(session: Session, account: str, place: str) -> None:
    # In this order everywhere, so that two of them never wait for each other.
    await store.count_failure(session, place)
    await store.count_failure(session, account)


@atomic
async def _note_success(session: Session, user: User, account: str) -> str:
    await store.clear_failures(session, account)
    await users.note_login(session, user.id)
    await audit.append(session, "login", user.resource)
    return await _new_refresh_token(session, user.id, new_id())


async def _new_refresh_token(session: Session, user_id: UUID, family_id: UUID) -> str:
    secret = new_secret()
    await store.insert_token(session, new_id(), family_id, user_id, secret_hash(secret))
    return secret


async def refresh(database: Database, issuer: Issuer, refresh_token: str) -> SignedIn:
    """Exchanges a refresh token for a new pair.

    Raises:
        UnauthenticatedError: It is not good. One that was used before has been stolen: all that
            descend from the same sign-in are made useless.
    """
    result = await _rotate(database, secret_hash(refresh_token))
    if result is None:
        raise errors.UnauthenticatedError("TOKEN_INVALID", "the refresh token is not valid")
    user, new_token = result
    return SignedIn(user, issuer.issue(user), new_token)


@atomic
async def _rotate(session: Session, token_hash: bytes) -> tuple[User, str] | None:
    token = await store.take(session, token_hash)
    if token is None or token.expired or token.revoked_at is not None:
        return None
    if token.used_at is not None:
        # Returned rather than raised: the revocation must be committed.
        await store.revoke_family(session, token.family_id)
        await audit.append(session, "refresh_token_reused", f"users/{token.user_id}")
        return None
    user = await users.get(session, token.user_id)
    if user is None or user.deactivated_at is not None:
        return None
    await store.use(session, token.id)
    return user, await _new_refresh_token(session, user.id, token.family_id)


@atomic
async def logout(session: Session, refresh_token: str) -> None:
    """Makes a refresh token and all its relatives useless. Unknown ones are useless already."""
    token = await store.take(session, secret_hash(refresh_token))
    if token is not None:
        await store.revoke_family(session, token.family_id)


async def exchange_api_token(
    database: Database, issuer: Issuer, api_token: str
) -> tuple[User, AccessToken]:
    """Exchanges an API token for an access token.

    Raises:
        UnauthenticatedError: It is not good.
    """
    user = await _use_api_token(database, secret_hash(api_token))
    if user is None:
        raise errors.UnauthenticatedError("TOKEN_INVALID", "the API token is not valid")
    return user, issuer.issue(user)


@atomic
async def _use_api_token(session: Session, token_hash: bytes) -> User | None:
    user_id = await users.use_token(session, token_hash)
    user = await users.get(session, user_id) if user_id else None
    return user if user is not None and user.deactivated_at is None else None
