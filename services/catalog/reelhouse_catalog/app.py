"""Puts the catalog together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse.catalog.v1 import (
    library_service_pb2_grpc,
    media_file_service_pb2_grpc,
    naming_service_pb2_grpc,
    source_service_pb2_grpc,
    title_service_pb2_grpc,
)
from reelhouse_catalog.ingesting.handler import IngestHandler
from reelhouse_catalog.ingesting.usecases import JOB as INGEST_JOB
from reelhouse_catalog.ingesting.watcher import Linker
from reelhouse_catalog.libraries.rpc import LibraryServicer
from reelhouse_catalog.media_files.rpc import MediaFileServicer
from reelhouse_catalog.naming.rpc import NamingServicer
from reelhouse_catalog.scanning.handler import ScanHandler
from reelhouse_catalog.scanning.usecases import JOB as SCAN_JOB
from reelhouse_catalog.schema import SCHEMA, jobs, once, outbox
from reelhouse_catalog.settings import CatalogSettings
from reelhouse_catalog.sources.rpc import SourceServicer
from reelhouse_catalog.titles.rpc import TitleServicer
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.jobs import Handler, Worker
from reelhouse_kit.maintenance import maintained
from reelhouse_kit.secrets import Box
from reelhouse_kit.service import foundation, serving


@asynccontextmanager
async def running(settings: CatalogSettings) -> AsyncIterator[int]:
    """Serves the catalog while the block runs, and yields the port."""
    async with foundation(settings, SCHEMA) as base:
        hub = Hub(settings.database_url, base.database, outbox)
        stopping = base.server.stopping
        base.server.add(
            library_service_pb2_grpc.add_LibraryServiceServicer_to_server,
            LibraryServicer(base.database, hub, stopping),
        )
        base.server.add(
            media_file_service_pb2_grpc.add_MediaFileServiceServicer_to_server,
            MediaFileServicer(base.database),
        )
        base.server.add(
            title_service_pb2_grpc.add_TitleServiceServicer_to_server,
            TitleServicer(base.database, hub, stopping),
        )
        base.server.add(
            naming_service_pb2_grpc.add_NamingServiceServicer_to_server, NamingServicer()
        )
        base.server.add(
            source_service_pb2_grpc.add_SourceServiceServicer_to_server,
            SourceServicer(base.database, hub, stopping, Box.read(settings.secrets_key_file)),
        )
        async with (
            hub.run(),
            maintained(base.database, once),
            serving(settings, base.server) as port,
        ):
            yield port


async def serve(settings: CatalogSettings, stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    async with running(settings):
        await stopping.wait()


async def work(settings: CatalogSettings, stopping: asyncio.Event) -> None:
    """Scans libraries and ingests sources until told to stop."""
    async with Database.open(
        settings.database_url, schema=SCHEMA.name, size=4, name="reelhouse-catalog-worker"
    ) as database:
        handlers: dict[str, Handler] = {
            SCAN_JOB: ScanHandler(database, prober_count=settings.probers),
            INGEST_JOB: IngestHandler(database, Box.read(settings.secrets_key_file)),
        }
        hub = Hub(settings.database_url, database, outbox)
        worker = Worker(
            settings.database_url,
            database,
            jobs,
            handlers,
            concurrency=settings.worker_concurrency,
        )
        async with hub.run(), Linker(database, hub).run():
            await worker.work(stopping)
