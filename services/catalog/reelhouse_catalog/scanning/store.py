"""Scans, folders and scanned files in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.scanning.model import ENDED, Scan, ScanState, may_become
from reelhouse_catalog.schema import media_files, scan_directories, scans
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.paging import Page

_scan = scans.c
_file = media_files.c
_directory = scan_directories.c
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_PATHS: Any = any_(bindparam("paths", type_=ARRAY(BYTEA)))

_INSERT = Query(
    insert(scans)
    .values(
        id=bindparam("id"),
        library_id=bindparam("library_id"),
        job_id=bindparam("job_id"),
        full=bindparam("full"),
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
_MOVE = Query(
    update(scans)
    .where(
        _scan.id == bindparam("scan"),
        _scan.state == any_(bindparam("before", type_=ARRAY(Text))),
    )
    .values(
        state=bindparam("to"),
        error_code=bindparam("code"),
        error_message=bindparam("message"),
        started_at=func.coalesce(
            _scan.started_at,
            select(func.now()).where(bindparam("to") == "running").scalar_subquery(),
        ),
        ended_at=select(func.now()).where(bindparam("ended")).scalar_subquery(),
    )
    .returning(scans)
)
_STATS = Query(
    update(scans)
    .where(_scan.id == bindparam("scan"), _scan.state == "running")
    .values(stats=bindparam("counts", type_=JSONB))
)

_DIRECTORIES = Query(
    select(_directory.path, _directory.signature, _directory.file_count).where(
        _directory.library_id == bindparam("library_id")
    )
)
_directory_values = postgresql.insert(scan_directories).values(
    library_id=bindparam("library_id"),
    path=bindparam("path"),
    signature=bindparam("signature"),
    file_count=bindparam("file_count"),
)
_SIGN = Query(
    _directory_values.on_conflict_do_update(
        index_elements=[_directory.library_id, _directory.path],
        set_={
            "signature": _directory_values.excluded.signature,
            "file_count": _directory_values.excluded.file_count,
        },
    )
)
_FORGET_DIRECTORIES = Query(
    delete(scan_directories).where(
        _directory.library_id == bindparam("library_id"), _directory.path == _PATHS
    )
)

_KNOWN_COLUMNS = (
    _file.id,
    _file.directory,
    _file.filename,
    _file.state,
    _file.size_bytes,
    _file.mtime_ns,
    _file.inode,
    _file.fingerprint,
)
_FILES_IN = Query(
    select(*_KNOWN_COLUMNS).where(
        _file.library_id == bindparam("library_id"), _file.directory == _PATHS
    )
)
_BY_FINGERPRINT = Query(
    select(_file.id, _file.fingerprint, _file.directory, _file.filename)
    .where(
        _file.library_id == bindparam("library_id"),
        _file.fingerprint == any_(bindparam("fingerprints", type_=ARRAY(BYTEA))),
    )
    .order_by(_file.id)
)
_FILE_COLUMNS = (
    "id",
    "library_id",
    "directory",
    "filename",
    "path",
    "size_bytes",
    "mtime_ns",
    "inode",
    "device",
    "fingerprint",
    "mime_type",
    "container",
    "duration_ms",
    "bit_rate",
    "width",
    "height",
    "video_codec",
    "audio_codec",
    "streams",
    "tags",
    "probe_error",
    "confidence",
)
_INSERT_FILE = Query(insert(media_files).values({name: bindparam(name) for name in _FILE_COLUMNS}))
_UPDATE_FILE = Query(
    update(media_files)
    .where(_file.id == bindparam("id"))
    .values(
        {name: bindparam(name) for name in _FILE_COLUMNS if name not in ("id", "library_id")}
        | {
            "state": "present",
            "missing_at": None,
            "updated_at": func.now(),
            "revision": _file.revision + 1,
            # The content is another: its full hash is no longer known.
            "hash_sha256": None,
        }
    )
)
_BACK = Query(
    update(media_files)
    .where(_file.id == _IDS, _file.state == "missing")
    .values(state="present", missing_at=None, updated_at=func.now(), revision=_file.revision + 1)
    .returning(_file.id)
)
_MISSING = Query(
    update(media_files)
    .where(_file.id == _IDS, _file.state == "present")
    .values(
        state="missing", missing_at=func.now(), updated_at=func.now(), revision=_file.revision + 1
    )
    .returning(_file.id)
)
_COUNT = Query(
    select(func.count())
    .select_from(media_files)
    .where(_file.library_id == bindparam("library_id"), _file.state == "present")
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the catalog has of a file, as far as scanning needs it."""

    id: UUID
    directory: bytes
    filename: bytes
    state: str
    size_bytes: int
    mtime_ns: int
    inode: int
    fingerprint: bytes | None


def _scan_of(row: Any) -> Scan:
    return Scan(**{**row, "state": ScanState(row["state"])})


async def insert_scan(
    session: Session, scan_id: UUID, library_id: UUID, job_id: UUID, *, full: bool
) -> Scan:
    """Adds a scan that waits."""
    row = await session.one(_INSERT, id=scan_id, library_id=library_id, job_id=job_id, full=full)
    return _scan_of(row)


async def get(source: Database | Session, library_id: UUID, scan_id: UUID) -> Scan | None:
    """Returns a scan."""
    row = await source.one(_GET, id=scan_id, library_id=library_id)
    return _scan_of(row) if row else None


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
    row = await session.one(
        _MOVE,
        scan=scan_id,
        before=[str(before) for before in may_become(state)],
        to=state,
        ended=state in ENDED,
        code=error.code if error else None,
        message=error.message if error else None,
    )
    return _scan_of(row) if row else None


async def write_stats(session: Session, scan_id: UUID, stats: dict[str, Any]) -> None:
    """Writes how far a running scan is."""
    await session.run(_STATS, scan=scan_id, counts=stats)


async def directories(database: Database, library_id: UUID) -> dict[bytes, tuple[bytes, int]]:
    """Returns signature and number of files of every folder that the last scan finished."""
    rows = await database.all(_DIRECTORIES, library_id=library_id)
    return {row["path"]: (row["signature"], row["file_count"]) for row in rows}


async def sign(
    session: Session, library_id: UUID, signed: Iterable[tuple[bytes, bytes, int]]
) -> None:
    """Notes folders that are done with, as (path, signature, number of files)."""
    await session.many(
        _SIGN,
        [
            {
                "library_id": library_id,
                "path": path,
                "signature": signature,
                "file_count": count,
            }
            for path, signature, count in signed
        ],
    )


async def forget_directories(session: Session, library_id: UUID, paths: Sequence[bytes]) -> None:
    """Forgets folders that are gone."""
    await session.run(_FORGET_DIRECTORIES, library_id=library_id, paths=list(paths))


async def files_in(database: Database, library_id: UUID, paths: Sequence[bytes]) -> list[KnownFile]:
    """Returns what is known of the files in some folders."""
    rows = await database.all(_FILES_IN, library_id=library_id, paths=list(paths))
    return [KnownFile(**row) for row in rows]


async def by_fingerprint(
    database: Database, library_id: UUID, fingerprints: Sequence[bytes]
) -> list[tuple[bytes, UUID, bytes, bytes]]:
    """Returns the known files with these fingerprints, as (fingerprint, id, directory, name)."""
    rows = await database.all(
        _BY_FINGERPRINT, library_id=library_id, fingerprints=list(fingerprints)
    )
    return [(row["fingerprint"], row["id"], row["directory"], row["filename"]) for row in rows]


async def write_files(
    session: Session, new: Iterable[dict[str, object]], changed: Iterable[dict[str, object]]
) -> None:
    """Adds and changes files, given by column."""
    await session.many(_INSERT_FILE, new)
    await session.many(_UPDATE_FILE, changed)


async def mark_back(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Marks files as there again. Returns those that were not."""
    return [row["id"] for row in await session.all(_BACK, ids=list(ids))]


async def mark_missing(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Marks files as missing. Returns those that were there until now."""
    return [row["id"] for row in await session.all(_MISSING, ids=list(ids))]


async def present_count(database: Database, library_id: UUID) -> int:
    """Returns how many files of a library are there, as far as the catalog knows."""
    count: int = await database.value(_COUNT, library_id=library_id)
    return count
