"""Watch streams: what there is, then what changes, with tokens to go on after a break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.outbox import Change, Position, Recorded
from reelhouse_kit.rpc import paging

T = TypeVar("T")

CHECKPOINT_SECONDS = 20.0
"""A watcher hears at least this often (API guide 37 allows 30 s)."""
MAX_AGE_SECONDS = 1800.0
"""A watch ends after this long; its client goes on with the token, maybe at another replica."""
KEPT = timedelta(days=7)
"""A resume token is good for this long; events are kept for longer."""


@dataclass(frozen=True, slots=True)
class Update(Generic[T]):
    """One message of a watch. `change` None is a checkpoint; a deleted resource has only a name."""

    change: Change | None
    name: str
    resource: T | None
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch(Generic[T]):
    """A watch on one kind of resource.

    Attributes:
        hub: Where events come from.
        topic: The kind of resource.
        checksum: Ties tokens to the request: see `paging.checksum`.
        snapshot: Yields all resources that there are, as (name, resource).
        load: Returns the resources of these names that the watcher may see.
        stopping: Ends the watch when the server stops.
        owner: Only this user's resources; None for everybody's.
    """

    hub: Hub
    topic: str
    checksum: str
    snapshot: Callable[[], AsyncIterator[tuple[str, T]]]
    load: Callable[[Sequence[str]], Awaitable[dict[str, T]]]
    stopping: asyncio.Event
    owner: UUID | None = None

    async def updates(self, resume_token: str) -> AsyncIterator[Update[T]]:
        """Yields what there is, unless the token tells where to go on, then every change.

        Raises:
            InvalidArgumentError: The token is damaged, or another watch's.
            OutOfRangeError: The token is too old.
            UnavailableError: The server stops, or the watch has run for long; watch again.
        """
        ends = time.monotonic() + MAX_AGE_SECONDS
        position = self._resume(resume_token) if resume_token else None
        async with self.hub.watching() as now:
            if position is None:
                position = now
                async for name, resource in self.snapshot():
                    yield Update(Change.CREATED, name, resource, "")
                yield self._checkpoint(position)
            sent = time.monotonic()
            while True:
                found, position = await self._next(position, sent + CHECKPOINT_SECONDS)
                async for update in self._updates(found):
                    sent = time.monotonic()
                    yield update
                if time.monotonic() >= sent + CHECKPOINT_SECONDS:
                    sent = time.monotonic()
                    yield self._checkpoint(position)
                if self.stopping.is_set() or time.monotonic() > ends:
                    raise errors.UnavailableError(
                        "SERVER_STOPPING", "watch again with the last resume token", retry_after=1
                    )

    async def _next(self, position: Position, until: float) -> tuple[list[Recorded], Position]:
        wait = max(0.01, until - time.monotonic())
        reading = asyncio.ensure_future(self.hub.next(position, wait))
        stopping = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else ([], position)
        finally:
            reading.cancel()
            stopping.cancel()

    async def _updates(self, found: Sequence[Recorded]) -> AsyncIterator[Update[T]]:
        """Yields the changes of a batch: one per resource, with the resource as it is now."""
        if not found:
            return
        changes: dict[str, Change] = {}
        for recorded in found:
            event = recorded.event
            if event.topic != self.topic or self.owner not in (None, event.owner):
                continue
            created = changes.get(event.name) is Change.CREATED
            if not (created and event.change is Change.UPDATED):
                changes[event.name] = event.change
        token = self._token(found[-1].position)
        living = [name for name, change in changes.items() if change is not Change.DELETED]
        resources = await self.load(living) if living else {}
        last = next(reversed(changes), None)
        for name, change in changes.items():
            # Only the last message of a batch carries the token: going on from an earlier one
            # would lose those after it.
            resource = resources.get(name)
            if change is Change.DELETED or resource is not None:
                yield Update(change, name, resource, token if name == last else "")

    def _checkpoint(self, position: Position) -> Update[T]:
        return Update(None, "", None, self._token(position))

    def _token(self, position: Position) -> str:
        return paging.encode((position.xid, position.id, datetime.now(UTC)), self.checksum)

    def _resume(self, token: str) -> Position:
        xid, number, made = paging.decode(
            token,
            self.checksum,
            (int, int, datetime),
            field="resume_token",
            reason="RESUME_TOKEN_INVALID",
        )
        if not (0 <= xid < 2**63 and 0 <= number < 2**63 and made.tzinfo is not None):
            raise errors.invalid("resume_token", "is damaged", "RESUME_TOKEN_INVALID")
        if made < datetime.now(UTC) - KEPT:
            raise errors.OutOfRangeError(
                "RESUME_TOKEN_EXPIRED", "list again, then watch without a token"
            )
        return Position(xid, number)


async def follow(
    hub: Hub,
    name: str,
    load: Callable[[], Awaitable[T]],
    ended: Callable[[T], bool],
    stopping: asyncio.Event,
) -> AsyncIterator[T]:
    """Yields one resource as it is, then after every change and at least at every checkpoint.

    Ends after yielding it in a final state.

    Raises:
        UnavailableError: The server stops; watch again.
    """
    async with hub.watching() as now:
        position = now
        resource = await load()
        while True:
            yield resource
            if ended(resource):
                return
            quiet = time.monotonic() + CHECKPOINT_SECONDS
            while time.monotonic() < quiet:
                if stopping.is_set():
                    raise errors.UnavailableError("SERVER_STOPPING", "watch again", retry_after=1)
                found, position = await hub.next(position, 1.0)
                if any(recorded.event.name == name for recorded in found):
                    break
            resource = await load()
