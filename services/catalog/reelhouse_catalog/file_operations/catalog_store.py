"""What the catalog knows of files, brought after them when operations move them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import BYTEA, JSONB

from reelhouse_catalog.file_operations.model import Identity
from reelhouse_catalog.file_operations.store import signed
from reelhouse_catalog.schema import file_operations, media_files, sidecars
from reelhouse_kit.db import Database, Query, Session, rows_of

_file = media_files.c
_sidecar = sidecars.c
_operation = file_operations.c
_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))
_LIBRARY = bindparam("library_id", type_=Uuid)
_changed = {"updated_at": func.now(), "revision": _file.revision + 1}

_wanted = rows_of(directory=BYTEA(), filename=BYTEA())
_AT = Query(
    select(_file.id, _file.directory, _file.filename, _file.state).join(
        _wanted,
        and_(
            _file.library_id == _LIBRARY,
            _file.directory == _wanted.c.directory,
            _file.filename == _wanted.c.filename,
        ),
    )
)
_PATHS_OF = Query(
    select(_file.id, _file.directory, _file.filename).where(
        _file.id == _IDS, _file.library_id == _LIBRARY
    )
)
_HASHES = Query(
    select(_file.id, _file.hash_sha256, _file.size_bytes, _file.mtime_ns).where(
        _file.id == _IDS, _file.hash_sha256.is_not(None)
    )
)
_moved = rows_of(
    id=Uuid(),
    directory=BYTEA(),
    filename=BYTEA(),
    path=Text(),
    device=BigInteger(),
    inode=BigInteger(),
    mtime_ns=BigInteger(),
)
_MOVE = Query(
    update(media_files)
    .where(_file.id == _moved.c.id, _file.library_id == _LIBRARY)
    .values(
        directory=_moved.c.directory,
        filename=_moved.c.filename,
        path=_moved.c.path,
        device=_moved.c.device,
        inode=_moved.c.inode,
        mtime_ns=_moved.c.mtime_ns,
        state="present",
        missing_at=None,
        **_changed,
    )
    .returning(_file.id)
)
# To a path that no file has: of those whose paths others are about to have.
_MAKE_ROOM = Query(
    update(media_files)
    .where(_file.id == _IDS)
    .values(
        directory=func.convert_to(
            func.concat(bindparam("prefix", type_=Text), _file.id), bindparam("encoding", "UTF8")
        )
    )
)
_DROP = Query(delete(media_files).where(_file.id == _IDS))
_MISSING = Query(
    update(media_files)
    .where(_file.id == _IDS, _file.state == "present")
    .values(state="missing", missing_at=func.now(), **_changed)
    .returning(_file.id)
)
_beside = rows_of(directory=BYTEA(), filename=BYTEA(), to_directory=BYTEA(), to_filename=BYTEA())
_MOVE_SIDECARS = Query(
    update(sidecars)
    .where(
        _sidecar.library_id == _LIBRARY,
        _sidecar.directory == _beside.c.directory,
        _sidecar.filename == _beside.c.filename,
    )
    .values(directory=_beside.c.to_directory, filename=_beside.c.to_filename)
)
_DROP_SIDECARS = Query(
    delete(sidecars).where(
        _sidecar.library_id == _LIBRARY,
        _sidecar.directory == _wanted.c.directory,
        _sidecar.filename == _wanted.c.filename,
    )
)
_FILES_OF = Query(
    select(_operation.media_file_id)
    .where(_operation.id == _IDS, _operation.media_file_id.is_not(None))
    .distinct()
)
_SUBTITLES = Query(
    select(_file.id, _file.external_subtitles).where(
        _file.id == _IDS, _file.external_subtitles != func.jsonb_build_array()
    )
)
_subtitled = rows_of(id=Uuid(), external_subtitles=JSONB())
_WRITE_SUBTITLES = Query(
    update(media_files)
    .where(_file.id == _subtitled.c.id)
    .values(external_subtitles=_subtitled.c.external_subtitles, **_changed)
)
_REPLACED = ".reelhouse-replaced/"
_MOVING = ".reelhouse-moving/"


@dataclass(frozen=True, slots=True)
class Move:
    """A media file that is at another place now."""

    media_file_id: UUID
    directory: bytes
    filename: bytes
    shown: str
    identity: Identity


@dataclass(frozen=True, slots=True)
class At:
    """A row of the catalog by its path."""

    id: UUID
    directory: bytes
    filename: bytes
    state: str


def _columns(places: Sequence[tuple[bytes, bytes]]) -> dict[str, object]:
    return {"directory": [d for d, _ in places], "filename": [f for _, f in places]}


async def at(
    source: Database | Session, library_id: UUID, places: Sequence[tuple[bytes, bytes]]
) -> list[At]:
    """Returns the media files at paths: folder and name."""
    rows = await source.all(_AT, library_id=library_id, **_columns(places))
    return [At(*row.values()) for row in rows]


async def paths_of(
    source: Database | Session, library_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, bytes]:
    """Returns the paths of media files of a library."""
    rows = await source.all(_PATHS_OF, library_id=library_id, ids=list(ids))
    return {
        row["id"]: row["directory"] + b"/" + row["filename"]
        if row["directory"]
        else row["filename"]
        for row in rows
    }


async def hashes(
    source: Database | Session, ids: Sequence[UUID]
) -> dict[UUID, tuple[bytes, int, int]]:
    """Returns what is known of the content of media files: SHA-256, and of which size and time."""
    rows = await source.all(_HASHES, ids=list(ids))
    return {row["id"]: (row["hash_sha256"], row["size_bytes"], row["mtime_ns"]) for row in rows}


async def move_files(session: Session, library_id: UUID, moves: Sequence[Move]) -> list[UUID]:
    """Writes where media files are now. Returns the rows of others that went for it.

    A scan may have come upon a file before this was written: what it made of it goes. What is known
    of a file that was at the place before and is missing stays, without a path.
    """
    own = {move.media_file_id for move in moves}
    places = [(move.directory, move.filename) for move in moves]
    there = await at(session, library_id, places)
    own_there = [row.id for row in there if row.id in own]
    replaced = [row.id for row in there if row.id not in own and row.state == "missing"]
    dropped = [row.id for row in there if row.id not in own and row.state != "missing"]
    if own_there:
        await session.run(_MAKE_ROOM, ids=own_there, prefix=_MOVING)
    if replaced:
        await session.run(_MAKE_ROOM, ids=replaced, prefix=_REPLACED)
    if dropped:
        await session.run(_DROP, ids=dropped)
    await session.all(
        _MOVE,
        library_id=library_id,
        id=[move.media_file_id for move in moves],
        path=[move.shown for move in moves],
        device=[signed(move.identity.device) for move in moves],
        inode=[signed(move.identity.inode) for move in moves],
        mtime_ns=[move.identity.mtime_ns for move in moves],
        **_columns(places),
    )
    return dropped


async def mark_missing(session: Session, ids: Sequence[UUID]) -> None:
    """Marks media files that are in a recycle bin as missing."""
    await session.all(_MISSING, ids=list(ids))


async def move_sidecars(
    session: Session,
    library_id: UUID,
    moves: Sequence[tuple[tuple[bytes, bytes], tuple[bytes, bytes]]],
) -> None:
    """Writes where files beside media are now: folder and name, before and after."""
    await session.run(
        _DROP_SIDECARS, library_id=library_id, **_columns([after for _, after in moves])
    )
    await session.run(
        _MOVE_SIDECARS,
        library_id=library_id,
        to_directory=[after[0] for _, after in moves],
        to_filename=[after[1] for _, after in moves],
        **_columns([before for before, _ in moves]),
    )


async def drop_sidecars(
    session: Session, library_id: UUID, places: Sequence[tuple[bytes, bytes]]
) -> None:
    """Forgets files beside media."""
    await session.run(_DROP_SIDECARS, library_id=library_id, **_columns(places))


async def files_of(session: Session, operations: Sequence[UUID]) -> list[UUID]:
    """Returns the media files of operations."""
    rows = await session.all(_FILES_OF, ids=list(operations))
    return [row["media_file_id"] for row in rows]


async def subtitles(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """Returns the subtitle files of media files that have any."""
    rows = await session.all(_SUBTITLES, ids=list(ids))
    return {row["id"]: row["external_subtitles"] for row in rows}


async def write_subtitles(session: Session, changed: Mapping[UUID, list[dict[str, Any]]]) -> None:
    """Writes the subtitle files of media files."""
    ids = sorted(changed)
    # Tuples: a list of lists would be an array of two dimensions.
    await session.run(
        _WRITE_SUBTITLES, id=ids, external_subtitles=[tuple(changed[file]) for file in ids]
    )
