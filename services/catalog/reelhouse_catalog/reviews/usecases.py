"""What can be done with review items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.reviews import store
from reelhouse_catalog.reviews.answering import answer_by_link, tell
from reelhouse_catalog.reviews.model import (
    REVIEW_ITEM,
    Judged,
    Reason,
    Resolution,
    ReviewItem,
    ReviewState,
)
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.titles import linking
from reelhouse_catalog.titles.model import EPISODE, TRACK
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once


@dataclass(frozen=True, slots=True)
class Target:
    """What a file is a copy of: an episode, or a track, of a title."""

    title_id: UUID
    episode_id: UUID | None = None
    track_id: UUID | None = None


async def get_item(source: Database | Session, item_id: UUID) -> ReviewItem:
    """Returns a review item.

    Raises:
        NotFoundError: There is none.
    """
    item = await store.get(source, item_id)
    if item is None:
        raise _missing(item_id)
    return item


@atomic
async def create_item(session: Session, file_id: UUID, notes: str, once: Once | None) -> ReviewItem:
    """Asks for a look at a file.

    Raises:
        NotFoundError: There is no such file.
        AlreadyExistsError: That was asked for, and is pending.
    """
    item_id = new_id()
    done = await once_store.claim(session, once, item_id)
    if done is not None:
        return await get_item(session, done)
    file = await store.file_of(session, file_id)
    if file is None:
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
    there = await store.pending(session, file_id, Reason.MANUAL)
    if there is not None:
        name = REVIEW_ITEM.format(there)
        raise errors.AlreadyExistsError(
            "REVIEW_ITEM_EXISTS", f"{name} is pending already", review_item=name
        )
    library_id, score = file
    await store.insert_item(
        session,
        item_id,
        file_id,
        library_id,
        reason=Reason.MANUAL,
        confidence=score,
        notes=notes,
    )
    await tell(session, [item_id], Change.CREATED)
    return await get_item(session, item_id)


@atomic
async def update_notes(
    session: Session, item_id: UUID, file_id: UUID | None, notes: str | None, etag: str
) -> ReviewItem:
    """Changes an item's notes; None leaves them. `file_id` is what the caller thinks it is of.

    Raises:
        NotFoundError: There is no such item.
        EtagMismatchError: It was changed since.
        InvalidArgumentError: It is of another file.
    """
    item = await _locked(session, item_id, etag)
    if file_id not in (None, item.media_file_id):
        raise errors.invalid("review_item.media_file", "cannot be changed")
    if notes is not None:
        await store.write_notes(session, item_id, notes)
        await tell(session, [item_id], Change.UPDATED)
    return await get_item(session, item_id)


@atomic
async def resolve_item(
    session: Session,
    item_id: UUID,
    target: Target,
    *,
    notes: str,
    reviewer: str,
    etag: str,
    once: Once | None,
) -> ReviewItem:
    """Says what an item's file is a copy of.

    Raises:
        NotFoundError: There is no such item, episode or track.
        EtagMismatchError: The item was changed since.
        WrongStateError: It is not pending.
        InvalidArgumentError: The target is in another library.
    """
    done = await once_store.claim(session, once, item_id)
    if done is not None:
        return await get_item(session, item_id)
    found = await get_item(session, item_id)
    # The file first, then its items: scans lock them in this order.
    file = await store.file_of(session, found.media_file_id)
    item = await _locked(session, item_id, etag)
    if item.state is not ReviewState.PENDING:
        raise errors.WrongStateError(item.resource, item.state.upper(), "resolve it")
    await _check_target(session, target, file[0] if file else item.library_id)
    linked = {"episode_id": target.episode_id, "track_id": target.track_id}
    await linking.relink(session, item.media_file_id, **linked)
    await store.end(
        session,
        item_id,
        ReviewState.RESOLVED,
        how=Resolution.LINK,
        notes=notes or item.notes,
        by=reviewer,
        **linked,
    )
    await tell(session, [item_id], Change.UPDATED)
    await answer_by_link(session, item.media_file_id, by=reviewer, **linked)
    return await get_item(session, item_id)


@atomic
async def reject_item(
    session: Session,
    item_id: UUID,
    *,
    notes: str,
    reviewer: str,
    etag: str,
    once: Once | None,
) -> ReviewItem:
    """Dismisses an item.

    Raises:
        NotFoundError: There is none.
        EtagMismatchError: It was changed since.
        WrongStateError: It is not pending.
    """
    done = await once_store.claim(session, once, item_id)
    if done is not None:
        return await get_item(session, item_id)
    item = await _locked(session, item_id, etag)
    if item.state is not ReviewState.PENDING:
        raise errors.WrongStateError(item.resource, item.state.upper(), "reject it")
    await store.end(
        session,
        item_id,
        ReviewState.REJECTED,
        how=Resolution.NONE,
        by=reviewer,
        notes=notes or item.notes,
        episode_id=None,
        track_id=None,
    )
    await tell(session, [item_id], Change.UPDATED)
    return await get_item(session, item_id)


async def judge(session: Session, library_id: UUID, judged: Sequence[Judged]) -> None:
    """Adds the items of files that were opened, and settles those whose reason is gone."""
    await tell(session, await store.add(session, library_id, judged), Change.CREATED)
    known = [file for file in judged if file.known]
    if known:
        await tell(session, await store.settle(session, known), Change.UPDATED)


async def _check_target(session: Session, target: Target, library_id: UUID) -> None:
    if target.episode_id is not None:
        field, resource = "episode", EPISODE
        library = await store.library_of_episode(session, target.title_id, target.episode_id)
    elif target.track_id is not None:
        field, resource = "track", TRACK
        library = await store.library_of_track(session, target.title_id, target.track_id)
    else:
        raise ValueError("a target is an episode or a track")
    if library is None:
        part = target.episode_id or target.track_id
        raise errors.NotFoundError(resource.type, resource.format(target.title_id, str(part)))
    if library != library_id:
        raise errors.invalid(field, "is in another library than the file")


async def _locked(session: Session, item_id: UUID, etag: str) -> ReviewItem:
    item = await store.lock(session, item_id)
    if item is None:
        raise _missing(item_id)
    if etag and etag != f'"{item.revision}"':
        raise errors.EtagMismatchError(item.resource)
    return item


def _missing(item_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(REVIEW_ITEM.type, REVIEW_ITEM.format(item_id))
