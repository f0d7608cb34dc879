"""Puts files where they belong: makes titles, seasons, episodes and tracks as needed.

Everything goes by many rows per statement, in an order that two scans share, so that they never
wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from reelhouse_catalog.schema import outbox
from reelhouse_catalog.titles import link_store
from reelhouse_catalog.titles import placement_store as store
from reelhouse_catalog.titles.model import TITLE, TOPIC, Placement
from reelhouse_catalog.titles.placement_store import EpisodeKey, TitleKey, TrackKey
from reelhouse_catalog.titles.searching import match_key
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event


async def place(
    session: Session,
    library_id: UUID,
    placements: Mapping[UUID, Placement | None],
    *,
    relink: Sequence[UUID] = (),
) -> None:
    """Links files to what they hold, and tells of the titles that change by it.

    Args:
        session: The transaction that writes the files.
        library_id: The library that they are in.
        placements: Where each file belongs; None for one that belongs nowhere.
        relink: Those of the files that may be linked already: their other links are taken away,
            unless people chose them.
    """
    chosen = await link_store.pinned(session, relink) if relink else set()
    relink = [file for file in relink if file not in chosen]
    left = set(await titles_of(session, relink)) if relink else set()
    placed = {
        file: placement
        for file, placement in placements.items()
        if placement and file not in chosen
    }
    ids, created = await _titles(session, library_id, placed.values())
    await _link_episodes(session, placed, ids, relink)
    await _link_tracks(session, placed, ids, relink)
    touched = left | set(ids.values())
    await mark_stale(session, dict.fromkeys(touched, library_id))
    await told(session, touched - created, created)


async def told(session: Session, changed: Iterable[UUID], created: Iterable[UUID] = ()) -> None:
    """Counts up the revision of titles that changed and tells of them."""
    changed = sorted(changed)
    if changed:
        await store.touch(session, changed)
    await outbox.append(
        session,
        *(Event(TOPIC, TITLE.format(title), Change.CREATED) for title in created),
        *(Event(TOPIC, TITLE.format(title), Change.UPDATED) for title in changed),
    )


async def titles_of(session: Session, files: Sequence[UUID]) -> list[UUID]:
    """Returns the titles that files are linked to."""
    return await store.titles_of(session, files)


async def destination(session: Session, title_id: UUID) -> UUID | None:
    """Returns the title that a title is part of now: itself unless it was merged. None: no such."""
    return await store.destination(session, title_id)


async def keep_names(session: Session, titles: Sequence[UUID]) -> None:
    """Has files that are called as titles are now matched to them.

    Files are matched by what they were called when a title was made. Once they are called by the
    name that it has now, a scan of all must not take that for another title.
    """
    keys = [
        (match_key(row["kind"], row["name"], row["year"], row["creators"]), row["id"])
        for row in await store.names_of(session, titles)
    ]
    # In the order of keys: whoever adds titles meanwhile does so in the same.
    named = sorted((key, title) for key, title in keys if key)
    if named:
        await store.add_signs(session, named)


async def mark_stale(session: Session, stale: Mapping[UUID, UUID]) -> None:
    """Notes titles, with their libraries, whose files or what lies beside them changed."""
    await store.mark_stale(session, stale)


async def next_stale(session: Session, library_id: UUID, limit: int) -> list[UUID]:
    """Returns titles of a library that `mark_stale` noted."""
    return await store.next_stale(session, library_id, limit)


async def mark_fresh(session: Session, ids: Sequence[UUID]) -> None:
    """Notes that nothing is left to do for titles."""
    await store.mark_fresh(session, ids)


async def _titles(
    session: Session, library_id: UUID, placements: Iterable[Placement]
) -> tuple[dict[TitleKey, UUID], set[UUID]]:
    wanted: dict[TitleKey, Placement] = {}
    for placement in placements:
        wanted.setdefault((placement.kind, placement.match_key), placement)
    if not wanted:
        return {}, set()
    return await store.add_titles(session, library_id, [wanted[key] for key in sorted(wanted)])


async def _link_episodes(
    session: Session,
    placed: Mapping[UUID, Placement],
    ids: Mapping[TitleKey, UUID],
    relink: Sequence[UUID],
) -> None:
    wanted: dict[EpisodeKey, str] = {}
    links: list[tuple[EpisodeKey, UUID]] = []
    for file, placement in placed.items():
        title = ids[placement.kind, placement.match_key]
        for episode in placement.episodes:
            key = (title, episode.season, episode.number)
            wanted[key] = wanted.get(key) or episode.name
            links.append((key, file))
    if not wanted:
        await link_store.link_episodes(session, [], relink)
        return
    in_order = {key: wanted[key] for key in sorted(wanted, key=_sortable)}
    numbered = {(title, season) for title, season, _ in in_order if season is not None}
    season_ids = await store.add_seasons(session, sorted(numbered)) if numbered else {}
    found = await store.add_episodes(session, in_order, season_ids)
    await link_store.link_episodes(session, [(found[key], file) for key, file in links], relink)


def _sortable(key: EpisodeKey) -> tuple[UUID, int, int]:
    title, season, number = key
    return title, -1 if season is None else season, -1 if number is None else number


async def _link_tracks(
    session: Session,
    placed: Mapping[UUID, Placement],
    ids: Mapping[TitleKey, UUID],
    relink: Sequence[UUID],
) -> None:
    wanted: dict[TrackKey, str] = {}
    links: list[tuple[TrackKey, UUID]] = []
    for file, placement in placed.items():
        if placement.track is None:
            continue
        track = placement.track
        title = ids[placement.kind, placement.match_key]
        key = (title, track.disc, track.number, track.match_key)
        wanted[key] = wanted.get(key) or track.name
        links.append((key, file))
    if not wanted:
        await link_store.link_tracks(session, [], relink)
        return
    found = await store.add_tracks(session, {key: wanted[key] for key in sorted(wanted)})
    await link_store.link_tracks(session, [(found[key], file) for key, file in links], relink)
