"""What can be done with libraries."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from reelhouse_catalog.libraries import store
from reelhouse_catalog.libraries.model import (
    LIBRARY,
    Library,
    marker_problem,
    overlapping,
    root_problem,
)
from reelhouse_catalog.scanning import ignoring
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_naming import LibraryKind

T = TypeVar("T")

TOPIC = "libraries"
_CHANGEABLE = (
    "name",
    "root_path",
    "scan_interval",
    "ignore_patterns",
    "require_mount",
    "mount_marker",
    "watch",
)
_LOOK_SECONDS = 5.0
"""A dead network mount hangs rather than fails."""


async def create_library(
    database: Database,
    *,
    name: str,
    kind: LibraryKind,
    root_path: str,
    scan_interval: timedelta,
    once: Once | None,
    ignore_patterns: Sequence[str] = (),
    require_mount: bool = False,
    mount_marker: str = "",
    watch: bool = True,
) -> Library:
    """Creates a library for a folder that is there and that no other library has."""
    values: dict[str, object] = {
        "name": name,
        "kind": kind,
        "root_path": root_path,
        "scan_interval": scan_interval,
        "ignore_patterns": list(ignore_patterns),
        "require_mount": require_mount,
        "mount_marker": mount_marker,
        "watch": watch,
    }
    await _check(values)
    return await _create(database, values, once)


@atomic
async def _create(session: Session, values: Mapping[str, object], once: Once | None) -> Library:
    library_id = new_id()
    done = await once_store.claim(session, once, library_id)
    if done is not None:
        return await _required(session, done)
    _check_overlap(str(values["root_path"]), await store.lock_roots(session))
    library = await store.insert_library(session, library_id, **values)
    await outbox.append(session, Event(TOPIC, library.resource, Change.CREATED))
    return library


async def get_library(database: Database, library_id: UUID) -> Library:
    """Returns a library.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, library_id)


async def update_library(
    database: Database, library_id: UUID, changes: Mapping[str, object], etag: str
) -> Library:
    """Changes what a library may change of; `changes` holds the new values by their columns."""
    await _check(changes)
    return await _update(database, library_id, changes, etag)


@atomic
async def _update(
    session: Session, library_id: UUID, changes: Mapping[str, object], etag: str
) -> Library:
    others = await store.lock_roots(session) if "root_path" in changes else []
    library = await store.lock(session, library_id)
    if library is None:
        raise _missing(library_id)
    _check_etag(library, etag)
    if "kind" in changes and changes["kind"] != library.kind:
        raise errors.invalid("library.kind", "cannot be changed")
    values = {field: changes.get(field, getattr(library, field)) for field in _CHANGEABLE}
    _check_overlap(str(values["root_path"]), [other for other in others if other.id != library_id])
    changed = await store.update_library(session, library_id, **values)
    await outbox.append(session, Event(TOPIC, changed.resource, Change.UPDATED))
    return changed


@atomic
async def delete_library(
    session: Session,
    library_id: UUID,
    etag: str,
    *,
    force: bool,
    forget_operations: bool = False,
) -> None:
    """Forgets a library; with files in it only when forced.

    The journal of file operations goes with it, which is all that knows where files in the recycle
    bin belong: it goes unasked only when nothing depends on it.

    Raises:
        NotFoundError: There is no such library.
        EtagMismatchError: It was changed since.
        FailedPreconditionError: It holds files, or its file operations are needed.
    """
    library = await store.lock(session, library_id)
    if library is None:
        raise _missing(library_id)
    _check_etag(library, etag)
    if not force and await store.has_files(session, library_id):
        raise errors.FailedPreconditionError(
            "LIBRARY_NOT_EMPTY",
            f"{library.resource} holds media files; set force to forget them",
            name=library.resource,
        )
    await _check_operations(session, library, forget=forget_operations)
    await store.delete_library(session, library_id)
    await outbox.append(session, Event(TOPIC, library.resource, Change.DELETED))


async def _check_operations(session: Session, library: Library, *, forget: bool) -> None:
    """Checks that nobody needs the journal of a library's file operations.

    Raises:
        FailedPreconditionError: Somebody does.
    """
    # Locked first: what is planned is not begun to be applied while this looks.
    batch_id = await store.lock_live_batch(session, library.id)
    if batch_id is None and not forget:
        batch_id = await store.unsettled_batch(session, library.id)
    if batch_id is not None:
        batch = f"fileOperationBatches/{batch_id}"
        raise errors.FailedPreconditionError(
            "FILE_OPERATIONS_UNSETTLED",
            f"{batch} is under way, or holds operations that are half done or undecided",
            name=library.resource,
            file_operation_batch=batch,
        )
    count = 0 if forget else await store.recycled_count(session, library.id)
    if count:
        raise errors.FailedPreconditionError(
            "RECYCLE_BIN_NOT_EMPTY",
            f"the recycle bin of {library.resource} holds {count} files; bring them back or purge"
            " them, or set forget_operations to leave them there",
            name=library.resource,
            count=count,
        )


async def _required(source: Database | Session, library_id: UUID) -> Library:
    library = await store.get(source, library_id)
    if library is None:
        raise _missing(library_id)
    return library


def _missing(library_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))


def _check_etag(library: Library, etag: str) -> None:
    if etag and etag != f'"{library.revision}"':
        raise errors.EtagMismatchError(library.resource)


def _check_overlap(root: str, others: list[Library]) -> None:
    other = overlapping(root, others)
    if other is not None:
        raise errors.AlreadyExistsError(
            "LIBRARY_ROOT_TAKEN",
            f"{other.resource} has the folder {other.root_path}",
            root_path=root,
            library=other.resource,
        )


async def _check(values: Mapping[str, object]) -> None:
    """Checks the values that are given, all wrong ones at once.

    Raises:
        InvalidArgumentError: Some are wrong.
        FailedPreconditionError: The folder cannot be read.
    """
    violations = []
    root, marker = values.get("root_path"), values.get("mount_marker")
    if isinstance(root, str) and (problem := root_problem(root)):
        violations.append(errors.Violation("library.root_path", problem))
    if isinstance(marker, str) and (problem := marker_problem(marker)):
        violations.append(errors.Violation("library.mount_marker", problem))
    patterns = values.get("ignore_patterns")
    for index, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
        if problem := ignoring.problem(pattern):
            violations.append(errors.Violation(f"library.ignore_patterns[{index}]", problem))
    if violations:
        raise errors.InvalidArgumentError(violations)
    if isinstance(root, str):
        await _check_root(root)


async def _check_root(path: str) -> None:
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            readable = await asyncio.to_thread(_readable, path)
    except TimeoutError:
        readable = False
    if not readable:
        raise errors.FailedPreconditionError(
            "LIBRARY_ROOT_UNREADABLE",
            f"{path} is not a folder that the server can read",
            root_path=path,
        )


def _readable(path: str) -> bool:
    return os.path.isdir(path) and os.access(path, os.R_OK | os.X_OK)


async def begin_due(
    database: Database,
    due: Callable[[Database | Session], Awaitable[Sequence[UUID]]],
    begin: Callable[[Session, UUID], Awaitable[T]],
) -> list[T]:
    """Begins what is due in libraries. Returns it.

    However many replicas do this at once, each is begun once: what is due is looked up again while
    the library is locked.

    Args:
        database: The database.
        due: Returns the libraries in which something is due.
        begin: Begins it in one of them.
    """
    begun = []
    for library_id in await due(database):
        one = await _begin_if_due(database, library_id, due, begin)
        if one is not None:
            begun.append(one)
    return begun


@atomic
async def _begin_if_due(
    session: Session,
    library_id: UUID,
    due: Callable[[Database | Session], Awaitable[Sequence[UUID]]],
    begin: Callable[[Session, UUID], Awaitable[T]],
) -> T | None:
    # The lock first: only after it is what another replica did to be seen.
    if await store.lock(session, library_id) is None or library_id not in await due(session):
        return None
    return await begin(session, library_id)
