"""What comes after episodes, from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, literal_column, select

from reelhouse_catalog.schema import episode_assets, episodes, media_files
from reelhouse_catalog.titles.following import Placed, following, watching_order
from reelhouse_kit.db import Database, Query

_asked = episodes.alias("asked")
_file = (
    select(media_files.c.id)
    .join(episode_assets, episode_assets.c.media_file_id == media_files.c.id)
    .where(
        episode_assets.c.episode_id == episodes.c.id,
        media_files.c.state == literal_column("'present'"),
    )
    .order_by(episode_assets.c.canonical.desc(), media_files.c.id)
    .limit(1)
    .scalar_subquery()
    .label("media_file_id")
)
# All episodes of the series that the asked ones belong to: small rows, and some hundred of them.
_OF_SERIES = Query(
    select(
        episodes.c.id,
        episodes.c.title_id,
        episodes.c.season_number,
        episodes.c.number,
        episodes.c.release_date,
        episodes.c.name,
        _file,
    ).where(
        episodes.c.title_id.in_(
            select(_asked.c.title_id).where(
                _asked.c.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
            )
        )
    )
)


async def of_series(database: Database, ids: Sequence[UUID]) -> dict[UUID, list[Placed]]:
    """Returns all episodes of the series that some episodes belong to, by series."""
    found: dict[UUID, list[Placed]] = defaultdict(list)
    for row in await database.all(_OF_SERIES, ids=list(ids)):
        found[row["title_id"]].append(Placed(**row))
    return found


async def following_of(database: Database, ids: Sequence[UUID]) -> dict[UUID, list[Placed]]:
    """Returns what comes after each of some episodes; nothing for what does not exist."""
    asked = set(ids)
    result: dict[UUID, list[Placed]] = {}
    for whole in (await of_series(database, ids)).values():
        order = watching_order(whole)
        result |= {one.id: following(one, order) for one in whole if one.id in asked}
    return result
