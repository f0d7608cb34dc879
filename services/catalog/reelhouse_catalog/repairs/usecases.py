"""What can be done with actions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from reelhouse_catalog.libraries.usecases import begin_due
from reelhouse_catalog.repairs import route_store, store
from reelhouse_catalog.repairs.model import (
    ACTION,
    Action,
    ActionState,
    Planned,
    RepairError,
    Routes,
    Verdict,
    judge,
    plan,
)
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import Plan, RunKind, SymlinkRun, Trigger
from reelhouse_catalog.symlinks import event_store, settings_store
from reelhouse_catalog.symlinks import store as links
from reelhouse_catalog.symlinks.model import EventAction, LinkStatus, Settings, Symlink
from reelhouse_catalog.symlinks.usecases import required_library
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, UniqueViolationError, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.rpc.once import Once

TOPIC = "symlinkActions"
_PAGE = 1000
_MOST_LOOKED_AT = 10_000
_FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Queued:
    """What was queued, or would be."""

    planned: list[Planned]
    actions: list[Action]
    skipped: int
    """Links that are asked about already, or were a short while ago."""
    unrouted: int
    """Links that nobody can be asked about."""


async def queue_repairs(
    database: Database, library_id: UUID, *, dry_run: bool, most: int, reason: str
) -> Queued:
    """Queues questions about a library's broken links; with `dry_run` only says which.

    Raises:
        NotFoundError: There is no such library.
    """
    library = await required_library(database, library_id)
    settings = await settings_store.get(database, library_id)
    found, skipped = await _candidates(database, library_id, settings)
    planned = plan(
        found,
        os.fsencode(library.root_path),
        Routes(await route_store.every(database)),
        threshold=settings.season_threshold,
        most=most,
    )
    if dry_run:
        return Queued(planned.actions, [], skipped, planned.unrouted)
    actions = await _insert(database, library_id, planned.actions, reason)
    skipped += sum(len(one.links) for one in planned.actions) - sum(len(ids) for _, ids in actions)
    return Queued(planned.actions, [action for action, _ in actions], skipped, planned.unrouted)


async def _candidates(
    database: Database, library_id: UUID, settings: Settings
) -> tuple[list[Symlink], int]:
    """Returns the broken links to ask about, and how many are not to be now."""
    found: list[Symlink] = []
    skipped = 0
    after = _FIRST
    now = datetime.now(UTC)
    while len(found) < _MOST_LOOKED_AT:
        page = await links.broken(
            database,
            library_id,
            attempts="search_attempts",
            most=settings.max_attempts,
            after=after,
            limit=_PAGE,
        )
        if not page:
            break
        after = page[-1].id
        busy = await store.busy(database, [link.id for link in page])
        for link in page:
            asked = link.searched_at
            if link.id in busy or (asked is not None and now - asked < settings.cool_down):
                skipped += 1
            else:
                found.append(link)
    return found, skipped


@atomic
async def _insert(
    session: Session, library_id: UUID, planned: list[Planned], reason: str
) -> list[tuple[Action, list[UUID]]]:
    made = []
    for one in planned:
        inserted = await store.insert_action(session, library_id, one, reason)
        if inserted is None:
            continue
        action, ids = inserted
        made.append(inserted)
        taken = [link for link in one.links if link.id in ids]
        await event_store.tell(session, taken, EventAction.QUEUED, one.term)
        await outbox.append(session, Event(TOPIC, action.resource, Change.CREATED))
    return made


async def process_actions(
    database: Database, library_id: UUID, *, dry_run: bool, most: int, once: Once | None
) -> SymlinkRun:
    """Begins a run that sends a library's pending actions.

    Raises:
        NotFoundError: There is no such library.
        FailedPreconditionError: A run over it is under way.
    """
    planned = Plan(RunKind.REPAIR, dry_run=dry_run, most=most)
    return await runs.start_run(database, library_id, planned, once=once)


async def start_due_repairs(database: Database) -> list[SymlinkRun]:
    """Begins runs where servers that did not answer are to be asked again, each once."""
    return await begin_due(database, store.waiting, _start_due)


async def _start_due(session: Session, library_id: UUID) -> SymlinkRun:
    return await runs.begin(session, library_id, Plan(RunKind.REPAIR, trigger=Trigger.SCHEDULE))


async def get_action(database: Database, library_id: UUID, action_id: UUID) -> Action:
    """Returns an action.

    Raises:
        NotFoundError: There is none.
    """
    action = await store.get(database, library_id, action_id)
    if action is None:
        raise _missing(library_id, action_id)
    return action


async def retry_action(
    database: Database, library_id: UUID, action_id: UUID, once: Once | None
) -> Action:
    """Sends a failed action again.

    Raises:
        NotFoundError: There is none.
        WrongStateError: It has not failed.
        FailedPreconditionError: Another one asks the same by now.
    """
    try:
        return await _retry(database, library_id, action_id, once)
    except UniqueViolationError:
        name = ACTION.format(library_id, action_id)
        raise errors.FailedPreconditionError(
            "SYMLINK_ACTION_EXISTS", f"another action asks what {name} does", name=name
        ) from None


@atomic
async def _retry(session: Session, library_id: UUID, action_id: UUID, once: Once | None) -> Action:
    action = await store.lock(session, library_id, action_id)
    if action is None:
        raise _missing(library_id, action_id)
    if await once_store.claim(session, once, action_id) is not None:
        return action
    moved = await store.move(session, action_id, ActionState.PENDING, counted=-action.attempts)
    if moved is None:
        raise errors.WrongStateError(action.resource, action.state.upper(), "retry it")
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


@atomic
async def delete_action(session: Session, library_id: UUID, action_id: UUID, etag: str) -> None:
    """Removes an action; one that was sent is what its server does all the same.

    Raises:
        NotFoundError: There is none.
    """
    action = await store.lock(session, library_id, action_id)
    if action is None:
        raise _missing(library_id, action_id)
    if etag and etag != f'"{action.revision}"':
        raise errors.EtagMismatchError(action.resource)
    await store.delete_action(session, action_id)
    await outbox.append(session, Event(TOPIC, action.resource, Change.DELETED))


async def verify(session: Session, library_id: UUID) -> int:
    """Takes note, at the end of a scan, of which actions have helped. Returns how many."""
    live = await store.live(session, library_id)
    if not live:
        return 0
    settings = await settings_store.get(session, library_id)
    now = datetime.now(UTC)
    of_all = await store.links_of_all(session, [action.id for action in live])
    by_action = await store.links_now(session, live, of_all)
    verified = 0
    for action in live:
        verdict = judge(by_action[action.id], action.sent_at, now, settings.cool_down)
        if action.state is ActionState.PENDING and verdict is Verdict.IN_VAIN:
            continue  # it was sent once, and waits to be sent again
        if verdict is Verdict.VERIFIED:
            verified += 1
            await change_state(session, action, ActionState.VERIFIED)
        elif verdict is Verdict.GONE:
            message = "its links are gone, or to be left as they are"
            gone = RepairError("SYMLINK_VANISHED", message)
            await change_state(session, action, ActionState.FAILED, error=gone)
        elif verdict is Verdict.IN_VAIN:
            in_vain = RepairError("NOT_REPAIRED", "its links are still broken")
            await change_state(session, action, ActionState.FAILED, error=in_vain)
            await give_up(session, action, settings, in_vain.code)
    return verified


async def give_up(session: Session, action: Action, settings: Settings, reason: str) -> int:
    """Puts those links of an action before a person that were asked for often enough."""
    about = await links.batch(session, await store.links_of(session, action.id))
    spent = [
        link
        for link in about.values()
        if link.status is LinkStatus.BROKEN and link.search_attempts >= settings.max_attempts
    ]
    return await event_store.give_up(session, spent, reason)


_TOLD = {
    ActionState.SENT: EventAction.SENT,
    ActionState.FAILED: EventAction.FAILED,
    ActionState.VERIFIED: EventAction.VERIFIED,
}


async def change_state(
    session: Session,
    action: Action,
    state: ActionState,
    *,
    error: RepairError | None = None,
    remote_id: str | None = None,
) -> Action | None:
    """Puts an action into a state, and tells of it. None when it is in another by now."""
    moved = await store.move(
        session,
        action.id,
        state,
        code=error.code if error else "",
        message=error.message if error else "",
        remote_id=remote_id,
        counted=1 if state is ActionState.SENT else 0,
    )
    if moved is None:
        return None
    about = await links.batch(session, await store.links_of(session, action.id))
    detail = f"{error.code}: {error.message}" if error else action.term
    await event_store.tell(session, list(about.values()), _TOLD[state], detail)
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


def _missing(library_id: UUID, action_id: UUID) -> errors.NotFoundError:
    return errors.NotFoundError(ACTION.type, ACTION.format(library_id, action_id))
