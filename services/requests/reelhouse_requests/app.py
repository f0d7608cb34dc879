"""Puts requests together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from reelhouse.requests.v1 import (
    audiobook_service_pb2_grpc,
    auth_service_pb2_grpc,
    media_request_service_pb2_grpc,
    user_service_pb2_grpc,
)
from reelhouse_kit.auth.keys import read_signing_key
from reelhouse_kit.events.hub import Hub
from reelhouse_kit.jobs import Worker
from reelhouse_kit.maintenance import maintained
from reelhouse_kit.service import foundation, serving
from reelhouse_requests.audiobooks.rpc import AudiobookServicer
from reelhouse_requests.auth import store as auth
from reelhouse_requests.auth.rpc import AuthServicer
from reelhouse_requests.auth.usecases import Issuer
from reelhouse_requests.availability.handler import CheckHandler
from reelhouse_requests.availability.usecases import CHECK_JOB, Checker
from reelhouse_requests.availability.watcher import Watcher
from reelhouse_requests.clients.catalog import CatalogClient
from reelhouse_requests.media_requests.rpc import MediaRequestServicer
from reelhouse_requests.schema import SCHEMA, jobs, once, outbox
from reelhouse_requests.settings import RequestsSettings
from reelhouse_requests.users.rpc import UserServicer


@asynccontextmanager
async def running(settings: RequestsSettings) -> AsyncIterator[int]:
    """Serves requests while the block runs, and yields the port."""
    issuer = Issuer(read_signing_key(settings.user_key_file))
    async with (
        foundation(settings, SCHEMA) as base,
        CatalogClient.connect(settings.catalog_address, base.token) as catalog,
    ):
        hub = Hub(settings.database_url, base.database, outbox)
        checker = Checker(base.database, catalog)
        base.server.add(
            auth_service_pb2_grpc.add_AuthServiceServicer_to_server,
            AuthServicer(base.database, issuer),
        )
        base.server.add(
            user_service_pb2_grpc.add_UserServiceServicer_to_server, UserServicer(base.database)
        )
        base.server.add(
            audiobook_service_pb2_grpc.add_AudiobookServiceServicer_to_server,
            AudiobookServicer(base.database),
        )
        base.server.add(
            media_request_service_pb2_grpc.add_MediaRequestServiceServicer_to_server,
            MediaRequestServicer(
                base.database,
                hub,
                checker,
                base.server.stopping,
                auto_approve=settings.auto_approve,
            ),
        )
        worker = Worker(
            settings.database_url, base.database, jobs, {CHECK_JOB: CheckHandler(checker)}
        )
        async with (
            hub.run(),
            maintained(base.database, once.purge, auth.purge),
            Watcher(base.database, catalog).run(),
            worker.running(),
            serving(settings, base.server) as port,
        ):
            yield port


async def serve(settings: RequestsSettings, stopping: asyncio.Event) -> None:
    """Serves until told to stop."""
    async with running(settings):
        await stopping.wait()
