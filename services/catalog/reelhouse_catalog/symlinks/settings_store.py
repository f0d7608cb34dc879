"""How libraries' links are looked after, in the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, exists, func, select, text
from sqlalchemy.dialects import postgresql

from reelhouse_catalog.schema import symlink_runs, symlink_settings
from reelhouse_catalog.symlinks.model import Settings
from reelhouse_kit.db import Database, Query, Session

_settings = symlink_settings.c
_GET_SETTINGS = Query(
    select(symlink_settings).where(_settings.library_id == bindparam("library_id"))
)
_LOCK_SETTINGS = Query(
    select(symlink_settings)
    .where(_settings.library_id == bindparam("library_id"))
    .with_for_update()
)
_SCANNED_AT = Query(
    select(_settings.library_id, _settings.scanned_at).where(
        _settings.library_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        _settings.scanned_at.is_not(None),
    )
)
_CHANGEABLE = (
    "scan_interval",
    "target_mounts",
    "rewrites",
    "allowed_prefixes",
    "candidate_roots",
    "season_threshold",
    "cool_down",
    "max_attempts",
)
_write_settings = postgresql.insert(symlink_settings).values(
    library_id=bindparam("library_id"), **{name: bindparam(name) for name in _CHANGEABLE}
)
_WRITE_SETTINGS = Query(
    _write_settings.on_conflict_do_update(
        index_elements=["library_id"],
        set_={
            **{name: getattr(_write_settings.excluded, name) for name in _CHANGEABLE},
            "updated_at": func.now(),
            "revision": _settings.revision + 1,
        },
    ).returning(symlink_settings)
)
_mark = postgresql.insert(symlink_settings).values(library_id=bindparam("library_id"))


def _noting(column: str) -> Query:
    return Query(
        _mark.values(**{column: func.now()}).on_conflict_do_update(
            index_elements=["library_id"], set_={column: func.now()}
        )
    )


_SCANNED = _noting("scanned_at")
_SCAN_BEGUN = _noting("scan_begun_at")
_DUE = Query(
    select(_settings.library_id).where(
        _settings.scan_interval > text("interval '0'"),
        func.coalesce(_settings.scan_begun_at, _settings.created_at) + _settings.scan_interval
        <= func.now(),
        ~exists().where(
            symlink_runs.c.library_id == _settings.library_id,
            text("symlink_runs.state IN ('pending', 'running')"),
        ),
    )
)


async def get(source: Database | Session, library_id: UUID, *, lock: bool = False) -> Settings:
    """Returns how a library's links are looked after: as said, or as by default."""
    query = _LOCK_SETTINGS if lock else _GET_SETTINGS
    row = await source.one(query, library_id=library_id)
    return Settings(**row) if row else Settings(library_id)


async def write(session: Session, library_id: UUID, **values: object) -> Settings:
    """Says how a library's links are looked after."""
    return Settings(**await session.one(_WRITE_SETTINGS, library_id=library_id, **values))  # type: ignore[arg-type]


async def scanned(source: Database | Session, library_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Returns when all links of libraries were last looked at, where they were."""
    rows = await source.all(_SCANNED_AT, ids=list(library_ids))
    return {row["library_id"]: row["scanned_at"] for row in rows}


async def note_scanned(session: Session, library_id: UUID) -> None:
    """Notes that a library's links were all looked at now."""
    await session.run(_SCANNED, library_id=library_id)


async def note_scan_begun(session: Session, library_id: UUID) -> None:
    """Notes that a scan is begun: the schedule counts from now."""
    await session.run(_SCAN_BEGUN, library_id=library_id)


async def due(source: Database | Session) -> list[UUID]:
    """Returns the libraries whose links are to be scanned by schedule, and are not being."""
    return [row["library_id"] for row in await source.all(_DUE)]
