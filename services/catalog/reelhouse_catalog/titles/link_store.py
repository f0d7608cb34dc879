"""Links between files and what they hold in the database. Every statement takes many rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from reelhouse_catalog.schema import episode_assets, media_files, track_assets
from reelhouse_kit.db import Query, Session, rows_of

_IDS: Any = any_(bindparam("ids", type_=ARRAY(Uuid)))


def _links(table: Table, owner: str) -> dict[str, Query]:
    """Returns the statements that link files to episodes or to tracks.

    Each episode and track with files has one canonical link: the first, of several at once that of
    the best picture.
    """
    item, file, canonical = table.c[owner], table.c.media_file_id, table.c.canonical
    given = rows_of(**{owner: Uuid(), "media_file_id": Uuid()})
    other = table.alias("other")
    best = (media_files.c.height.desc().nulls_last(), media_files.c.bit_rate.desc().nulls_last())
    first = func.row_number().over(
        partition_by=given.c[owner], order_by=(*best, given.c.media_file_id)
    )
    chosen = exists().where(other.c[owner] == given.c[owner], other.c.canonical)
    candidates = (
        select(item, file)
        .join(media_files, media_files.c.id == file)
        .where(
            item == _IDS,
            ~exists().where(other.c[owner] == item, other.c.canonical),
        )
        .ext(distinct_on(item))
        .order_by(item, (media_files.c.state == literal_column("'present'")).desc(), *best, file)
        .subquery()
    )
    return {
        # Those of the files that are linked to something else than is given.
        "others": Query(
            delete(table)
            .where(
                file == _IDS,
                ~exists().where(given.c[owner] == item, given.c.media_file_id == file),
            )
            .returning(item)
        ),
        "link": Query(
            insert(table)
            .from_select(
                [owner, "media_file_id", "canonical"],
                select(given.c[owner], given.c.media_file_id, and_(first == 1, ~chosen)).join(
                    media_files, media_files.c.id == given.c.media_file_id
                ),
            )
            .on_conflict_do_nothing(index_elements=[owner, "media_file_id"])
        ),
        "elect": Query(
            update(table)
            .where(item == candidates.c[owner], file == candidates.c.media_file_id)
            .values(canonical=True)
        ),
        "depose": Query(update(table).where(item == _IDS, canonical).values(canonical=False)),
        "crown": Query(
            update(table)
            .where(file == bindparam("file", type_=Uuid))
            .values(canonical=True)
            .returning(item)
        ),
        "owned": Query(select(item).where(file == bindparam("file", type_=Uuid))),
    }


_EPISODE_LINKS = _links(episode_assets, "episode_id")
_TRACK_LINKS = _links(track_assets, "track_id")
_PINNED = Query(select(media_files.c.id).where(media_files.c.id == _IDS, media_files.c.pinned))

_UNPIN = Query(
    update(media_files)
    .where(media_files.c.id == bindparam("file", type_=Uuid), media_files.c.pinned)
    .values(pinned=literal_column("false"))
)


async def unpin(session: Session, file: UUID) -> None:
    """Lets scans decide again what a file is linked to."""
    await session.run(_UNPIN, file=file)


async def pinned(session: Session, files: Sequence[UUID]) -> set[UUID]:
    """Returns those of the files whose links people chose."""
    return {row["id"] for row in await session.all(_PINNED, ids=list(files))}


async def link_episodes(
    session: Session, links: Sequence[tuple[UUID, UUID]], relink: Sequence[UUID] = ()
) -> None:
    """Links episodes and files: pairs of their ids. Files in `relink` keep no other links."""
    await _link(session, _EPISODE_LINKS, "episode_id", links, relink)


async def link_tracks(
    session: Session, links: Sequence[tuple[UUID, UUID]], relink: Sequence[UUID] = ()
) -> None:
    """Links tracks and files: pairs of their ids. Files in `relink` keep no other links."""
    await _link(session, _TRACK_LINKS, "track_id", links, relink)


async def _link(
    session: Session,
    queries: Mapping[str, Query],
    owner: str,
    links: Sequence[tuple[UUID, UUID]],
    relink: Sequence[UUID],
) -> None:
    columns = {
        owner: [item for item, _ in links],
        "media_file_id": [file for _, file in links],
    }
    left = set()
    if relink:
        rows = await session.all(queries["others"], ids=list(relink), **columns)
        left = {row[owner] for row in rows}
    if links:
        await session.run(queries["link"], **columns)
    if left:
        await session.run(queries["elect"], ids=sorted(left))


async def elect(session: Session, episode_ids: Sequence[UUID], track_ids: Sequence[UUID]) -> None:
    """Gives those of the episodes and tracks that have files, but no canonical one, the best."""
    await session.run(_EPISODE_LINKS["elect"], ids=list(episode_ids))
    await session.run(_TRACK_LINKS["elect"], ids=list(track_ids))


async def crown(session: Session, file: UUID) -> bool:
    """Makes a file the canonical one of all that it is linked to. Tells if that is anything."""
    owned = False
    for queries, owner in ((_EPISODE_LINKS, "episode_id"), (_TRACK_LINKS, "track_id")):
        items = [row[owner] for row in await session.all(queries["owned"], file=file)]
        if items:
            await session.run(queries["depose"], ids=items)
            await session.all(queries["crown"], file=file)
            owned = True
    return owned
