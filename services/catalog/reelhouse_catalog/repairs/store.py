"""Routes and actions in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Interval,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.repairs.model import (
    Action,
    ActionState,
    LinkNow,
    Planned,
    Scope,
    may_become,
)
from reelhouse_catalog.schema import (
    radarr_movie_files,
    sonarr_episode_files,
    symlink_action_links,
    symlink_actions,
    symlink_runs,
    symlinks,
)
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_action = symlink_actions.c
_of = symlink_action_links.c
_link = symlinks.c
_GET = Query(
    select(symlink_actions).where(
        _action.id == bindparam("id"), _action.library_id == bindparam("library_id")
    )
)
_LOCK = Query(
    select(symlink_actions)
    .where(_action.id == bindparam("id"), _action.library_id == bindparam("library_id"))
    .with_for_update()
)
_INSERT = Query(
    postgresql.insert(symlink_actions)
    .values(
        id=bindparam("id"),
        library_id=bindparam("library_id"),
        route_id=bindparam("route_id"),
        scope=bindparam("scope"),
        url=bindparam("url"),
        reason=bindparam("reason"),
        related_path=bindparam("related_path"),
        term=bindparam("term"),
        dedupe_key=bindparam("dedupe_key"),
    )
    .on_conflict_do_nothing(
        index_elements=["dedupe_key"], index_where=text("state IN ('pending', 'sent')")
    )
    .returning(symlink_actions)
)
_links = func.unnest(bindparam("ids", type_=ARRAY(Uuid))).table_valued("id", name="given")
_ADD_LINKS = Query(
    postgresql.insert(symlink_action_links)
    .from_select(
        ["action_id", "symlink_id"],
        select(bindparam("action", type_=Uuid), _links.render_derived().c.id),
    )
    .on_conflict_do_nothing()
    .returning(_of.symlink_id)
)
_DELETE = Query(delete(symlink_actions).where(_action.id == bindparam("id")))
_MOVE = Query(
    update(symlink_actions)
    .where(
        _action.id == bindparam("action"),
        _action.state == any_(bindparam("before", type_=ARRAY(Text))),
    )
    .values(
        state=bindparam("to"),
        error_code=bindparam("code"),
        last_error=bindparam("message"),
        remote_id=func.coalesce(bindparam("remote", type_=Text), _action.remote_id),
        attempts=_action.attempts + bindparam("counted", type_=Integer),
        next_at=func.now(),
        updated_at=func.now(),
        sent_at=func.coalesce(
            select(func.now()).where(bindparam("to") == "sent").scalar_subquery(), _action.sent_at
        ),
        failed_at=func.coalesce(
            select(func.now()).where(bindparam("to") == "failed").scalar_subquery(),
            _action.failed_at,
        ),
        verified_at=select(func.now()).where(bindparam("to") == "verified").scalar_subquery(),
        revision=_action.revision + 1,
    )
    .returning(symlink_actions)
)
_END_LINKS = Query(
    update(symlink_action_links).where(_of.action_id == bindparam("action")).values(live=False)
)
_TAKE_LINKS = Query(
    update(symlink_action_links).where(_of.action_id == bindparam("action")).values(live=True)
)
_POSTPONE = Query(
    update(symlink_actions)
    .where(_action.id == bindparam("action"), _action.state == text("'pending'"))
    .values(
        attempts=_action.attempts + bindparam("counted", type_=Integer),
        next_at=func.now() + bindparam("delay", type_=Interval),
        error_code=bindparam("code"),
        last_error=bindparam("message"),
        updated_at=func.now(),
        revision=_action.revision + 1,
    )
    .returning(symlink_actions)
)
_DUE = Query(
    select(symlink_actions)
    .where(
        _action.library_id == bindparam("library_id"),
        text("state = 'pending'"),
        _action.next_at <= func.now(),
    )
    .order_by(_action.next_at, _action.id)
    .limit(bindparam("limit", type_=Integer))
)
_WAITING = Query(
    select(_action.library_id)
    .where(
        text("symlink_actions.state = 'pending'"),
        _action.attempts > text("0"),
        _action.next_at <= func.now(),
        ~exists().where(
            symlink_runs.c.library_id == _action.library_id,
            text("symlink_runs.state IN ('pending', 'running')"),
        ),
    )
    .distinct()
)
_LIVE = Query(
    select(symlink_actions).where(
        _action.library_id == bindparam("library_id"),
        _action.state == any_(bindparam("states", type_=ARRAY(Text))),
    )
)
_LINKS_OF = Query(
    select(_of.symlink_id).where(_of.action_id == bindparam("action")).order_by(_of.symlink_id)
)
_LINKS_OF_ALL = Query(
    select(_of.action_id, _of.symlink_id)
    .where(_of.action_id == any_(bindparam("actions", type_=ARRAY(Uuid))))
    .order_by(_of.action_id, _of.symlink_id)
)
_BUSY = Query(
    select(_of.symlink_id).where(
        _of.symlink_id == any_(bindparam("ids", type_=ARRAY(Uuid))), text("live")
    )
)
_other = symlinks.alias("other")
_asked = rows_of(action_id=Uuid(), symlink_id=Uuid(), since=DateTime(timezone=True))
_NOW = Query(
    select(
        _asked.c.action_id,
        _link.status,
        _link.ignored,
        exists()
        .where(
            _other.c.library_id == _link.library_id,
            _other.c.directory == _link.directory,
            _other.c.status == text("'ok'"),
            _other.c.unit == _link.unit,
            _other.c.title_norm == _link.title_norm,
            _other.c.first_seen_at >= _asked.c.since,
        )
        .label("succeeded"),
    ).join(symlinks, _link.id == _asked.c.symlink_id)
)
_SERIES_OF = Query(
    select(sonarr_episode_files.c.sonarr_series_id).where(
        sonarr_episode_files.c.source_id == bindparam("source_id"),
        sonarr_episode_files.c.symlink_path == bindparam("path"),
        text("symlink_path <> ''"),
    )
)
_MOVIE_OF = Query(
    select(radarr_movie_files.c.radarr_movie_id).where(
        radarr_movie_files.c.source_id == bindparam("source_id"),
        radarr_movie_files.c.symlink_path == bindparam("path"),
        text("symlink_path <> ''"),
    )
)


def _action_of(row: Any) -> Action:
    return Action(**{**row, "state": ActionState(row["state"]), "scope": Scope(row["scope"])})


async def get(source: Database | Session, library_id: UUID, action_id: UUID) -> Action | None:
    """Returns an action."""
    row = await source.one(_GET, id=action_id, library_id=library_id)
    return _action_of(row) if row else None


async def lock(session: Session, library_id: UUID, action_id: UUID) -> Action | None:
    """Returns an action that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=action_id, library_id=library_id)
    return _action_of(row) if row else None


async def insert_action(
    session: Session, library_id: UUID, planned: Planned, reason: str
) -> tuple[Action, list[UUID]] | None:
    """Queues an action for its links. None when such an action, or one for each, is live."""
    row = await session.one(
        _INSERT,
        id=new_id(),
        library_id=library_id,
        route_id=planned.route.id,
        scope=planned.scope,
        url=planned.url,
        reason=reason,
        related_path=planned.related_path,
        term=planned.term,
        dedupe_key=planned.dedupe_key,
    )
    if row is None:
        return None
    ids = [link.id for link in planned.links]
    taken = await session.all(_ADD_LINKS, action=row["id"], ids=ids)
    if not taken:
        await session.run(_DELETE, id=row["id"])
        return None
    return _action_of(row), [one["symlink_id"] for one in taken]


async def delete_action(session: Session, action_id: UUID) -> None:
    """Removes an action."""
    await session.run(_DELETE, id=action_id)


async def move(
    session: Session,
    action_id: UUID,
    state: ActionState,
    *,
    code: str = "",
    message: str = "",
    remote_id: str | None = None,
    counted: int = 0,
) -> Action | None:
    """Puts an action into a state; None when its present state does not allow that."""
    row = await session.one(
        _MOVE,
        action=action_id,
        before=[str(before) for before in may_become(state)],
        to=state,
        code=code,
        message=message,
        remote=remote_id,
        counted=counted,
    )
    if row is None:
        return None
    if state is ActionState.PENDING:
        await session.run(_TAKE_LINKS, action=action_id)
    elif state is not ActionState.SENT:
        await session.run(_END_LINKS, action=action_id)
    return _action_of(row)


async def postpone(
    session: Session, action_id: UUID, delay: timedelta, *, code: str, message: str, counted: int
) -> Action | None:
    """Notes that a pending action is to be sent later."""
    row = await session.one(
        _POSTPONE, action=action_id, delay=delay, code=code, message=message, counted=counted
    )
    return _action_of(row) if row else None


async def due(source: Database | Session, library_id: UUID, limit: int) -> list[Action]:
    """Returns the actions that are to be sent, those that wait longest first."""
    rows = await source.all(_DUE, library_id=library_id, limit=limit)
    return [_action_of(row) for row in rows]


async def waiting(source: Database | Session) -> list[UUID]:
    """Returns the libraries with actions whose server is to be asked again now."""
    return [row["library_id"] for row in await source.all(_WAITING)]


async def live(source: Database | Session, library_id: UUID) -> list[Action]:
    """Returns the actions of a library that are pending or sent."""
    states = [str(ActionState.PENDING), str(ActionState.SENT)]
    rows = await source.all(_LIVE, library_id=library_id, states=states)
    return [_action_of(row) for row in rows]


async def links_of(source: Database | Session, action_id: UUID) -> list[UUID]:
    """Returns the links that an action is about."""
    return [row["symlink_id"] for row in await source.all(_LINKS_OF, action=action_id)]


async def links_of_all(source: Database | Session, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Returns the links that actions are about, by action."""
    found: dict[UUID, list[UUID]] = {action_id: [] for action_id in ids}
    for row in await source.all(_LINKS_OF_ALL, actions=list(ids)):
        found[row["action_id"]].append(row["symlink_id"])
    return found


async def busy(source: Database | Session, ids: Sequence[UUID]) -> set[UUID]:
    """Returns which of these links a live action is about."""
    return {row["symlink_id"] for row in await source.all(_BUSY, ids=list(ids))}


async def links_now(
    source: Database | Session, actions: Sequence[Action], of_all: Mapping[UUID, Sequence[UUID]]
) -> dict[UUID, list[LinkNow]]:
    """Returns how the links of actions are, by action; `of_all` is which they are."""
    asked = [(one.id, link, one.created_at) for one in actions for link in of_all[one.id]]
    rows = await source.all(
        _NOW,
        action_id=[action for action, _, _ in asked],
        symlink_id=[link for _, link, _ in asked],
        since=[since for _, _, since in asked],
    )
    found: dict[UUID, list[LinkNow]] = {one.id: [] for one in actions}
    for row in rows:
        found[row["action_id"]].append(LinkNow(**row))
    return found


async def series_of(source: Database, source_id: UUID, path: str) -> int | None:
    """Returns which series Sonarr said a link belongs to."""
    found: int | None = await source.value(_SERIES_OF, source_id=source_id, path=path)
    return found


async def movie_of(source: Database, source_id: UUID, path: str) -> int | None:
    """Returns which film Radarr said a link belongs to."""
    found: int | None = await source.value(_MOVIE_OF, source_id=source_id, path=path)
    return found


async def page(
    database: Database, library_id: UUID | None, state: ActionState | None, page: Page
) -> list[Action]:
    """Returns a page of actions, oldest first."""
    rows = await database.all(
        _list(
            library=library_id is not None, state=state is not None, after=page.after is not None
        ),
        library_id=library_id,
        state=state,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_action_of(row) for row in rows]


@lru_cache
def _list(*, library: bool, state: bool, after: bool) -> Query:
    statement = (
        select(symlink_actions).order_by(_action.id).limit(bindparam("limit", type_=Integer))
    )
    for wanted, condition in (
        (library, _action.library_id == bindparam("library_id")),
        (state, _action.state == bindparam("state")),
        (after, _action.id > bindparam("after")),
    ):
        if wanted:
            statement = statement.where(condition)
    return Query(statement)
