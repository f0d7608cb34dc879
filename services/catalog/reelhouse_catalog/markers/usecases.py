"""What can be done with markers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from reelhouse_catalog.markers import store
from reelhouse_catalog.markers.model import (
    MARKER,
    Chapter,
    Marker,
    MarkerKind,
    bounds_problems,
)
from reelhouse_catalog.media_files.model import MEDIA_FILE
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.paging import Page

TOPIC = "markers"
_VALUES = ("kind", "start_ms", "end_ms", "name", "payload")


async def get_marker(database: Database, file_id: UUID, marker_id: UUID) -> Marker:
    """Returns a marker.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, file_id, marker_id)


async def list_markers(
    database: Database, file_id: UUID, kind: MarkerKind | None, page: Page
) -> list[Marker]:
    """Returns a page of a file's markers.

    Raises:
        NotFoundError: There is no such file.
    """
    found = await store.page(database, file_id, kind, page)
    if not found:
        async with database.transaction() as session:
            await _duration(session, file_id)
    return found


@atomic
async def create_marker(
    session: Session, file_id: UUID, values: Mapping[str, object], once: Once | None
) -> Marker:
    """Adds a marker; `values` holds kind, start_ms, end_ms, name and payload.

    Raises:
        NotFoundError: There is no such file.
        InvalidArgumentError: Its bounds are wrong.
    """
    marker_id = new_id()
    done = await once_store.claim(session, once, marker_id)
    if done is not None:
        return await _required(session, file_id, done)
    _check_bounds(values, await _duration(session, file_id))
    marker = await store.insert_marker(session, marker_id, file_id, values)
    await outbox.append(session, Event(TOPIC, marker.resource, Change.CREATED))
    return marker


@atomic
async def update_marker(
    session: Session, file_id: UUID, marker_id: UUID, changes: Mapping[str, object], etag: str
) -> Marker:
    """Changes a marker.

    Raises:
        NotFoundError: There is none.
        InvalidArgumentError: Its bounds would be wrong.
        EtagMismatchError: It was changed since.
    """
    duration = await _duration(session, file_id)
    marker = await _locked(session, file_id, marker_id, etag)
    before = asdict(marker)
    values = {name: changes.get(name, before[name]) for name in _VALUES}
    if {"start_ms", "end_ms"} & set(changes):
        _check_bounds(values, duration)
    changed = await store.update_marker(session, marker, values)
    await outbox.append(session, Event(TOPIC, changed.resource, Change.UPDATED))
    return changed


@atomic
async def delete_marker(session: Session, file_id: UUID, marker_id: UUID, etag: str) -> None:
    """Removes a marker.

    Raises:
        NotFoundError: There is none.
        EtagMismatchError: It was changed since.
    """
    marker = await _locked(session, file_id, marker_id, etag)
    await store.delete_marker(session, marker)
    await outbox.append(session, Event(TOPIC, marker.resource, Change.DELETED))


async def replace_chapters(
    session: Session, found: Mapping[UUID, Sequence[Chapter]], *, known: Sequence[UUID]
) -> None:
    """Writes the chapters that files have; other markers stay.

    Args:
        session: The transaction that writes the files.
        found: The chapters by file.
        known: Those of the files that may have chapters already.
    """
    if known:
        await store.forget_chapters(session, known)
    rows = [(file, chapter) for file, chapters in found.items() for chapter in chapters]
    if rows:
        await store.add_chapters(session, rows)


async def _duration(session: Session, file_id: UUID) -> int | None:
    row = await store.file_of(session, file_id)
    if row is None:
        raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
    duration: int | None = row["duration_ms"]
    return duration


def _check_bounds(values: Mapping[str, object], duration_ms: int | None) -> None:
    start, end = values["start_ms"], values["end_ms"]
    violations = bounds_problems(int(str(start)), int(str(end)), duration_ms)
    if violations:
        raise errors.InvalidArgumentError(violations)


async def _required(source: Database | Session, file_id: UUID, marker_id: UUID) -> Marker:
    marker = await store.get(source, file_id, marker_id)
    if marker is None:
        raise _missing(file_id, marker_id)
    return marker


async def _locked(session: Session, file_id: UUID, marker_id: UUID, etag: str) -> Marker:
    marker = await store.lock(session, file_id, marker_id)
    if marker is None:
        raise _missing(file_id, marker_id)
    if etag and etag != f'"{marker.revision}"':
        raise errors.EtagMismatchError(marker.resource)
    return marker


def _missing(file_id: UUID, marker_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(MARKER.type, MARKER.format(file_id, marker_id))
