"""Puts transcode together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse.transcode.v1 import transcode_service_pb2_grpc
from reelhouse_kit.auth.keys import read_signing_key
from reelhouse_kit.auth.tokens import ServiceToken
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.jobs import Worker
from reelhouse_kit.maintenance import maintained
from reelhouse_kit.service import foundation, serving
from reelhouse_transcode.clients.catalog import CatalogClient
from reelhouse_transcode.schema import SCHEMA, jobs, once, outbox
from reelhouse_transcode.settings import TranscodeSettings
from reelhouse_transcode.transcodes import ffmpeg
from reelhouse_transcode.transcodes.handler import TranscodeHandler
from reelhouse_transcode.transcodes.rpc import TranscodeServicer
from reelhouse_transcode.transcodes.usecases import JOB


@asynccontextmanager
async def running(settings: TranscodeSettings) -> AsyncIterator[int]:
    """Serves transcode while the block runs, and yields the port."""
    async with (
        foundation(settings, SCHEMA) as base,
        CatalogClient.connect(settings.catalog_address, base.token) as catalog,
    ):
        hub = Hub(settings.database_url, base.database, outbox)
        base.server.add(
            transcode_service_pb2_grpc.add_TranscodeServiceServicer_to_server,
            TranscodeServicer(
                base.database,
                hub,
                catalog,
                base.server.stopping,
                store_dir=settings.store_dir,
                queue_limit=settings.queue_limit,
            ),
        )
        async with (
            hub.run(),
            maintained(base.database, once.purge),
            serving(settings, base.server) as port,
        ):
            yield port


async def serve(settings: TranscodeSettings, stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    async with running(settings):
        await stopping.wait()


async def work(settings: TranscodeSettings, stopping: asyncio.Event) -> None:
    """Makes transcodes until told to stop."""
    token = ServiceToken(read_signing_key(settings.service_key_file))
    async with (
        Database.open(
            settings.database_url, schema=SCHEMA.name, size=4, name="reelhouse-transcode-worker"
        ) as database,
        CatalogClient.connect(settings.catalog_address, token) as catalog,
    ):
        handler = TranscodeHandler(
            database,
            catalog,
            store_dir=settings.store_dir,
            ffmpeg_path=ffmpeg.find(settings.ffmpeg),
        )
        worker = Worker(
            settings.database_url,
            database,
            jobs,
            {JOB: handler},
            concurrency=settings.worker_concurrency,
        )
        await worker.work(stopping)
