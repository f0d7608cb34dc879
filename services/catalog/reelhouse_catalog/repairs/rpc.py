"""The methods of SymlinkService about routes and actions."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.catalog.v1 import (
    symlink_action_pb2,
    symlink_route_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.repairs import route_store, routing, store, usecases
from reelhouse_catalog.repairs.model import (
    ACTION,
    DEFAULT_MOST,
    ROUTE,
    Action,
    ActionState,
    Planned,
    Route,
)
from reelhouse_catalog.sources.model import SOURCE
from reelhouse_catalog.symlink_runs.rpc import library_of, run_to_message
from reelhouse_catalog.symlinks.model import SYMLINK
from reelhouse_kit.db import Database
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import etag, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure
from reelhouse_kit.secrets import Box, masked

_ACTION = symlink_action_pb2.SymlinkAction


class RepairMethods:
    """Asks others to bring back what broken links led to."""

    _database: Database
    _box: Box

    async def CreateSymlinkRoute(
        self, request: symlink_service_pb2.CreateSymlinkRouteRequest, context: Context
    ) -> symlink_route_pb2.SymlinkRoute:
        values = _values(request.symlink_route)
        route = await routing.create_route(self._database, self._box, values, Once.of(request))
        return route_to_message(route)

    async def GetSymlinkRoute(
        self, request: symlink_service_pb2.GetSymlinkRouteRequest, context: Context
    ) -> symlink_route_pb2.SymlinkRoute:
        route_id = ROUTE.parse_one(request.name)
        return route_to_message(await routing.get_route(self._database, route_id))

    async def ListSymlinkRoutes(
        self, request: symlink_service_pb2.ListSymlinkRoutesRequest, context: Context
    ) -> symlink_service_pb2.ListSymlinkRoutesResponse:
        page = paging.page_of(request, UUID)
        rows, token = page.cut(
            await route_store.page(self._database, page), key=lambda row: (row.id,)
        )
        return symlink_service_pb2.ListSymlinkRoutesResponse(
            symlink_routes=[route_to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateSymlinkRoute(
        self, request: symlink_service_pb2.UpdateSymlinkRouteRequest, context: Context
    ) -> symlink_route_pb2.SymlinkRoute:
        message = request.symlink_route
        values = _values(message)
        names = changed_fields(message, request.update_mask)
        changes = {_COLUMNS.get(name, name): values[_COLUMNS.get(name, name)] for name in names}
        route_id = ROUTE.parse_one(message.name)
        return route_to_message(
            await routing.update_route(self._database, self._box, route_id, changes, message.etag)
        )

    async def DeleteSymlinkRoute(
        self, request: symlink_service_pb2.DeleteSymlinkRouteRequest, context: Context
    ) -> Empty:
        await routing.delete_route(self._database, ROUTE.parse_one(request.name), request.etag)
        return Empty()

    async def QueueRepairs(
        self, request: symlink_service_pb2.QueueRepairsRequest, context: Context
    ) -> symlink_service_pb2.QueueRepairsResponse:
        library_id = LIBRARY.parse_one(request.name)
        dry_run = request.dry_run if request.HasField("dry_run") else True
        queued = await usecases.queue_repairs(
            self._database,
            library_id,
            dry_run=dry_run,
            most=request.max_actions or DEFAULT_MOST,
            reason=request.reason or "manual",
        )
        of_all = await store.links_of_all(self._database, [one.id for one in queued.actions])
        return symlink_service_pb2.QueueRepairsResponse(
            symlink_actions=[_planned_to_message(one) for one in queued.planned]
            if dry_run
            else [action_to_message(one, of_all[one.id]) for one in queued.actions],
            skipped_count=queued.skipped,
            unrouted_count=queued.unrouted,
        )

    async def ProcessSymlinkActions(
        self, request: symlink_service_pb2.ProcessSymlinkActionsRequest, context: Context
    ) -> symlink_run_pb2.SymlinkRun:
        return run_to_message(
            await usecases.process_actions(
                self._database,
                LIBRARY.parse_one(request.name),
                dry_run=request.dry_run,
                most=request.max_actions,
                once=Once.of(request),
            )
        )

    async def GetSymlinkAction(
        self, request: symlink_service_pb2.GetSymlinkActionRequest, context: Context
    ) -> symlink_action_pb2.SymlinkAction:
        action = await usecases.get_action(self._database, *ACTION.parse(request.name))
        return await self._action(action)

    async def ListSymlinkActions(
        self, request: symlink_service_pb2.ListSymlinkActionsRequest, context: Context
    ) -> symlink_service_pb2.ListSymlinkActionsResponse:
        page = paging.page_of(request, UUID)
        library_id = await library_of(self._database, request.parent)
        name = _ACTION.State.Name(request.state).removeprefix("STATE_").lower()
        state = ActionState(name) if request.state else None
        rows, token = page.cut(
            await store.page(self._database, library_id, state, page), key=lambda row: (row.id,)
        )
        of_all = await store.links_of_all(self._database, [row.id for row in rows])
        return symlink_service_pb2.ListSymlinkActionsResponse(
            symlink_actions=[action_to_message(row, of_all[row.id]) for row in rows],
            next_page_token=token,
        )

    async def RetrySymlinkAction(
        self, request: symlink_service_pb2.RetrySymlinkActionRequest, context: Context
    ) -> symlink_action_pb2.SymlinkAction:
        library_id, action_id = ACTION.parse(request.name)
        once = Once.of(request)
        return await self._action(
            await usecases.retry_action(self._database, library_id, action_id, once)
        )

    async def DeleteSymlinkAction(
        self, request: symlink_service_pb2.DeleteSymlinkActionRequest, context: Context
    ) -> Empty:
        library_id, action_id = ACTION.parse(request.name)
        await usecases.delete_action(self._database, library_id, action_id, request.etag)
        return Empty()

    async def _action(self, action: Action) -> symlink_action_pb2.SymlinkAction:
        return action_to_message(action, await store.links_of(self._database, action.id))


_COLUMNS = {"source": "source_id"}


def _values(message: symlink_route_pb2.SymlinkRoute) -> dict[str, object]:
    """Returns the fields of a route by their columns."""
    return {
        "prefix": message.prefix,
        "source_id": SOURCE.parse_one(message.source) if message.source else None,
        "relay_url": message.relay_url,
        "relay_type": message.relay_type,
        "relay_token": message.relay_token,
        "enabled": message.enabled if message.HasField("enabled") else True,
    }


def route_to_message(row: Route) -> symlink_route_pb2.SymlinkRoute:
    """Returns a route on the wire, its token masked."""
    return symlink_route_pb2.SymlinkRoute(
        name=row.resource,
        prefix=row.prefix,
        source=SOURCE.format(row.source_id) if row.source_id else "",
        relay_url=row.relay_url,
        relay_type=row.relay_type,
        relay_token=masked(row.relay_token),
        enabled=row.enabled,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def action_to_message(row: Action, links: Iterable[UUID]) -> symlink_action_pb2.SymlinkAction:
    """Returns an action on the wire."""
    return _ACTION(
        name=row.resource,
        state=_ACTION.State.Value(f"STATE_{row.state.upper()}"),
        scope=_ACTION.Scope.Value(f"SCOPE_{row.scope.upper()}"),
        symlink_route=ROUTE.format(row.route_id) if row.route_id else "",
        url=row.url,
        reason=row.reason,
        related_path=row.related_path,
        term=row.term,
        symlinks=[SYMLINK.format(row.library_id, link) for link in links],
        attempts=row.attempts,
        next_time=timestamp(row.next_at),
        remote_id=row.remote_id,
        error=failure("catalog.reelhouse", row.error_code, row.last_error),
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        send_time=timestamp(row.sent_at),
        fail_time=timestamp(row.failed_at),
        verify_time=timestamp(row.verified_at),
        etag=etag(row.revision),
    )


def _planned_to_message(row: Planned) -> symlink_action_pb2.SymlinkAction:
    return _ACTION(
        scope=_ACTION.Scope.Value(f"SCOPE_{row.scope.upper()}"),
        symlink_route=row.route.resource,
        url=row.url,
        related_path=row.related_path,
        term=row.term,
        symlinks=[link.resource for link in row.links],
    )
