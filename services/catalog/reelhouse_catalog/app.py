"""Puts the catalog together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse.catalog.v1 import (
    enrichment_service_pb2_grpc,
    file_operation_service_pb2_grpc,
    library_service_pb2_grpc,
    marker_service_pb2_grpc,
    media_file_service_pb2_grpc,
    naming_service_pb2_grpc,
    plugin_service_pb2_grpc,
    review_service_pb2_grpc,
    source_service_pb2_grpc,
    symlink_service_pb2_grpc,
    title_service_pb2_grpc,
)
from reelhouse_catalog.asking import Known, asking
from reelhouse_catalog.enriching.rpc import EnrichmentServicer
from reelhouse_catalog.enriching.usecases import JOB as ENRICH_JOB
from reelhouse_catalog.enrichment.usecases import keep_findings, take_over
from reelhouse_catalog.file_operations import recovery
from reelhouse_catalog.file_operations.handler import BatchHandler, PurgeHandler
from reelhouse_catalog.file_operations.recycling import PURGE_JOB, purging
from reelhouse_catalog.file_operations.rpc import FileOperationServicer
from reelhouse_catalog.file_operations.usecases import JOB as FILES_JOB
from reelhouse_catalog.ingesting.handler import IngestHandler
from reelhouse_catalog.ingesting.usecases import JOB as INGEST_JOB
from reelhouse_catalog.ingesting.watcher import Linker
from reelhouse_catalog.libraries.rpc import LibraryServicer
from reelhouse_catalog.markers.rpc import MarkerServicer
from reelhouse_catalog.media_files.rpc import MediaFileServicer
from reelhouse_catalog.naming.rpc import NamingServicer
from reelhouse_catalog.plugins.client import PluginClients
from reelhouse_catalog.plugins.rpc import PluginServicer
from reelhouse_catalog.plugins.sealing import Sealer
from reelhouse_catalog.relinking.handler import RelinkHandler
from reelhouse_catalog.repairs import usecases as repairs
from reelhouse_catalog.repairs.handler import RepairHandler
from reelhouse_catalog.reviews.rpc import ReviewServicer
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.usecases import JOB as SCAN_JOB
from reelhouse_catalog.schema import SCHEMA, jobs, once, outbox
from reelhouse_catalog.settings import CatalogSettings
from reelhouse_catalog.sources.rpc import SourceServicer
from reelhouse_catalog.symlink_runs.model import RunKind
from reelhouse_catalog.symlink_runs.usecases import JOBS as SYMLINK_JOBS
from reelhouse_catalog.symlinks.handler import SymlinkScanHandler
from reelhouse_catalog.symlinks.rpc import SymlinkServicer
from reelhouse_catalog.symlinks.watcher import SymlinkSchedule
from reelhouse_catalog.titles.rpc import TitleServicer
from reelhouse_catalog.verifications.handler import VerifyHandler
from reelhouse_catalog.verifications.usecases import JOB as VERIFY_JOB
from reelhouse_catalog.watching.watcher import Watcher
from reelhouse_kit.concurrency import concurrently
from reelhouse_kit.db import Database, atomic
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.jobs import Handler, Worker
from reelhouse_kit.maintenance import maintained
from reelhouse_kit.secrets import Box
from reelhouse_kit.service import foundation, serving


@asynccontextmanager
async def running(settings: CatalogSettings) -> AsyncIterator[int]:
    """Serves the catalog while the block runs, and yields the port."""
    box = Box.read(settings.secrets_key_file)
    async with foundation(settings, SCHEMA) as base, PluginClients.open(Sealer(box)) as plugins:
        hub = Hub(settings.database_url, base.database, outbox)
        stopping = base.server.stopping
        base.server.add(
            library_service_pb2_grpc.add_LibraryServiceServicer_to_server,
            LibraryServicer(base.database, hub, stopping),
        )
        base.server.add(
            media_file_service_pb2_grpc.add_MediaFileServiceServicer_to_server,
            MediaFileServicer(base.database, settings.thresholds),
        )
        base.server.add(
            marker_service_pb2_grpc.add_MarkerServiceServicer_to_server,
            MarkerServicer(base.database),
        )
        base.server.add(
            review_service_pb2_grpc.add_ReviewServiceServicer_to_server,
            ReviewServicer(base.database),
        )
        base.server.add(
            title_service_pb2_grpc.add_TitleServiceServicer_to_server,
            TitleServicer(base.database, hub, stopping),
        )
        base.server.add(
            naming_service_pb2_grpc.add_NamingServiceServicer_to_server,
            NamingServicer(base.database),
        )
        known = Known(settings, base.database)
        base.server.add(
            enrichment_service_pb2_grpc.add_EnrichmentServiceServicer_to_server,
            EnrichmentServicer(
                base.database, known.sources, known.infos, language=settings.metadata_language
            ),
        )
        base.server.add(
            plugin_service_pb2_grpc.add_PluginServiceServicer_to_server,
            PluginServicer(base.database, plugins),
        )
        base.server.add(
            source_service_pb2_grpc.add_SourceServiceServicer_to_server,
            SourceServicer(base.database, hub, stopping, box),
        )
        base.server.add(
            file_operation_service_pb2_grpc.add_FileOperationServiceServicer_to_server,
            FileOperationServicer(base.database, hub, stopping),
        )
        base.server.add(
            symlink_service_pb2_grpc.add_SymlinkServiceServicer_to_server,
            SymlinkServicer(base.database, hub, stopping, box),
        )
        async with (
            hub.run(),
            maintained(base.database, once.purge, purging(settings.recycle_days)),
            serving(settings, base.server) as port,
        ):
            yield port


async def serve(settings: CatalogSettings, stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    async with running(settings):
        await stopping.wait()


async def work(settings: CatalogSettings, stopping: asyncio.Event) -> None:
    """Scans, hashes and moves files, ingests sources, asks about titles until told to stop."""
    box = Box.read(settings.secrets_key_file)
    async with (
        Database.open(
            settings.database_url, schema=SCHEMA.name, size=8, name="reelhouse-catalog-worker"
        ) as database,
        asking(settings, database, Sealer(box), keep_findings) as enricher,
    ):
        # Both know all handlers: whoever finds a lost job tells whose it is.
        handlers: dict[str, Handler] = {
            SCAN_JOB: ScanHandler(
                database,
                prober_count=settings.probers,
                throttled=settings.throttle,
                thresholds=settings.thresholds,
            ),
            VERIFY_JOB: VerifyHandler(),
            INGEST_JOB: IngestHandler(database, box, hand_over=atomic(take_over)),
            ENRICH_JOB: enricher,
            FILES_JOB: BatchHandler(database),
            PURGE_JOB: PurgeHandler(database),
            SYMLINK_JOBS[RunKind.SCAN]: SymlinkScanHandler(database, repairs.verify),
            SYMLINK_JOBS[RunKind.RELINK]: RelinkHandler(database),
            SYMLINK_JOBS[RunKind.REPAIR]: RepairHandler(database, box),
        }
        workers = [
            Worker(
                settings.database_url,
                database,
                jobs,
                handlers,
                concurrency=concurrency,
                only=only,
            )
            for only, concurrency in (
                ([SCAN_JOB, VERIFY_JOB], settings.worker_concurrency),
                ([FILES_JOB, PURGE_JOB], settings.file_operation_concurrency),
                # Of their own: a link may lead to a mount that does not answer.
                (
                    [SYMLINK_JOBS[RunKind.SCAN], SYMLINK_JOBS[RunKind.RELINK]],
                    settings.worker_concurrency,
                ),
                (
                    [INGEST_JOB, ENRICH_JOB, SYMLINK_JOBS[RunKind.REPAIR]],
                    settings.enrichment_concurrency,
                ),
            )
        ]
        hub = Hub(settings.database_url, database, outbox)
        watcher = Watcher(
            database,
            settle_seconds=settings.watch_settle_seconds,
            watching=settings.watch,
        )
        async with hub.run(), Linker(database, hub, atomic(take_over)).run():
            await concurrently(
                *(worker.work(stopping) for worker in workers),
                watcher.work(stopping),
                recovery.recover_at_start(database, stopping),
                SymlinkSchedule(database).work(stopping),
            )
