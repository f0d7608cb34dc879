"""Calls to plugins: short, small, and not at all to those that fail again and again."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import grpc
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from grpc_health.v1 import health_pb2, health_pb2_grpc

from reelhouse.plugin.v1 import (
    enrichment_plugin_service_pb2,
    enrichment_plugin_service_pb2_grpc,
    plugin_service_pb2,
    plugin_service_pb2_grpc,
    scanner_plugin_service_pb2,
    scanner_plugin_service_pb2_grpc,
)
from reelhouse_catalog.enrichment.model import Finding, Subject
from reelhouse_catalog.plugins import wire
from reelhouse_catalog.plugins.model import (
    CALL_SECONDS,
    MAX_ANSWER,
    MOST_OF_FILE,
    Description,
    FileFacts,
    FileSaid,
    LieError,
    Plugin,
    PluginKind,
    checked,
    checked_said,
    ip_problem,
)
from reelhouse_catalog.plugins.sealing import Sealer
from reelhouse_kit import errors
from reelhouse_kit.breaker import Breaker

R = TypeVar("R")

HEALTH_SECONDS = 5.0
_OPTIONS = [
    ("grpc.max_receive_message_length", MAX_ANSWER),
    ("grpc.max_metadata_size", 16 * 1024),
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # A plugin's address is its own; no proxy of the environment has a say.
    ("grpc.enable_http_proxy", 0),
    # Each client makes connections of its own, and closes them.
    ("grpc.use_local_subchannel_pool", 1),
]
_SERVING = health_pb2.HealthCheckResponse.SERVING
_KINDS = {
    plugin_service_pb2.PLUGIN_KIND_TRANSCODER: PluginKind.TRANSCODER,
    plugin_service_pb2.PLUGIN_KIND_ENRICHMENT: PluginKind.ENRICHMENT,
    plugin_service_pb2.PLUGIN_KIND_SCANNER: PluginKind.SCANNER,
}


class PluginClients:
    """Connections to plugins, by their address, and what is known of how they do."""

    def __init__(self, sealer: Sealer) -> None:
        self.sealer = sealer
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._breakers: dict[str, Breaker] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, sealer: Sealer) -> AsyncIterator[PluginClients]:
        """Yields clients, and closes their connections at the end."""
        clients = cls(sealer)
        try:
            yield clients
        finally:
            await asyncio.gather(*(c.close() for c in clients._channels.values()))

    async def describe(self, address: str) -> Description:
        """Asks a plugin what it is, and whether it is well.

        Raises:
            UnavailableError: It does not answer, or says that it cannot be called.
            FailedPreconditionError: What it answers cannot be.
        """
        await _check_host(address)
        request = plugin_service_pb2.DescribeRequest()
        stub = plugin_service_pb2_grpc.PluginServiceStub(self._channel(address))
        health: Any = health_pb2_grpc.HealthStub(self._channel(address))
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                state = await health.Check(health_pb2.HealthCheckRequest())
                answer = await stub.Describe(request)
        except (grpc.aio.AioRpcError, TimeoutError) as error:
            raise _unavailable(address, _told(error)) from None
        if state.status != _SERVING:
            raise _unavailable(address, "it says that it cannot be called now")
        try:
            return checked(_description(answer))
        except LieError as error:
            raise invalid(address, error) from None

    async def enrich(self, plugin: Plugin, subject: Subject) -> Finding | None:
        """Asks an enrichment plugin about a title.

        Raises:
            RetryableError: It does not answer, or lies, or is left alone for now.
        """
        stub = enrichment_plugin_service_pb2_grpc.EnrichmentPluginServiceStub(
            self._channel(plugin.address)
        )
        request = enrichment_plugin_service_pb2.EnrichRequest(
            config=struct(self.sealer.opened(plugin.id, plugin.config)),
            subject=wire.subject_message(subject),
        )

        def read(answer: Any) -> Finding | None:
            if not answer.HasField("finding"):
                return None
            return wire.finding_of(plugin.name, answer.finding)

        return await self._call(plugin, stub.Enrich, request, read)

    async def inspect(self, plugin: Plugin, facts: FileFacts) -> list[FileSaid]:
        """Tells a scanner plugin of a file, and returns what it says of it.

        Raises:
            RetryableError: It does not answer, or lies, or is left alone for now.
        """
        stub = scanner_plugin_service_pb2_grpc.ScannerPluginServiceStub(
            self._channel(plugin.address)
        )
        request = scanner_plugin_service_pb2.InspectRequest(
            config=struct(self.sealer.opened(plugin.id, plugin.config)),
            media_file=wire.file_message(facts),
        )

        def read(answer: Any) -> list[FileSaid]:
            if len(answer.metadata) > MOST_OF_FILE:
                raise LieError(f"{len(answer.metadata)} things are said of one file")
            return [
                checked_said(FileSaid(item.metadata_type, as_dict(item.metadata), item.confidence))
                for item in answer.metadata
            ]

        return await self._call(plugin, stub.Inspect, request, read)

    def resting(self, address: str) -> float:
        """Returns the seconds for which a plugin is left alone; 0 for one that may be called."""
        return self._breakers.get(address, Breaker()).wait(time.monotonic())

    async def _call(
        self, plugin: Plugin, method: Any, request: Message, read: Callable[[Any], R]
    ) -> R:
        address = plugin.address
        now = time.monotonic()
        breaker, allowed = self._breakers.get(address, Breaker()).ask(now)
        self._breakers[address] = breaker
        if not allowed:
            raise errors.UnavailableError(
                "PLUGIN_UNAVAILABLE",
                f"the plugin {plugin.name} failed too often and is left alone for now",
                retry_after=max(1.0, breaker.wait(now)),
                plugin=plugin.name,
            )
        try:
            # gRPC's own time limit, and ours: a plugin must not outwit the one.
            async with asyncio.timeout(CALL_SECONDS + 1):
                answer = await method(request, timeout=CALL_SECONDS)
            result = read(answer)
        except (grpc.aio.AioRpcError, TimeoutError, LieError) as error:
            self._breakers[address] = self._breakers[address].failed(time.monotonic())
            if isinstance(error, LieError):
                raise errors.UnavailableError(
                    "PLUGIN_INVALID",
                    f"the plugin {plugin.name} says what cannot be: {error}",
                    retry_after=3600,
                    plugin=plugin.name,
                ) from None
            raise _unavailable(plugin.name, _told(error)) from None
        except BaseException:
            self._breakers[address] = self._breakers[address].abandoned()
            raise
        self._breakers[address] = self._breakers[address].succeeded()
        return result

    def _channel(self, address: str) -> grpc.aio.Channel:
        channel = self._channels.get(address)
        if channel is None:
            channel = grpc.aio.insecure_channel(address, options=_OPTIONS)
            self._channels[address] = channel
        return channel


async def _check_host(address: str) -> None:
    """Checks what a name stands for, too.

    Raises:
        Error: It stands for nothing, or for an address where no plugin may be.
    """
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            found = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        raise _unavailable(address, "its host is not known") from None
    for *_, sockaddr in found:
        problem = ip_problem(ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]))
        if problem:
            raise errors.invalid("plugin.address", problem)


def _description(answer: plugin_service_pb2.DescribeResponse) -> Description:
    if answer.kind not in _KINDS:
        raise LieError("it does not say of which kind it is")
    return Description(
        name=answer.name,
        display_name=wire.clean(answer.display_name) or answer.name,
        kind=_KINDS[answer.kind],
        version=wire.clean(answer.version),
        capabilities=tuple(wire.clean(word) for word in answer.capabilities),
        config_schema=as_dict(answer.config_schema),
        title_kinds=tuple(kind for kind in answer.title_kinds if kind in wire.TITLE_KINDS),
    )


def as_dict(message: Struct) -> dict[str, Any]:
    """Returns a struct as plain values.

    Raises:
        LieError: It is too large, too deep, or holds what JSON has no word for.
    """
    try:
        return wire.plain(MessageToDict(message))
    except (ValueError, RecursionError) as error:
        raise LieError(f"a value is no JSON: {type(error).__name__}") from None


def struct(document: dict[str, Any]) -> Struct:
    """Returns plain values as a struct."""
    return ParseDict(document, Struct())


def _told(error: BaseException) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        details = wire.clean(error.details() or "")
        return f"{error.code().name.lower()}: {details}"[:200]
    return "it took too long"


def _unavailable(name: str, why: str) -> errors.UnavailableError:
    return errors.UnavailableError(
        "PLUGIN_UNAVAILABLE",
        f"the plugin {name} does not answer: {why}",
        retry_after=30,
        plugin=name,
    )


def invalid(name: str, why: object) -> errors.FailedPreconditionError:
    """Returns the error for a plugin that is none."""
    return errors.FailedPreconditionError(
        "PLUGIN_INVALID", f"{name} is no plugin that can be used: {why}", plugin=name
    )
