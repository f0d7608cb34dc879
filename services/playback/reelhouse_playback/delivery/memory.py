"""Remembers what other services said."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_MOST_REMEMBERED = 1000


class Memory(Generic[K, V]):
    """Remembers what was looked up for a short while."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: dict[K, tuple[float, V]] = {}

    async def get(self, key: K, look_up: Callable[[], Awaitable[V]]) -> V:
        """Returns what is known of a key, looking it up if need be."""
        known = self._known.get(key)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        value = await look_up()
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (time.monotonic() + self._seconds, value)
        return value

    def forget(self, key: K) -> None:
        """Makes the next look at a key a look-up."""
        self._known.pop(key, None)
