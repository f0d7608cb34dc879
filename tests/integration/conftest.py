"""Databases for tests of one layer on real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from reelhouse_kit.db import Database
from reelhouse_kit.testing import postgres


@pytest.fixture
def catalog_url(admin_url: str) -> str:
    return postgres.as_service(admin_url, "catalog")


@pytest.fixture
async def catalog_db(catalog_url: str) -> AsyncIterator[Database]:
    async with Database.open(catalog_url, schema="catalog", size=8) as database:
        yield database


@pytest.fixture
async def requests_db(admin_url: str) -> AsyncIterator[Database]:
    url = postgres.as_service(admin_url, "requests")
    async with Database.open(url, schema="requests", size=8) as database:
        yield database


@pytest.fixture
def playback_url(admin_url: str) -> str:
    return postgres.as_service(admin_url, "playback")


@pytest.fixture
async def playback_db(playback_url: str) -> AsyncIterator[Database]:
    async with Database.open(playback_url, schema="playback", size=8) as database:
        yield database
