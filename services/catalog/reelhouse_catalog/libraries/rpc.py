"""LibraryService: libraries and their scans."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.empty_pb2 import Empty

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    scan_pb2,
)
from reelhouse_catalog.libraries import store, usecases
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL, LIBRARY, Library
from reelhouse_catalog.scanning import store as scan_store
from reelhouse_catalog.scanning import usecases as scanning
from reelhouse_catalog.scanning.model import ENDED, SCAN, Scan, shown_path
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.events.watch import follow
from reelhouse_kit.rpc import paging
from reelhouse_kit.rpc.convert import duration, etag, from_duration, timestamp
from reelhouse_kit.rpc.masks import changed_fields
from reelhouse_kit.rpc.once import Once
from reelhouse_kit.rpc.pipeline import Context
from reelhouse_kit.rpc.status import failure
from reelhouse_naming import LibraryKind

_KIND = library_pb2.Library.Kind
_STATE = scan_pb2.Scan.State
_TRIGGER = scan_pb2.Scan.Trigger
_WATCH = library_pb2.Library.WatchState


def kind_of(number: int) -> LibraryKind | None:
    """Returns the kind that a message means; None where it is not set."""
    return LibraryKind(_KIND.Name(number).removeprefix("KIND_").lower()) if number else None  # type: ignore[arg-type]


class LibraryServicer(library_service_pb2_grpc.LibraryServiceServicer):
    """Keeps libraries and scans them."""

    def __init__(self, database: Database, hub: Hub, stopping: asyncio.Event) -> None:
        self._database = database
        self._hub = hub
        self._stopping = stopping

    async def CreateLibrary(
        self, request: library_service_pb2.CreateLibraryRequest, context: Context
    ) -> library_pb2.Library:
        message = request.library
        interval = (
            from_duration(message.scan_interval)
            if message.HasField("scan_interval")
            else DEFAULT_SCAN_INTERVAL
        )
        library = await usecases.create_library(
            self._database,
            name=message.display_name,
            kind=LibraryKind(_KIND.Name(message.kind).removeprefix("KIND_").lower()),
            root_path=message.root_path,
            scan_interval=interval,
            ignore_patterns=list(message.ignore_patterns),
            require_mount=message.require_mount,
            mount_marker=message.mount_marker,
            watch=message.watch if message.HasField("watch") else True,
            once=Once.of(request),
        )
        return to_message(library)

    async def GetLibrary(
        self, request: library_service_pb2.GetLibraryRequest, context: Context
    ) -> library_pb2.Library:
        library_id = LIBRARY.parse_one(request.name)
        return to_message(await usecases.get_library(self._database, library_id))

    async def ListLibraries(
        self, request: library_service_pb2.ListLibrariesRequest, context: Context
    ) -> library_service_pb2.ListLibrariesResponse:
        page = paging.page_of(request, UUID)
        rows, token = page.cut(await store.page(self._database, page), key=lambda row: (row.id,))
        return library_service_pb2.ListLibrariesResponse(
            libraries=[to_message(row) for row in rows], next_page_token=token
        )

    async def UpdateLibrary(
        self, request: library_service_pb2.UpdateLibraryRequest, context: Context
    ) -> library_pb2.Library:
        message = request.library
        values: dict[str, tuple[str, object]] = {
            "display_name": ("name", message.display_name),
            "kind": ("kind", kind_of(message.kind)),
            "root_path": ("root_path", message.root_path),
            "scan_interval": ("scan_interval", from_duration(message.scan_interval)),
            "ignore_patterns": ("ignore_patterns", list(message.ignore_patterns)),
            "require_mount": ("require_mount", message.require_mount),
            "mount_marker": ("mount_marker", message.mount_marker),
            # Cleared by a mask, it is what it is by default.
            "watch": ("watch", message.watch if message.HasField("watch") else True),
        }
        changes = dict(values[field] for field in changed_fields(message, request.update_mask))
        library_id = LIBRARY.parse_one(message.name)
        return to_message(
            await usecases.update_library(self._database, library_id, changes, message.etag)
        )

    async def DeleteLibrary(
        self, request: library_service_pb2.DeleteLibraryRequest, context: Context
    ) -> Empty:
        library_id = LIBRARY.parse_one(request.name)
        await usecases.delete_library(
            self._database,
            library_id,
            request.etag,
            force=request.force,
            forget_operations=request.forget_operations,
        )
        return Empty()

    async def ScanLibrary(
        self, request: library_service_pb2.ScanLibraryRequest, context: Context
    ) -> scan_pb2.Scan:
        library_id = LIBRARY.parse_one(request.name)
        return scan_to_message(
            await scanning.start_scan(
                self._database, library_id, full=request.full, once=Once.of(request)
            )
        )

    async def GetScan(
        self, request: library_service_pb2.GetScanRequest, context: Context
    ) -> scan_pb2.Scan:
        library_id, scan_id = SCAN.parse(request.name)
        return scan_to_message(await scanning.get_scan(self._database, library_id, scan_id))

    async def ListScans(
        self, request: library_service_pb2.ListScansRequest, context: Context
    ) -> library_service_pb2.ListScansResponse:
        page = paging.page_of(request, UUID)
        library_id = None if request.parent == "libraries/-" else LIBRARY.parse_one(request.parent)
        if library_id is not None:
            await usecases.get_library(self._database, library_id)
        rows, token = page.cut(
            await scan_store.page(self._database, library_id, page), key=lambda row: (row.id,)
        )
        return library_service_pb2.ListScansResponse(
            scans=[scan_to_message(row) for row in rows], next_page_token=token
        )

    async def PauseScan(
        self, request: library_service_pb2.PauseScanRequest, context: Context
    ) -> scan_pb2.Scan:
        library_id, scan_id = SCAN.parse(request.name)
        return scan_to_message(
            await scanning.pause_scan(self._database, library_id, scan_id, once=Once.of(request))
        )

    async def ResumeScan(
        self, request: library_service_pb2.ResumeScanRequest, context: Context
    ) -> scan_pb2.Scan:
        library_id, scan_id = SCAN.parse(request.name)
        return scan_to_message(
            await scanning.resume_scan(self._database, library_id, scan_id, once=Once.of(request))
        )

    async def CancelScan(
        self, request: library_service_pb2.CancelScanRequest, context: Context
    ) -> scan_pb2.Scan:
        library_id, scan_id = SCAN.parse(request.name)
        return scan_to_message(await scanning.cancel_scan(self._database, library_id, scan_id))

    async def WatchScan(
        self, request: library_service_pb2.WatchScanRequest, context: Context
    ) -> AsyncIterator[library_service_pb2.WatchScanResponse]:
        library_id, scan_id = SCAN.parse(request.name)

        async def load() -> Scan:
            return await scanning.get_scan(self._database, library_id, scan_id)

        async for scan in follow(
            self._hub, request.name, load, lambda scan: scan.state in ENDED, self._stopping
        ):
            yield library_service_pb2.WatchScanResponse(scan=scan_to_message(scan))


def to_message(row: Library) -> library_pb2.Library:
    """Returns a library on the wire."""
    return library_pb2.Library(
        name=row.resource,
        display_name=row.name,
        kind=_KIND.Value(f"KIND_{row.kind.upper()}"),
        root_path=row.root_path,
        scan_interval=duration(row.scan_interval),
        last_scan_time=timestamp(row.last_scan_at),
        next_scan_time=timestamp(row.next_scan_at),
        ignore_patterns=row.ignore_patterns,
        require_mount=row.require_mount,
        mount_marker=row.mount_marker,
        watch=row.watch,
        watch_state=_WATCH.Value(f"WATCH_STATE_{row.watch_state(datetime.now(UTC)).upper()}"),
        watch_error=row.watch_error,
        create_time=timestamp(row.created_at),
        update_time=timestamp(row.updated_at),
        etag=etag(row.revision),
    )


def scan_to_message(row: Scan) -> scan_pb2.Scan:
    """Returns a scan on the wire."""
    return scan_pb2.Scan(
        name=row.resource,
        state=_STATE.Value(f"STATE_{row.state.upper()}"),
        trigger=_TRIGGER.Value(f"TRIGGER_{row.trigger.upper()}"),
        full=row.full,
        folders=[shown_path(folder) for folder in row.folders or ()],
        pause_time=timestamp(row.paused_at),
        stats=scan_pb2.Scan.Stats(**row.stats),
        error=failure("catalog.reelhouse", row.error_code, row.error_message),
        create_time=timestamp(row.created_at),
        start_time=timestamp(row.started_at),
        end_time=timestamp(row.ended_at),
    )
