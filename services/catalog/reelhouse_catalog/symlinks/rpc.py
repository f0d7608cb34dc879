"""SymlinkService: links and how they are looked after."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any
from uuid import UUID

from reelhouse.catalog.v1 import (
    symlink_action_pb2,
    symlink_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
    symlink_service_pb2_grpc,
    symlink_settings_pb2,
)
from reelhouse_catalog.libraries.model import LIBRARY
from reelhouse_catalog.libraries.usecases import get_library
from reelhouse_catalog.relinking.rpc import RelinkMethods
from reelhouse_catalog.repairs.rpc import RepairMethods
from reelhouse_catalog.scanning.model import shown_path
from reelhouse_catalog.symlink_runs.rpc import RunMethods, library_of, run_to_message
from reelhouse_catalog.symlinks import event_store, settings_store, store, usecases
from reelhouse_catalog.symlinks.model import (
    DEFAULT_COOL_DOWN,
    SETTINGS,
    SYMLINK,
    Filter,
    LinkEvent,
    LinkKind,
    LinkStatus,
    Settings,
    Symlink,
)
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import duration, etag, from_duration, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.secrets import Box

_LINK = symlink_pb2.Symlink
_STATS = symlink_service_pb2.GetSymlinkStatsResponse
_ACTION_STATE = symlink_action_pb2.SymlinkAction.State
_DEFAULTS = Settings(UUID(int=0))


class SymlinkServicer(
    RunMethods,
    RelinkMethods,
    RepairMethods,
    symlink_service_pb2_grpc.SymlinkServiceServicer,
):
    """Looks after symbolic links."""

    def __init__(self, database: Database, hub: Hub, stopping: asyncio.Event, box: Box) -> None:
        self._database = database
        self._hub = hub
        self._stopping = stopping
        self._box = box

    async def GetSymlinkSettings(
        self, request: symlink_service_pb2.GetSymlinkSettingsRequest, context: Context
    ) -> symlink_settings_pb2.SymlinkSettings:
        library_id = SETTINGS.parse_one(request.name)
        return settings_to_message(await usecases.get_settings(self._database, library_id))

    async def UpdateSymlinkSettings(
        self, request: symlink_service_pb2.UpdateSymlinkSettingsRequest, context: Context
    ) -> symlink_settings_pb2.SymlinkSettings:
        message = request.symlink_settings
        values = _values(message)
        changes = {name: values[name] for name in changed_fields(message, request.update_mask)}
        library_id = SETTINGS.parse_one(message.name)
        return settings_to_message(
            await usecases.update_settings(self._database, library_id, changes, message.etag)
        )

    async def ScanSymlinks(
        self, request: symlink_service_pb2.ScanSymlinksRequest, context: Context
    ) -> symlink_run_pb2.SymlinkRun:
        library_id = LIBRARY.parse_one(request.name)
        return run_to_message(
            await usecases.scan_symlinks(
                self._database, library_id, force=request.force, once=Once.of(request)
            )
        )

    async def GetSymlink(
        self, request: symlink_service_pb2.GetSymlinkRequest, context: Context
    ) -> symlink_pb2.Symlink:
        link = await usecases.get_symlink(self._database, *SYMLINK.parse(request.name))
        return await self._message(link)

    async def ListSymlinks(
        self, request: symlink_service_pb2.ListSymlinksRequest, context: Context
    ) -> symlink_service_pb2.ListSymlinksResponse:
        page = paging.page_of(request, UUID)
        name = _LINK.Status.Name(request.status).removeprefix("STATUS_").lower()
        where = Filter(
            library_id=await library_of(self._database, request.parent),
            status=LinkStatus(name) if request.status else None,
            manual=request.manual,
        )
        rows, token = page.cut(
            await store.page(self._database, where, page), key=lambda row: (row.id,)
        )
        scanned = await settings_store.scanned(self._database, {row.library_id for row in rows})
        return symlink_service_pb2.ListSymlinksResponse(
            symlinks=[link_to_message(row, scanned.get(row.library_id)) for row in rows],
            next_page_token=token,
        )

    async def UpdateSymlink(
        self, request: symlink_service_pb2.UpdateSymlinkRequest, context: Context
    ) -> symlink_pb2.Symlink:
        message = request.symlink
        changed = changed_fields(message, request.update_mask)
        library_id, link_id = SYMLINK.parse(message.name)
        link = await usecases.update_symlink(
            self._database,
            library_id,
            link_id,
            message.ignored if "ignored" in changed else None,
            message.etag,
        )
        return await self._message(link)

    async def ResetSymlink(
        self, request: symlink_service_pb2.ResetSymlinkRequest, context: Context
    ) -> symlink_pb2.Symlink:
        library_id, link_id = SYMLINK.parse(request.name)
        link = await usecases.reset_symlink(self._database, library_id, link_id, Once.of(request))
        return await self._message(link)

    async def ListSymlinkEvents(
        self, request: symlink_service_pb2.ListSymlinkEventsRequest, context: Context
    ) -> symlink_service_pb2.ListSymlinkEventsResponse:
        page = paging.page_of(request, int)
        library_id = await library_of(self._database, request.parent)
        link_id = SYMLINK.parse_one(request.symlink) if request.symlink else None
        rows, token = page.cut(
            await event_store.page(self._database, library_id, link_id, page),
            key=lambda row: (row.id,),
        )
        return symlink_service_pb2.ListSymlinkEventsResponse(
            events=[_event_to_message(row) for row in rows], next_page_token=token
        )

    async def GetSymlinkStats(
        self, request: symlink_service_pb2.GetSymlinkStatsRequest, context: Context
    ) -> symlink_service_pb2.GetSymlinkStatsResponse:
        library_id = LIBRARY.parse_one(request.library) if request.library else None
        if library_id is not None:
            await get_library(self._database, library_id)
        stats = await event_store.stats(self._database, library_id)
        return _STATS(
            counts=[
                _STATS.Count(status=_status(status), kind=_kind(kind), count=count)
                for (status, kind), count in sorted(stats.counts.items())
            ],
            ok_count=stats.with_status(LinkStatus.OK),
            broken_count=stats.with_status(LinkStatus.BROKEN),
            top_folders=[
                _STATS.Folder(
                    library=LIBRARY.format(library), path=shown_path(folder), broken_count=count
                )
                for library, folder, count in stats.folders
            ],
            manual_count=stats.manual,
            action_counts=[
                _STATS.ActionCount(state=_ACTION_STATE.Value(f"STATE_{name.upper()}"), count=count)
                for name, count in sorted(stats.actions.items())
            ],
        )

    async def _message(self, link: Symlink) -> symlink_pb2.Symlink:
        scanned = await settings_store.scanned(self._database, {link.library_id})
        return link_to_message(link, scanned.get(link.library_id))


def _values(message: symlink_settings_pb2.SymlinkSettings) -> dict[str, Any]:
    """Returns the fields of settings by their columns; what a mask clears is as by default."""
    return {
        "scan_interval": from_duration(message.scan_interval),
        "target_mounts": list(message.target_mounts),
        "rewrites": [
            {"link": rewrite.link_prefix, "local": rewrite.local_prefix}
            for rewrite in message.rewrites
        ],
        "allowed_prefixes": list(message.allowed_prefixes),
        "candidate_roots": list(message.candidate_roots),
        "season_threshold": message.season_threshold
        if message.HasField("season_threshold")
        else _DEFAULTS.season_threshold,
        "cool_down": from_duration(message.cool_down)
        if message.HasField("cool_down")
        else DEFAULT_COOL_DOWN,
        "max_attempts": message.max_attempts
        if message.HasField("max_attempts")
        else _DEFAULTS.max_attempts,
    }


def settings_to_message(row: Settings) -> symlink_settings_pb2.SymlinkSettings:
    """Returns settings on the wire."""
    return symlink_settings_pb2.SymlinkSettings(
        name=row.resource,
        scan_interval=duration(row.scan_interval),
        target_mounts=row.target_mounts,
        rewrites=[
            symlink_settings_pb2.SymlinkSettings.Rewrite(
                link_prefix=rewrite["link"], local_prefix=rewrite["local"]
            )
            for rewrite in row.rewrites
        ],
        allowed_prefixes=row.allowed_prefixes,
        candidate_roots=row.candidate_roots,
        season_threshold=row.season_threshold,
        cool_down=duration(row.cool_down),
        max_attempts=row.max_attempts,
        last_scan_time=timestamp(row.scanned_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def link_to_message(row: Symlink, scanned: datetime | None) -> symlink_pb2.Symlink:
    """Returns a link on the wire; `scanned` is when all links of its library were last seen."""
    seen = row.last_seen_at
    if row.status is not LinkStatus.VANISHED and scanned is not None:
        seen = max(seen, scanned)
    return _LINK(
        name=row.resource,
        path=shown_path(row.path),
        path_bytes=row.path,
        target=shown_path(row.last_target),
        target_bytes=row.last_target,
        resolved_target=shown_path(row.resolved_target),
        status=_status(row.status),
        last_status=_status(row.last_status),
        kind=_kind(row.kind),
        title_name=row.name,
        year=row.year or 0,
        tmdb_id=row.tmdb_id or 0,
        season_number=row.season,
        episode_number=row.episode,
        unit=row.unit or "",
        repairable=row.unit is not None,
        ignored=row.ignored,
        relink_attempts=row.relink_attempts,
        search_attempts=row.search_attempts,
        manual_reason=row.manual_reason,
        manual_time=timestamp(row.manual_at),
        first_seen_time=timestamp(row.first_seen_at),
        last_seen_time=timestamp(seen),
        vanish_time=timestamp(row.vanished_at),
        update_time=timestamp(row.changed_at),
        etag=etag(row.revision),
    )


def _event_to_message(row: LinkEvent) -> symlink_pb2.SymlinkEvent:
    return symlink_pb2.SymlinkEvent(
        number=row.id,
        create_time=timestamp(row.created_at),
        symlink=SYMLINK.format(row.library_id, row.symlink_id),
        path=shown_path(row.path),
        target=shown_path(row.target),
        kind=row.kind,
        title_name=row.name,
        action=row.action,
        status=row.status,
        detail=row.detail,
    )


def _status(status: LinkStatus) -> symlink_pb2.Symlink.Status.ValueType:
    return _LINK.Status.Value(f"STATUS_{status.upper()}")


def _kind(kind: LinkKind) -> symlink_pb2.Symlink.Kind.ValueType:
    return _LINK.Kind.Value(f"KIND_{kind.upper()}")
