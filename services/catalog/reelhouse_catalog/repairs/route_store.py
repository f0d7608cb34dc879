"""Routes in the database."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, delete, func, or_, select, update
from sqlalchemy import insert as sql_insert

from reelhouse_catalog.repairs.model import Route
from reelhouse_catalog.schema import symlink_routes
from reelhouse_kit.db import Database, Query, Session
from reelhouse_kit.rpc.paging import Page

_route = symlink_routes.c
_INSERT_ROUTE = Query(
    sql_insert(symlink_routes)
    .values(
        id=bindparam("id"),
        prefix=bindparam("prefix"),
        source_id=bindparam("source_id"),
        relay_url=bindparam("relay_url"),
        relay_type=bindparam("relay_type"),
        relay_token=bindparam("relay_token"),
        enabled=bindparam("enabled"),
    )
    .returning(symlink_routes)
)
_GET_ROUTE = Query(select(symlink_routes).where(_route.id == bindparam("id")))
_LOCK_ROUTE = Query(select(symlink_routes).where(_route.id == bindparam("id")).with_for_update())
_BY_PREFIX = Query(select(symlink_routes).where(_route.prefix == bindparam("prefix")))
_ALL_ROUTES = Query(select(symlink_routes))
_after_route = bindparam("after", type_=Uuid)
_LIST_ROUTES = Query(
    select(symlink_routes)
    .where(or_(_after_route.is_(None), _route.id > _after_route))
    .order_by(_route.id)
    .limit(bindparam("limit", type_=Integer))
)
_UPDATE_ROUTE = Query(
    update(symlink_routes)
    .where(_route.id == bindparam("id"))
    .values(
        prefix=bindparam("prefix"),
        source_id=bindparam("source_id"),
        relay_url=bindparam("relay_url"),
        relay_type=bindparam("relay_type"),
        relay_token=bindparam("relay_token"),
        enabled=bindparam("enabled"),
        updated_at=func.now(),
        revision=_route.revision + 1,
    )
    .returning(symlink_routes)
)
_DELETE_ROUTE = Query(delete(symlink_routes).where(_route.id == bindparam("id")))


async def insert(session: Session, route_id: UUID, **values: object) -> Route:
    """Adds a route."""
    return Route(**await session.one(_INSERT_ROUTE, id=route_id, **values))  # type: ignore[arg-type]


async def get(source: Database | Session, route_id: UUID) -> Route | None:
    """Returns a route."""
    row = await source.one(_GET_ROUTE, id=route_id)
    return Route(**row) if row else None


async def lock(session: Session, route_id: UUID) -> Route | None:
    """Returns a route that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK_ROUTE, id=route_id)
    return Route(**row) if row else None


async def by_prefix(session: Session, prefix: str) -> Route | None:
    """Returns the route of a folder."""
    row = await session.one(_BY_PREFIX, prefix=prefix)
    return Route(**row) if row else None


async def every(source: Database | Session) -> list[Route]:
    """Returns all routes."""
    return [Route(**row) for row in await source.all(_ALL_ROUTES)]


async def page(database: Database, page: Page) -> list[Route]:
    """Returns a page of routes, oldest first."""
    after = page.after[0] if page.after else None
    return [Route(**row) for row in await database.all(_LIST_ROUTES, after=after, limit=page.limit)]


async def change(session: Session, route_id: UUID, **values: object) -> Route:
    """Changes a route."""
    return Route(**await session.one(_UPDATE_ROUTE, id=route_id, **values))  # type: ignore[arg-type]


async def remove(session: Session, route_id: UUID) -> None:
    """Removes a route. Its actions stay."""
    await session.run(_DELETE_ROUTE, id=route_id)
