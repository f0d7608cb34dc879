"""What can be done with naming templates."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.naming import store
from reelhouse_catalog.naming.model import (
    BUILT_IN,
    NAMING_TEMPLATE,
    NamingTemplate,
    Templates,
    problem,
)
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_naming.rendering import TemplateKind

TOPIC = "namingTemplates"


async def get_naming_template(database: Database, name: str) -> NamingTemplate:
    """Returns a template by its resource name.

    Raises:
        NotFoundError: There is none.
    """
    built_in = BUILT_IN.get(name)
    return built_in or await _required(database, NAMING_TEMPLATE.parse_one(name))


async def list_naming_templates(
    database: Database, library_id: UUID | None, after: tuple[int, UUID] | None, limit: int
) -> list[NamingTemplate]:
    """Returns a page of templates: those that came with the server, then the others.

    Args:
        database: The database.
        library_id: Only those for this library.
        after: Where the page before ended, as `position` says.
        limit: How many at most.
    """
    found: list[NamingTemplate] = []
    if library_id is None:
        found = [one for one in BUILT_IN.values() if after is None or position(one) > after][:limit]
    if len(found) < limit:
        behind = after[1] if after and after[0] == len(BUILT_IN) else None
        found += await store.page(database, library_id, behind, limit - len(found))
    return found


def position(template: NamingTemplate) -> tuple[int, UUID]:
    """Returns where a template stands in a list."""
    if template.id is not None:
        return len(BUILT_IN), template.id
    return list(BUILT_IN).index(template.resource), UUID(int=0)


@atomic
async def create_naming_template(
    session: Session,
    *,
    kind: TemplateKind,
    template: str,
    name: str,
    library_id: UUID | None,
    once: Once | None,
) -> NamingTemplate:
    """Adds a template.

    Raises:
        InvalidArgumentError: It cannot be read.
        NotFoundError: There is no such library.
        AlreadyExistsError: There is one for its kind and library.
    """
    _check(template)
    template_id = new_id()
    done = await once_store.claim(session, once, template_id)
    if done is not None:
        return await _required(session, done)
    if library_id is not None and not await store.keep_library(session, library_id):
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    made = await store.insert_template(
        session, template_id, kind=kind, library_id=library_id, template=template, name=name
    )
    if made is None:
        other = await store.taken(session, kind, library_id)
        there = other.resource if other else ""
        raise errors.AlreadyExistsError(
            "NAMING_TEMPLATE_EXISTS",
            f"{there or 'another template'} is for the same",
            naming_template=there,
        )
    await outbox.append(session, Event(TOPIC, made.resource, Change.CREATED))
    return made


async def update_naming_template(
    database: Database, name: str, changes: Mapping[str, object], etag: str
) -> NamingTemplate:
    """Changes a template; `changes` holds new values of kind, template, name and library_id.

    Raises:
        NotFoundError: There is none.
        FailedPreconditionError: It came with the server.
        InvalidArgumentError: It cannot be read, or what cannot change would.
        EtagMismatchError: It was changed since.
    """
    return await _update(database, _changeable(name), changes, etag)


@atomic
async def _update(
    session: Session, template_id: UUID, changes: Mapping[str, object], etag: str
) -> NamingTemplate:
    before = await _locked(session, template_id, etag)
    violations = [
        errors.Violation(f"naming_template.{field}", "cannot be changed")
        for field, column, value in (
            ("kind", "kind", before.kind),
            ("library", "library_id", before.library_id),
        )
        if column in changes and changes[column] != value
    ]
    if "template" in changes:
        violations += problem(str(changes["template"]), "naming_template.template")
    if violations:
        raise errors.InvalidArgumentError(violations)
    changed = await store.update_template(
        session,
        template_id,
        template=str(changes.get("template", before.template)),
        name=str(changes.get("name", before.name)),
    )
    await outbox.append(session, Event(TOPIC, changed.resource, Change.UPDATED))
    return changed


async def delete_naming_template(database: Database, name: str, etag: str) -> None:
    """Removes a template.

    Raises:
        NotFoundError: There is none.
        FailedPreconditionError: It came with the server.
        EtagMismatchError: It was changed since.
    """
    await _delete(database, _changeable(name), etag)


@atomic
async def _delete(session: Session, template_id: UUID, etag: str) -> None:
    found = await _locked(session, template_id, etag)
    await store.delete_template(session, template_id)
    await outbox.append(session, Event(TOPIC, found.resource, Change.DELETED))


async def templates_for(
    database: Database, library_id: UUID | None, chosen: Mapping[TemplateKind, str] | None = None
) -> Templates:
    """Returns the templates that name a library's files.

    Args:
        database: The database.
        library_id: The library; None for one that has no templates of its own.
        chosen: What is used instead, by kind. All of it can be read.
    """
    return Templates(await store.for_library(database, library_id), chosen)


def _check(template: str) -> None:
    violations = problem(template, "naming_template.template")
    if violations:
        raise errors.InvalidArgumentError(violations)


def _changeable(name: str) -> UUID:
    if name in BUILT_IN:
        raise errors.FailedPreconditionError(
            "NAMING_TEMPLATE_BUILT_IN",
            f"{name} came with the server; create another for its kind instead",
            name=name,
        )
    return NAMING_TEMPLATE.parse_one(name)


async def _required(source: Database | Session, template_id: UUID) -> NamingTemplate:
    found = await store.get(source, template_id)
    if found is None:
        raise _missing(template_id)
    return found


async def _locked(session: Session, template_id: UUID, etag: str) -> NamingTemplate:
    found = await store.lock(session, template_id)
    if found is None:
        raise _missing(template_id)
    if etag and etag != f'"{found.revision}"':
        raise errors.EtagMismatchError(found.resource)
    return found


def _missing(template_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(NAMING_TEMPLATE.type, NAMING_TEMPLATE.format(template_id))
