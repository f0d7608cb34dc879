"""Runs over links in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Uuid,
    bindparam,
    delete,
    exists,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_catalog.schema import relink_entries, symlink_runs
from reelhouse_catalog.symlink_runs.model import (
    ENDED,
    KEPT,
    Plan,
    RunKind,
    RunState,
    SymlinkRun,
    Trigger,
    may_become,
)
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import JobError
from reelhouse_kit.jobs.moving import move as moved
from reelhouse_kit.jobs.moving import moving
from reelhouse_kit.rpc.paging import Page

_run = symlink_runs.c
_COLUMNS = (
    "kind",
    "trigger",
    "dry_run",
    "force",
    "most",
    "repair_roots",
    "candidate_roots",
    "allowed_prefixes",
)
_INSERT = Query(
    insert(symlink_runs)
    .values(
        id=bindparam("id"),
        library_id=bindparam("library_id"),
        job_id=bindparam("job_id"),
        **{name: bindparam(name) for name in _COLUMNS},
    )
    .returning(symlink_runs)
)
_GET = Query(
    select(symlink_runs).where(
        _run.id == bindparam("id"), _run.library_id == bindparam("library_id")
    )
)
_LIVE = Query(
    select(symlink_runs).where(
        _run.library_id == bindparam("library_id"), text("state IN ('pending', 'running')")
    )
)
_after = bindparam("after", type_=Uuid)
_LIST = Query(
    select(symlink_runs)
    .where(_run.library_id == bindparam("library_id"), or_(_after.is_(None), _run.id < _after))
    .order_by(_run.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_LIST_ALL = Query(
    select(symlink_runs)
    .where(or_(_after.is_(None), _run.id < _after))
    .order_by(_run.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_MOVE = moving(symlink_runs)
_STATS = Query(
    update(symlink_runs)
    .where(_run.id == bindparam("run"), text("state = 'running'"))
    .values(stats=bindparam("counts", type_=JSONB))
)
_oldest_kept = (
    select(_run.id)
    .where(_run.library_id == bindparam("library_id"), _run.kind == bindparam("kind"))
    .order_by(_run.id.desc())
    .offset(literal_column(str(KEPT)))
    .limit(literal_column("1"))
)
# A run with something undecided stays: its entries are the journal.
_PRUNE = Query(
    delete(symlink_runs).where(
        _run.library_id == bindparam("library_id"),
        _run.kind == bindparam("kind"),
        _run.id <= _oldest_kept.scalar_subquery(),
        text("symlink_runs.state NOT IN ('pending', 'running')"),
        ~exists().where(
            relink_entries.c.run_id == _run.id, relink_entries.c.outcome == text("'intended'")
        ),
    )
)


def _run_of(row: Any) -> SymlinkRun:
    kinds = {
        "kind": RunKind(row["kind"]),
        "state": RunState(row["state"]),
        "trigger": Trigger(row["trigger"]),
    }
    return SymlinkRun(**{**row, **kinds})


async def insert_run(
    session: Session, run_id: UUID, library_id: UUID, job_id: UUID, plan: Plan
) -> SymlinkRun:
    """Adds a run that waits."""
    values: dict[str, Any] = {name: getattr(plan, name) for name in _COLUMNS}
    for name in ("repair_roots", "candidate_roots", "allowed_prefixes"):
        values[name] = list(values[name])
    row = await session.one(_INSERT, id=run_id, library_id=library_id, job_id=job_id, **values)
    return _run_of(row)


async def get(source: Database | Session, library_id: UUID, run_id: UUID) -> SymlinkRun | None:
    """Returns a run."""
    row = await source.one(_GET, id=run_id, library_id=library_id)
    return _run_of(row) if row else None


async def live(source: Database | Session, library_id: UUID) -> SymlinkRun | None:
    """Returns the run of a library that has not ended."""
    row = await source.one(_LIVE, library_id=library_id)
    return _run_of(row) if row else None


async def page(database: Database, library_id: UUID | None, page: Page) -> list[SymlinkRun]:
    """Returns a page of the runs of a library, or of all, newest first."""
    after = page.after[0] if page.after else None
    if library_id is None:
        rows = await database.all(_LIST_ALL, after=after, limit=page.limit)
    else:
        rows = await database.all(_LIST, library_id=library_id, after=after, limit=page.limit)
    return [_run_of(row) for row in rows]


async def move(
    session: Session, run_id: UUID, state: RunState, *, error: JobError | None = None
) -> SymlinkRun | None:
    """Puts a run into a state; None when its present state does not allow that."""
    row = await moved(
        session,
        _MOVE,
        run_id,
        state,
        before=may_become(state),
        ended=state in ENDED,
        error=error,
    )
    return _run_of(row) if row else None


async def write_stats(session: Session, run_id: UUID, stats: dict[str, Any]) -> None:
    """Writes how far a run is."""
    await session.run(_STATS, run=run_id, counts=stats)


async def prune(session: Session, library_id: UUID, kind: RunKind) -> None:
    """Forgets the oldest runs of a kind that ended."""
    await session.run(_PRUNE, library_id=library_id, kind=kind)
