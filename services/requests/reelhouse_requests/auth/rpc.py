"""AuthService."""

from __future__ import annotations

from google.protobuf.empty_pb2 import Empty

from reelhouse.requests.v1 import auth_service_pb2, auth_service_pb2_grpc
from reelhouse_kit.db import Database
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_requests.auth import usecases
from reelhouse_requests.auth.usecases import AccessToken, Issuer
from reelhouse_requests.users.rpc import to_message as user_to_message


class AuthServicer(auth_service_pb2_grpc.AuthServiceServicer):
    """Signs users and programs in."""

    def __init__(self, database: Database, issuer: Issuer) -> None:
        # Nobody is signed in yet: what is looked up here is everybody's.
        self._database = database.for_everybody()
        self._issuer = issuer

    async def Login(
        self, request: auth_service_pb2.LoginRequest, context: Context
    ) -> auth_service_pb2.LoginResponse:
        # "ipv4:192.0.2.1:50000": the port changes with every connection.
        address = context.peer().rpartition(":")[0]
        result = await usecases.login(
            self._database, self._issuer, request.username, request.password, address
        )
        return auth_service_pb2.LoginResponse(
            access_token=to_message(result.access),
            refresh_token=result.refresh_token,
            user=user_to_message(result.user),
        )

    async def RefreshToken(
        self, request: auth_service_pb2.RefreshTokenRequest, context: Context
    ) -> auth_service_pb2.RefreshTokenResponse:
        result = await usecases.refresh(self._database, self._issuer, request.refresh_token)
        return auth_service_pb2.RefreshTokenResponse(
            access_token=to_message(result.access), refresh_token=result.refresh_token
        )

    async def ExchangeApiToken(
        self, request: auth_service_pb2.ExchangeApiTokenRequest, context: Context
    ) -> auth_service_pb2.ExchangeApiTokenResponse:
        user, access = await usecases.exchange_api_token(
            self._database, self._issuer, request.api_token
        )
        return auth_service_pb2.ExchangeApiTokenResponse(
            access_token=to_message(access), user=user_to_message(user)
        )

    async def Logout(self, request: auth_service_pb2.LogoutRequest, context: Context) -> Empty:
        await usecases.logout(self._database, request.refresh_token)
        return Empty()


def to_message(access: AccessToken) -> auth_service_pb2.AccessToken:
    """Returns an access token on the wire."""
    return auth_service_pb2.AccessToken(
        token=access.token, expire_time=timestamp(access.expires_at)
    )
