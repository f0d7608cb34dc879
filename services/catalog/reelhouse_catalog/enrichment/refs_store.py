"""References in the database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, func, null, select, union_all
from sqlalchemy.dialects.postgresql import JSONB, insert

from reelhouse_catalog.enrichment.refs import TARGETS, NewRef, ProviderRef
from reelhouse_catalog.enrichment.stored import raw_json
from reelhouse_catalog.schema import episodes, provider_refs, seasons, tracks
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.paging import Page

_ref = provider_refs.c
_COLUMNS = tuple(f"{target}_id" for target in TARGETS)
_put = insert(provider_refs).values(
    id=bindparam("id"),
    **{name: bindparam(name, type_=Uuid) for name in _COLUMNS},
    provider=bindparam("provider"),
    provider_key=bindparam("provider_key"),
    raw=bindparam("raw", type_=JSONB(none_as_null=True)),
)
_PUT = Query(
    _put.on_conflict_do_update(
        constraint="uq_provider_refs_target",
        set_={"raw": _put.excluded.raw, "updated_at": func.now()},
        where=_put.excluded.raw.is_not(None) & _ref.raw.is_distinct_from(_put.excluded.raw),
    )
)


def _of_title(raw: bool) -> Any:
    """Returns the references of a title and of its parts: each part goes by its own index."""
    title = bindparam("title_id", type_=Uuid)
    shown = (
        _ref.id,
        title.label("title"),
        *(_ref[name] for name in _COLUMNS[1:]),
        _ref.provider,
        _ref.provider_key,
        (_ref.raw if raw else null().cast(JSONB)).label("raw"),
        _ref.created_at,
        _ref.updated_at,
    )
    parts = [select(*shown).where(_ref.title_id == title)]
    for table, column in ((seasons, "season_id"), (episodes, "episode_id"), (tracks, "track_id")):
        parts.append(
            select(*shown).join(table, table.c.id == _ref[column]).where(table.c.title_id == title)
        )
    return union_all(*parts).subquery()


_one = _of_title(raw=True)
_GET = Query(select(_one).where(_one.c.id == bindparam("id")))


@lru_cache
def _list(after: bool) -> Query:
    found = _of_title(raw=False)
    statement = select(found).order_by(found.c.id).limit(bindparam("limit", type_=Integer))
    if after:
        statement = statement.where(found.c.id > bindparam("after", type_=Uuid))
    return Query(statement)


async def put(session: Session, refs: Sequence[NewRef]) -> None:
    """Keeps references; one that is there gets the new raw answer, if there is one."""
    ordered = sorted(refs, key=lambda ref: (ref.target, ref.target_id, ref.provider_key))
    await session.many(
        _PUT,
        [
            {
                "id": new_id(),
                **dict.fromkeys(_COLUMNS),
                f"{ref.target}_id": ref.target_id,
                "provider": ref.provider,
                "provider_key": ref.provider_key,
                "raw": raw_json(ref.raw) if ref.raw is not None else None,
            }
            for ref in ordered
        ],
    )


async def get(database: Database, title_id: UUID, ref_id: UUID) -> ProviderRef | None:
    """Returns a reference of a title or of a part of it."""
    row = await database.one(_GET, title_id=title_id, id=ref_id)
    return ProviderRef(**row) if row else None


async def page(database: Database, title_id: UUID, page: Page) -> list[ProviderRef]:
    """Returns a page of the references of a title and its parts, in the order they were found."""
    after = page.after[0] if page.after else None
    rows = await database.all(
        _list(after is not None), title_id=title_id, after=after, limit=page.limit
    )
    return [ProviderRef(**row) for row in rows]
