"""Ingests and their entries in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    Uuid,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.ingesting.model import (
    ENDED,
    KEPT_INGESTS,
    PROBLEMS,
    Action,
    Entry,
    Ingest,
    IngestState,
    StoredEntry,
    may_become,
)
from reelhouse_catalog.schema import ingest_entries, ingests
from reelhouse_catalog.sources.remote import Selection
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import JobError
from reelhouse_kit.jobs.moving import move as moved
from reelhouse_kit.jobs.moving import moving
from reelhouse_kit.rpc.paging import Page

_ingest = ingests.c
_entry = ingest_entries.c
_after = bindparam("after", type_=Uuid)
_limit = bindparam("limit", type_=Integer)

_INSERT = Query(
    insert(ingests)
    .values(
        {
            name: bindparam(name)
            for name in (
                "id",
                "source_id",
                "collection_id",
                "job_id",
                "dry_run",
                "max_new",
                "selection",
            )
        }
    )
    .returning(ingests)
)
_GET = Query(
    select(ingests).where(
        _ingest.id == bindparam("id"), _ingest.source_id == bindparam("source_id")
    )
)
_LIVE = Query(
    select(ingests).where(
        _ingest.source_id == bindparam("source_id"), text("state IN ('pending', 'running')")
    )
)
_LIST = Query(
    select(ingests)
    .where(_ingest.source_id == bindparam("source_id"), or_(_after.is_(None), _ingest.id < _after))
    .order_by(_ingest.id.desc())
    .limit(_limit)
)
_LIST_ALL = Query(
    select(ingests)
    .where(or_(_after.is_(None), _ingest.id < _after))
    .order_by(_ingest.id.desc())
    .limit(_limit)
)
_MOVE = moving(ingests)
_PROGRESS = Query(
    update(ingests)
    .where(_ingest.id == bindparam("ingest"), _ingest.state == "running")
    .values(
        stats=bindparam("counts", type_=JSONB),
        cursor=bindparam("place", type_=JSONB),
    )
)
_oldest_kept = (
    select(_ingest.id)
    .where(_ingest.source_id == bindparam("source_id"))
    .order_by(_ingest.id.desc())
    .offset(bindparam("kept", KEPT_INGESTS - 1, type_=Integer))
    .limit(1)
    .scalar_subquery()
)
_FORGET_OLD = Query(
    delete(ingests).where(_ingest.source_id == bindparam("source_id"), _ingest.id < _oldest_kept)
)
_INSERT_ENTRY = Query(
    insert(ingest_entries).values(
        {
            name: bindparam(name)
            for name in (
                "ingest_id",
                "number",
                "action",
                "provider_key",
                "display_name",
                "server_path",
                "local_path",
                "media_file_id",
                "error_code",
                "error_message",
            )
        }
    )
)


def _ingest_of(row: Any) -> Ingest:
    values = {
        **row,
        "state": IngestState(row["state"]),
        "selection": Selection(**row["selection"]),
    }
    return Ingest(**values)


async def insert_ingest(session: Session, ingest_id: UUID, **values: object) -> Ingest:
    """Adds an ingest that waits, and forgets the oldest ones of its source."""
    row = await session.one(_INSERT, id=ingest_id, **values)
    await session.run(_FORGET_OLD, source_id=values["source_id"])
    return _ingest_of(row)


async def get(source: Database | Session, source_id: UUID, ingest_id: UUID) -> Ingest | None:
    """Returns an ingest."""
    row = await source.one(_GET, id=ingest_id, source_id=source_id)
    return _ingest_of(row) if row else None


async def live(session: Session, source_id: UUID) -> Ingest | None:
    """Returns the ingest of a source that has not ended."""
    row = await session.one(_LIVE, source_id=source_id)
    return _ingest_of(row) if row else None


async def page(database: Database, source_id: UUID | None, page: Page) -> list[Ingest]:
    """Returns a page of the ingests of a source, or of all, newest first."""
    after = page.after[0] if page.after else None
    if source_id is None:
        rows = await database.all(_LIST_ALL, after=after, limit=page.limit)
    else:
        rows = await database.all(_LIST, source_id=source_id, after=after, limit=page.limit)
    return [_ingest_of(row) for row in rows]


async def move(
    session: Session, ingest_id: UUID, state: IngestState, *, error: JobError | None = None
) -> Ingest | None:
    """Puts an ingest into a state; None when its present state does not allow that."""
    row = await moved(
        session,
        _MOVE,
        ingest_id,
        state,
        before=may_become(state),
        ended=state in ENDED,
        error=error,
    )
    return _ingest_of(row) if row else None


async def write_progress(
    session: Session, ingest_id: UUID, stats: dict[str, Any], cursor: dict[str, Any]
) -> None:
    """Writes how far a running ingest is."""
    await session.run(_PROGRESS, ingest=ingest_id, counts=stats, place=cursor)


async def add_entries(
    session: Session, ingest_id: UUID, first: int, entries: Sequence[Entry]
) -> None:
    """Adds entries, numbered from `first`."""
    await session.many(
        _INSERT_ENTRY,
        [
            {
                "ingest_id": ingest_id,
                "number": first + index,
                "action": entry.action,
                "provider_key": entry.provider_key,
                "display_name": entry.display_name,
                "server_path": entry.server_path,
                "local_path": entry.local_path,
                "media_file_id": entry.media_file_id,
                "error_code": entry.problem,
                "error_message": PROBLEMS.get(entry.problem, ""),
            }
            for index, entry in enumerate(entries)
        ],
    )


async def entry_page(
    database: Database, ingest_id: UUID, action: Action | None, page: Page
) -> list[StoredEntry]:
    """Returns a page of an ingest's entries, in their order."""
    rows = await database.all(
        _entries(by_action=action is not None),
        ingest_id=ingest_id,
        action=action,
        after=page.after[0] if page.after else 0,
        limit=page.limit,
    )
    return [StoredEntry(**{**row, "action": Action(row["action"])}) for row in rows]


@lru_cache
def _entries(*, by_action: bool) -> Query:
    columns = [column for column in ingest_entries.c if column.name != "ingest_id"]
    statement = select(*columns).where(
        _entry.ingest_id == bindparam("ingest_id"),
        _entry.number > bindparam("after", type_=BigInteger),
    )
    if by_action:
        statement = statement.where(_entry.action == bindparam("action"))
    return Query(statement.order_by(_entry.number).limit(_limit))


_ALL_LISTS = [_entries(by_action=False), _entries(by_action=True)]
"""For the test that explains all statements."""
