"""Makes the first administrator of a new installation."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from reelhouse_kit.auth.principal import Role
from reelhouse_kit.db import Database
from reelhouse_kit.rpc.paging import Page
from reelhouse_requests.schema import SCHEMA
from reelhouse_requests.settings import RequestsSettings
from reelhouse_requests.users import store, usecases
from reelhouse_requests.users.model import new_secret

USERNAME = "admin"


async def bootstrap(
    settings: RequestsSettings,
    stopping: asyncio.Event,  # noqa: ARG001 # it ends by itself
) -> None:
    """Makes an administrator with a password and an API token, unless there is a user already.

    Both are written into files that only this account can read.
    """
    async with Database.open(settings.database_url, schema=SCHEMA.name, size=1) as opened:
        database = opened.for_everybody()
        if await store.page(database, Page(1, None, "")):
            return
        password = new_secret()
        user = await usecases.create_user(
            database, username=USERNAME, password=password, role=Role.ADMIN
        )
        _, token = await usecases.create_api_token(database, user.id, "first administrator", None)
    for path, secret in (
        (settings.admin_password_file, password),
        (settings.admin_token_file, token),
    ):
        if path:
            await asyncio.to_thread(_write, Path(path), secret)


def _write(path: Path, secret: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(path, flags, 0o600), "w") as file:
        file.write(secret + "\n")
