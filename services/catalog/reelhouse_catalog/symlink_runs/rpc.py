"""The methods of SymlinkService about runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from reelhouse.catalog.v1 import symlink_run_pb2, symlink_service_pb2
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.libraries.usecases import get_library
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.symlink_runs import store, usecases
from reelhouse_catalog.symlink_runs.model import ENDED, RUN, SymlinkRun
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import follow
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure

_RUN = symlink_run_pb2.SymlinkRun


class RunMethods:
    """Tells of runs and stops them."""

    _database: Database
    _hub: Hub
    _stopping: asyncio.Event

    async def GetSymlinkRun(
        self, request: symlink_service_pb2.GetSymlinkRunRequest, context: Context
    ) -> symlink_run_pb2.SymlinkRun:
        return run_to_message(await usecases.get_run(self._database, *RUN.parse(request.name)))

    async def ListSymlinkRuns(
        self, request: symlink_service_pb2.ListSymlinkRunsRequest, context: Context
    ) -> symlink_service_pb2.ListSymlinkRunsResponse:
        page = paging.page_of(request, UUID)
        library_id = await library_of(self._database, request.parent)
        rows, token = page.cut(
            await store.page(self._database, library_id, page), key=lambda row: (row.id,)
        )
        return symlink_service_pb2.ListSymlinkRunsResponse(
            symlink_runs=[run_to_message(row) for row in rows], next_page_token=token
        )

    async def CancelSymlinkRun(
        self, request: symlink_service_pb2.CancelSymlinkRunRequest, context: Context
    ) -> symlink_run_pb2.SymlinkRun:
        return run_to_message(await usecases.cancel_run(self._database, *RUN.parse(request.name)))

    async def WatchSymlinkRun(
        self, request: symlink_service_pb2.WatchSymlinkRunRequest, context: Context
    ) -> AsyncIterator[symlink_service_pb2.WatchSymlinkRunResponse]:
        library_id, run_id = RUN.parse(request.name)

        async def load() -> SymlinkRun:
            return await usecases.get_run(self._database, library_id, run_id)

        async for run in follow(
            self._hub, request.name, load, lambda one: one.state in ENDED, self._stopping
        ):
            yield symlink_service_pb2.WatchSymlinkRunResponse(symlink_run=run_to_message(run))


async def library_of(database: Database, parent: str) -> UUID | None:
    """Returns the library that a list is of; None for all.

    Raises:
        NotFoundError: There is no such library.
    """
    if parent == "libraries/-":
        return None
    library_id = LIBRARY.parse_one(parent)
    await get_library(database, library_id)
    return library_id


def run_to_message(row: SymlinkRun) -> symlink_run_pb2.SymlinkRun:
    """Returns a run on the wire."""
    known = _RUN.Stats.DESCRIPTOR.fields_by_name
    return _RUN(
        name=row.resource,
        kind=_RUN.Kind.Value(f"KIND_{row.kind.upper()}"),
        state=_RUN.State.Value(f"STATE_{row.state.upper()}"),
        trigger=_RUN.Trigger.Value(f"TRIGGER_{row.trigger.upper()}"),
        dry_run=row.dry_run,
        repair_roots=[shown_path(path) for path in row.repair_roots],
        candidate_roots=row.candidate_roots,
        allowed_prefixes=row.allowed_prefixes,
        stats=_RUN.Stats(**{name: count for name, count in row.stats.items() if name in known}),
        error=failure("catalog.reelhouse", row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.ended_at),
    )
