"""Scans in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Uuid,
    bindparam,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.scanning.model import (
    ENDED,
    Scan,
    ScanState,
    Trigger,
    may_become,
)
from reelhouse_catalog.schema import scans
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import JobError
from reelhouse_kit.jobs.moving import move as moved
from reelhouse_kit.jobs.moving import moving, now_if
from reelhouse_kit.rpc.paging import Page

_scan = scans.c

_INSERT = Query(
    insert(scans)
    .values(
        id=bindparam("id"),
        library_id=bindparam("library_id"),
        job_id=bindparam("job_id"),
        full=bindparam("full"),
        trigger=bindparam("trigger"),
        folders=bindparam("folders"),
    )
    .returning(scans)
)
_GET = Query(
    select(scans).where(_scan.id == bindparam("id"), _scan.library_id == bindparam("library_id"))
)
_LIVE = Query(
    select(scans).where(
        _scan.library_id == bindparam("library_id"),
        text("state IN ('pending', 'running', 'paused')"),
    )
)
_LOCK = Query(
    select(scans)
    .where(_scan.id == bindparam("id"), _scan.library_id == bindparam("library_id"))
    .with_for_update()
)
_after = bindparam("after", type_=Uuid)
_LIST = Query(
    select(scans)
    .where(_scan.library_id == bindparam("library_id"), or_(_after.is_(None), _scan.id < _after))
    .order_by(_scan.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_LIST_ALL = Query(
    select(scans)
    .where(or_(_after.is_(None), _scan.id < _after))
    .order_by(_scan.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_MOVE = moving(scans, paused_at=now_if(bindparam("to") == "paused"))
_STATS = Query(
    update(scans)
    .where(_scan.id == bindparam("scan"), text("state IN ('running', 'paused')"))
    .values(stats=bindparam("counts", type_=JSONB))
)
_NEW_JOB = Query(update(scans).where(_scan.id == bindparam("scan")).values(job_id=bindparam("job")))


def _scan_of(row: Any) -> Scan:
    states = {"state": ScanState(row["state"]), "trigger": Trigger(row["trigger"])}
    return Scan(**{**row, **states})


async def insert_scan(
    session: Session,
    scan_id: UUID,
    library_id: UUID,
    job_id: UUID,
    *,
    full: bool,
    trigger: Trigger,
    folders: Sequence[bytes] | None,
) -> Scan:
    """Adds a scan that waits."""
    row = await session.one(
        _INSERT,
        id=scan_id,
        library_id=library_id,
        job_id=job_id,
        full=full,
        trigger=trigger,
        folders=folders,
    )
    return _scan_of(row)


async def get(source: Database | Session, library_id: UUID, scan_id: UUID) -> Scan | None:
    """Returns a scan."""
    row = await source.one(_GET, id=scan_id, library_id=library_id)
    return _scan_of(row) if row else None


async def lock(session: Session, library_id: UUID, scan_id: UUID) -> Scan | None:
    """Returns a scan that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=scan_id, library_id=library_id)
    return _scan_of(row) if row else None


async def give_job(session: Session, scan_id: UUID, job_id: UUID) -> None:
    """Notes that another job does a scan now."""
    await session.run(_NEW_JOB, scan=scan_id, job=job_id)


async def live(session: Session, library_id: UUID) -> Scan | None:
    """Returns the scan of a library that has not ended."""
    row = await session.one(_LIVE, library_id=library_id)
    return _scan_of(row) if row else None


async def page(database: Database, library_id: UUID | None, page: Page) -> list[Scan]:
    """Returns a page of the scans of a library, or of all, newest first."""
    after = page.after[0] if page.after else None
    if library_id is None:
        rows = await database.all(_LIST_ALL, after=after, limit=page.limit)
    else:
        rows = await database.all(_LIST, library_id=library_id, after=after, limit=page.limit)
    return [_scan_of(row) for row in rows]


async def move(
    session: Session, scan_id: UUID, state: ScanState, *, error: JobError | None = None
) -> Scan | None:
    """Puts a scan into a state; None when its present state does not allow that."""
    row = await moved(
        session,
        _MOVE,
        scan_id,
        state,
        before=may_become(state),
        ended=state in ENDED,
        error=error,
    )
    return _scan_of(row) if row else None


async def write_stats(session: Session, scan_id: UUID, stats: dict[str, Any]) -> None:
    """Writes how far a running scan is."""
    await session.run(_STATS, scan=scan_id, counts=stats)
