"""A running suite of processes, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.house import House, house


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house() as made, made.up():
        yield made
