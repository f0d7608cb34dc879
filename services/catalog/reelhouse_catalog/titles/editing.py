"""What people change of titles, seasons, episodes and tracks. What they set is locked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from reelhouse_catalog.enrichment import usecases as enrichment
from reelhouse_catalog.enrichment.known import Item, Known, items
from reelhouse_catalog.titles import usecases as titles
from reelhouse_catalog.titles.model import EPISODE, SEASON, TITLE, TRACK
from reelhouse_kit import errors
from reelhouse_kit.db import Session, atomic
from reelhouse_kit.names import ResourceName

_NAMES: Mapping[str, ResourceName] = {
    "titles": TITLE,
    "seasons": SEASON,
    "episodes": EPISODE,
    "tracks": TRACK,
}


@atomic
async def update(
    session: Session,
    table: str,
    title_id: UUID,
    item_id: UUID,
    values: Mapping[str, Any],
    *,
    locked: Collection[str] | None,
    etag: str,
) -> None:
    """Sets fields of a title or of a part of it.

    Args:
        session: The transaction.
        table: "titles", "seasons", "episodes" or "tracks".
        title_id: The title.
        item_id: The part; the title's own id for the title.
        values: The new values, by field of Metadata.
        locked: The fields to lock besides those; None leaves the locks as they are.
        etag: The version that the caller changes; empty for any.

    Raises:
        NotFoundError: There is no such title or part.
        EtagMismatchError: It is another version.
    """
    known, item = await _find(session, table, title_id, item_id)
    name = _name(item, title_id)
    if etag and etag != f'"{item.revision}"':
        raise errors.EtagMismatchError(name)
    if table == "titles" and not values.get("display_name", "name"):
        raise errors.invalid("title.display_name", "is required")
    await enrichment.edit(session, known, item, values, locked)


async def _find(session: Session, table: str, title_id: UUID, item_id: UUID) -> tuple[Known, Item]:
    known = await enrichment.known_title(session, title_id)
    if known is None:
        await titles.refuse_merged(session, title_id)
    else:
        for item in items(known):
            if item.table == table and item.id == item_id:
                return known, item
    ids = (title_id,) if table == "titles" else (title_id, item_id)
    raise errors.NotFoundError(_NAMES[table].type, _NAMES[table].format(*ids))


def _name(item: Item, title_id: UUID) -> str:
    ids = (title_id,) if item.table == "titles" else (title_id, item.id)
    return _NAMES[item.table].format(*ids)
