"""One run that sends a library's pending actions."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

from reelhouse_catalog.libraries.model import Library
from reelhouse_catalog.repairs import asking, route_store, store, usecases
from reelhouse_catalog.repairs.asking import Asker
from reelhouse_catalog.repairs.model import (
    DEFAULT_MOST,
    MAX_SENDS,
    Action,
    ActionState,
    LinkNow,
    RepairError,
    Route,
    Verdict,
    delay,
    judge,
)
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.sources.remote import SourceError
from reelhouse_catalog.symlink_runs.model import Stats, SymlinkRun
from reelhouse_catalog.symlink_runs.running import Progress, complete
from reelhouse_catalog.symlinks import store as links
from reelhouse_catalog.symlinks.model import LinkStatus, Settings, Symlink
from reelhouse_kit import log
from reelhouse_kit.db import Database
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import Run
from reelhouse_kit.secrets import Box

_logger = log.get(__name__)


class Processing:
    """Sends actions one after the other. A worker lost in between may send one twice."""

    def __init__(
        self,
        database: Database,
        box: Box,
        run: Run,
        library: Library,
        symlink_run: SymlinkRun,
        *,
        settings: Settings,
    ) -> None:
        self._database = database
        self._box = box
        self._run = run
        self._library = library
        self._symlink_run = symlink_run
        self._settings = settings
        self._stats = Stats()
        self._progress = Progress(run, symlink_run, self._stats)
        self._askers: dict[UUID, Asker] = {}
        self._down: dict[UUID, RepairError] = {}

    async def process(self) -> None:
        """Sends what is due, as many as the run is to."""
        most = self._symlink_run.most or DEFAULT_MOST
        actions = await store.due(self._database, self._library.id, most)
        routes = {route.id: route for route in await route_store.every(self._database)}
        of_all = await store.links_of_all(self._database, [action.id for action in actions])
        about = await links.batch(self._database, [one for some in of_all.values() for one in some])
        now = await store.links_now(self._database, actions, of_all)
        async with AsyncExitStack() as stack:
            for action in actions:
                self._stats.checked_count += 1
                route = routes.get(action.route_id) if action.route_id else None
                whole = [about[one] for one in of_all[action.id] if one in about]
                await self._deal_with(stack, action, route, whole, now[action.id])
                await self._progress.note()
        async with self._run.completing(self._stats.as_dict()) as session:
            await complete(session, self._symlink_run, self._stats)

    async def _deal_with(
        self,
        stack: AsyncExitStack,
        action: Action,
        route: Route | None,
        about: Sequence[Symlink],
        now: Sequence[LinkNow],
    ) -> None:
        verdict = judge(now, None, datetime.now(UTC), self._settings.cool_down)
        if self._symlink_run.dry_run or verdict is Verdict.VERIFIED:
            # What looks whole is for the next scan to say.
            self._stats.skipped_count += 1
            return
        try:
            if verdict is Verdict.GONE:
                raise RepairError(
                    "SYMLINK_VANISHED", "its links are gone, or to be left as they are"
                )
            broken = [link for link in about if link.status is LinkStatus.BROKEN]
            remote_id = await self._ask(stack, action, route, broken or about)
        except RepairError as error:
            await self._not_sent(action, error)
            return
        async with self._run.transaction() as session:
            sent = await usecases.change_state(
                session, action, ActionState.SENT, remote_id=remote_id
            )
            if sent is not None:
                await links.count_attempt(session, [one.id for one in broken], "search_attempts")
                self._stats.sent_count += 1

    async def _ask(
        self,
        stack: AsyncExitStack,
        action: Action,
        route: Route | None,
        about: Sequence[Symlink],
    ) -> str:
        if route is None or not route.enabled:
            raise RepairError("SYMLINK_ROUTE_UNUSABLE", "its route is disabled or gone")
        server = asking.source_of(route)
        if server in self._down:
            raise self._down[server]
        try:
            async with asyncio.timeout(asking.SECONDS):
                if route.id not in self._askers:
                    root = os.fsencode(self._library.root_path)
                    opening = asking.asker(self._database, self._box, route, root)
                    self._askers[route.id] = await stack.enter_async_context(opening)
                return await self._askers[route.id].ask(action, about)
        except TimeoutError:
            problem = RepairError("SOURCE_UNREACHABLE", "it takes too long to answer", again=True)
        except SourceError as error:
            problem = asking.as_repair_error(error)
        if problem.again:
            # The others are not made to wait for the same silence.
            self._down[server] = problem
        raise problem

    async def _not_sent(self, action: Action, error: RepairError) -> None:
        _logger.warning("action not sent", action=action.resource, code=error.code)
        async with self._run.transaction() as session:
            if error.again and action.attempts + 1 < MAX_SENDS:
                postponed = await store.postpone(
                    session,
                    action.id,
                    delay(action.attempts + 1, error.after),
                    code=error.code,
                    message=error.message,
                    counted=1,
                )
                if postponed is not None:
                    self._stats.postponed_count += 1
                    event = Event(usecases.TOPIC, postponed.resource, Change.UPDATED)
                    await outbox.append(session, event)
                return
            failed = await usecases.change_state(session, action, ActionState.FAILED, error=error)
            if failed is not None:
                self._stats.failed_count += 1
                ids = await store.links_of(session, action.id)
                await links.count_attempt(session, ids, "search_attempts")
                self._stats.manual_count += await usecases.give_up(
                    session, action, self._settings, error.code
                )
