"""Transcodes and their results in the database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Text,
    any_,
    bindparam,
    case,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page
from reelhouse_transcode.schema import transcode_cache, transcode_sessions
from reelhouse_transcode.transcodes.model import (
    ENDED,
    Spec,
    State,
    Transcode,
    may_become,
)

_row = transcode_sessions.c
_cache = transcode_cache.c
_COLUMNS = tuple(
    column
    for column in transcode_sessions.c
    if column.name
    not in ("input_path", "container", "video_codec", "audio_codec", "quality", "updated_at")
)
_BY_ID = _row.id == bindparam("id")
_INSERT = Query(
    insert(transcode_sessions)
    .values(
        {
            name: bindparam(name, type_=JSONB) if name == "spec" else bindparam(name)
            for name in (
                "id",
                "media_file_id",
                "job_id",
                "content_hash",
                "container",
                "video_codec",
                "audio_codec",
                "quality",
                "spec",
                "priority",
                "duration_ms",
                "requester",
            )
        }
    )
    .returning(*_COLUMNS)
)
_GET = Query(select(*_COLUMNS).where(_BY_ID))
_LOCK = Query(select(*_COLUMNS).where(_BY_ID).with_for_update())
_LIVE = Query(
    select(*_COLUMNS).where(
        _row.content_hash == bindparam("hash"),
        text("status IN ('pending', 'starting', 'running', 'completed')"),
    )
)
_to = bindparam("to", type_=Text)
_MOVE = Query(
    update(transcode_sessions)
    .where(
        _row.id == bindparam("transcode"),
        _row.status == any_(bindparam("before", type_=ARRAY(Text))),
    )
    .values(
        status=_to,
        error_code=bindparam("code"),
        error_message=bindparam("message"),
        started_at=case(
            (_to == text("'starting'"), func.coalesce(_row.started_at, func.now())),
            else_=_row.started_at,
        ),
        completed_at=case(
            (_to == any_(bindparam("final", type_=ARRAY(Text))), func.now()),
            else_=None,
        ),
        attempts=_row.attempts + case((_to == text("'starting'"), 1), else_=0),
        updated_at=func.now(),
        revision=_row.revision + 1,
    )
    .returning(*_COLUMNS)
)
_BEGIN = Query(
    update(transcode_sessions)
    .where(_row.id == bindparam("transcode"))
    .values(
        provider=bindparam("by"),
        input_path=bindparam("source"),
        output_path="",
        progress=0,
        position_ms=0,
        speed=0,
    )
)
_PROGRESS = Query(
    update(transcode_sessions)
    .where(_row.id == bindparam("transcode"))
    .values(
        progress=bindparam("fraction"),
        position_ms=bindparam("position"),
        speed=bindparam("rate"),
        output_path=bindparam("path"),
        updated_at=func.now(),
        revision=_row.revision + 1,
    )
)
_RESULT = Query(
    update(transcode_sessions)
    .where(_row.id == bindparam("transcode"))
    .values(progress=1, output_path=bindparam("path"), output_size=bindparam("size"))
)
_FORGET = Query(
    update(transcode_sessions)
    .where(_row.id == bindparam("transcode"), _row.status == text("'completed'"))
    .values(
        status="failed",
        error_code="OUTPUT_LOST",
        error_message="the result is no longer in the store",
        output_path="",
    )
)
_cached = postgresql.insert(transcode_cache).values(
    {
        name: bindparam(name)
        for name in (
            "id",
            "media_file_id",
            "content_hash",
            "output_path",
            "container",
            "video_codec",
            "audio_codec",
            "quality",
            "file_size",
        )
    }
)
_CACHE = Query(
    _cached.on_conflict_do_update(
        index_elements=[_cache.content_hash],
        set_={
            "output_path": _cached.excluded.output_path,
            "file_size": _cached.excluded.file_size,
            "created_at": func.now(),
            "last_accessed": func.now(),
        },
    )
)
_HIT = Query(
    update(transcode_cache)
    .where(_cache.content_hash == bindparam("hash"))
    .values(access_count=_cache.access_count + 1, last_accessed=func.now())
)


def _transcode_of(row: Any) -> Transcode:
    return Transcode(**{**row, "status": State(row["status"]), "spec": Spec.from_dict(row["spec"])})


def _maybe(row: Any) -> Transcode | None:
    return _transcode_of(row) if row else None


async def insert_transcode(session: Session, transcode_id: UUID, **values: Any) -> Transcode:
    """Adds a transcode that waits.

    Raises:
        UniqueViolationError: The same is there already.
    """
    spec: Spec = values.pop("spec")
    row = await session.one(
        _INSERT,
        id=transcode_id,
        spec=spec.as_dict(),
        container=spec.format,
        video_codec=spec.video_codec,
        audio_codec=spec.audio_codec,
        quality=spec.quality,
        **values,
    )
    return _transcode_of(row)


async def get(source: Database | Session, transcode_id: UUID) -> Transcode | None:
    """Returns a transcode."""
    return _maybe(await source.one(_GET, id=transcode_id))


async def lock(session: Session, transcode_id: UUID) -> Transcode | None:
    """Returns a transcode that nobody else changes until the transaction ends."""
    return _maybe(await session.one(_LOCK, id=transcode_id))


async def live(source: Database | Session, hash_hex: str) -> Transcode | None:
    """Returns the transcode with this hash that is being made or is made."""
    return _maybe(await source.one(_LIVE, hash=hash_hex))


async def move(
    session: Session,
    transcode_id: UUID,
    state: State,
    *,
    code: str | None = None,
    message: str | None = None,
) -> Transcode | None:
    """Puts a transcode into a state; None when its present state does not allow that."""
    before = [str(known) for known in may_become(state)]
    return _maybe(
        await session.one(
            _MOVE,
            transcode=transcode_id,
            before=before,
            to=state,
            final=[str(known) for known in ENDED],
            code=code,
            message=message,
        )
    )


async def begin(session: Session, transcode_id: UUID, provider: str, path: bytes) -> None:
    """Notes what makes a transcode, from which file, and that nothing of it is there yet."""
    await session.run(_BEGIN, transcode=transcode_id, by=provider, source=path)


async def write_progress(
    session: Session,
    transcode_id: UUID,
    *,
    fraction: float,
    position_ms: int,
    speed: float,
    output_path: str,
) -> None:
    """Writes how far a transcode is, and where what is made of it can be read."""
    await session.run(
        _PROGRESS,
        transcode=transcode_id,
        fraction=fraction,
        position=position_ms,
        rate=speed,
        path=output_path,
    )


async def write_result(session: Session, transcode: Transcode, path: str, size: int) -> None:
    """Writes where a finished result is, so that it is found again."""
    await session.run(_RESULT, transcode=transcode.id, path=path, size=size)
    spec = transcode.spec
    await session.run(
        _CACHE,
        id=transcode.id,
        media_file_id=transcode.media_file_id,
        content_hash=transcode.content_hash,
        output_path=path,
        container=spec.format,
        video_codec=spec.video_codec,
        audio_codec=spec.audio_codec,
        quality=spec.quality,
        file_size=size,
    )


async def note_hit(session: Session, hash_hex: str) -> None:
    """Counts that a result was found again."""
    await session.run(_HIT, hash=hash_hex)


async def note_loss(session: Session, transcode_id: UUID) -> None:
    """Notes that a finished result is gone from the store."""
    await session.run(_FORGET, transcode=transcode_id)


async def page(
    database: Database, media_file_id: UUID | None, state: State | None, page: Page
) -> list[Transcode]:
    """Returns a page of transcodes, newest first."""
    rows = await database.all(
        _list(
            media_file=media_file_id is not None,
            state=state is not None,
            after=page.after is not None,
        ),
        media_file_id=media_file_id,
        state=state,
        after=page.after[0] if page.after else None,
        limit=page.limit,
    )
    return [_transcode_of(row) for row in rows]


@lru_cache
def _list(*, media_file: bool, state: bool, after: bool) -> Query:
    statement = select(*_COLUMNS).order_by(_row.id.desc()).limit(bindparam("limit", type_=Integer))
    if media_file:
        statement = statement.where(_row.media_file_id == bindparam("media_file_id"))
    if state:
        statement = statement.where(_row.status == bindparam("state"))
    if after:
        statement = statement.where(_row.id < bindparam("after"))
    return Query(statement)
