"""Enrichments in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Interval,
    LargeBinary,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from reelhouse_catalog.enriching.model import (
    ANSWERS,
    Enrichment,
    EnrichmentState,
    Outcome,
    before,
)
from reelhouse_catalog.schema import enrichment_cursors, enrichments, outbox, titles
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.events.outbox import Position
from reelhouse_kit.rpc.paging import Page

_row = enrichments.c
_LIMIT = bindparam("limit", type_=Integer)
_idle = text("state <> 'running'")
_SHOWN = [
    _row.title_id,
    _row.source,
    _row.state,
    _row.key,
    _row.confidence,
    _row.attempts,
    _row.error_code,
    _row.error_message,
    _row.due_at,
    _row.asked_at,
    _row.updated_at,
]
_given = rows_of(title_id=Uuid(), source=Text(), fingerprint=LargeBinary())
_noted = insert(enrichments).from_select(
    ["title_id", "source", "state", "due_at"],
    select(_given.c.title_id, _given.c.source, text("'pending'"), func.now()).select_from(
        _given.join(titles, titles.c.id == _given.c.title_id)
    ),
)
# A new row is one that nobody was asked about yet: due at once. A known one is due when the
# question has changed; one that waits for its worker is asked the question of then anyway.
_ADD = Query(_noted.on_conflict_do_nothing())
_CHANGED = Query(
    update(enrichments)
    .where(
        _row.title_id == _given.c.title_id,
        _row.source == _given.c.source,
        _row.fingerprint != _given.c.fingerprint,
        text("state <> 'pending'"),
    )
    .values(due_at=func.now())
)
_due = (
    select(_row.title_id, _row.source)
    .where(_row.source == bindparam("source", type_=Text), _row.due_at <= func.now(), _idle)
    .order_by(_row.due_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
    .cte("due")
)
_TAKE = Query(
    update(enrichments)
    .where(_row.title_id == _due.c.title_id, _row.source == _due.c.source)
    .values(state="pending", due_at=None, updated_at=func.now())
    .returning(_row.title_id)
)
_of_title = (
    _row.title_id == bindparam("title_id", type_=Uuid),
    _row.source == any_(bindparam("sources", type_=ARRAY(Text))),
)
_asked = rows_of(title_id=Uuid(), source=Text())
_REQUEST = Query(
    insert(enrichments)
    .from_select(["title_id", "source", "state"], select(_asked, text("'pending'")))
    .on_conflict_do_update(
        index_elements=["title_id", "source"],
        set_={"state": "pending", "due_at": None, "updated_at": func.now()},
        where=or_(
            _row.state == any_(bindparam("former", type_=ARRAY(Text))),
            (_row.state == text("'pending'")) & _row.due_at.is_not(None),
        ),
    )
    .returning(_row.source)
)
_BEGIN = Query(
    update(enrichments)
    .where(*_of_title, _row.state == any_(bindparam("former", type_=ARRAY(Text))))
    .values(state="running", updated_at=func.now())
    .returning(_row.source, _row.attempts)
)
_FINISH = Query(
    update(enrichments)
    .where(
        _row.title_id == bindparam("title_id", type_=Uuid),
        _row.source == bindparam("source", type_=Text),
        _row.state == any_(bindparam("former", type_=ARRAY(Text))),
    )
    .values(
        state=bindparam("state", type_=Text),
        key=func.coalesce(bindparam("key", type_=Text), _row.key),
        confidence=func.coalesce(bindparam("confidence"), _row.confidence),
        attempts=case(
            (bindparam("reset"), 0), (bindparam("counted"), _row.attempts + 1), else_=_row.attempts
        ),
        error_code=bindparam("error_code"),
        error_message=bindparam("error_message"),
        fingerprint=func.coalesce(bindparam("fingerprint"), _row.fingerprint),
        # It may have become due already, by a change meanwhile.
        due_at=func.least(_row.due_at, func.now() + cast(bindparam("again"), Interval)),
        asked_at=case((bindparam("reset"), func.now()), else_=_row.asked_at),
        updated_at=func.now(),
    )
)
_SAME = Query(
    update(enrichments)
    .where(_row.title_id == bindparam("title_id"), _row.fingerprint == bindparam("old"))
    .values(fingerprint=bindparam("new"))
)
_OF_TITLE = Query(select(*_SHOWN).where(*_of_title).order_by(_row.source))
_LOCK_CURSOR = Query(
    select(enrichment_cursors)
    .where(enrichment_cursors.c.name == bindparam("name"))
    .with_for_update(skip_locked=True)
)
_NEW_CURSOR = Query(
    insert(enrichment_cursors)
    .values(
        name=bindparam("name"),
        event_xid=bindparam("event_xid"),
        event_id=bindparam("event_id"),
    )
    .on_conflict_do_nothing()
)
_MOVE_CURSOR = Query(
    update(enrichment_cursors)
    .where(enrichment_cursors.c.name == bindparam("cursor"))
    .values(
        title_id=bindparam("title_id", type_=Uuid),
        event_xid=bindparam("event_xid", type_=BigInteger),
        event_id=bindparam("event_id", type_=BigInteger),
        updated_at=func.now(),
    )
)
_TITLES = Query(
    select(titles.c.id)
    .where(titles.c.id > bindparam("after", type_=Uuid))
    .order_by(titles.c.id)
    .limit(_LIMIT)
)
_NO_TITLE = UUID(int=0)


def _enrichment(row: Any) -> Enrichment:
    return Enrichment(**{**row, "state": EnrichmentState(row["state"])})


async def note(session: Session, questions: Iterable[tuple[UUID, str, bytes]]) -> None:
    """Takes note of titles, sources and what each would be asked: the new ones become due."""
    listed = sorted(questions)
    if listed:
        columns: dict[str, object] = {
            "title_id": [title for title, _, _ in listed],
            "source": [source for _, source, _ in listed],
            "fingerprint": [print_ for _, _, print_ in listed],
        }
        await session.run(_ADD, **columns)
        await session.run(_CHANGED, **columns)


async def take_due(session: Session, source: str, limit: int) -> list[UUID]:
    """Makes what is due of a source pending. Returns the titles to ask it about."""
    rows = await session.all(_TAKE, source=source, limit=limit)
    return [row["title_id"] for row in rows]


async def request(session: Session, title_id: UUID, sources: Sequence[str]) -> list[str]:
    """Makes sources of a title pending. Returns those that were not so already."""
    rows = await session.all(
        _REQUEST,
        title_id=[title_id] * len(sources),
        source=list(sources),
        former=before(EnrichmentState.PENDING),
    )
    return [row["source"] for row in rows]


async def begin(session: Session, title_id: UUID, sources: Sequence[str]) -> dict[str, int]:
    """Takes note that a worker asks. Returns how often each source failed before."""
    rows = await session.all(
        _BEGIN,
        title_id=title_id,
        sources=list(sources),
        former=before(EnrichmentState.RUNNING),
    )
    return {row["source"]: row["attempts"] for row in rows}


async def finish(session: Session, title_id: UUID, outcome: Outcome, print_: bytes | None) -> None:
    """Takes note of how asking ended, and of what was asked."""
    finding = outcome.finding
    await session.run(
        _FINISH,
        title_id=title_id,
        source=outcome.source,
        former=before(outcome.state),
        state=outcome.state,
        key=finding.key if finding else None,
        confidence=finding.confidence if finding else None,
        reset=outcome.state in ANSWERS - {EnrichmentState.FAILED},
        counted=outcome.counted,
        error_code=outcome.error_code,
        error_message=outcome.error_message[:500],
        fingerprint=print_,
        again=outcome.again,
    )


async def same_question(session: Session, title_id: UUID, old: bytes, new: bytes) -> None:
    """Takes note that what was asked as one question is another now, by its own answer."""
    await session.run(_SAME, title_id=title_id, old=old, new=new)


async def of_title(
    source: Database | Session, title_id: UUID, sources: Sequence[str]
) -> list[Enrichment]:
    """Returns what some sources said of a title."""
    rows = await source.all(_OF_TITLE, title_id=title_id, sources=list(sources))
    return [_enrichment(row) for row in rows]


async def page(
    database: Database,
    title_id: UUID | None,
    source: str,
    state: EnrichmentState | None,
    page: Page,
) -> list[Enrichment]:
    """Returns a page: of one title by source; of all, which need source and state, by title."""
    after = page.after[0] if page.after else (_NO_TITLE if title_id is None else "")
    rows = await database.all(
        _list(title_id is not None, bool(source), state is not None),
        title_id=title_id,
        source=source,
        state=state,
        after=after,
        limit=page.limit,
    )
    return [_enrichment(row) for row in rows]


@lru_cache
def _list(title: bool, source: bool, state: bool) -> Query:
    key = _row.source if title else _row.title_id
    statement = select(*_SHOWN).where(key > bindparam("after")).order_by(key).limit(_LIMIT)
    if title:
        statement = statement.where(_row.title_id == bindparam("title_id"))
    if source:
        statement = statement.where(_row.source == bindparam("source"))
    if state:
        statement = statement.where(_row.state == bindparam("state"))
    return Query(statement)


async def lock_events(session: Session) -> Position | None:
    """Returns how far events were read, for this transaction alone; None when another is at it."""
    row = await session.one(_LOCK_CURSOR, name="events")
    if row is None:
        head = await outbox.head(session)
        await session.run(_NEW_CURSOR, name="events", event_xid=head.xid, event_id=head.id)
        return None
    return Position(row["event_xid"], row["event_id"])


async def lock_sweep(session: Session, source: str) -> UUID | None:
    """Returns up to which title a source was told of, for this transaction alone."""
    name = f"source:{source}"
    row = await session.one(_LOCK_CURSOR, name=name)
    if row is None:
        await session.run(_NEW_CURSOR, name=name, event_xid=None, event_id=None)
        return None
    return row["title_id"] or _NO_TITLE


async def move_events(session: Session, position: Position) -> None:
    """Takes note of how far events were read."""
    await session.run(
        _MOVE_CURSOR,
        cursor="events",
        title_id=None,
        event_xid=position.xid,
        event_id=position.id,
    )


async def move_sweep(session: Session, source: str, title_id: UUID) -> None:
    """Takes note of up to which title a source was told of."""
    await session.run(
        _MOVE_CURSOR, cursor=f"source:{source}", title_id=title_id, event_xid=None, event_id=None
    )


async def titles_after(session: Session, title_id: UUID, limit: int) -> list[UUID]:
    """Returns the next titles, oldest first."""
    return [row["id"] for row in await session.all(_TITLES, after=title_id, limit=limit)]
