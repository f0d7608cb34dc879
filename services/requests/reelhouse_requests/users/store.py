"""Users and API tokens in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    Integer,
    Uuid,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from reelhouse_kit.auth.principal import Role
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_requests.schema import api_tokens, refresh_tokens, users
from reelhouse_requests.users.model import ApiToken, User

_user = users.c
_token = api_tokens.c
_BY_ID = _user.id == bindparam("id")
_LIMIT = bindparam("limit", type_=Integer)
_after = bindparam("after", type_=Uuid)
_COLUMNS = (
    _user.id,
    _user.username,
    _user.display_name,
    _user.email,
    _user.role,
    _user.avatar_url,
    _user.auto_approve,
    _user.deactivated_at,
    _user.created_at,
    _user.updated_at,
    _user.last_login_at,
    _user.revision,
)
_INSERT = Query(
    insert(users)
    .values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "username",
                "username_key",
                "display_name",
                "email",
                "role",
                "avatar_url",
                "password_hash",
            )
        }
    )
    .returning(*_COLUMNS)
)
_GET = Query(select(*_COLUMNS).where(_BY_ID))
_LOCK = Query(select(*_COLUMNS).where(_BY_ID).with_for_update())
_BY_KEY = Query(
    select(*_COLUMNS, _user.password_hash).where(_user.username_key == bindparam("key"))
)
_PASSWORD = Query(select(_user.password_hash).where(_BY_ID))
_LIST = Query(
    select(*_COLUMNS)
    .where(or_(_after.is_(None), _user.id > _after))
    .order_by(_user.id)
    .limit(_LIMIT)
)
_CHANGED = {"updated_at": func.now(), "revision": _user.revision + 1}
_UPDATE = Query(
    update(users)
    .where(_BY_ID)
    .values(
        display_name=bindparam("display_name"),
        email=bindparam("email"),
        role=bindparam("role"),
        avatar_url=bindparam("avatar_url"),
        **_CHANGED,
    )
    .returning(*_COLUMNS)
)
_ACTIVATE = Query(
    update(users)
    .where(_BY_ID)
    .values(
        deactivated_at=case((bindparam("active", type_=Boolean), None), else_=func.now()),
        **_CHANGED,
    )
    .returning(*_COLUMNS)
)
_SET_PASSWORD = Query(
    update(users).where(_BY_ID).values(password_hash=bindparam("password_hash"), **_CHANGED)
)
_LOGGED_IN = Query(update(users).where(_BY_ID).values(last_login_at=func.now()))
_ADMINS = Query(
    select(_user.id)
    .where(_user.role == text("'admin'"), _user.deactivated_at.is_(None))
    .order_by(_user.id)
    .with_for_update()
)

_TOKEN_COLUMNS = tuple(column for column in api_tokens.c if column.name != "token_hash")
_INSERT_TOKEN = Query(
    insert(api_tokens)
    .values(
        id=bindparam("id"),
        user_id=bindparam("user_id"),
        name=bindparam("name"),
        token_hash=bindparam("token_hash"),
        expires_at=bindparam("expires_at", type_=DateTime(timezone=True)),
    )
    .returning(*_TOKEN_COLUMNS)
)
_COUNT_TOKENS = Query(
    select(func.count()).select_from(api_tokens).where(_token.user_id == bindparam("user_id"))
)
_LIST_TOKENS = Query(
    select(*_TOKEN_COLUMNS)
    .where(_token.user_id == bindparam("user_id"), or_(_after.is_(None), _token.id > _after))
    .order_by(_token.id)
    .limit(_LIMIT)
)
_DELETE_TOKEN = Query(
    delete(api_tokens).where(_token.id == bindparam("id"), _token.user_id == bindparam("user_id"))
)
_DELETE_TOKENS = Query(delete(api_tokens).where(_token.user_id == bindparam("user_id")))
_USE_TOKEN = Query(
    update(api_tokens)
    .where(
        _token.token_hash == bindparam("hash"),
        or_(_token.expires_at.is_(None), _token.expires_at > func.now()),
    )
    .values(last_used_at=func.now())
    .returning(_token.user_id)
)
_REVOKE_REFRESH = Query(
    update(refresh_tokens)
    .where(refresh_tokens.c.user_id == bindparam("user_id"), refresh_tokens.c.revoked_at.is_(None))
    .values(revoked_at=func.now())
)


def _user_of(row: Any) -> User:
    return User(**{**row, "role": Role(row["role"])})


async def insert_user(session: Session, user_id: UUID, **values: object) -> User:
    """Adds a user."""
    return _user_of(await session.one(_INSERT, id=user_id, **values))


async def get(source: Database | Session, user_id: UUID) -> User | None:
    """Returns a user."""
    row = await source.one(_GET, id=user_id)
    return _user_of(row) if row else None


async def lock(session: Session, user_id: UUID) -> User | None:
    """Returns a user that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=user_id)
    return _user_of(row) if row else None


async def by_username(source: Database | Session, key: str) -> tuple[User | None, str | None]:
    """Returns the user with this username, and the stored password."""
    row = await source.one(_BY_KEY, key=key)
    if row is None:
        return None, None
    values = dict(row)
    password: str | None = values.pop("password_hash")
    return _user_of(values), password


async def password_hash(source: Database | Session, user_id: UUID) -> str | None:
    """Returns a user's stored password."""
    stored: str | None = await source.value(_PASSWORD, id=user_id)
    return stored


async def page(database: Database, page: Page) -> list[User]:
    """Returns a page of users, oldest first."""
    after = page.after[0] if page.after else None
    return [_user_of(row) for row in await database.all(_LIST, after=after, limit=page.limit)]


async def update_user(session: Session, user_id: UUID, **values: object) -> User:
    """Changes a user."""
    return _user_of(await session.one(_UPDATE, id=user_id, **values))


async def set_active(session: Session, user_id: UUID, *, active: bool) -> User:
    """Lets a user sign in, or bars them from it."""
    return _user_of(await session.one(_ACTIVATE, id=user_id, active=active))


async def set_password(session: Session, user_id: UUID, stored: str) -> None:
    """Changes a user's password."""
    await session.run(_SET_PASSWORD, id=user_id, password_hash=stored)


async def note_login(session: Session, user_id: UUID) -> None:
    """Notes that a user signed in now."""
    await session.run(_LOGGED_IN, id=user_id)


async def lock_admins(session: Session) -> list[UUID]:
    """Returns all administrators who can sign in; nobody changes them until the end."""
    return [row["id"] for row in await session.all(_ADMINS)]


async def insert_token(
    session: Session,
    token_id: UUID,
    user_id: UUID,
    *,
    name: str,
    token_hash: bytes,
    expires_at: datetime | None,
) -> ApiToken:
    """Adds an API token."""
    row: Any = await session.one(
        _INSERT_TOKEN,
        id=token_id,
        user_id=user_id,
        name=name,
        token_hash=token_hash,
        expires_at=expires_at,
    )
    return ApiToken(**row)


async def count_tokens(session: Session, user_id: UUID) -> int:
    """Returns how many API tokens a user has."""
    count: int = await session.value(_COUNT_TOKENS, user_id=user_id)
    return count


async def token_page(database: Database, user_id: UUID, page: Page) -> list[ApiToken]:
    """Returns a page of a user's API tokens, oldest first."""
    after = page.after[0] if page.after else None
    rows = await database.all(_LIST_TOKENS, user_id=user_id, after=after, limit=page.limit)
    return [ApiToken(**row) for row in rows]


async def delete_token(session: Session, user_id: UUID, token_id: UUID) -> bool:
    """Removes an API token. Returns whether it was there."""
    return await session.run(_DELETE_TOKEN, user_id=user_id, id=token_id) == 1


async def use_token(session: Session, token_hash: bytes) -> UUID | None:
    """Notes the use of an API token that is good, and returns whose it is."""
    user_id: UUID | None = await session.value(_USE_TOKEN, hash=token_hash)
    return user_id


async def revoke_all(session: Session, user_id: UUID, *, api_tokens: bool) -> None:
    """Signs a user out everywhere; with `api_tokens` programs, too."""
    await session.run(_REVOKE_REFRESH, user_id=user_id)
    if api_tokens:
        await session.run(_DELETE_TOKENS, user_id=user_id)
