"""What the second library holds, and what runs did with links, in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.relinking.model import (
    Candidate,
    Entry,
    Identity,
    Item,
    Outcome,
    Wanted,
)
from reelhouse_catalog.schema import relink_candidates, relink_entries, symlink_runs
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_one = relink_candidates.c
_entry = relink_entries.c
_LIBRARY = _one.library_id == bindparam("library_id")
_KNOWN = Query(
    select(_one.id, _one.path, _one.real_path, _one.target_ok).where(
        _LIBRARY, _one.path == any_(bindparam("paths", type_=ARRAY(BYTEA)))
    )
)
_given = rows_of(
    id=Uuid(),
    path=BYTEA(),
    kind=Text(),
    tmdb_id=Integer(),
    show_title=Text(),
    show_norm=Text(),
    year=Integer(),
    season=Integer(),
    episode=Integer(),
    unit=Text(),
    real_path=BYTEA(),
    target_ok=Boolean(),
    resolution_rank=Integer(),
)
_COLUMNS = [one.name for one in _given.c]
_write = postgresql.insert(relink_candidates).from_select(
    [*_COLUMNS, "library_id", "run_id", "base"],
    select(
        _given,
        bindparam("library_id", type_=Uuid),
        bindparam("run_id", type_=Uuid),
        bindparam("base", type_=BYTEA),
    ),
)
_WRITE = Query(
    _write.on_conflict_do_update(
        index_elements=["library_id", "path"],
        set_={
            **{
                name: getattr(_write.excluded, name)
                for name in [*_COLUMNS, "run_id", "base"]
                if name not in ("id", "path")
            },
            "last_seen_at": func.now(),
        },
    )
)
_SEEN = Query(
    update(relink_candidates)
    .where(_one.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .values(run_id=bindparam("run"), last_seen_at=func.now())
)
_PURGE = Query(delete(relink_candidates).where(_LIBRARY, _one.run_id != bindparam("run")))
_FOUND = (
    _one.id,
    _one.path,
    _one.tmdb_id,
    _one.show_norm,
    _one.year,
    _one.unit,
    _one.real_path,
    _one.resolution_rank,
)
_ids = rows_of(tmdb_id=Integer(), unit=Text())
_names = (
    func.unnest(bindparam("norms", type_=ARRAY(Text)), bindparam("units", type_=ARRAY(Text)))
    .table_valued(column("norm", Text), column("unit", Text), name="named")
    .render_derived()
)
_CANDIDATES = Query(
    union(
        select(*_FOUND).join(
            _ids,
            and_(
                _LIBRARY, _one.target_ok, _one.tmdb_id == _ids.c.tmdb_id, _one.unit == _ids.c.unit
            ),
        ),
        select(*_FOUND).join(
            _names,
            and_(
                _LIBRARY,
                _one.target_ok,
                _one.show_norm == _names.c.norm,
                _one.unit == _names.c.unit,
            ),
        ),
    )
)
_TITLE = (_one.show_norm, _one.tmdb_id, _one.year)
_IDENTITIES = Query(
    union(
        select(*_TITLE).where(
            _LIBRARY, _one.tmdb_id == any_(bindparam("tmdb_ids", type_=ARRAY(Integer)))
        ),
        select(*_TITLE).where(
            _LIBRARY, _one.show_norm == any_(bindparam("norms", type_=ARRAY(Text)))
        ),
    )
)
_ENTRY = (
    "run_id",
    "number",
    "symlink_id",
    "path",
    "old_target",
    "new_target",
    "candidate_path",
    "resolution_rank",
    "temporary",
    "outcome",
    "reason",
)
_INSERT = Query(insert(relink_entries).values({name: bindparam(name) for name in _ENTRY}))
_FINISH = Query(
    update(relink_entries)
    .where(
        _entry.run_id == bindparam("run"),
        _entry.number == bindparam("which"),
        _entry.outcome == text("'intended'"),
    )
    .values(outcome=bindparam("to"), reason=bindparam("why"), ended_at=func.now())
)
_INTENDED = Query(
    select(relink_entries)
    .join(symlink_runs, symlink_runs.c.id == _entry.run_id)
    .where(
        symlink_runs.c.library_id == bindparam("library_id"),
        symlink_runs.c.kind == text("'relink'"),
        _entry.outcome == text("'intended'"),
    )
    .order_by(_entry.run_id, _entry.number)
)
_OF_RUN = Query(select(_entry.symlink_id, _entry.reason).where(_entry.run_id == bindparam("run")))
_LAST = Query(select(func.max(_entry.number)).where(_entry.run_id == bindparam("run")))
_COUNTS = Query(
    select(
        _entry.outcome,
        _entry.reason,
        (func.length(_entry.new_target) > text("0")).label("resolved"),
        func.count().label("count"),
    )
    .where(_entry.run_id == bindparam("run"))
    .group_by(text("1, 2, 3"))
)


async def known(
    source: Database | Session, library_id: UUID, paths: Sequence[bytes]
) -> dict[bytes, tuple[UUID, bytes, bool]]:
    """Returns id, real file and whether that is one, of files of the second library by path."""
    rows = await source.all(_KNOWN, library_id=library_id, paths=list(paths))
    return {row["path"]: (row["id"], row["real_path"], row["target_ok"]) for row in rows}


async def write(
    session: Session,
    library_id: UUID,
    run_id: UUID,
    base: bytes,
    items: Sequence[tuple[bytes, Item, bytes, bool]],
) -> None:
    """Adds and changes files of the second library: path, what it is, real file, whether so."""
    values: dict[str, list[Any]] = {
        name: [getattr(item, name) for _, item, _, _ in items]
        for name in _COLUMNS
        if name not in ("id", "path", "real_path", "target_ok", "kind")
    }
    await session.run(
        _WRITE,
        library_id=library_id,
        run_id=run_id,
        base=base,
        id=[new_id() for _ in items],
        path=[path for path, _, _, _ in items],
        kind=[str(item.kind) for _, item, _, _ in items],
        real_path=[real for _, _, real, _ in items],
        target_ok=[ok for _, _, _, ok in items],
        **values,
    )


async def note_seen(session: Session, run_id: UUID, ids: Sequence[UUID]) -> None:
    """Notes that files of the second library are there as before."""
    await session.run(_SEEN, run=run_id, ids=list(ids))


async def purge(session: Session, library_id: UUID, run_id: UUID) -> None:
    """Forgets what a run did not see."""
    await session.run(_PURGE, library_id=library_id, run=run_id)


async def candidates(
    source: Database | Session, library_id: UUID, wanted: Sequence[Wanted]
) -> list[Candidate]:
    """Returns the files that may be what some links lead to: by id, or by name."""
    by_id = [one for one in wanted if one.tmdb_id is not None]
    rows = await source.all(
        _CANDIDATES,
        library_id=library_id,
        tmdb_id=[one.tmdb_id for one in by_id],
        unit=[one.unit for one in by_id],
        norms=[one.title_norm for one in wanted],
        units=[one.unit for one in wanted],
    )
    return [Candidate(**row) for row in rows]


async def identities(
    source: Database | Session, library_id: UUID, wanted: Sequence[Wanted]
) -> list[Identity]:
    """Returns all titles with these ids or names."""
    rows = await source.all(
        _IDENTITIES,
        library_id=library_id,
        tmdb_ids=sorted({one.tmdb_id for one in wanted if one.tmdb_id is not None}),
        norms=sorted({one.title_norm for one in wanted}),
    )
    return [Identity(**row) for row in rows]


async def insert_entries(session: Session, entries: Sequence[Entry]) -> None:
    """Notes what is done with links, or is about to be."""
    await session.many(
        _INSERT, [{name: getattr(entry, name) for name in _ENTRY} for entry in entries]
    )


async def finish_entries(session: Session, finished: Sequence[tuple[Entry, Outcome, str]]) -> None:
    """Notes what became of replacements, and why links were left."""
    await session.many(
        _FINISH,
        [
            {"run": entry.run_id, "which": entry.number, "to": outcome, "why": reason}
            for entry, outcome, reason in finished
        ],
    )


async def intended(source: Database | Session, library_id: UUID) -> list[Entry]:
    """Returns the replacements of a library that nobody knows the end of."""
    return [_entry_of(row) for row in await source.all(_INTENDED, library_id=library_id)]


async def of_run(source: Database | Session, run_id: UUID) -> dict[UUID, str]:
    """Returns the links that a run has dealt with, and why they were left."""
    rows = await source.all(_OF_RUN, run=run_id)
    return {row["symlink_id"]: row["reason"] for row in rows}


async def last_number(source: Database | Session, run_id: UUID) -> int:
    """Returns the number of a run's last entry; 0 when there is none."""
    number: int | None = await source.value(_LAST, run=run_id)
    return number or 0


async def counts(source: Database | Session, run_id: UUID) -> Counter[tuple[Outcome, str, bool]]:
    """Counts what a run did, by outcome, reason, and whether there was a target."""
    rows = await source.all(_COUNTS, run=run_id)
    found: Counter[tuple[Outcome, str, bool]] = Counter()
    for row in rows:
        found[Outcome(row["outcome"]), row["reason"], row["resolved"]] += row["count"]
    return found


async def entry_page(
    database: Database, run_id: UUID, outcome: Outcome | None, page: Page
) -> list[Entry]:
    """Returns a page of what a run did, in the order of doing."""
    rows = await database.all(
        _list(outcome=outcome is not None, after=page.after is not None),
        run=run_id,
        outcome=outcome,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_entry_of(row) for row in rows]


@lru_cache
def _list(*, outcome: bool, after: bool) -> Query:
    statement = (
        select(relink_entries)
        .where(_entry.run_id == bindparam("run"))
        .order_by(_entry.number)
        .limit(bindparam("limit", type_=Integer))
    )
    if outcome:
        statement = statement.where(_entry.outcome == bindparam("outcome"))
    if after:
        statement = statement.where(_entry.number > bindparam("after", type_=Integer))
    return Query(statement)


def _entry_of(row: Any) -> Entry:
    return Entry(**{**row, "outcome": Outcome(row["outcome"])})
