"""What the clients of all kinds of source can do, and within which limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from reelhouse_catalog.sources.model import Collection
from reelhouse_catalog.sources.remote import Batch, RemoteCollection, Selection, ServerInfo


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, how often to try, how much to take. Seconds and bytes."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    retries: int = 3
    first_delay: float = 0.5
    longest_delay: float = 30.0
    most_bytes: int = 64 << 20


class SourceClient(Protocol):
    """Talks to one source.

    All methods raise SourceError when the source does not answer, refuses, or answers what its
    protocol does not know.
    """

    async def check(self) -> ServerInfo:
        """Asks a source who it is, with the credential."""

    async def collections(self) -> list[RemoteCollection]:
        """Returns what collections it has."""

    def batches(
        self, collection: Collection, cursor: dict[str, Any] | None, selection: Selection
    ) -> AsyncIterator[Batch]:
        """Yields the items of a collection, groups before their parts, in a stable order.

        Args:
            collection: Whose items.
            cursor: Where to go on, from a batch; None for the beginning.
            selection: What is wanted; all else is left out.
        """
