"""What can be done with routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from reelhouse_catalog.repairs import route_store
from reelhouse_catalog.repairs.model import ROUTE, Route, route_problems
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.sources import store as sources
from reelhouse_catalog.sources.model import SOURCE, SourceKind, plain_url
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.secrets import MASK, Box

TOPIC = "symlinkRoutes"
_FIELDS = ("prefix", "source_id", "relay_url", "relay_type", "enabled")


@atomic
async def create_route(
    session: Session, box: Box, values: Mapping[str, Any], once: Once | None
) -> Route:
    """Creates a route; `values` holds its fields and `relay_token` in the clear."""
    route_id = new_id()
    done = await once_store.claim(session, once, route_id)
    if done is not None:
        return await _required(session, done)
    checked = await _checked(session, values)
    other = await route_store.by_prefix(session, checked["prefix"])
    if other is not None:
        raise _taken(other)
    sealed = _sealed(box, route_id, values["relay_token"])
    route = await route_store.insert(session, route_id, **checked, relay_token=sealed)
    await outbox.append(session, Event(TOPIC, route.resource, Change.CREATED))
    return route


async def get_route(database: Database, route_id: UUID) -> Route:
    """Returns a route.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, route_id)


@atomic
async def update_route(
    session: Session, box: Box, route_id: UUID, changes: Mapping[str, Any], etag: str
) -> Route:
    """Changes a route; `changes` holds new values. The token's mask changes nothing."""
    route = await route_store.lock(session, route_id)
    if route is None:
        raise _missing(route_id)
    _check_etag(route, etag)
    token = changes.get("relay_token", MASK)
    given = {name: changes.get(name, getattr(route, name)) for name in _FIELDS}
    checked = await _checked(session, {**given, "relay_token": token})
    other = await route_store.by_prefix(session, checked["prefix"])
    if other is not None and other.id != route_id:
        raise _taken(other)
    moved = route.relay_url and checked["relay_url"] != route.relay_url
    if token == MASK and moved and route.relay_token is not None:
        # A token is for the server that it was given for.
        raise errors.invalid("symlink_route.relay_token", "is wanted again for another relay_url")
    sealed = route.relay_token if token == MASK else _sealed(box, route_id, token)
    changed = await route_store.change(session, route_id, **checked, relay_token=sealed)
    await outbox.append(session, Event(TOPIC, changed.resource, Change.UPDATED))
    return changed


@atomic
async def delete_route(session: Session, route_id: UUID, etag: str) -> None:
    """Removes a route. Actions that go by it fail when they are sent."""
    route = await route_store.lock(session, route_id)
    if route is None:
        raise _missing(route_id)
    _check_etag(route, etag)
    await route_store.remove(session, route_id)
    await outbox.append(session, Event(TOPIC, route.resource, Change.DELETED))


async def _checked(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a route in their plain form.

    Raises:
        InvalidArgumentError: Some are wrong.
        NotFoundError: There is no such source.
    """
    problems = route_problems(values)
    if problems:
        raise errors.InvalidArgumentError(
            errors.Violation(f"symlink_route.{field}", problem) for field, problem in problems
        )
    if values["source_id"] is not None:
        source = await sources.get(session, values["source_id"])
        if source is None:
            raise errors.NotFoundError(SOURCE.type, SOURCE.format(values["source_id"]))
        if source.kind not in (SourceKind.SONARR, SourceKind.RADARR):
            raise errors.invalid("symlink_route.source", "is neither a Sonarr nor a Radarr")
    return {
        **{name: values[name] for name in _FIELDS},
        "relay_url": plain_url(values["relay_url"]) or "",
    }


def _sealed(box: Box, route_id: UUID, token: str) -> bytes | None:
    return box.seal(token, ROUTE.format(route_id)) if token and token != MASK else None


def _taken(other: Route) -> errors.AlreadyExistsError:
    return errors.AlreadyExistsError(
        "SYMLINK_ROUTE_EXISTS",
        f"{other.resource} has the prefix {other.prefix}",
        prefix=other.prefix,
        symlink_route=other.resource,
    )


def _check_etag(route: Route, etag: str) -> None:
    if etag and etag != f'"{route.revision}"':
        raise errors.EtagMismatchError(route.resource)


async def _required(source: Database | Session, route_id: UUID) -> Route:
    route = await route_store.get(source, route_id)
    if route is None:
        raise _missing(route_id)
    return route


def _missing(route_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(ROUTE.type, ROUTE.format(route_id))
