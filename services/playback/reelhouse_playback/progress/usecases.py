"""What can be done with progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from reelhouse_kit.db import Database, Session, atomic
from reelhouse_playback.clients.catalog import CatalogClient
from reelhouse_playback.progress import store
from reelhouse_playback.progress.model import (
    Completion,
    Episode,
    NextUp,
    Progress,
    Series,
    Watchable,
)

MOST_ASKED = 100
"""The most episodes that the catalog tells the next ones of in one call."""
_ROUNDS = 20
"""How often the catalog is asked when all that comes next is completed already."""


async def mark_watched(
    database: Database, catalog: CatalogClient, user_id: UUID, name: str, at: datetime
) -> int:
    """Marks all that a name stands for as watched by a user. Returns how many items that is.

    Raises:
        NotFoundError: There is no such thing.
    """
    found = await catalog.get_watchables(name)
    await _mark(database, user_id, found, at)
    return len(found)


@atomic
async def _mark(session: Session, user_id: UUID, found: Sequence[Watchable], at: datetime) -> None:
    completions = [
        Completion(
            user_id=user_id,
            item=one.item,
            media_file_id=one.media_file_id,
            title_id=one.title_id,
            series=one.series,
            duration_ms=one.duration_ms,
            # One after the other, so that the last of them counts as the last.
            completed_at=at + timedelta(microseconds=place),
        )
        for place, one in enumerate(found)
    ]
    await store.complete(session, completions, marked=True)


async def mark_unwatched(
    database: Database, catalog: CatalogClient, user_id: UUID, name: str
) -> int:
    """Marks all that a name stands for as not watched. Returns of how many items that is news.

    Raises:
        NotFoundError: There is no such thing.
    """
    return await _unmark(database, user_id, await catalog.get_watchables(name))


@atomic
async def _unmark(session: Session, user_id: UUID, found: Sequence[Watchable]) -> int:
    count = await store.unmark(session, user_id, [one.item for one in found])
    titles = {one.title_id for one in found if one.series and one.title_id}
    if titles:
        await store.follow_anew(session, user_id, sorted(titles))
    return count


async def next_up(
    database: Database, catalog: CatalogClient, user_id: UUID, series: Sequence[Series]
) -> list[NextUp]:
    """Returns what a user watches next of some series; nothing of those that do not go on."""
    found: dict[UUID, tuple[Episode, Progress | None]] = {}
    waiting = {one.title_id: one.item for one in series}
    for _ in range(_ROUNDS):
        if not waiting:
            break
        told = await catalog.next_episodes(list(waiting.values()))
        offered = {title: told.get(item, []) for title, item in waiting.items()}
        items = [episode.item for episodes in offered.values() for episode in episodes]
        known = await store.batch(database, user_id, items) if items else {}
        waiting = {}
        for title, episodes in offered.items():
            fresh = next((e for e in episodes if not _completed(known.get(e.item))), None)
            if fresh is not None:
                found[title] = (fresh, known.get(fresh.item))
            elif episodes:
                waiting[title] = episodes[-1].item
    return [NextUp(one, *found[one.title_id]) for one in series if one.title_id in found]


def _completed(progress: Progress | None) -> bool:
    return progress is not None and progress.completed
