"""Heartbeats: taken into memory as they come, and written together a moment later.

A replica writes what it has heard every half second, so a process that is killed loses no more
than that and what it takes to write; one that is stopped in order loses nothing. Whoever changes or
reads a session through the same replica has its heartbeats written first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from reelhouse_kit import errors, log
from reelhouse_kit.auth.principal import Principal
from reelhouse_kit.db import Database, atomic
from reelhouse_kit.db import Session as Transaction
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_playback.progress import store as progress
from reelhouse_playback.schema import outbox
from reelhouse_playback.sessions import heartbeat_store, store, usecases
from reelhouse_playback.sessions.heartbeat_store import Heard, Heartbeat
from reelhouse_playback.sessions.model import (
    OVER,
    SESSION,
    TOPIC,
    Session,
    State,
    at_end,
    bounded,
    is_completed,
    newly_watched,
)

EVERY = 0.5
"""Seconds between two writes."""
AT_ONCE = 2_000
"""Sessions written in one transaction."""
MOST = 50_000
"""Sessions remembered; each takes some 3 kB."""
_REMEMBERED = 60.0
"""Seconds that a session is remembered which nothing is heard of."""
_LAST_SECONDS = 8.0
"""How long the last write is tried when the process stops."""
_TICK = timedelta(microseconds=1)
_logger = log.get(__name__)


class _Entry:
    """A session as it is known here: as it was read, and what was heard of it since."""

    __slots__ = (
        "completed",
        "dirty",
        "last_activity",
        "numbered",
        "position_ms",
        "sequence",
        "session",
        "start_time",
        "state",
        "unwritten_ms",
        "used",
        "watched_ms",
    )

    def __init__(self, session: Session) -> None:
        self.used = time.monotonic()
        self.renew(session)

    def renew(self, session: Session) -> None:
        """Takes in the session as it is after a change."""
        self.session = session
        self.state = session.state
        self.start_time = session.start_time
        self.position_ms = session.position_ms
        self.sequence = session.sequence
        self.watched_ms = session.watched_ms
        self.last_activity = session.last_activity
        self.completed = session.completed
        # What the database does not know yet.
        self.unwritten_ms = 0
        self.numbered = self.dirty = False

    def current(self) -> Session:
        """Returns the session with what was heard of it."""
        return replace(
            self.session,
            state=self.state,
            position_ms=self.position_ms,
            sequence=self.sequence,
            watched_ms=self.watched_ms,
            last_activity=self.last_activity,
            completed=self.completed,
        )

    def hear(self, position_ms: int, sequence: int | None, now: datetime) -> None:
        """Takes in a report."""
        watched = newly_watched(self, position_ms, now)
        self.watched_ms += watched
        self.unwritten_ms += watched
        self.position_ms = position_ms
        self.last_activity = now
        session = self.session
        if is_completed(session.item_kind, position_ms, session.duration_ms):
            self.completed = True
        self.numbered = sequence is not None
        if sequence is not None:
            self.sequence = sequence
        self.used = time.monotonic()
        self.dirty = True

    def take(self) -> Heartbeat:
        """Returns what is to be written, which is then no longer to be."""
        row = Heartbeat(
            self.session.id,
            self.position_ms,
            self.unwritten_ms,
            self.sequence if self.numbered else None,
            self.last_activity,
            self.completed,
        )
        self.unwritten_ms = 0
        self.dirty = False
        return row


class _Clock:
    """The database's time, without asking it: replicas' clocks may differ by more than reports.

    It never goes back. What took long to answer tells less: the quickest answer of a minute counts.
    """

    def __init__(self) -> None:
        self._ahead = self._last = 0.0
        self._quickest = self._until = 0.0

    def now(self) -> datetime:
        self._last = max(self._last, time.time() + self._ahead)
        return datetime.fromtimestamp(self._last, UTC)

    def set(self, now: datetime, asked: float) -> None:
        """Takes in what the database said to somebody who asked it at `asked`."""
        answered = time.time()
        took = answered - asked
        if took > self._quickest and answered < self._until:
            return
        self._ahead = now.timestamp() - (asked + answered) / 2
        self._quickest, self._until = took, answered + _REMEMBERED


class Heartbeats:
    """What was heard of sessions and is not written yet. One per process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._everything = database.for_everybody()
        self._entries: dict[UUID, _Entry] = {}
        self._dirty: dict[UUID, _Entry] = {}
        # On their way to the database: who reads or changes them waits for that.
        self._flying: dict[UUID, _Entry] = {}
        self._writing = asyncio.Lock()
        self._clock = _Clock()

    async def report(
        self, session_id: UUID, position_ms: int, sequence: int | None, by: Principal
    ) -> Session:
        """Takes note of where a session is, and returns it. At the end of the media it ends.

        A report with a sequence number that is not above the newest one changes nothing.

        Raises:
            NotFoundError: There is no such session, or it is somebody else's.
            WrongStateError: It is over.
        """
        return (await self._hear(session_id, position_ms, sequence, by)).current()

    async def note(
        self, session_id: UUID, position_ms: int, sequence: int | None, by: Principal
    ) -> None:
        """Takes note of where a session is, as `report` does."""
        await self._hear(session_id, position_ms, sequence, by)

    async def _hear(
        self, session_id: UUID, position_ms: int, sequence: int | None, by: Principal
    ) -> _Entry:
        entry = self._entries.get(session_id) or await self._load(session_id, by)
        session = entry.session
        if not (by.sees_all or session.user_id == by.user_id):
            raise errors.NotFoundError(SESSION.type, session.resource)
        if entry.state in OVER:
            raise errors.WrongStateError(session.resource, entry.state.upper(), "report progress")
        if sequence is not None and sequence <= entry.sequence:
            return entry
        # Later than what is known, however little: else it would not count.
        now = max(self._clock.now(), entry.last_activity + _TICK)
        entry.hear(bounded(position_ms, session.duration_ms), sequence, now)
        self._dirty[session_id] = entry
        if entry.state is State.PLAYING and at_end(position_ms, session.duration_ms):
            entry.renew(await self.change(session_id, State.ENDED, "end it", by))
        return entry

    async def change(
        self,
        session_id: UUID,
        state: State,
        action: str,
        by: Principal,
        *,
        position_ms: int | None = None,
        sequence: int | None = None,
    ) -> Session:
        """Pauses, resumes, stops or ends a session: see `usecases.change_state`."""
        await self.settle(session_id)
        changed = await usecases.change_state(
            self._database.for_caller(by),
            session_id,
            state,
            action,
            position_ms=position_ms,
            sequence=sequence,
        )
        self.renew(changed)
        return changed

    async def settle(self, session_id: UUID) -> None:
        """Writes what was heard of a session."""
        if session_id in self._dirty or session_id in self._flying:
            await self._write_all([session_id])

    async def settle_for(self, user_id: UUID | None) -> None:
        """Writes what was heard of a user's sessions, or of everybody's."""
        found = [
            key
            for key, entry in (self._dirty | self._flying).items()
            if user_id is None or entry.session.user_id == user_id
        ]
        if found:
            await self._write_all(found)

    def renew(self, session: Session) -> None:
        """Takes in a session as it is after a change; what was heard before that is of no use."""
        entry = self._entries.get(session.id)
        if entry is not None:
            entry.renew(session)
        self._dirty.pop(session.id, None)

    def forget(self, user_id: UUID) -> None:
        """Drops all that is known of a user's sessions."""
        mine = [key for key, entry in self._entries.items() if entry.session.user_id == user_id]
        for key in mine:
            self._entries.pop(key)
            self._dirty.pop(key, None)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Writes what comes while the block runs, and the rest at its end."""
        task = asyncio.create_task(self._keep_writing())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._write_last()

    async def _load(self, session_id: UUID, by: Principal) -> _Entry:
        if len(self._entries) >= MOST:
            await self._make_room()
        asked = time.time()
        found, now = await store.get_at(self._database.for_caller(by), session_id)
        if found is None:
            raise errors.NotFoundError(SESSION.type, SESSION.format(session_id))
        self._clock.set(now, asked)
        # Whoever else asked for it meanwhile may have been first.
        return self._entries.setdefault(session_id, _Entry(found))

    async def _make_room(self) -> None:
        await self.settle_for(None)
        self._prune(0)
        if len(self._entries) >= MOST:
            raise errors.ResourceExhaustedError(
                "OVERLOADED", "the server has too many sessions", retry_after=1
            )

    def _prune(self, seconds: float) -> None:
        before = time.monotonic() - seconds
        old = [
            key
            for key, entry in self._entries.items()
            if entry.used <= before and not entry.dirty and key not in self._flying
        ]
        for key in old:
            del self._entries[key]

    async def _keep_writing(self) -> None:
        pruned = began = time.monotonic()
        while True:
            # Writing much takes a while, which is no reason to wait for longer.
            await asyncio.sleep(max(EVERY / 10, began + EVERY - time.monotonic()))
            began = time.monotonic()
            try:
                await self.settle_for(None)
            except Exception as error:  # noqa: BLE001 # the database comes back; nothing is lost
                _logger.warning("heartbeats not written", error=repr(error))
            if time.monotonic() > pruned + _REMEMBERED:
                pruned = time.monotonic()
                self._prune(_REMEMBERED)

    async def _write_last(self) -> None:
        deadline = time.monotonic() + _LAST_SECONDS
        while self._dirty or self._flying:
            try:
                await self.settle_for(None)
            except Exception as error:
                if time.monotonic() > deadline:
                    _logger.exception("heartbeats lost", sessions=len(self._dirty))
                    return
                _logger.warning("heartbeats not written", error=repr(error))
                await asyncio.sleep(0.2)

    async def _write_all(self, ids: Iterable[UUID]) -> None:
        waiting = iter(list(ids))
        while some := list(islice(waiting, AT_ONCE)):
            # One at a time, so that nothing is written twice; who waits comes in between.
            async with self._writing:
                await self._write_some([key for key in some if key in self._dirty])

    async def _write_some(self, ids: list[UUID]) -> None:
        if not ids:
            return
        taken = [(self._dirty.pop(key), key) for key in ids]
        rows = [entry.take() for entry, _ in taken]
        self._flying = {key: entry for entry, key in taken}
        try:
            heard = await _write(self._everything, rows, self._flying)
        except BaseException:
            for (entry, key), row in zip(taken, rows, strict=True):
                if self._entries.get(key) is entry:
                    entry.unwritten_ms += row.watched_ms
                    entry.dirty = True
                    self._dirty[key] = entry
            raise
        finally:
            self._flying = {}
        for entry, key in taken:
            known = heard.get(key)
            if known is None:
                # It is over, or further at another replica: it is read again when it is wanted.
                if not entry.dirty:
                    self._entries.pop(key, None)
            else:
                entry.state = known.state


@atomic
async def _write(
    session: Transaction, rows: list[Heartbeat], known: dict[UUID, _Entry]
) -> dict[UUID, Heard]:
    """Writes heartbeats and what follows from them. Returns what counted."""
    heard = await heartbeat_store.write(session, rows)
    done = [known[one.id].current() for one in heard if one.newly_completed]
    if done:
        await progress.complete(session, [c for one in done for c in usecases.completions(one)])
    told = [
        Event(TOPIC, SESSION.format(one.id), Change.UPDATED, one.user_id)
        for one in heard
        if one.told or one.newly_completed
    ]
    await outbox.append(session, *told)
    return {one.id: one for one in heard}
