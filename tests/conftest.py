"""What all tests share: one PostgreSQL for the run, a database of its own for each test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from reelhouse_catalog.schema import SCHEMA as CATALOG
from reelhouse_kit.testing import postgres
from reelhouse_playback.schema import SCHEMA as PLAYBACK
from reelhouse_requests.schema import SCHEMA as REQUESTS
from reelhouse_transcode.schema import SCHEMA as TRANSCODE
from tests.media import Media

SCHEMAS = (CATALOG, TRANSCODE, REQUESTS, PLAYBACK)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Yields the address of a server, as a role that may do anything."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """Makes media files."""
    return Media(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="session")
def template(postgres_url: str) -> str:
    """Returns a database with all four schemas, to be copied."""
    return asyncio.run(postgres.make_template(postgres_url, SCHEMAS))


@pytest.fixture
async def admin_url(postgres_url: str, template: str) -> AsyncIterator[str]:
    """Yields the address of a database of this test's own, as a role that may do anything."""
    async with postgres.copy(postgres_url, template) as url:
        yield url


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out tests over cases from outside where these are not at hand."""
    empty = [item for item in items if any(map(_has_no_cases, item.iter_markers("skip")))]
    if empty:
        config.hook.pytest_deselected(items=empty)
        items[:] = [item for item in items if item not in empty]


def _has_no_cases(mark: pytest.Mark) -> bool:
    return "got empty parameter set" in str(mark.kwargs.get("reason", ""))
