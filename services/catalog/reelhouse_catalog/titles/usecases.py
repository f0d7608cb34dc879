"""What can be done with titles."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.titles import store
from reelhouse_catalog.titles.model import EPISODE, TITLE, TRACK, Episode, Title, TitleKind, Track
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_kit.rpc.paging import Page
from reelhouse_naming import normalize_title


async def get_title(database: Database, title_id: UUID) -> Title:
    """Returns a title.

    Raises:
        NotFoundError: There is none.
    """
    title = await store.get(database, title_id)
    if title is None:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    return title


async def search_titles(
    database: Database,
    query: str,
    library_id: UUID | None,
    kind: TitleKind | None,
    page: Page,
) -> list[tuple[Title, float]]:
    """Returns a page of the titles that match, best first.

    Raises:
        InvalidArgumentError: The query has neither letters nor digits.
    """
    normalized = normalize_title(query)
    if not normalized:
        raise errors.invalid("query", "has neither letters nor digits")
    return await store.search(database, normalized, library_id, kind, page)


async def get_episode(database: Database, title_id: UUID, episode_id: UUID) -> Episode:
    """Returns an episode.

    Raises:
        NotFoundError: There is none.
    """
    episode = await store.get_episode(database, title_id, episode_id)
    if episode is None:
        raise errors.NotFoundError(EPISODE.type, EPISODE.format(title_id, episode_id))
    return episode


async def get_track(database: Database, title_id: UUID, track_id: UUID) -> Track:
    """Returns a track.

    Raises:
        NotFoundError: There is none.
    """
    track = await store.get_track(database, title_id, track_id)
    if track is None:
        raise errors.NotFoundError(TRACK.type, TRACK.format(title_id, track_id))
    return track
