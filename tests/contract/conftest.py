"""A running suite for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import suite as suites
from tests.suite import Suite


@pytest.fixture
async def suite(admin_url: str, tmp_path: Path) -> AsyncIterator[Suite]:
    async with suites.running(admin_url, tmp_path) as running:
        yield running
