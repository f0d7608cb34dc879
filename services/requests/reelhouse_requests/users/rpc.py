"""UserService."""

from __future__ import annotations

from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.requests.v1 import user_pb2, user_service_pb2, user_service_pb2_grpc
from reelhouse_kit import errors
from reelhouse_kit.auth.principal import Role
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.call import caller
from reelhouse_kit.rpc.convert import etag, from_timestamp, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_requests.users import store, usecases
from reelhouse_requests.users.model import API_TOKEN, USER, ApiToken, User

_ROLE = user_pb2.User.Role
_ROLES = {
    _ROLE.ROLE_UNSPECIFIED: Role.USER,
    _ROLE.ROLE_USER: Role.USER,
    _ROLE.ROLE_ADMIN: Role.ADMIN,
}


def reachable(name: str) -> UUID:
    """Returns the user that a name means, "users/me" being the caller.

    Raises:
        NotFoundError: There is no such user, or it is not the caller's business.
    """
    principal = caller()
    if name == "users/me":
        if principal.user_id is None:
            raise errors.NotFoundError(USER.type, name)
        return principal.user_id
    user_id = USER.parse_one(name)
    if not principal.sees_all and user_id != principal.user_id:
        raise usecases.missing(user_id)
    return user_id


class UserServicer(user_service_pb2_grpc.UserServiceServicer):
    """Keeps users and their API tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _db(self) -> Database:
        return self._database.for_caller(caller())

    async def CreateUser(
        self, request: user_service_pb2.CreateUserRequest, context: Context
    ) -> user_pb2.User:
        message = request.user
        user = await usecases.create_user(
            self._db,
            username=message.username,
            password=request.password,
            display_name=message.display_name,
            email=message.email,
            role=_ROLES[message.role],
            avatar_url=message.avatar_url,
            once=Once.of(request),
        )
        return to_message(user)

    async def GetUser(
        self, request: user_service_pb2.GetUserRequest, context: Context
    ) -> user_pb2.User:
        return to_message(await usecases.required(self._db, reachable(request.name)))

    async def ListUsers(
        self, request: user_service_pb2.ListUsersRequest, context: Context
    ) -> user_service_pb2.ListUsersResponse:
        page = paging.page_of(request, UUID)
        rows, token = page.cut(await store.page(self._db, page), key=lambda row: (row.id,))
        return user_service_pb2.ListUsersResponse(
            users=[to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateUser(
        self, request: user_service_pb2.UpdateUserRequest, context: Context
    ) -> user_pb2.User:
        message = request.user
        values: dict[str, object] = {
            "username": message.username,
            "display_name": message.display_name,
            "email": message.email,
            "role": _ROLES[message.role] if message.role else None,
            "avatar_url": message.avatar_url,
        }
        changes = {name: values[name] for name in changed_fields(message, request.update_mask)}
        user_id = reachable(message.name)
        return to_message(
            await usecases.update_user(self._db, user_id, changes, message.etag, caller())
        )

    async def ChangePassword(
        self, request: user_service_pb2.ChangePasswordRequest, context: Context
    ) -> Empty:
        await usecases.change_password(
            self._db,
            reachable(request.name),
            request.current_password,
            request.new_password,
            caller(),
        )
        return Empty()

    async def DeactivateUser(
        self, request: user_service_pb2.DeactivateUserRequest, context: Context
    ) -> user_pb2.User:
        user_id = reachable(request.name)
        return to_message(await usecases.set_active(self._db, user_id, active=False))

    async def ReactivateUser(
        self, request: user_service_pb2.ReactivateUserRequest, context: Context
    ) -> user_pb2.User:
        user_id = reachable(request.name)
        return to_message(await usecases.set_active(self._db, user_id, active=True))

    async def CreateApiToken(
        self, request: user_service_pb2.CreateApiTokenRequest, context: Context
    ) -> user_pb2.ApiToken:
        message = request.api_token
        expires = from_timestamp(message.expire_time) if message.HasField("expire_time") else None
        token, secret = await usecases.create_api_token(
            self._db, reachable(request.parent), message.display_name, expires
        )
        created = token_to_message(token)
        created.token = secret
        return created

    async def ListApiTokens(
        self, request: user_service_pb2.ListApiTokensRequest, context: Context
    ) -> user_service_pb2.ListApiTokensResponse:
        page = paging.page_of(request, UUID)
        user_id = reachable(request.parent)
        await usecases.required(self._db, user_id)
        rows, token = page.cut(
            await store.token_page(self._db, user_id, page), key=lambda row: (row.id,)
        )
        return user_service_pb2.ListApiTokensResponse(
            api_tokens=[token_to_message(row) for row in rows], next_page_token=token
        )

    async def DeleteApiToken(
        self, request: user_service_pb2.DeleteApiTokenRequest, context: Context
    ) -> Empty:
        # "users/me/apiTokens/…" is a name, too.
        parent = request.name.rsplit("/", 2)[0]
        user_id = reachable(parent)
        token_id = API_TOKEN.parse_one(f"users/{user_id}/{request.name.split('/', 2)[2]}")
        await usecases.delete_api_token(self._db, user_id, token_id)
        return Empty()


def to_message(row: User) -> user_pb2.User:
    """Returns a user on the wire."""
    return user_pb2.User(
        name=row.resource,
        username=row.username,
        display_name=row.display_name,
        email=row.email,
        role=_ROLE.Value(f"ROLE_{row.role.upper()}"),
        avatar_url=row.avatar_url,
        deactivate_time=timestamp(row.deactivated_at),
        last_login_time=timestamp(row.last_login_at),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def token_to_message(row: ApiToken) -> user_pb2.ApiToken:
    """Returns an API token on the wire, without its secret."""
    return user_pb2.ApiToken(
        name=row.resource,
        display_name=row.name,
        expire_time=timestamp(row.expires_at),
        last_use_time=timestamp(row.last_used_at),
        create_time=timestamp(row.created_at),
    )
