"""The methods of SymlinkService about new targets."""

from __future__ import annotations

from uuid import UUID

from reelhouse.catalog.v1 import symlink_run_pb2, symlink_service_pb2
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.relinking import store, usecases
from reelhouse_catalog.relinking.model import Entry, Outcome
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import RUN
from reelhouse_catalog.symlink_runs.rpc import run_to_message
from reelhouse_catalog.symlinks.model import SYMLINK
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import timestamp
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context

_OUTCOME = symlink_run_pb2.RelinkEntry.Outcome


class RelinkMethods:
    """Gives links new targets."""

    _database: Database

    async def RelinkSymlinks(
        self, request: symlink_service_pb2.RelinkSymlinksRequest, context: Context
    ) -> symlink_run_pb2.SymlinkRun:
        return run_to_message(
            await usecases.relink_symlinks(
                self._database,
                LIBRARY.parse_one(request.name),
                dry_run=request.dry_run if request.HasField("dry_run") else True,
                most=request.max_links,
                folders=list(request.folders),
                once=Once.of(request),
            )
        )

    async def ListRelinkEntries(
        self, request: symlink_service_pb2.ListRelinkEntriesRequest, context: Context
    ) -> symlink_service_pb2.ListRelinkEntriesResponse:
        page = paging.page_of(request, int)
        library_id, run_id = RUN.parse(request.parent)
        run = await runs.get_run(self._database, library_id, run_id)
        name = _OUTCOME.Name(request.outcome).removeprefix("OUTCOME_").lower()
        outcome = Outcome(name) if request.outcome else None
        rows, token = page.cut(
            await store.entry_page(self._database, run.id, outcome, page),
            key=lambda row: (row.number,),
        )
        return symlink_service_pb2.ListRelinkEntriesResponse(
            entries=[_entry_to_message(library_id, row) for row in rows],
            next_page_token=token,
        )


def _entry_to_message(library_id: UUID, row: Entry) -> symlink_run_pb2.RelinkEntry:
    return symlink_run_pb2.RelinkEntry(
        number=row.number,
        symlink=SYMLINK.format(library_id, row.symlink_id),
        path=shown_path(row.path),
        old_target=shown_path(row.old_target),
        new_target=shown_path(row.new_target),
        candidate_path=shown_path(row.candidate_path),
        resolution_rank=row.resolution_rank,
        outcome=_OUTCOME.Value(f"OUTCOME_{row.outcome.upper()}"),
        reason=row.reason,
        create_time=timestamp(row.created_at),
        end_time=timestamp(row.ended_at),
    )
