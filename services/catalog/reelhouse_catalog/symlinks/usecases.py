"""What can be done with links and with how they are looked after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.libraries.model import LIBRARY, Library
from reelhouse_catalog.libraries.usecases import begin_due
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import Plan, RunKind, SymlinkRun, Trigger
from reelhouse_catalog.symlinks import event_store, settings_store, store
from reelhouse_catalog.symlinks.model import (
    SYMLINK,
    EventAction,
    Settings,
    Symlink,
    folder_problem,
)
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.rpc.once import Once

SETTINGS_TOPIC = "symlinkSettings"
_FOLDERS = ("target_mounts", "allowed_prefixes", "candidate_roots")


async def scan_symlinks(
    database: Database, library_id: UUID, *, force: bool, once: Once | None
) -> SymlinkRun:
    """Begins a scan of a library's links.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: A run over it is under way.
    """
    plan = Plan(RunKind.SCAN, force=force)
    return await runs.start_run(database, library_id, plan, once=once)


async def start_due_scans(database: Database) -> list[SymlinkRun]:
    """Begins the scans that are due by their library's scan_interval, each once."""
    return await begin_due(database, settings_store.due, _start_due)


async def _start_due(session: Session, library_id: UUID) -> SymlinkRun:
    await settings_store.note_scan_begun(session, library_id)
    return await runs.begin(session, library_id, Plan(RunKind.SCAN, trigger=Trigger.SCHEDULE))


async def get_settings(database: Database, library_id: UUID) -> Settings:
    """Returns how a library's links are looked after.

    Raises:
        NotFoundError: There is no such library.
    """
    await required_library(database, library_id)
    return await settings_store.get(database, library_id)


@atomic
async def update_settings(
    session: Session, library_id: UUID, changes: Mapping[str, Any], etag: str
) -> Settings:
    """Changes how a library's links are looked after; `changes` holds new values."""
    _check(changes)
    if await libraries.lock(session, library_id) is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    known = await settings_store.get(session, library_id, lock=True)
    if etag and etag != f'"{known.revision}"':
        raise errors.EtagMismatchError(known.resource)
    values = {name: changes.get(name, getattr(known, name)) for name in _CHANGEABLE}
    changed = await settings_store.write(session, library_id, **values)
    await outbox.append(session, Event(SETTINGS_TOPIC, changed.resource, Change.UPDATED))
    return changed


_CHANGEABLE = (
    *_FOLDERS,
    "scan_interval",
    "rewrites",
    "season_threshold",
    "cool_down",
    "max_attempts",
)


def _check(changes: Mapping[str, Any]) -> None:
    violations = []
    for name in _FOLDERS:
        for index, folder in enumerate(changes.get(name, ())):
            if problem := folder_problem(folder):
                violations.append(errors.Violation(f"symlink_settings.{name}[{index}]", problem))
    for index, rewrite in enumerate(changes.get("rewrites", ())):
        for end, field in (("link", "link_prefix"), ("local", "local_prefix")):
            if problem := folder_problem(rewrite[end]):
                path = f"symlink_settings.rewrites[{index}].{field}"
                violations.append(errors.Violation(path, problem))
    if violations:
        raise errors.InvalidArgumentError(violations)


async def get_symlink(database: Database, library_id: UUID, link_id: UUID) -> Symlink:
    """Returns a link.

    Raises:
        NotFoundError: There is none.
    """
    link = await store.get(database, library_id, link_id)
    if link is None:
        raise _missing(library_id, link_id)
    return link


@atomic
async def update_symlink(
    session: Session, library_id: UUID, link_id: UUID, ignored: bool | None, etag: str
) -> Symlink:
    """Says whether a link is to be left as it is; None changes nothing."""
    link = await _locked(session, library_id, link_id)
    if etag and etag != f'"{link.revision}"':
        raise errors.EtagMismatchError(link.resource)
    if ignored is None or ignored == link.ignored:
        return link
    changed = await store.write_ignored(session, link_id, ignored=ignored)
    detail = "" if ignored else "no longer"
    await event_store.tell(session, [changed], EventAction.IGNORED, detail)
    return changed


@atomic
async def reset_symlink(
    session: Session, library_id: UUID, link_id: UUID, once: Once | None
) -> Symlink:
    """Forgets what was tried with a link, and takes it off the list for people."""
    link = await _locked(session, library_id, link_id)
    if await once_store.claim(session, once, link_id) is not None:
        return link
    changed = await store.reset(session, link_id)
    await event_store.tell(session, [changed], EventAction.RESET)
    return changed


async def required_library(source: Database | Session, library_id: UUID) -> Library:
    """Returns a library.

    Raises:
        NotFoundError: There is none.
    """
    library = await libraries.get(source, library_id)
    if library is None:
        raise errors.NotFoundError(LIBRARY.type, LIBRARY.format(library_id))
    return library


async def _locked(session: Session, library_id: UUID, link_id: UUID) -> Symlink:
    link = await store.lock(session, library_id, link_id)
    if link is None:
        raise _missing(library_id, link_id)
    return link


def _missing(library_id: UUID, link_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(SYMLINK.type, SYMLINK.format(library_id, link_id))
