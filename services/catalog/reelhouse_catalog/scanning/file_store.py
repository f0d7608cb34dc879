"""Folders and scanned files in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import BYTEA

from reelhouse_catalog.scanning.model import within
from reelhouse_catalog.schema import media_files, scan_directories
from reelhouse_kit.db import Database, Query, Session, rows_of

_file = media_files.c
_directory = scan_directories.c
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_PATHS: Any = any_(bindparam("paths", type_=ARRAY(BYTEA)))

_DIRECTORY_COLUMNS = (
    _directory.path,
    _directory.signature,
    _directory.file_count,
    _directory.foreign_device,
)
_DIRECTORIES = Query(
    select(*_DIRECTORY_COLUMNS).where(_directory.library_id == bindparam("library_id"))
)
_SOME_DIRECTORIES = Query(
    select(*_DIRECTORY_COLUMNS).where(
        _directory.library_id == bindparam("library_id"), _directory.path == _PATHS
    )
)
_directory_values = postgresql.insert(scan_directories).values(
    library_id=bindparam("library_id"),
    path=bindparam("path"),
    signature=bindparam("signature"),
    file_count=bindparam("file_count"),
    foreign_device=bindparam("foreign_device"),
)
_SIGN = Query(
    _directory_values.on_conflict_do_update(
        index_elements=[_directory.library_id, _directory.path],
        set_={
            "signature": _directory_values.excluded.signature,
            "file_count": _directory_values.excluded.file_count,
            "foreign_device": _directory_values.excluded.foreign_device,
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
    _file.confidence,
    _file.pinned,
    _file.probed_at,
    _file.readiness,
)
_FILES_IN = Query(
    select(*_KNOWN_COLUMNS).where(
        _file.library_id == bindparam("library_id"), _file.directory == _PATHS
    )
)
_wanted = rows_of(directory=BYTEA(), filename=BYTEA())
_AT = Query(
    select(*_KNOWN_COLUMNS).join(
        _wanted,
        and_(
            _file.library_id == bindparam("library_id", type_=Uuid),
            _file.directory == _wanted.c.directory,
            _file.filename == _wanted.c.filename,
        ),
    )
)
_KNOWN = Query(select(*_KNOWN_COLUMNS).where(_file.id == bindparam("id")))
_BY_FINGERPRINT = Query(
    select(*_KNOWN_COLUMNS)
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
    "score",
    "readiness",
    "approved",
)
_INSERT_FILE = Query(
    insert(media_files).values(
        {name: bindparam(name) for name in _FILE_COLUMNS} | {"probed_at": func.now()}
    )
)
_SAME_CONTENT = and_(
    _file.size_bytes == bindparam("size_bytes"),
    _file.mtime_ns == bindparam("mtime_ns"),
    _file.fingerprint == bindparam("fingerprint"),
)
# Likewise: what the scan says of a path is not so of a file that operations moved since.
_UPDATE_FILE = Query(
    update(media_files)
    .where(
        _file.id == bindparam("id"),
        _file.directory == bindparam("known_directory"),
        _file.filename == bindparam("known_filename"),
    )
    .values(
        {name: bindparam(name) for name in _FILE_COLUMNS if name not in ("id", "library_id")}
        | {
            "state": "present",
            "missing_at": None,
            "updated_at": func.now(),
            "revision": _file.revision + 1,
            "probed_at": func.now(),
            # Of another content the full hash is not known.
            "hash_sha256": case((_SAME_CONTENT, _file.hash_sha256)),
            "hashed_at": case((_SAME_CONTENT, _file.hashed_at)),
        }
    )
)
_BACK = Query(
    update(media_files)
    .where(_file.id == _IDS, _file.state == "missing")
    .values(state="present", missing_at=None, updated_at=func.now(), revision=_file.revision + 1)
    .returning(_file.id)
)
# Only where it is still where the scan did not find it: file operations may have moved it since.
_vanished = rows_of(id=Uuid(), directory=BYTEA(), filename=BYTEA())
_MISSING = Query(
    update(media_files)
    .where(
        _file.id == _vanished.c.id,
        _file.directory == _vanished.c.directory,
        _file.filename == _vanished.c.filename,
        _file.state == "present",
    )
    .values(
        state="missing", missing_at=func.now(), updated_at=func.now(), revision=_file.revision + 1
    )
    .returning(_file.id)
)
# What changed in an earlier run, and is good enough now, may be used again.
_PROMOTE = Query(
    update(media_files)
    .where(
        _file.library_id == bindparam("library_id"),
        text("readiness = 'enriching'"),
        _file.state == "present",
        _file.probe_error == "",
        _file.probed_at < bindparam("before"),
        _file.score >= bindparam("least"),
    )
    .values(readiness="ready", approved=True, updated_at=func.now(), revision=_file.revision + 1)
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
    confidence: float
    pinned: bool
    probed_at: datetime | None
    readiness: str

    @property
    def path(self) -> bytes:
        """Its path relative to the library's root."""
        return self.directory + b"/" + self.filename if self.directory else self.filename


@dataclass(frozen=True, slots=True)
class KnownDirectory:
    """What the last scan that finished a folder left of it."""

    path: bytes
    signature: bytes
    file_count: int
    foreign_device: bool


async def directories(
    database: Database, library_id: UUID, folders: Sequence[bytes] | None
) -> dict[bytes, KnownDirectory]:
    """Returns what is known of folders; of these only, unless one is meant with all below it."""
    if folders is None or any(folder.endswith(b"/") for folder in folders):
        rows = await database.all(_DIRECTORIES, library_id=library_id)
    else:
        rows = await database.all(_SOME_DIRECTORIES, library_id=library_id, paths=list(folders))
    known = (KnownDirectory(*row.values()) for row in rows)
    return {directory.path: directory for directory in known if within(directory.path, folders)}


async def sign(session: Session, library_id: UUID, signed: Iterable[KnownDirectory]) -> None:
    """Notes folders that are done with."""
    await session.many(
        _SIGN,
        [
            {
                "library_id": library_id,
                "path": directory.path,
                "signature": directory.signature,
                "file_count": directory.file_count,
                "foreign_device": directory.foreign_device,
            }
            for directory in signed
        ],
    )


async def forget_directories(session: Session, library_id: UUID, paths: Sequence[bytes]) -> None:
    """Forgets folders that are gone."""
    await session.run(_FORGET_DIRECTORIES, library_id=library_id, paths=list(paths))


async def files_in(database: Database, library_id: UUID, paths: Sequence[bytes]) -> list[KnownFile]:
    """Returns what is known of the files in some folders."""
    rows = await database.all(_FILES_IN, library_id=library_id, paths=list(paths))
    return [KnownFile(**row) for row in rows]


async def at(
    database: Database, library_id: UUID, places: Sequence[tuple[bytes, bytes]]
) -> list[KnownFile]:
    """Returns what is known of the files at some paths: folder and name."""
    rows = await database.all(
        _AT,
        library_id=library_id,
        directory=[directory for directory, _ in places],
        filename=[filename for _, filename in places],
    )
    return [KnownFile(**row) for row in rows]


async def known(database: Database, file_id: UUID) -> KnownFile | None:
    """Returns what is known of a file."""
    row = await database.one(_KNOWN, id=file_id)
    return KnownFile(**row) if row else None


async def by_fingerprint(
    database: Database, library_id: UUID, fingerprints: Sequence[bytes]
) -> list[KnownFile]:
    """Returns the known files with these fingerprints, the oldest first."""
    rows = await database.all(
        _BY_FINGERPRINT, library_id=library_id, fingerprints=list(fingerprints)
    )
    return [KnownFile(**row) for row in rows]


async def write_files(
    session: Session, new: Iterable[dict[str, object]], changed: Iterable[dict[str, object]]
) -> None:
    """Adds and changes files, given by column."""
    await session.many(_INSERT_FILE, new)
    await session.many(_UPDATE_FILE, changed)


async def mark_back(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Marks files as there again. Returns those that were not."""
    return [row["id"] for row in await session.all(_BACK, ids=list(ids))]


async def mark_missing(session: Session, files: Sequence[KnownFile]) -> list[UUID]:
    """Marks files as missing. Returns those that were there until now, at the paths given."""
    rows = await session.all(
        _MISSING,
        id=[file.id for file in files],
        directory=[file.directory for file in files],
        filename=[file.filename for file in files],
    )
    return [row["id"] for row in rows]


async def promote(
    session: Session, library_id: UUID, *, before: datetime, least: float
) -> list[UUID]:
    """Approves files that changed before a time and whose score is good enough. Returns them."""
    rows = await session.all(_PROMOTE, library_id=library_id, before=before, least=least)
    return [row["id"] for row in rows]


async def present_count(database: Database, library_id: UUID) -> int:
    """Returns how many files of a library are there, as far as the catalog knows."""
    count: int = await database.value(_COUNT, library_id=library_id)
    return count
