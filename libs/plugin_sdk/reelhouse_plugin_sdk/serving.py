"""Runs a plugin: with health, reflection, and an orderly end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from reelhouse.plugin.v1 import plugin_service_pb2, plugin_service_pb2_grpc
from reelhouse_plugin_sdk.plugins import Describer, Plugin

GRACE = 10.0
"""Seconds that calls under way get at the end: as long as Reelhouse waits for them."""
_OPTIONS = (
    # Two plugins must not share a port by accident.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
)
_PLUGIN_SERVICE = plugin_service_pb2.DESCRIPTOR.services_by_name["PluginService"].full_name


@asynccontextmanager
async def serve(plugin: Plugin, address: str, *, grace: float = GRACE) -> AsyncIterator[int]:
    """Serves a plugin while the block runs, and yields the port.

    Args:
        plugin: The plugin.
        address: Where to listen, "host:port"; port 0 takes a free one.
        grace: Seconds that calls under way get at the end.

    Raises:
        RuntimeError: The address is in use.
    """
    server = grpc.aio.server(options=_OPTIONS)
    healths = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healths, server)
    plugin_service_pb2_grpc.add_PluginServiceServicer_to_server(Describer(plugin), server)
    names = [_PLUGIN_SERVICE, plugin.add_to(server)]
    reflection.enable_server_reflection(
        [*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server
    )
    port = server.add_insecure_port(address)
    await plugin.started()
    try:
        for name in ("", *names):
            await healths.set(name, health_pb2.HealthCheckResponse.SERVING)
        await server.start()
        try:
            yield port
        finally:
            await healths.enter_graceful_shutdown()
            await server.stop(grace)
    finally:
        await plugin.stopped()


def run(plugin: Plugin, address: str) -> None:
    """Serves a plugin until SIGTERM or SIGINT, and prints where it listens."""
    asyncio.run(_until_stopped(plugin, address))


async def _until_stopped(plugin: Plugin, address: str) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with serve(plugin, address) as port:
        host = address.rpartition(":")[0]
        print(f"{plugin.name} {plugin.version} listens on {host}:{port}", flush=True)  # noqa: T201 # for whoever started it
        await stopping.wait()
