from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from reelhouse.catalog.v1 import library_service_pb2, library_service_pb2_grpc
from reelhouse.requests.v1 import (
    auth_service_pb2,
    auth_service_pb2_grpc,
    user_pb2,
    user_service_pb2,
    user_service_pb2_grpc,
)
from tests.contract import expect
from tests.contract.methods import Answer
from tests.suite import PASSWORD, Client, Suite

User = user_pb2.User
auth_pb, pb = auth_service_pb2, user_service_pb2


@pytest.fixture
def nobody(suite: Suite) -> Client:
    return suite.stub(auth_service_pb2_grpc, "AuthService", "nobody")


@pytest.fixture
def admin(suite: Suite) -> Client:
    return suite.stub(user_service_pb2_grpc, "UserService", "admin")


@pytest.fixture
def alice(suite: Suite) -> Client:
    return suite.stub(user_service_pb2_grpc, "UserService", "alice")


def login(username: str = "alice", password: str = PASSWORD) -> auth_pb.LoginRequest:
    return auth_pb.LoginRequest(username=username, password=password)


async def test_a_token_from_login_opens_every_service(suite: Suite, nobody: Client) -> None:
    response = await nobody.Login(login("ALICE"))
    assert response.user.username == "alice"
    suite.tokens["alice"] = response.access_token.token
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "alice")
    await libraries.ListLibraries(library_service_pb2.ListLibrariesRequest())


@pytest.mark.parametrize(
    ("username", "password"),
    [("alice", "wrong wrong wrong"), ("nobody-at-all", PASSWORD), ("alice", " "), ("", "x")],
)
async def test_wrong_logins_tell_nothing(nobody: Client, username: str, password: str) -> None:
    code = expect.UNAUTHENTICATED if username else expect.INVALID
    with expect.error(code):
        await nobody.Login(login(username, password))


async def test_too_many_failures_are_held_back(nobody: Client) -> None:
    for _ in range(10):
        with expect.error(expect.UNAUTHENTICATED, "LOGIN_FAILED"):
            await nobody.Login(login(password="wrong wrong wrong"))
    with expect.error(expect.EXHAUSTED, "LOGIN_THROTTLED"):
        await nobody.Login(login())
    await nobody.Login(login("bob"))


async def test_refresh_tokens_are_good_once(nobody: Client) -> None:
    first = (await nobody.Login(login())).refresh_token
    request = auth_pb.RefreshTokenRequest(refresh_token=first)
    second = (await nobody.RefreshToken(request)).refresh_token
    third = (
        await nobody.RefreshToken(auth_pb.RefreshTokenRequest(refresh_token=second))
    ).refresh_token
    # Somebody has the first one, too: all of the family are taken back.
    for token in (first, third, "made-up"):
        with expect.error(expect.UNAUTHENTICATED, "TOKEN_INVALID"):
            await nobody.RefreshToken(auth_pb.RefreshTokenRequest(refresh_token=token))


async def test_a_race_for_one_refresh_token_has_one_winner(nobody: Client) -> None:
    token = (await nobody.Login(login())).refresh_token
    request = auth_pb.RefreshTokenRequest(refresh_token=token)
    results = await asyncio.gather(
        *(nobody.RefreshToken(request) for _ in range(5)), return_exceptions=True
    )
    assert len([r for r in results if isinstance(r, auth_pb.RefreshTokenResponse)]) == 1


async def test_logout(nobody: Client) -> None:
    token = (await nobody.Login(login())).refresh_token
    await nobody.Logout(auth_pb.LogoutRequest(refresh_token=token))
    with expect.error(expect.UNAUTHENTICATED, "TOKEN_INVALID"):
        await nobody.RefreshToken(auth_pb.RefreshTokenRequest(refresh_token=token))


async def test_api_tokens(suite: Suite, nobody: Client, alice: Client) -> None:
    create = pb.CreateApiTokenRequest(
        parent="users/me", api_token=user_pb2.ApiToken(display_name="script")
    )
    created = await alice.CreateApiToken(create)
    assert created.token.startswith("rh_")
    listed = await alice.ListApiTokens(pb.ListApiTokensRequest(parent="users/me"))
    assert [(t.display_name, t.token) for t in listed.api_tokens] == [("script", "")]

    exchange = auth_pb.ExchangeApiTokenRequest(api_token=created.token)
    response = await nobody.ExchangeApiToken(exchange)
    assert response.user.name == suite.people["alice"].resource

    bob = suite.stub(user_service_pb2_grpc, "UserService", "bob")
    with expect.error(expect.NOT_FOUND):
        await bob.DeleteApiToken(pb.DeleteApiTokenRequest(name=created.name))
    await alice.DeleteApiToken(pb.DeleteApiTokenRequest(name=created.name))
    with expect.error(expect.UNAUTHENTICATED, "TOKEN_INVALID"):
        await nobody.ExchangeApiToken(exchange)


async def test_25_api_tokens_and_no_more(alice: Client) -> None:
    create = pb.CreateApiTokenRequest(
        parent="users/me", api_token=user_pb2.ApiToken(display_name="x")
    )
    calls = (alice.CreateApiToken(create) for _ in range(30))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert len([r for r in results if isinstance(r, user_pb2.ApiToken)]) == 25


async def test_users(admin: Client, nobody: Client) -> None:
    create = pb.CreateUserRequest(
        user=User(username="Zoë.Q", email="z@example.org"),
        password=PASSWORD,
        request_id=str(uuid4()),
    )
    made = await admin.CreateUser(create)
    assert (made.role, made.display_name) == (User.ROLE_USER, "Zoë.Q")
    assert await admin.CreateUser(create) == made
    create.request_id = ""
    create.user.username = "zoë.q"
    with expect.error(expect.EXISTS, "USERNAME_TAKEN"):
        await admin.CreateUser(create)
    assert (await nobody.Login(login("zoë.Q"))).user.name == made.name


@pytest.mark.parametrize("username", ["a b", "-a", "a-", "a/b", "a\tb", "*"])
async def test_usernames(admin: Client, username: str) -> None:
    create = pb.CreateUserRequest(user=User(username=username), password="short")
    with pytest.raises(Exception) as caught:  # both are told at once
        await admin.CreateUser(create)
    details = Answer.of(caught.value)  # type: ignore[arg-type]
    assert set(details.violations) == {"user.username", "password"}


async def test_users_change_themselves_but_not_their_role(suite: Suite, alice: Client) -> None:
    name = suite.people["alice"].resource
    change = User(name=name, display_name="Alice A.", role=User.ROLE_ADMIN)
    mask = FieldMask(paths=["display_name"])
    changed = await alice.UpdateUser(pb.UpdateUserRequest(user=change, update_mask=mask))
    assert (changed.display_name, changed.role) == ("Alice A.", User.ROLE_USER)
    with expect.error(expect.DENIED):
        await alice.UpdateUser(pb.UpdateUserRequest(user=change))


async def test_users_see_only_themselves(suite: Suite, alice: Client) -> None:
    bob = suite.people["bob"].resource
    me = await alice.GetUser(pb.GetUserRequest(name="users/me"))
    assert me.name == suite.people["alice"].resource
    calls = (
        alice.GetUser(pb.GetUserRequest(name=bob)),
        alice.UpdateUser(pb.UpdateUserRequest(user=User(name=bob, display_name="x"))),
        alice.ListApiTokens(pb.ListApiTokensRequest(parent=bob)),
        alice.ChangePassword(pb.ChangePasswordRequest(name=bob, new_password=PASSWORD)),
    )
    for call in calls:
        with expect.error(expect.NOT_FOUND):
            await call


async def test_passwords(nobody: Client, alice: Client, admin: Client, suite: Suite) -> None:
    before = (await nobody.Login(login())).refresh_token
    change = pb.ChangePasswordRequest(
        name="users/me", current_password="wrong", new_password="another good one"
    )
    with expect.error(expect.UNAUTHENTICATED, "LOGIN_FAILED"):
        await alice.ChangePassword(change)
    change.current_password = PASSWORD
    await alice.ChangePassword(change)
    with expect.error(expect.UNAUTHENTICATED):
        await nobody.Login(login())
    with expect.error(expect.UNAUTHENTICATED):
        await nobody.RefreshToken(auth_pb.RefreshTokenRequest(refresh_token=before))
    name = suite.people["alice"].resource
    await admin.ChangePassword(pb.ChangePasswordRequest(name=name, new_password=PASSWORD))
    await nobody.Login(login())


async def test_deactivated_users_cannot_come_back_in(
    suite: Suite, admin: Client, alice: Client, nobody: Client
) -> None:
    refresh = (await nobody.Login(login())).refresh_token
    create = pb.CreateApiTokenRequest(
        parent="users/me", api_token=user_pb2.ApiToken(display_name="x")
    )
    api_token = (await alice.CreateApiToken(create)).token
    name = suite.people["alice"].resource
    gone = await admin.DeactivateUser(pb.DeactivateUserRequest(name=name))
    assert gone.HasField("deactivate_time")
    for call in (
        nobody.Login(login()),
        nobody.RefreshToken(auth_pb.RefreshTokenRequest(refresh_token=refresh)),
        nobody.ExchangeApiToken(auth_pb.ExchangeApiTokenRequest(api_token=api_token)),
    ):
        with expect.error(expect.UNAUTHENTICATED):
            await call
    back = await admin.ReactivateUser(pb.ReactivateUserRequest(name=name))
    assert not back.HasField("deactivate_time")
    await nobody.Login(login())


async def test_the_last_administrator_stays(suite: Suite, admin: Client) -> None:
    name = suite.people["admin"].resource
    with expect.error(expect.PRECONDITION, "LAST_ADMIN"):
        await admin.DeactivateUser(pb.DeactivateUserRequest(name=name))
    demote = pb.UpdateUserRequest(user=User(name=name, role=User.ROLE_USER))
    with expect.error(expect.PRECONDITION, "LAST_ADMIN"):
        await admin.UpdateUser(demote)
    alice = suite.people["alice"].resource
    await admin.UpdateUser(pb.UpdateUserRequest(user=User(name=alice, role=User.ROLE_ADMIN)))
    await admin.UpdateUser(demote)
