"""Verifications in the database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    Uuid,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from reelhouse_catalog.schema import file_verifications, media_files
from reelhouse_catalog.verifications.model import (
    ENDED,
    Verification,
    VerificationState,
    may_become,
)
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.jobs import JobError
from reelhouse_kit.jobs.moving import move as moved
from reelhouse_kit.jobs.moving import moving
from reelhouse_kit.rpc.paging import Page

_verification = file_verifications.c
_file = media_files.c
_GET = Query(
    select(file_verifications).where(
        _verification.id == bindparam("id"),
        _verification.media_file_id == bindparam("media_file_id"),
    )
)
_LIVE = Query(
    select(file_verifications).where(
        _verification.media_file_id == bindparam("media_file_id"),
        text("state IN ('pending', 'running')"),
    )
)
_after = bindparam("after", type_=Uuid)
_LIST = Query(
    select(file_verifications)
    .where(
        _verification.media_file_id == bindparam("media_file_id"),
        or_(_after.is_(None), _verification.id < _after),
    )
    .order_by(_verification.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_INSERT = Query(
    insert(file_verifications)
    .values(
        id=bindparam("id"),
        media_file_id=bindparam("media_file_id"),
        job_id=bindparam("job_id"),
        total_bytes=bindparam("total_bytes"),
        expected_sha256=bindparam("expected"),
    )
    .returning(file_verifications)
)
_MOVE = moving(file_verifications)
_PROGRESS = Query(
    update(file_verifications)
    .where(_verification.id == bindparam("verification"))
    .values(done_bytes=bindparam("done"), sha256=bindparam("found"))
)
_LOCK_FILE = Query(
    select(_file.hash_sha256, _file.size_bytes).where(_file.id == bindparam("id")).with_for_update()
)
# The hash that was known stays when it does not match: it is what the file was.
_HASHED = Query(
    update(media_files)
    .where(
        _file.id == bindparam("id"),
        _file.mtime_ns == bindparam("mtime_ns"),
        or_(_file.hash_sha256.is_(None), _file.hash_sha256 == bindparam("found")),
    )
    .values(
        hash_sha256=bindparam("found"),
        hashed_at=func.now(),
        updated_at=func.now(),
        revision=_file.revision + 1,
    )
    .returning(_file.id)
)


def _verification_of(row: Any) -> Verification:
    return Verification(**{**row, "state": VerificationState(row["state"])})


async def get(
    source: Database | Session, file_id: UUID, verification_id: UUID
) -> Verification | None:
    """Returns a verification."""
    row = await source.one(_GET, id=verification_id, media_file_id=file_id)
    return _verification_of(row) if row else None


async def live(session: Session, file_id: UUID) -> Verification | None:
    """Returns the verification of a file that has not ended."""
    row = await session.one(_LIVE, media_file_id=file_id)
    return _verification_of(row) if row else None


async def page(database: Database, file_id: UUID, page: Page) -> list[Verification]:
    """Returns a page of the verifications of a file, newest first."""
    after = page.after[0] if page.after else None
    rows = await database.all(_LIST, media_file_id=file_id, after=after, limit=page.limit)
    return [_verification_of(row) for row in rows]


async def lock_file(session: Session, file_id: UUID) -> tuple[bytes | None, int] | None:
    """Returns the hash and size that are known of a file, and keeps it until the end."""
    row = await session.one(_LOCK_FILE, id=file_id)
    return (row["hash_sha256"], row["size_bytes"]) if row else None


async def insert_verification(
    session: Session,
    verification_id: UUID,
    file_id: UUID,
    job_id: UUID,
    *,
    total_bytes: int,
    expected: bytes | None,
) -> Verification:
    """Adds a verification that waits."""
    row = await session.one(
        _INSERT,
        id=verification_id,
        media_file_id=file_id,
        job_id=job_id,
        total_bytes=total_bytes,
        expected=expected,
    )
    return _verification_of(row)


async def move(
    session: Session,
    verification_id: UUID,
    state: VerificationState,
    *,
    error: JobError | None = None,
) -> Verification | None:
    """Puts a verification into a state; None when its present state does not allow that."""
    row = await moved(
        session,
        _MOVE,
        verification_id,
        state,
        before=may_become(state),
        ended=state in ENDED,
        error=error,
    )
    return _verification_of(row) if row else None


async def note_progress(
    session: Session, verification_id: UUID, done: int, found: bytes | None = None
) -> None:
    """Notes how far a verification is, and at the end what it found."""
    await session.run(_PROGRESS, verification=verification_id, done=done, found=found)


async def note_hash(session: Session, file_id: UUID, mtime_ns: int, found: bytes) -> bool:
    """Notes a file's hash, unless another is known. Returns whether it did."""
    return await session.one(_HASHED, id=file_id, mtime_ns=mtime_ns, found=found) is not None
