"""The server that every service runs: reflection, health, the pipeline, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from reelhouse_kit import log
from reelhouse_kit.auth.tokens import Verifier
from reelhouse_kit.rpc.pipeline import Method, Pipeline
from reelhouse_kit.rpc.validate import Resources

Adder = Callable[[Any, Any], None]
Ready = Callable[[], Awaitable[bool]]

OPTIONS = (
    # Two servers must not share a port by accident.
    ("grpc.so_reuseport", 0),
    # Clients find new replicas when they connect again.
    ("grpc.max_connection_age_ms", 300_000),
    ("grpc.max_connection_age_grace_ms", 60_000),
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    ("grpc.keepalive_permit_without_calls", 1),
)
READY_INTERVAL = 2.0
"""Seconds between two looks whether the service can answer."""
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_logger = log.get(__name__)


class _Recorder:
    """Takes the place of a server in generated code, to see which handlers there are."""

    def __init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = {}

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """Ignored: add_registered_method_handlers brings the same."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        self.services[service] = handlers


class Server:
    """A gRPC server. Add servicers, then run it.

    Health: "" says that the process lives; each service's full name says whether it can answer,
    which `ready` tells.
    """

    def __init__(self, domain: str, verifier: Verifier, *, ready: Ready) -> None:
        self._pipeline = Pipeline(domain, verifier)
        self._resources = Resources()
        self._ready = ready
        self._server = grpc.aio.server(options=OPTIONS)
        self._health = health.aio.HealthServicer()
        self._services: list[tuple[ServiceDescriptor, dict[str, Any]]] = []
        self.stopping = asyncio.Event()
        """Set when the server begins to stop: streams end then."""

    @property
    def names(self) -> list[str]:
        """The full names of the services added."""
        return [service.full_name for service, _ in self._services]

    def add(self, adder: Adder, servicer: object) -> None:
        """Adds a servicer by its generated add_XServicer_to_server."""
        recorder = _Recorder()
        adder(servicer, recorder)
        for name, handlers in recorder.services.items():
            service = descriptor_pool.Default().FindServiceByName(name)
            self._resources.add_file(service.file)
            self._services.append((service, handlers))

    def _register(self) -> None:
        # Only now are the names of all resources known that requests may carry.
        for service, handlers in self._services:
            wrapped = {
                method: self._wrap(service, method, handler) for method, handler in handlers.items()
            }
            generic = grpc.method_handlers_generic_handler(service.full_name, wrapped)
            self._server.add_generic_rpc_handlers((generic,))

    def _wrap(self, service: ServiceDescriptor, name: str, handler: Any) -> Any:
        descriptor = service.methods_by_name[name]
        method = Method.of(descriptor, handler.request_deserializer, self._resources)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(
                self._pipeline.collecting(method, handler.stream_unary),
                response_serializer=handler.response_serializer,
            )
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._pipeline.stream(method, handler.unary_stream),
                response_serializer=handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._pipeline.unary(method, handler.unary_unary),
            response_serializer=handler.response_serializer,
        )

    @asynccontextmanager
    async def run(self, address: str, *, grace: float = 10) -> AsyncIterator[int]:
        """Serves while the block runs, and yields the port.

        At the end health says NOT_SERVING, streams are told to end, calls under way get `grace`
        seconds.

        Raises:
            RuntimeError: The address is in use.
        """
        self._register()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            [*self.names, health.SERVICE_NAME, reflection.SERVICE_NAME], self._server
        )
        port = self._server.add_insecure_port(address)
        for name in self.names:
            await self._health.set(name, _NOT_SERVING)
        await self._server.start()
        watching = asyncio.create_task(self._watch_readiness())
        try:
            yield port
        finally:
            watching.cancel()
            await self._health.enter_graceful_shutdown()
            self.stopping.set()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._server.stop(grace)

    async def _watch_readiness(self) -> None:
        serving = False
        while True:
            try:
                async with asyncio.timeout(READY_INTERVAL):
                    now = await self._ready()
            except Exception as error:  # noqa: BLE001 # whatever it is, the service is not ready
                if serving:
                    _logger.warning("not ready", error=repr(error))
                now = False
            if now != serving:
                serving = now
                _logger.info("readiness", serving=serving)
                for name in self.names:
                    await self._health.set(name, _SERVING if serving else _NOT_SERVING)
            await asyncio.sleep(READY_INTERVAL if serving else 0.1)
