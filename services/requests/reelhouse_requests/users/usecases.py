"""What can be done with users."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Principal, Role
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.errors import Violation
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_requests.audit import store as audit
from reelhouse_requests.schema import once as once_store
from reelhouse_requests.schema import outbox
from reelhouse_requests.users import passwords, store
from reelhouse_requests.users.model import (
    API_TOKEN,
    API_TOKEN_PREFIX,
    MAX_API_TOKENS,
    USER,
    ApiToken,
    User,
    new_secret,
    password_problem,
    secret_hash,
    username_key,
    username_problem,
)

TOPIC = "users"


async def create_user(
    database: Database,
    *,
    username: str,
    password: str,
    display_name: str = "",
    email: str = "",
    role: Role = Role.USER,
    avatar_url: str = "",
    once: Once | None = None,
) -> User:
    """Creates a user.

    Raises:
        InvalidArgumentError: Username or password will not do.
        AlreadyExistsError: The username is in use.
    """
    problems = [
        Violation(field, problem)
        for field, problem in (
            ("user.username", username_problem(username)),
            ("password", password_problem(password)),
        )
        if problem
    ]
    if problems:
        raise errors.InvalidArgumentError(problems)
    values = {
        "username": username,
        "username_key": username_key(username),
        "display_name": display_name or username,
        "email": email,
        "role": role,
        "avatar_url": avatar_url,
        "password_hash": await passwords.hash_password(password),
    }
    try:
        return await _create(database, values, once)
    except UniqueViolationError:
        raise errors.AlreadyExistsError(
            "USERNAME_TAKEN", f"the username {username} is in use", username=username
        ) from None


@atomic
async def _create(session: Session, values: Mapping[str, object], once: Once | None) -> User:
    user_id = new_id()
    done = await once_store.claim(session, once, user_id)
    if done is not None:
        return await required(session, done)
    user = await store.insert_user(session, user_id, **values)
    await audit.append(
        session, "create_user", user.resource, username=user.username, role=user.role
    )
    await outbox.append(session, Event(TOPIC, user.resource, Change.CREATED, user.id))
    return user


async def required(source: Database | Session, user_id: UUID) -> User:
    """Returns a user.

    Raises:
        NotFoundError: There is none.
    """
    user = await store.get(source, user_id)
    if user is None:
        raise missing(user_id)
    return user


def missing(user_id: UUID) -> errors.NotFoundError:
    """Returns the error for a user who does not exist, or not for the caller."""
    return errors.NotFoundError(USER.type, USER.format(user_id))


@atomic
async def update_user(
    session: Session, user_id: UUID, changes: Mapping[str, object], etag: str, by: Principal
) -> User:
    """Changes a user; `changes` holds the new values by column.

    Raises:
        PermissionDeniedError: A user would change a role.
        FailedPreconditionError: No administrator would be left.
    """
    admins = await store.lock_admins(session) if "role" in changes else []
    user = await store.lock(session, user_id)
    if user is None:
        raise missing(user_id)
    if etag and etag != f'"{user.revision}"':
        raise errors.EtagMismatchError(user.resource)
    if "username" in changes and changes["username"] != user.username:
        raise errors.invalid("user.username", "cannot be changed")
    role = changes.get("role") or user.role
    if role is not user.role:
        if not by.sees_all:
            raise errors.PermissionDeniedError(
                "PERMISSION_DENIED", "only administrators change roles", level="ADMIN"
            )
        _keep_an_admin(admins, user)
    values = {
        name: changes.get(name, getattr(user, name))
        for name in ("display_name", "email", "avatar_url")
    }
    changed = await store.update_user(session, user_id, role=role, **values)
    if role is not user.role:
        # A role lives on in refresh tokens: they are taken back.
        await store.revoke_all(session, user_id, api_tokens=False)
        await audit.append(session, "change_role", user.resource, before=user.role, after=role)
    await outbox.append(session, Event(TOPIC, user.resource, Change.UPDATED, user.id))
    return changed


@atomic
async def set_active(session: Session, user_id: UUID, *, active: bool) -> User:
    """Bars a user from signing in, and takes back what they hold; or lets them in again."""
    admins = await store.lock_admins(session)
    user = await store.lock(session, user_id)
    if user is None:
        raise missing(user_id)
    if (user.deactivated_at is None) is active:
        return user
    if not active:
        _keep_an_admin(admins, user)
        await store.revoke_all(session, user_id, api_tokens=True)
    changed = await store.set_active(session, user_id, active=active)
    action = "reactivate_user" if active else "deactivate_user"
    await audit.append(session, action, user.resource)
    await outbox.append(session, Event(TOPIC, user.resource, Change.UPDATED, user.id))
    return changed


def _keep_an_admin(admins: list[UUID], user: User) -> None:
    if user.role is Role.ADMIN and admins == [user.id]:
        raise errors.FailedPreconditionError(
            "LAST_ADMIN", f"{user.resource} is the last administrator", name=user.resource
        )


async def change_password(
    database: Database, user_id: UUID, current: str, new: str, by: Principal
) -> None:
    """Changes a password and signs the user out everywhere.

    Raises:
        UnauthenticatedError: The current password is wrong.
    """
    problem = password_problem(new)
    if problem:
        raise errors.invalid("new_password", problem)
    user = await required(database, user_id)
    trusted = by.sees_all and by.user_id != user_id
    if not trusted and not await passwords.verify(
        await store.password_hash(database, user_id), current
    ):
        raise errors.UnauthenticatedError("LOGIN_FAILED", "the current password is wrong")
    await _set_password(database, user, await passwords.hash_password(new))


@atomic
async def _set_password(session: Session, user: User, stored: str) -> None:
    await store.set_password(session, user.id, stored)
    await store.revoke_all(session, user.id, api_tokens=False)
    await audit.append(session, "change_password", user.resource)


@atomic
async def create_api_token(
    session: Session, user_id: UUID, name: str, expires_at: datetime | None
) -> tuple[ApiToken, str]:
    """Creates an API token. Returns it with its secret, which is kept nowhere.

    Raises:
        ResourceExhaustedError: The user has as many as may be.
    """
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise errors.invalid("api_token.expire_time", "is in the past")
    if await store.lock(session, user_id) is None:
        raise missing(user_id)
    if await store.count_tokens(session, user_id) >= MAX_API_TOKENS:
        raise errors.ResourceExhaustedError(
            "TOO_MANY_API_TOKENS",
            f"a user may have {MAX_API_TOKENS} API tokens; delete one first",
            retry_after=3600,
            limit=MAX_API_TOKENS,
        )
    secret = new_secret(API_TOKEN_PREFIX)
    token = await store.insert_token(
        session,
        new_id(),
        user_id,
        name=name,
        token_hash=secret_hash(secret),
        expires_at=expires_at,
    )
    await audit.append(session, "create_api_token", token.resource, name=name)
    return token, secret


@atomic
async def delete_api_token(session: Session, user_id: UUID, token_id: UUID) -> None:
    """Deletes an API token.

    Raises:
        NotFoundError: There is none.
    """
    name = API_TOKEN.format(user_id, token_id)
    if not await store.delete_token(session, user_id, token_id):
        raise errors.NotFoundError(API_TOKEN.type, name)
    await audit.append(session, "delete_api_token", name)
