"""What happened to links, and how many there are, in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.schema import (
    outbox,
    symlink_actions,
    symlink_events,
    symlinks,
)
from reelhouse_catalog.symlinks import store
from reelhouse_catalog.symlinks.model import (
    EventAction,
    LinkEvent,
    LinkKind,
    LinkStats,
    LinkStatus,
    Symlink,
    event_values,
)
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.rpc.paging import Page

TOPIC = "symlinks"
TOP_FOLDERS = 25
_event = symlink_events.c
_link = symlinks.c
_action = symlink_actions.c
_COLUMNS: dict[str, Any] = {
    "library_id": Uuid(),
    "symlink_id": Uuid(),
    "path": BYTEA(),
    "target": BYTEA(),
    "kind": Text(),
    "name": Text(),
    "action": Text(),
    "status": Text(),
    "detail": Text(),
}
_APPEND = Query(insert(symlink_events).from_select(list(_COLUMNS), select(rows_of(**_COLUMNS))))
_ACTION_STATES = ("pending", "sent", "failed", "verified")


def _counts(*, library: bool) -> Query:
    # One by one, so that each is counted along an index.
    statements = [
        select(_link.status, _link.kind, func.count().label("count"))
        .where(
            _link.status == text(f"'{status}'"),
            *([_link.library_id == bindparam("library_id")] if library else []),
        )
        .group_by(_link.status, _link.kind)
        for status in LinkStatus
    ]
    return Query(union_all(*statements))


def _folders(*, library: bool) -> Query:
    count = func.count().label("count")
    return Query(
        select(_link.library_id, _link.directory, count)
        .where(
            _link.status == text("'broken'"),
            *([_link.library_id == bindparam("library_id")] if library else []),
        )
        .group_by(_link.library_id, _link.directory)
        .order_by(count.desc(), _link.library_id, _link.directory)
        .limit(bindparam("limit", type_=Integer))
    )


def _manual(*, library: bool) -> Query:
    return Query(
        select(func.count())
        .select_from(symlinks)
        .where(
            _link.manual_reason != text("''"),
            *([_link.library_id == bindparam("library_id")] if library else []),
        )
    )


def _actions(*, library: bool) -> Query:
    statements = [
        select(_action.state, func.count().label("count"))
        .where(
            _action.state == text(f"'{state}'"),
            *([_action.library_id == bindparam("library_id")] if library else []),
        )
        .group_by(_action.state)
        for state in _ACTION_STATES
    ]
    return Query(union_all(*statements))


_COUNTS = {library: _counts(library=library) for library in (False, True)}
_FOLDERS = {library: _folders(library=library) for library in (False, True)}
_MANUAL = {library: _manual(library=library) for library in (False, True)}
_ACTIONS = {library: _actions(library=library) for library in (False, True)}


async def tell(
    session: Session,
    links: Sequence[Symlink],
    actions: Sequence[EventAction] | EventAction,
    details: Sequence[str] | str = "",
) -> None:
    """Writes what happened to links into their history, and tells of it.

    In the transaction of the change. `actions` and `details` are one for all, or one for each.
    """
    if not links:
        return
    if isinstance(actions, EventAction):
        actions = [actions] * len(links)
    if isinstance(details, str):
        details = [details] * len(links)
    rows = [
        event_values(link, action, detail)
        for link, action, detail in zip(links, actions, details, strict=True)
    ]
    await session.run(_APPEND, **{name: [row[name] for row in rows] for name in _COLUMNS})
    changes = {EventAction.FOUND: Change.CREATED, EventAction.PASSED_OVER: Change.DELETED}
    await outbox.append(
        session,
        *(
            Event(TOPIC, link.resource, changes.get(action, Change.UPDATED))
            for link, action in zip(links, actions, strict=True)
        ),
    )


async def page(
    database: Database, library_id: UUID | None, symlink_id: UUID | None, page: Page
) -> list[LinkEvent]:
    """Returns a page of what happened, newest first."""
    query = _list(
        library=library_id is not None,
        symlink=symlink_id is not None,
        after=page.after is not None,
    )
    rows = await database.all(
        query,
        library_id=library_id,
        symlink_id=symlink_id,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [LinkEvent(**row) for row in rows]


@lru_cache
def _list(*, library: bool, symlink: bool, after: bool) -> Query:
    statement = (
        select(symlink_events).order_by(_event.id.desc()).limit(bindparam("limit", type_=Integer))
    )
    for wanted, condition in (
        # A link's events are those of its library.
        (library and not symlink, _event.library_id == bindparam("library_id")),
        (symlink, _event.symlink_id == bindparam("symlink_id")),
        (after, _event.id < bindparam("after", type_=BigInteger)),
    ):
        if wanted:
            statement = statement.where(condition)
    return Query(statement)


async def stats(database: Database, library_id: UUID | None) -> LinkStats:
    """Counts the links of a library, or of all."""
    whose = library_id is not None
    values: dict[str, object] = {"library_id": library_id} if whose else {}
    async with database.connection() as session:
        counts = await session.all(_COUNTS[whose], **values)
        folders = await session.all(_FOLDERS[whose], limit=TOP_FOLDERS, **values)
        manual = await session.value(_MANUAL[whose], **values)
        actions = await session.all(_ACTIONS[whose], **values)
    return LinkStats(
        counts={(LinkStatus(row["status"]), LinkKind(row["kind"])): row["count"] for row in counts},
        folders=[(row["library_id"], row["directory"], row["count"]) for row in folders],
        manual=manual,
        actions={row["state"]: row["count"] for row in actions},
    )


async def give_up(session: Session, links: Sequence[Symlink], reason: str) -> int:
    """Puts links before a person. Returns how many were not yet."""
    given = await store.hand_to_person(session, [link.id for link in links], reason)
    await tell(session, given, EventAction.MANUAL, reason)
    return len(given)
