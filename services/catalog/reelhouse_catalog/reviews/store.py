"""Review items in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Double,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.reviews.model import (
    Filter,
    Judged,
    Reason,
    Resolution,
    ReviewItem,
    ReviewState,
    Stats,
)
from reelhouse_catalog.schema import episodes, media_files, review_queue, titles, tracks
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_item = review_queue.c
_file = media_files.c
_BASE = (
    select(
        review_queue,
        func.coalesce(episodes.c.title_id, tracks.c.title_id).label("title_id"),
    )
    .outerjoin(episodes, episodes.c.id == _item.episode_id)
    .outerjoin(tracks, tracks.c.id == _item.track_id)
)
_GET = Query(_BASE.where(_item.id == bindparam("id")))
_LOCK = Query(_BASE.where(_item.id == bindparam("id")).with_for_update(of=review_queue))
_FILE = Query(
    select(_file.library_id, _file.score).where(_file.id == bindparam("id")).with_for_update()
)
_PENDING = Query(
    select(_item.id).where(
        _item.media_file_id == bindparam("media_file_id"),
        _item.reason == bindparam("reason"),
        text("state = 'pending'"),
    )
)
_INSERT = Query(
    insert(review_queue).values(
        id=bindparam("id"),
        media_file_id=bindparam("media_file_id"),
        library_id=bindparam("library_id"),
        reason=bindparam("reason"),
        confidence=bindparam("confidence"),
        notes=bindparam("notes"),
    )
)
_given = rows_of(
    id=Uuid(), media_file_id=Uuid(), reason=Text(), confidence=Double(), changed=Boolean()
)
_rejected = review_queue.alias("rejected")
_ADD = Query(
    postgresql.insert(review_queue)
    .from_select(
        ["id", "media_file_id", "reason", "confidence", "library_id"],
        select(
            _given.c.id,
            _given.c.media_file_id,
            _given.c.reason,
            _given.c.confidence,
            bindparam("library_id", type_=Uuid),
        ).where(
            # What was dismissed is not asked again of the same content.
            or_(
                _given.c.changed,
                not_(
                    exists().where(
                        _rejected.c.media_file_id == _given.c.media_file_id,
                        _rejected.c.reason == _given.c.reason,
                        _rejected.c.state == text("'rejected'"),
                    )
                ),
            )
        ),
    )
    .on_conflict_do_nothing(
        index_elements=["media_file_id", "reason"], index_where=text("state = 'pending'")
    )
    .returning(_item.id)
)
_pairs = rows_of(file=Uuid(), why=Text())
_SETTLED = {
    "updated_at": func.now(),
    "resolved_at": func.now(),
    "revision": _item.revision + 1,
}
_SETTLE = Query(
    update(review_queue)
    .where(
        _item.media_file_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        text("review_queue.state = 'pending'"),
        _item.reason != text("'manual'"),
        tuple_(_item.media_file_id, _item.reason).not_in(select(_pairs.c.file, _pairs.c.why)),
    )
    .values(state="resolved", resolution="scan", **_SETTLED)
    .returning(_item.id)
)
_ANSWER = Query(
    update(review_queue)
    .where(
        _item.media_file_id == bindparam("media_file_id"),
        text("state = 'pending'"),
        _item.reason == any_(bindparam("reasons", type_=ARRAY(Text))),
    )
    .values(
        state="resolved",
        resolution="link",
        reviewer=bindparam("by"),
        episode_id=bindparam("episode_id"),
        track_id=bindparam("track_id"),
        **_SETTLED,
    )
    .returning(_item.id)
)
_END = Query(
    update(review_queue)
    .where(_item.id == bindparam("item"), text("state = 'pending'"))
    .values(
        state=bindparam("to"),
        resolution=bindparam("how"),
        reviewer=bindparam("by"),
        notes=bindparam("notes"),
        episode_id=bindparam("episode_id"),
        track_id=bindparam("track_id"),
        **_SETTLED,
    )
    .returning(_item.id)
)
_NOTES = Query(
    update(review_queue)
    .where(_item.id == bindparam("item"))
    .values(notes=bindparam("notes"), updated_at=func.now(), revision=_item.revision + 1)
)
_EPISODE = Query(
    select(titles.c.library_id)
    .join(episodes, episodes.c.title_id == titles.c.id)
    .where(titles.c.id == bindparam("title_id"), episodes.c.id == bindparam("id"))
)
_TRACK = Query(
    select(titles.c.library_id)
    .join(tracks, tracks.c.title_id == titles.c.id)
    .where(titles.c.id == bindparam("title_id"), tracks.c.id == bindparam("id"))
)
_COUNTS = Query(
    union_all(
        *(
            select(_item.state, _item.reason, func.count().label("count"))
            .where(_item.state == text(f"'{state}'"))
            .group_by(_item.state, _item.reason)
            for state in ReviewState
        )
    )
)
_OLDEST = Query(
    select(_item.created_at)
    .where(_item.state == text("'pending'"))
    .order_by(_item.id)
    .limit(literal_column("1"))
)
_NOW = Query(select(func.now()))


def _item_of(row: Any) -> ReviewItem:
    kinds = {
        "reason": Reason(row["reason"]),
        "state": ReviewState(row["state"]),
        "resolution": Resolution(row["resolution"]),
    }
    return ReviewItem(**{**row, **kinds})


async def get(source: Database | Session, item_id: UUID) -> ReviewItem | None:
    """Returns a review item."""
    row = await source.one(_GET, id=item_id)
    return _item_of(row) if row else None


async def lock(session: Session, item_id: UUID) -> ReviewItem | None:
    """Returns a review item that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=item_id)
    return _item_of(row) if row else None


async def page(database: Database, where: Filter, page: Page) -> list[ReviewItem]:
    """Returns a page of review items, oldest first."""
    query = _list(
        state=where.state is not None,
        reason=where.reason is not None,
        library=where.library_id is not None,
        media_file=where.media_file_id is not None,
        after=page.after is not None,
    )
    rows = await database.all(
        query,
        state=where.state,
        reason=where.reason,
        library_id=where.library_id,
        media_file_id=where.media_file_id,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_item_of(row) for row in rows]


@lru_cache
def _list(*, state: bool, reason: bool, library: bool, media_file: bool, after: bool) -> Query:
    statement = _BASE.order_by(_item.id).limit(bindparam("limit", type_=Integer))
    for wanted, condition in (
        (state, _item.state == bindparam("state")),
        (reason, _item.reason == bindparam("reason")),
        (library, _item.library_id == bindparam("library_id")),
        (media_file, _item.media_file_id == bindparam("media_file_id")),
        (after, _item.id > bindparam("after")),
    ):
        if wanted:
            statement = statement.where(condition)
    return Query(statement)


async def file_of(session: Session, file_id: UUID) -> tuple[UUID, float] | None:
    """Returns library and score of a file, which nobody changes until the transaction ends."""
    row = await session.one(_FILE, id=file_id)
    return (row["library_id"], row["score"]) if row else None


async def pending(session: Session, file_id: UUID, reason: Reason) -> UUID | None:
    """Returns the pending item of a file for a reason."""
    found: UUID | None = await session.value(_PENDING, media_file_id=file_id, reason=reason)
    return found


async def insert_item(
    session: Session, item_id: UUID, file_id: UUID, library_id: UUID, **values: object
) -> None:
    """Adds a pending item with reason, confidence and notes."""
    await session.run(_INSERT, id=item_id, media_file_id=file_id, library_id=library_id, **values)


async def add(session: Session, library_id: UUID, judged: Sequence[Judged]) -> list[UUID]:
    """Adds the items that are not there. Returns the new ones."""
    wanted = [(file, reason) for file in judged for reason in sorted(file.reasons)]
    if not wanted:
        return []
    rows = await session.all(
        _ADD,
        id=[new_id() for _ in wanted],
        media_file_id=[file.media_file_id for file, _ in wanted],
        reason=[str(reason) for _, reason in wanted],
        confidence=[file.score for file, _ in wanted],
        changed=[file.changed for file, _ in wanted],
        library_id=library_id,
    )
    return [row["id"] for row in rows]


async def settle(session: Session, judged: Sequence[Judged]) -> list[UUID]:
    """Settles the pending items whose reason is gone. Returns them."""
    pairs = [(file.media_file_id, reason) for file in judged for reason in file.reasons]
    rows = await session.all(
        _SETTLE,
        ids=[file.media_file_id for file in judged],
        file=[file for file, _ in pairs],
        why=[str(reason) for _, reason in pairs],
    )
    return [row["id"] for row in rows]


async def answer(
    session: Session, file_id: UUID, reasons: Sequence[Reason], **values: object
) -> list[UUID]:
    """Settles a file's pending items for these reasons by a link. Returns them."""
    rows = await session.all(
        _ANSWER, media_file_id=file_id, reasons=[str(reason) for reason in reasons], **values
    )
    return [row["id"] for row in rows]


async def end(session: Session, item_id: UUID, state: ReviewState, **values: object) -> bool:
    """Ends a pending item. Returns whether it was pending."""
    return await session.one(_END, item=item_id, to=state, **values) is not None


async def write_notes(session: Session, item_id: UUID, notes: str) -> None:
    """Replaces an item's notes."""
    await session.run(_NOTES, item=item_id, notes=notes)


async def library_of_episode(session: Session, title_id: UUID, episode_id: UUID) -> UUID | None:
    """Returns the library of an episode; None when there is no such episode."""
    found: UUID | None = await session.value(_EPISODE, title_id=title_id, id=episode_id)
    return found


async def library_of_track(session: Session, title_id: UUID, track_id: UUID) -> UUID | None:
    """Returns the library of a track; None when there is no such track."""
    found: UUID | None = await session.value(_TRACK, title_id=title_id, id=track_id)
    return found


async def stats(database: Database) -> Stats:
    """Counts items."""
    async with database.transaction() as session:
        rows = await session.all(_COUNTS)
        oldest = await session.value(_OLDEST)
        now = await session.value(_NOW)
    counts = {(ReviewState(row["state"]), Reason(row["reason"])): row["count"] for row in rows}
    return Stats(counts, oldest, now)
