"""Media requests in the database. Row-level security keeps users to their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
    update,
)

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_requests.media_requests.model import ACTIVE, MediaRequest, State, may_become
from reelhouse_requests.schema import audiobooks, requests

_request = requests.c
_SNAPSHOT_PAGE = 500
_COLUMNS = tuple(column for column in requests.c if column.name != "state_times")
_SELECT = select(*_COLUMNS, audiobooks.c.catalog_title).join(
    audiobooks, audiobooks.c.id == _request.audiobook_id
)
_INSERT = Query(
    insert(requests).values(
        id=bindparam("id"),
        user_id=bindparam("user_id"),
        audiobook_id=bindparam("audiobook_id"),
        priority=bindparam("priority"),
        status=bindparam("status", type_=Text),
        state_times=func.jsonb_build_object(bindparam("status", type_=Text), func.now()),
    )
)
_GET = Query(_SELECT.where(_request.id == bindparam("id")))
_BATCH = Query(_SELECT.where(_request.id == any_(bindparam("ids", type_=ARRAY(Uuid)))))
_ACTIVE_OF = Query(
    select(_request.id, _request.user_id).where(
        _request.audiobook_id == bindparam("audiobook_id"),
        _request.status == any_(bindparam("active", type_=ARRAY(Text))),
    )
)
_OF_AUDIOBOOK = Query(
    select(_request.id, _request.user_id, _request.status)
    .where(_request.audiobook_id == bindparam("audiobook_id"))
    .order_by(_request.id)
    .with_for_update()
)
_to = bindparam("to", type_=Text)
_MOVE = Query(
    update(requests)
    .where(
        _request.id == bindparam("request"),
        _request.status == any_(bindparam("before", type_=ARRAY(Text))),
    )
    .values(
        status=_to,
        error_message=bindparam("message"),
        state_times=_request.state_times.concat(func.jsonb_build_object(_to, func.now())),
        completed_at=case((_to == text("'available'"), func.now()), else_=None),
        updated_at=func.now(),
        revision=_request.revision + 1,
    )
)


def _request_of(row: Any) -> MediaRequest:
    return MediaRequest(**{**row, "status": State(row["status"])})


async def insert_request(
    session: Session,
    request_id: UUID,
    *,
    user_id: UUID,
    audiobook_id: UUID,
    priority: int,
    state: State,
) -> None:
    """Adds a request.

    Raises:
        UniqueViolationError: Another one for the same item is under way.
    """
    await session.run(
        _INSERT,
        id=request_id,
        user_id=user_id,
        audiobook_id=audiobook_id,
        priority=priority,
        status=state,
    )


async def get(source: Database | Session, request_id: UUID) -> MediaRequest | None:
    """Returns a request."""
    row = await source.one(_GET, id=request_id)
    return _request_of(row) if row else None


async def batch(database: Database, ids: Sequence[UUID]) -> list[MediaRequest]:
    """Returns those of these requests that exist."""
    return [_request_of(row) for row in await database.all(_BATCH, ids=list(ids))]


async def active_of(source: Database | Session, audiobook_id: UUID) -> tuple[UUID, UUID] | None:
    """Returns the request for an audiobook that is under way, and whose it is."""
    row = await source.one(
        _ACTIVE_OF, audiobook_id=audiobook_id, active=[str(state) for state in ACTIVE]
    )
    return (row["id"], row["user_id"]) if row else None


async def of_audiobook(session: Session, audiobook_id: UUID) -> list[tuple[UUID, UUID, State]]:
    """Returns, locked, id, user and state of all requests for an audiobook."""
    rows = await session.all(_OF_AUDIOBOOK, audiobook_id=audiobook_id)
    return [(row["id"], row["user_id"], State(row["status"])) for row in rows]


async def move(session: Session, request_id: UUID, state: State, message: str = "") -> bool:
    """Puts a request into a state. Returns whether its state before allowed that."""
    before = [str(known) for known in may_become(state)]
    moved = await session.run(_MOVE, request=request_id, before=before, to=state, message=message)
    return moved == 1


async def page(
    database: Database, user_id: UUID | None, state: State | None, page: Page
) -> list[MediaRequest]:
    """Returns a page of requests, newest first; those of one user unless that is None."""
    rows = await database.all(
        _list(user=user_id is not None, state=state is not None, after=page.after is not None),
        user_id=user_id,
        state=state,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_request_of(row) for row in rows]


@lru_cache
def _list(*, user: bool, state: bool, after: bool) -> Query:
    statement = _SELECT.order_by(_request.id.desc()).limit(bindparam("limit", type_=Integer))
    if user:
        statement = statement.where(_request.user_id == bindparam("user_id"))
    if state:
        statement = statement.where(_request.status == bindparam("state"))
    if after:
        statement = statement.where(_request.id < bindparam("after"))
    return Query(statement)


async def everything(database: Database, user_id: UUID | None) -> AsyncIterator[MediaRequest]:
    """Yields all requests of a user, or of all, page by page."""
    after: tuple[UUID] | None = None
    while True:
        found = await page(database, user_id, None, Page(_SNAPSHOT_PAGE, after, ""))
        for request in found[:_SNAPSHOT_PAGE]:
            yield request
        if len(found) <= _SNAPSHOT_PAGE:
            return
        after = (found[_SNAPSHOT_PAGE - 1].id,)
