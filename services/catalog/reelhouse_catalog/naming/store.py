"""Naming templates in the database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Uuid, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from reelhouse_catalog.naming.model import NamingTemplate
from reelhouse_catalog.schema import media_libraries, naming_templates
from reelhouse_kit.db import Database, Query, Session
from reelhouse_naming.rendering import TemplateKind

_template = naming_templates.c
_BY_ID = _template.id == bindparam("id")
_GET = Query(select(naming_templates).where(_BY_ID))
_LOCK = Query(select(naming_templates).where(_BY_ID).with_for_update())
_INSERT = Query(
    insert(naming_templates)
    .values(
        id=bindparam("id"),
        kind=bindparam("kind"),
        library_id=bindparam("library_id"),
        template=bindparam("template"),
        name=bindparam("name"),
    )
    .on_conflict_do_nothing(index_elements=["kind", "library_id"])
    .returning(naming_templates)
)
_TAKEN = Query(
    select(naming_templates).where(
        _template.kind == bindparam("kind"),
        _template.library_id.is_not_distinct_from(bindparam("library_id", type_=Uuid)),
    )
)
_LIBRARY = Query(
    select(media_libraries.c.id)
    .where(media_libraries.c.id == bindparam("id"))
    .with_for_update(read=True, key_share=True)
)
_UPDATE = Query(
    update(naming_templates)
    .where(_BY_ID)
    .values(
        template=bindparam("template"),
        name=bindparam("name"),
        updated_at=func.now(),
        revision=_template.revision + 1,
    )
    .returning(naming_templates)
)
_DELETE = Query(delete(naming_templates).where(_BY_ID))
_FOR_LIBRARY = Query(
    select(naming_templates).where(
        or_(_template.library_id.is_(None), _template.library_id == bindparam("library_id"))
    )
)


def _template_of(row: Any) -> NamingTemplate:
    return NamingTemplate(**{**row, "kind": TemplateKind(row["kind"])})


async def get(source: Database | Session, template_id: UUID) -> NamingTemplate | None:
    """Returns a template."""
    row = await source.one(_GET, id=template_id)
    return _template_of(row) if row else None


async def lock(session: Session, template_id: UUID) -> NamingTemplate | None:
    """Returns a template that nobody else changes until the transaction ends."""
    row = await session.one(_LOCK, id=template_id)
    return _template_of(row) if row else None


async def keep_library(session: Session, library_id: UUID) -> bool:
    """Tells whether there is such a library, which then stays until the transaction ends."""
    return await session.one(_LIBRARY, id=library_id) is not None


async def insert_template(
    session: Session,
    template_id: UUID,
    *,
    kind: TemplateKind,
    library_id: UUID | None,
    **values: str,
) -> NamingTemplate | None:
    """Adds a template; None where there is one for its kind and library."""
    row = await session.one(_INSERT, id=template_id, kind=kind, library_id=library_id, **values)
    return _template_of(row) if row else None


async def taken(
    session: Session, kind: TemplateKind, library_id: UUID | None
) -> NamingTemplate | None:
    """Returns the template for a kind and library."""
    row = await session.one(_TAKEN, kind=kind, library_id=library_id)
    return _template_of(row) if row else None


async def update_template(
    session: Session, template_id: UUID, *, template: str, name: str
) -> NamingTemplate:
    """Changes a template."""
    return _template_of(await session.one(_UPDATE, id=template_id, template=template, name=name))


async def delete_template(session: Session, template_id: UUID) -> None:
    """Removes a template."""
    await session.run(_DELETE, id=template_id)


async def for_library(source: Database | Session, library_id: UUID | None) -> list[NamingTemplate]:
    """Returns the templates for a library, if one is given, and for all."""
    return [_template_of(row) for row in await source.all(_FOR_LIBRARY, library_id=library_id)]


async def page(
    database: Database, library_id: UUID | None, after: UUID | None, limit: int
) -> list[NamingTemplate]:
    """Returns a page of the templates that people wrote, in the order they did."""
    rows = await database.all(
        _list(library=library_id is not None, after=after is not None),
        library_id=library_id,
        after=after,
        limit=limit,
    )
    return [_template_of(row) for row in rows]


@lru_cache
def _list(*, library: bool, after: bool) -> Query:
    statement = (
        select(naming_templates).order_by(_template.id).limit(bindparam("limit", type_=Integer))
    )
    if library:
        statement = statement.where(_template.library_id == bindparam("library_id"))
    if after:
        statement = statement.where(_template.id > bindparam("after"))
    return Query(statement)
