"""What can be done with sources and their collections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.sources import file_store, paths, store
from reelhouse_catalog.sources.asking import CHECK, DISCOVERY, as_answer, talking
from reelhouse_catalog.sources.model import (
    COLLECTION,
    SOURCE,
    Collection,
    Config,
    Resolved,
    Source,
    SourceKind,
    address_problems,
    default_external_id,
    plain_url,
)
from reelhouse_catalog.sources.remote import RemoteCollection, ServerInfo, SourceError
from reelhouse_catalog.sources.resolving import Resolver
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.secrets import MASK, Box

TOPIC = "sources"
COLLECTIONS_TOPIC = "sourceCollections"
MOST_COLLECTIONS = 1000


@dataclass(frozen=True, slots=True)
class Check:
    """How a source answered."""

    source: Source
    reachable: bool
    authenticated: bool


async def create_source(
    database: Database,
    box: Box,
    *,
    name: str,
    kind: SourceKind,
    external_id: str,
    base_url: str,
    root_path: str,
    credential: str,
    enabled: bool,
    config: Config,
    once: Once | None,
) -> Source:
    """Creates a source. Nothing is asked of it."""
    _check_address(kind, base_url, root_path)
    _check_credential(credential)
    base_url = plain_url(base_url) or ""
    source_id = new_id()
    values: dict[str, object] = {
        "external_id": external_id or default_external_id(kind, base_url, root_path),
        "name": name,
        "kind": kind,
        "base_url": base_url,
        "root_path": root_path,
        "credential": _sealed(box, source_id, credential),
        "enabled": enabled,
        "config": config.as_dict(),
    }
    return await _create(database, source_id, values, once)


@atomic
async def _create(
    session: Session, source_id: UUID, values: dict[str, object], once: Once | None
) -> Source:
    done = await once_store.claim(session, once, source_id)
    if done is not None:
        return await required(session, done)
    external_id = str(values["external_id"])
    other = await store.by_external_id(session, external_id)
    if other is not None:
        raise errors.AlreadyExistsError(
            "SOURCE_EXISTS",
            f"{other.resource} has the external_id {external_id}",
            external_id=external_id,
            source=other.resource,
        )
    source = await store.insert_source(session, source_id, **values)
    await outbox.append(session, Event(TOPIC, source.resource, Change.CREATED))
    return source


async def get_source(database: Database, source_id: UUID) -> Source:
    """Returns a source.

    Raises:
        NotFoundError: There is none.
    """
    return await required(database, source_id)


@atomic
async def update_source(
    session: Session, box: Box, source_id: UUID, changes: Mapping[str, Any], etag: str
) -> Source:
    """Changes a source; `changes` holds new values. The credential's mask changes nothing."""
    source = await store.lock(session, source_id)
    if source is None:
        raise _missing(source_id)
    _check_etag(source, etag)
    for field in ("kind", "external_id"):
        if field in changes and changes[field] != getattr(source, field):
            raise errors.invalid(f"source.{field}", "cannot be changed")
    values: dict[str, Any] = {
        field: changes.get(field, getattr(source, field))
        for field in ("name", "base_url", "root_path", "enabled", "config")
    }
    _check_address(source.kind, values["base_url"], values["root_path"])
    values["base_url"] = plain_url(values["base_url"]) or ""
    values["config"] = values["config"].as_dict()
    credential = changes.get("credential", MASK)
    _check_credential(credential)
    values["credential"] = (
        source.credential if credential == MASK else _sealed(box, source_id, credential)
    )
    changed = await store.update_source(session, source_id, **values)
    await outbox.append(session, Event(TOPIC, changed.resource, Change.UPDATED))
    return changed


@atomic
async def delete_source(session: Session, source_id: UUID, etag: str, *, force: bool) -> None:
    """Forgets a source and what it told; with collections only when forced."""
    source = await store.lock(session, source_id)
    if source is None:
        raise _missing(source_id)
    _check_etag(source, etag)
    if not force and await store.has_collections(session, source_id):
        raise errors.FailedPreconditionError(
            "SOURCE_NOT_EMPTY",
            f"{source.resource} has collections; set force to forget them",
            name=source.resource,
        )
    await store.delete_source(session, source_id)
    await outbox.append(session, Event(TOPIC, source.resource, Change.DELETED))


async def check_source(database: Database, box: Box, source_id: UUID) -> Check:
    """Asks a source how it is, and notes the answer.

    A credential that an older key encrypts is encrypted with the newest one on the way.
    """
    source = await required(database, source_id)
    info, problem = ServerInfo(), None
    try:
        async with talking(source, box, CHECK) as client:
            info = await client.check()
    except SourceError as error:
        problem = error
    noted = await _note_check(
        database, source, info.name[:200], info.version[:100], problem.message if problem else ""
    )
    if problem is None and source.credential and box.stale(source.credential):
        await _seal_anew(database, box, source.id)
    refused = problem is not None and problem.code == "SOURCE_REFUSED"
    return Check(noted, reachable=problem is None or refused, authenticated=problem is None)


@atomic
async def _seal_anew(session: Session, box: Box, source_id: UUID) -> None:
    """Encrypts a credential with the key that is the newest now."""
    source = await store.lock(session, source_id)
    if source is not None and source.credential and box.stale(source.credential):
        credential = box.open(source.credential, source.resource)
        await store.write_credential(session, source_id, box.seal(credential, source.resource))


@atomic
async def _note_check(
    session: Session, source: Source, name: str, version: str, problem: str
) -> Source:
    noted = await store.note_check(
        session,
        source.id,
        # What it was stays known while it does not answer.
        server_name=name or source.server_name,
        server_version=version or source.server_version,
        check_error=problem,
    )
    if noted is None:
        raise _missing(source.id)
    await outbox.append(session, Event(TOPIC, noted.resource, Change.UPDATED))
    return noted


@dataclass(frozen=True, slots=True)
class Discovery:
    """What collections a source has, and how that differs from before."""

    collections: list[Collection]
    created: int
    gone: int


async def discover_collections(database: Database, box: Box, source_id: UUID) -> Discovery:
    """Asks a source what collections it has, and keeps them. New ones are disabled."""
    source = await required(database, source_id)
    try:
        async with talking(source, box, DISCOVERY) as client:
            found = await client.collections()
    except SourceError as error:
        raise as_answer(source, error) from None
    if len(found) > MOST_COLLECTIONS:
        raise as_answer(
            source, SourceError("SOURCE_MALFORMED", "the source has too many collections")
        )
    return await _keep(database, source_id, found)


@atomic
async def _keep(session: Session, source_id: UUID, found: Sequence[RemoteCollection]) -> Discovery:
    if await store.lock(session, source_id) is None:
        raise _missing(source_id)
    before = {one.external_id: one for one in await store.collections_of(session, source_id)}
    by_id = {one.external_id: one for one in found}
    await store.discover(session, source_id, by_id.values())
    gone = [one for key, one in before.items() if key not in by_id and one.gone_at is None]
    await store.mark_gone(session, [one.id for one in gone])
    after = await store.collections_of(session, source_id)
    events = []
    for one in after:
        old = before.get(one.external_id)
        if old is None or old.revision != one.revision:
            change = Change.UPDATED if old else Change.CREATED
            events.append(Event(COLLECTIONS_TOPIC, one.resource, change))
    await outbox.append(session, *events)
    living = [one for one in after if one.gone_at is None]
    return Discovery(living, sum(one.external_id not in before for one in living), len(gone))


async def get_collection(database: Database, source_id: UUID, collection_id: UUID) -> Collection:
    """Returns a collection.

    Raises:
        NotFoundError: There is none.
    """
    return await required_collection(database, source_id, collection_id)


@atomic
async def update_collection(
    session: Session, source_id: UUID, collection_id: UUID, changes: Mapping[str, Any], etag: str
) -> Collection:
    """Changes whether a collection is enabled, and its annotations."""
    collection = await required_collection(session, source_id, collection_id, lock=True)
    _check_etag(collection, etag)
    changed = await store.update_collection(
        session,
        collection,
        enabled=changes.get("enabled", collection.enabled),
        config=changes.get("config", collection.config),
    )
    await outbox.append(session, Event(COLLECTIONS_TOPIC, changed.resource, Change.UPDATED))
    return changed


@atomic
async def replace_path_mappings(
    session: Session,
    source_id: UUID,
    collection_id: UUID,
    mappings: Sequence[paths.Mapping],
    etag: str,
) -> Collection:
    """Gives a collection these path mappings and no others."""
    _check_mappings(mappings)
    collection = await required_collection(session, source_id, collection_id, lock=True)
    _check_etag(collection, etag)
    await store.replace_mappings(session, collection_id, mappings)
    await store.update_collection(
        session, collection, enabled=collection.enabled, config=collection.config
    )
    await outbox.append(session, Event(COLLECTIONS_TOPIC, collection.resource, Change.UPDATED))
    return await required_collection(session, source_id, collection_id)


async def resolve_path(
    database: Database, source_id: UUID, collection_id: UUID, path: str, *, reverse: bool
) -> Resolved:
    """Tells what a path of a collection's source is here; in reverse, the other way round."""
    source = await required(database, source_id)
    collection = await required_collection(database, source_id, collection_id)
    resolver = Resolver(database, source, collection, await file_store.roots(database))
    if reverse:
        return await resolver.to_source(path)
    [resolved] = await resolver.resolve([path])
    return resolved


async def required(source: Database | Session, source_id: UUID) -> Source:
    """Returns a source.

    Raises:
        NotFoundError: There is none.
    """
    found = await store.get(source, source_id)
    if found is None:
        raise _missing(source_id)
    return found


async def required_collection(
    source: Database | Session, source_id: UUID, collection_id: UUID, *, lock: bool = False
) -> Collection:
    """Returns a collection.

    Raises:
        NotFoundError: There is none.
    """
    found = await store.get_collection(source, source_id, collection_id, lock=lock)
    if found is None:
        name = COLLECTION.format(source_id, collection_id)
        raise errors.NotFoundError(COLLECTION.type, name)
    return found


def _missing(source_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(SOURCE.type, SOURCE.format(source_id))


def _check_etag(resource: Source | Collection, etag: str) -> None:
    if etag and etag != f'"{resource.revision}"':
        raise errors.EtagMismatchError(resource.resource)


def _check_address(kind: SourceKind, base_url: str, root_path: str) -> None:
    wrong = address_problems(kind, base_url, root_path)
    if wrong:
        raise errors.InvalidArgumentError(
            errors.Violation(f"source.{field}", problem) for field, problem in wrong
        )


def _check_credential(credential: str) -> None:
    # It stands in a header, between quotes.
    good = credential.isascii() and credential.isprintable() and '"' not in credential
    if credential != MASK and not (good and "\\" not in credential):
        raise errors.invalid("source.credential", "holds characters that no key has")


def _check_mappings(mappings: Sequence[paths.Mapping]) -> None:
    wrong = []
    for index, mapping in enumerate(mappings):
        for field in ("server_path", "local_path"):
            problem = paths.problem(getattr(mapping, field))
            if problem:
                wrong.append(errors.Violation(f"path_mappings[{index}].{field}", problem))
    wrong += [
        errors.Violation(f"path_mappings[{index}].server_path", "is that of an earlier mapping")
        for index in paths.duplicates(mappings)
    ]
    if wrong:
        raise errors.InvalidArgumentError(wrong)


def _sealed(box: Box, source_id: UUID, credential: str) -> bytes | None:
    if credential in ("", MASK):
        return None
    return box.seal(credential, SOURCE.format(source_id))
