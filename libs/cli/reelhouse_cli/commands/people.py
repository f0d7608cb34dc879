"""`reelhouse users` and `reelhouse token`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from reelhouse.requests.v1 import auth_service_pb2, user_pb2, user_service_pb2
from reelhouse_cli import output
from reelhouse_cli.api import (
    Api,
    as_dict,
    credentials_file,
    save_refresh_token,
    with_api,
    without_sign_in,
)
from reelhouse_cli.commands.library import kind_name
from reelhouse_cli.commands.options import AsJson, Most

_Role = user_pb2.User.Role
users = typer.Typer(help="Keep users.", no_args_is_help=True)
token = typer.Typer(help="Sign in, and keep API tokens.", no_args_is_help=True)


def _password(prompt: str, *, from_stdin: bool, confirm: bool = False) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=confirm))


async def _find(api: Api, who: str) -> str:
    """Returns the user that somebody means: by name or username."""
    if who.startswith("users/"):
        return who
    request = user_service_pb2.ListUsersRequest()
    for user in await api.pages(api.users.ListUsers, request, "users", 100_000):
        if user.username.casefold() == who.casefold():
            return str(user.name)
    raise typer.BadParameter(f"there is no user {who}")


def _show(found: list[user_pb2.User], *, as_json: bool) -> None:
    if as_json:
        output.print_json([as_dict(user) for user in found])
        return
    output.print_table(
        ("username", "role", "called", "last sign-in", "state", "name"),
        [
            (
                user.username,
                kind_name(user.role, "ROLE_", _Role),
                user.display_name,
                user.last_login_time.ToDatetime().strftime("%Y-%m-%d %H:%M")
                if user.HasField("last_login_time")
                else "never",
                "deactivated" if user.HasField("deactivate_time") else "active",
                user.name,
            )
            for user in found
        ],
    )


@users.command("add")
@with_api
async def add(
    api: Api,
    username: str,
    admin: Annotated[bool, typer.Option("--admin", help="Make an administrator.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a user."""
    password = _password("Password", from_stdin=password_stdin, confirm=True)
    role = _Role.ROLE_ADMIN if admin else _Role.ROLE_USER
    request = user_service_pb2.CreateUserRequest(
        user=user_pb2.User(username=username, role=role), password=password
    )
    _show([await api.call(api.users.CreateUser, request)], as_json=as_json)


@users.command("ls")
@with_api
async def list_users(api: Api, most: Most = 100, as_json: AsJson = False) -> None:
    """List users."""
    request = user_service_pb2.ListUsersRequest()
    _show(await api.pages(api.users.ListUsers, request, "users", most), as_json=as_json)


@users.command("deactivate")
@with_api
async def deactivate(api: Api, who: str, as_json: AsJson = False) -> None:
    """Bar a user from signing in."""
    request = user_service_pb2.DeactivateUserRequest(name=await _find(api, who))
    _show([await api.call(api.users.DeactivateUser, request)], as_json=as_json)


@users.command("reactivate")
@with_api
async def reactivate(api: Api, who: str, as_json: AsJson = False) -> None:
    """Let a deactivated user sign in again."""
    request = user_service_pb2.ReactivateUserRequest(name=await _find(api, who))
    _show([await api.call(api.users.ReactivateUser, request)], as_json=as_json)


@users.command("password")
@with_api
async def password(
    api: Api,
    who: Annotated[str, typer.Argument(help="A username; you, if left out.")] = "users/me",
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read the current password, then the new one, from standard input.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Change a password."""
    name = await _find(api, who)
    current = ""
    if name == "users/me":
        current = _password("Current password", from_stdin=password_stdin)
    new = _password("New password", from_stdin=password_stdin, confirm=True)
    request = user_service_pb2.ChangePasswordRequest(
        name=name, current_password=current, new_password=new
    )
    await api.call(api.users.ChangePassword, request)
    if as_json:
        output.print_json({"changed": True})
    else:
        output.console.print("The password is changed.")


@token.command("login")
@without_sign_in
async def login(
    api: Api,
    username: str,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign in on this machine."""
    given = _password("Password", from_stdin=password_stdin)
    request = auth_service_pb2.LoginRequest(username=username, password=given)
    response = await api.call(api.auth.Login, request)
    save_refresh_token(response.refresh_token)
    _show([response.user], as_json=as_json)


@token.command("logout")
@without_sign_in
async def logout(api: Api, as_json: AsJson = False) -> None:
    """Sign out on this machine."""
    saved = credentials_file()
    if saved.exists():
        request = auth_service_pb2.LogoutRequest(refresh_token=saved.read_text().strip())
        await api.call(api.auth.Logout, request)
        saved.unlink()
    if as_json:
        output.print_json({"signed_in": False})
    else:
        output.console.print("You are signed out.")


@token.command("access")
@with_api
async def access(api: Api, as_json: AsJson = False) -> None:
    """Print an access token, good for an hour: for grpcurl and the like."""
    if as_json:
        output.print_json({"access_token": api.access_token})
    else:
        print(api.access_token)


@token.command("create")
@with_api
async def create(
    api: Api,
    what_for: Annotated[str, typer.Argument(help="What it is for.")],
    as_json: AsJson = False,
) -> None:
    """Create an API token. It is shown this once."""
    request = user_service_pb2.CreateApiTokenRequest(
        parent="users/me", api_token=user_pb2.ApiToken(display_name=what_for)
    )
    created = await api.call(api.users.CreateApiToken, request)
    if as_json:
        output.print_json(as_dict(created))
    else:
        print(created.token)


@token.command("ls")
@with_api
async def list_tokens(api: Api, as_json: AsJson = False) -> None:
    """List your API tokens."""
    request = user_service_pb2.ListApiTokensRequest(parent="users/me")
    found = await api.pages(api.users.ListApiTokens, request, "api_tokens", 1000)
    if as_json:
        output.print_json([as_dict(one) for one in found])
        return
    output.print_table(
        ("for", "created", "last used", "name"),
        [
            (
                one.display_name,
                one.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M"),
                one.last_use_time.ToDatetime().strftime("%Y-%m-%d %H:%M")
                if one.HasField("last_use_time")
                else "never",
                one.name,
            )
            for one in found
        ],
    )


@token.command("delete")
@with_api
async def delete(api: Api, name: str, as_json: AsJson = False) -> None:
    """Delete an API token."""
    await api.call(api.users.DeleteApiToken, user_service_pb2.DeleteApiTokenRequest(name=name))
    if as_json:
        output.print_json({"deleted": True})
    else:
        output.console.print("The token is deleted.")
