"""What can be done with titles."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from uuid import UUID

from reelhouse_catalog.titles import placing, search_store, store
from reelhouse_catalog.titles.model import (
    EPISODE,
    SEASON,
    TITLE,
    TRACK,
    Episode,
    Season,
    Title,
    TitleKind,
    Track,
)
from reelhouse_catalog.titles.searching import Reach
from reelhouse_catalog.titles.searching import query as tsquery
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_naming import normalize_title

_FEW = 5
"""With fewer results than that, titles with similar names are looked for."""
_MEANT = 0.5
"""Unless the best has this score: then its name is what was written, without a typing error."""


async def get_title(database: Database, title_id: UUID) -> Title:
    """Returns a title.

    Raises:
        NotFoundError: There is none, or it was merged into another.
    """
    title = await store.get(database, title_id)
    if title is None:
        raise errors.NotFoundError(TITLE.type, TITLE.format(title_id))
    if title.merged_into is not None:
        raise _merged(title_id, title.merged_into)
    return title


async def refuse_merged(session: Session, title_id: UUID) -> None:
    """Refuses a title that was merged into another.

    Raises:
        NotFoundError: It was.
    """
    destination = await placing.destination(session, title_id)
    if destination is not None and destination != title_id:
        raise _merged(title_id, destination)


def _merged(title_id: UUID, into: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(
        TITLE.type, TITLE.format(title_id), reason="TITLE_MERGED", title=TITLE.format(into)
    )


async def search_titles(
    database: Database,
    query: str,
    library_id: UUID | None,
    kind: TitleKind | None,
    page: Page,
) -> tuple[list[tuple[Title, float]], int]:
    """Returns a page of the titles that match with their scores, best first, and its reach.

    Where few match, those whose names are only like the query are found, too. How far the search
    reached is the first part of the key of `page`, so that all pages are of one list.

    Raises:
        InvalidArgumentError: The query has neither letters nor digits.
    """
    text, words = normalize_title(query), tsquery(query)
    if not text or not words:
        raise errors.invalid("query", "has neither letters nor digits")
    of = functools.partial(
        search_store.search, database, text, words, library_id=library_id, kind=kind
    )
    if page.after:
        reach = Reach(page.after[0])
        others = await search_store.corrections(database, text) if reach else None
        known = Page(page.size, page.after[1:], page.checksum)
        return await of(known, others=others and others[:reach]), reach
    # However short the page, whether there are few is seen.
    first = Page(max(page.size, _FEW), None, page.checksum)
    found = await of(first, others=None)
    if _is_enough(found):
        return found, Reach.WRITTEN
    others = await search_store.corrections(database, text)
    found = await of(first, others=others[: Reach.LIKE])
    if _is_enough(found) or len(others) == Reach.LIKE:
        return found, Reach.LIKE
    return await of(first, others=others), Reach.PART


def _is_enough(found: Sequence[tuple[Title, float]]) -> bool:
    return len(found) >= _FEW or bool(found and found[0][1] >= _MEANT)


async def get_season(database: Database, title_id: UUID, season_id: UUID) -> Season:
    """Returns a season.

    Raises:
        NotFoundError: There is none.
    """
    season = await store.get_season(database, title_id, season_id)
    if season is None:
        raise errors.NotFoundError(SEASON.type, SEASON.format(title_id, season_id))
    return season


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
