"""Files that plugins are told of, and what plugins said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Double,
    Integer,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from reelhouse_catalog.plugins.model import FileFacts, Plugin, Said
from reelhouse_catalog.schema import media_files, media_libraries, plugin_metadata
from reelhouse_kit.db import Database, Query, Session, rows_of
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_said = plugin_metadata.c
_LIMIT = bindparam("limit", type_=Integer)
_FILES = Query(
    select(
        media_files.c.id,
        media_files.c.directory,
        media_files.c.filename,
        media_files.c.size_bytes,
        media_files.c.mime_type,
        media_files.c.container,
        media_files.c.duration_ms,
        media_files.c.video_codec,
        media_files.c.audio_codec,
        media_files.c.width,
        media_files.c.height,
        media_files.c.state,
        media_libraries.c.kind,
        media_libraries.c.root_path,
    )
    .join(media_libraries, media_libraries.c.id == media_files.c.library_id)
    .where(
        media_files.c.id > bindparam("after", type_=Uuid),
        media_files.c.id < bindparam("until", type_=Uuid),
    )
    .order_by(media_files.c.id)
    .limit(_LIMIT)
)
_given = rows_of(
    id=Uuid(),
    media_file_id=Uuid(),
    title_id=Uuid(),
    metadata_type=Text(),
    metadata=JSONB(),
    confidence=Double(),
)
_say = insert(plugin_metadata).from_select(
    [
        "id",
        "plugin_id",
        "media_file_id",
        "title_id",
        "metadata_type",
        "metadata",
        "confidence",
        "plugin_version",
    ],
    select(
        _given.c.id,
        bindparam("plugin", type_=Uuid),
        _given.c.media_file_id,
        _given.c.title_id,
        _given.c.metadata_type,
        _given.c.metadata,
        _given.c.confidence,
        bindparam("version", type_=Text),
    ),
)
_SAY = Query(
    _say.on_conflict_do_update(
        index_elements=["plugin_id", "media_file_id", "title_id", "metadata_type"],
        set_={
            "metadata": _say.excluded.metadata,
            "confidence": _say.excluded.confidence,
            "plugin_version": _say.excluded.plugin_version,
            "updated_at": func.now(),
        },
    )
)
_THERE = Query(
    select(media_files.c.id)
    .where(media_files.c.id == bindparam("file"))
    .with_for_update(read=True, key_share=True)
)
_UNSAY = Query(
    delete(plugin_metadata).where(
        _said.plugin_id == bindparam("plugin"),
        _said.media_file_id == bindparam("file"),
        _said.metadata_type != any_(bindparam("types", type_=ARRAY(Text))),
    )
)
_FIRST = UUID(int=0)


async def files_after(
    database: Database, after: UUID | None, until: UUID, limit: int
) -> list[tuple[FileFacts, bool]]:
    """Returns the next files, in the order in which they were found, and whether each is there."""
    rows = await database.all(_FILES, after=after or _FIRST, until=until, limit=limit)
    return [(_facts(row), row["state"] == "present") for row in rows]


def _facts(row: Any) -> FileFacts:
    parts = [row["root_path"].encode("utf-8", "surrogateescape"), row["directory"], row["filename"]]
    return FileFacts(
        id=row["id"],
        path=b"/".join(part for part in parts if part),
        library_kind=row["kind"],
        size_bytes=row["size_bytes"],
        mime_type=row["mime_type"],
        container=row["container"],
        duration_ms=row["duration_ms"],
        video_codec=row["video_codec"],
        audio_codec=row["audio_codec"],
        width=row["width"],
        height=row["height"],
    )


async def say_of_file(
    session: Session,
    plugin: Plugin,
    file_id: UUID,
    said: Sequence[tuple[str, dict[str, Any], float]],
) -> None:
    """Stores what a plugin says of a file, in place of all that it said before."""
    if await session.one(_THERE, file=file_id) is None:
        return
    await session.run(
        _UNSAY, plugin=plugin.id, file=file_id, types=[kind for kind, _, _ in said] or [""]
    )
    await _say_all(session, plugin, [(file_id, None, *one) for one in said])


async def say_of_title(
    session: Session, plugin: Plugin, title_id: UUID, metadata: dict[str, Any], confidence: float
) -> None:
    """Stores what a plugin says of a title, in place of what it said before."""
    await _say_all(session, plugin, [(None, title_id, "title", metadata, confidence)])


async def _say_all(
    session: Session,
    plugin: Plugin,
    said: Sequence[tuple[UUID | None, UUID | None, str, dict[str, Any], float]],
) -> None:
    if said:
        await session.run(
            _SAY,
            plugin=plugin.id,
            version=plugin.version,
            id=[new_id() for _ in said],
            media_file_id=[file for file, *_ in said],
            title_id=[title for _, title, *_ in said],
            metadata_type=[kind for _, _, kind, _, _ in said],
            metadata=[metadata for *_, metadata, _ in said],
            confidence=[confidence for *_, confidence in said],
        )


async def said_page(
    database: Database,
    plugin_id: UUID | None,
    title_id: UUID | None,
    media_file_id: UUID | None,
    page: Page,
) -> list[Said]:
    """Returns a page of what was said, oldest first."""
    rows = await database.all(
        _list(plugin_id is not None, title_id is not None, media_file_id is not None),
        plugin=plugin_id,
        title_id=title_id,
        media_file_id=media_file_id,
        after=page.after[0] if page.after else _FIRST,
        limit=page.limit,
    )
    return [Said(**row) for row in rows]


@lru_cache
def _list(plugin: bool, title: bool, media_file: bool) -> Query:
    statement = (
        select(plugin_metadata)
        .where(_said.id > bindparam("after", type_=Uuid))
        .order_by(_said.id)
        .limit(_LIMIT)
    )
    if plugin:
        statement = statement.where(_said.plugin_id == bindparam("plugin"))
    if title:
        statement = statement.where(_said.title_id == bindparam("title_id"))
    if media_file:
        statement = statement.where(_said.media_file_id == bindparam("media_file_id"))
    return Query(statement)
