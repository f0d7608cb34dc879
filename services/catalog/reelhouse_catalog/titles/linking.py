"""What people say that a file is a copy of. Scans leave the links of such files alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reelhouse_catalog.enrichment import local
from reelhouse_catalog.media_files import telling
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.reviews.answering import answer_by_link
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.titles import joining_store as store
from reelhouse_catalog.titles import link_store, placement_store, placing
from reelhouse_catalog.titles import usecases as titles
from reelhouse_catalog.titles.joining import not_linked
from reelhouse_catalog.titles.model import EPISODE, TITLE, TRACK
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic
from reelhouse_kit.rpc.once import Once


@dataclass(frozen=True, slots=True)
class Place:
    """What a file holds: of a title, by (title, id) or by number. `season` is the disc of music."""

    title: UUID
    episode: tuple[UUID, ...] | None = None
    track: tuple[UUID, ...] | None = None
    season: int | None = None
    number: int | None = None


@atomic
async def link_media_file(
    session: Session, file: UUID, place: Place, *, exclusive: bool, by: str, once: Once | None
) -> None:
    """Links a file to an episode or track of a title, which is made if there is none.

    What was asked about the file is answered by that; `by` is who said it.

    Raises:
        NotFoundError: The file, title, episode or track does not exist.
        InvalidArgumentError: What of the title is meant is not said.
    """
    if await once_store.claim(session, once, file) is not None:
        return
    before = await _titles_of(session, file)
    rows = await store.lock(session, sorted({*before, place.title}))
    if place.title not in rows:
        raise errors.NotFoundError(TITLE.type, TITLE.format(place.title))
    await titles.refuse_merged(session, place.title)
    kind = rows[place.title].kind
    relink = [file] if exclusive else []
    episode = track = None
    if kind in ("movie", "show"):
        episode = await _episode(session, kind, place)
    else:
        track = await _track(session, place)
    await _link(session, file, episode, track, relink)
    await _changed(session, file, [*before, place.title])
    await answer_by_link(session, file, by=by, episode_id=episode, track_id=track)


async def relink(
    session: Session, file: UUID, *, episode_id: UUID | None, track_id: UUID | None
) -> None:
    """Links a file to an episode or a track that exists, instead of what it was linked to.

    Raises:
        NotFoundError: The file does not exist.
    """
    before = await _titles_of(session, file)
    await store.lock(session, before)
    await _link(session, file, episode_id, track_id, [file])
    await _changed(session, file, [*before, *await placing.titles_of(session, [file])])


@atomic
async def unlink_media_file(
    session: Session,
    file: UUID,
    *,
    title: UUID | None,
    episode: tuple[UUID, ...] | None,
    track: tuple[UUID, ...] | None,
    once: Once | None,
) -> None:
    """Takes away a file's links to a title, or only to an episode or track of it, or all.

    Raises:
        NotFoundError: The file does not exist.
        FailedPreconditionError: The file has no such link.
    """
    if await once_store.claim(session, once, file) is not None:
        return
    before = await _titles_of(session, file)
    await store.lock(session, before)
    wanted = title or (episode or track or (None,))[0]
    only = {pair[-1] for pair in (episode, track) if pair}
    episodes: list[UUID] = []
    tracks: list[UUID] = []
    for title_id in before if wanted is None else [wanted]:
        episodes += [row["id"] for row in await store.episode_links(session, title_id, [file])]
        tracks += [row["id"] for row in await store.track_links(session, title_id, [file])]
    if only:
        episodes = [found for found in episodes if found in only]
        tracks = [found for found in tracks if found in only]
    if wanted is not None and not (episodes or tracks):
        raise not_linked(file, wanted)
    await store.unlink(session, [file], episodes, tracks)
    await link_store.elect(session, episodes, tracks)
    await _changed(session, file, before)


@atomic
async def set_canonical(session: Session, file: UUID) -> None:
    """Makes a file the one to play of all that it holds.

    Raises:
        NotFoundError: The file does not exist.
        FailedPreconditionError: It is linked to nothing.
    """
    before = await _titles_of(session, file)
    await store.lock(session, before)
    if not await link_store.crown(session, file):
        raise not_linked(file, None)
    await placing.told(session, before)
    await telling.tell(session, [file])


async def _link(
    session: Session,
    file: UUID,
    episode: UUID | None,
    track: UUID | None,
    relink: Sequence[UUID],
) -> None:
    episodes = [(episode, file)] if episode else []
    tracks = [(track, file)] if track else []
    await link_store.link_episodes(session, episodes, relink)
    await link_store.link_tracks(session, tracks, relink)


async def _titles_of(session: Session, file: UUID) -> list[UUID]:
    if await store.missing(session, [file]):
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file))
    return await placing.titles_of(session, [file])


async def _changed(session: Session, file: UUID, changed: Sequence[UUID]) -> None:
    await store.pin(session, [file])
    ids = sorted(set(changed))
    await local.refresh(session, ids)
    await placing.told(session, ids)
    await telling.tell(session, [file])


async def _episode(session: Session, kind: str, place: Place) -> UUID:
    if place.track is not None:
        raise errors.invalid("track", "is nothing that a film or series has")
    if place.episode is not None:
        title_id, episode_id = place.episode
        if title_id != place.title:
            raise errors.invalid("episode", "is not one of the title")
        if episode_id not in await store.parts(session, "episodes", place.title):
            raise errors.NotFoundError(EPISODE.type, EPISODE.format(*place.episode))
        return episode_id
    key: tuple[UUID, int | None, int | None] = (place.title, None, None)
    seasons = {}
    if kind == "show":
        if place.season is None or place.number is None:
            raise errors.invalid("number", "is needed with season_number, or else an episode")
        key = (place.title, place.season, place.number)
        seasons = await placement_store.add_seasons(session, [(place.title, place.season)])
    found = await placement_store.add_episodes(session, {key: ""}, seasons)
    return found[key]


async def _track(session: Session, place: Place) -> UUID:
    if place.episode is not None:
        raise errors.invalid("episode", "is nothing that an album or audiobook has")
    if place.track is not None:
        title_id, track_id = place.track
        if title_id != place.title:
            raise errors.invalid("track", "is not one of the title")
        if track_id not in await store.parts(session, "tracks", place.title):
            raise errors.NotFoundError(TRACK.type, TRACK.format(*place.track))
        return track_id
    if not place.number:
        raise errors.invalid("number", "is needed, or else a track")
    key = (place.title, place.season or 1, place.number, "")
    found = await placement_store.add_tracks(session, {key: f"Track {place.number}"})
    return found[key]
