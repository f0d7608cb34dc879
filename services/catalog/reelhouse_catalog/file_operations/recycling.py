"""Empties recycle bins."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from reelhouse_catalog.file_operations import bin_store
from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.schema import jobs
from reelhouse_catalog.schema import once as once_store
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic
from reelhouse_kit.rpc.once import Once

PURGE_JOB = "purge_recycle_bin"


@atomic
async def purge_bin(
    session: Session, library_id: UUID, min_age: timedelta, once: Once | None
) -> tuple[int, int]:
    """Begins to remove files from a recycle bin. Returns how many, and their bytes.

    Raises:
        NotFoundError: There is no such library.
    """
    if await libraries.get(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    before = datetime.now(UTC) - min_age
    size = await bin_store.bin_size(session, library_id, before)
    if await once_store.claim(session, once, library_id) is None and size[0]:
        await _enqueue_purge(session, library_id, before)
    return size


def purging(days: int) -> Callable[[Session], Awaitable[None]]:
    """Returns what begins to remove files that have been in recycle bins for so many days."""

    async def purge_old(session: Session) -> None:
        before = datetime.now(UTC) - timedelta(days=days)
        for library_id in await bin_store.bins(session, before):
            await _enqueue_purge(session, library_id, before)

    return purge_old


async def _enqueue_purge(session: Session, library_id: UUID, before: datetime) -> None:
    payload = {"library": str(library_id), "before": before.isoformat()}
    key = f"{PURGE_JOB}:{library_id}"
    await jobs.enqueue(
        session, PURGE_JOB, payload, subject=LIBRARY.format(library_id), unique_key=key
    )
