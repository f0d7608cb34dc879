"""Puts playback together."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from reelhouse.playback.v1 import (
    image_service_pb2_grpc,
    playback_service_pb2_grpc,
    progress_service_pb2_grpc,
)
from reelhouse_kit import log
from reelhouse_kit.db import Database
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.maintenance import maintained
from reelhouse_kit.service import foundation, serving
from reelhouse_playback.clients.catalog import CatalogClient
from reelhouse_playback.clients.transcode import TranscodeClient
from reelhouse_playback.delivery.addresses import Addresses
from reelhouse_playback.delivery.server import Delivery
from reelhouse_playback.device_profiles.rpc import DeviceProfileServicer
from reelhouse_playback.history import usecases as history
from reelhouse_playback.history.rpc import HistoryServicer
from reelhouse_playback.images.cache import ImageCache
from reelhouse_playback.images.rpc import ImageServicer
from reelhouse_playback.progress.rpc import ProgressServicer
from reelhouse_playback.schema import SCHEMA, once, outbox
from reelhouse_playback.sessions import usecases
from reelhouse_playback.sessions.heartbeats import Heartbeats
from reelhouse_playback.sessions.model import StreamLimits
from reelhouse_playback.sessions.rpc import PlaybackServicer
from reelhouse_playback.settings import PlaybackSettings

_SWEEP_SECONDS = 60.0


@asynccontextmanager
async def running(settings: PlaybackSettings) -> AsyncIterator[int]:
    """Serves playback while the block runs, and yields the port."""
    async with (
        foundation(settings, SCHEMA) as base,
        CatalogClient.connect(settings.catalog_address, base.token) as catalog,
        TranscodeClient.connect(settings.transcode_address, base.token) as transcode,
    ):
        hub = Hub(settings.database_url, base.database, outbox)
        url = settings.delivery_url or f"http://{settings.host}:{settings.delivery_port}"
        addresses = Addresses(url, settings.delivery_key())
        heartbeats = Heartbeats(base.database)
        limits = StreamLimits(settings.max_streams_per_user, settings.max_streams)
        delivery = Delivery(
            base.database,
            catalog,
            transcode,
            addresses,
            store_dir=settings.store_dir,
            image_cache=ImageCache(settings.image_folder(), settings.image_cache_mib * 1024**2),
        )
        base.server.add(
            image_service_pb2_grpc.add_ImageServiceServicer_to_server, ImageServicer(addresses)
        )
        base.server.add(
            playback_service_pb2_grpc.add_PlaybackServiceServicer_to_server,
            PlaybackServicer(
                base.database,
                hub,
                catalog,
                transcode,
                addresses=addresses,
                heartbeats=heartbeats,
                limits=limits,
                stopping=base.server.stopping,
            ),
        )
        base.server.add(
            playback_service_pb2_grpc.add_DeviceProfileServiceServicer_to_server,
            DeviceProfileServicer(base.database),
        )
        base.server.add(
            progress_service_pb2_grpc.add_ProgressServiceServicer_to_server,
            ProgressServicer(base.database, catalog, heartbeats),
        )
        base.server.add(
            progress_service_pb2_grpc.add_HistoryServiceServicer_to_server,
            HistoryServicer(base.database, heartbeats),
        )
        async with (
            hub.run(),
            maintained(base.database, once.purge),
            _sweeping(base.database, settings),
            # Stops after the server: what its last calls report is written, too.
            heartbeats.run(),
            delivery.run(settings.host, settings.delivery_port),
            serving(settings, base.server) as port,
        ):
            yield port


@asynccontextmanager
async def _sweeping(database: Database, settings: PlaybackSettings) -> AsyncIterator[None]:
    """Stops idle sessions, and deletes what is old, while the block runs."""
    task = asyncio.create_task(_sweep(database.for_everybody(), settings))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep(database: Database, settings: PlaybackSettings) -> None:
    """Does its rounds. What is done in them is done once, however many replicas do it."""
    over = timedelta(hours=settings.session_retention_hours)
    old = timedelta(days=settings.history_retention_days)
    while True:
        await asyncio.sleep(_SWEEP_SECONDS * random.uniform(0.9, 1.1))  # noqa: S311 # jitter
        try:
            while await usecases.sweep(database):
                pass
            while await history.purge_sessions(database, over):
                pass
            if old:
                await history.purge_history(database, old)
        except Exception as error:  # noqa: BLE001 # the database comes back
            log.get(__name__).warning("sweep failed", error=repr(error))


async def serve(settings: PlaybackSettings, stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    async with running(settings):
        await stopping.wait()
