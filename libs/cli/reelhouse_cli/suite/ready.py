"""Waits until services answer: `python -m reelhouse_cli.suite.ready catalog=127.0.0.1:50051 …`.

A process of its own, so that the supervisor needs no gRPC.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

SECONDS = 60.0
_Request: Any = reflection_pb2.ServerReflectionRequest
_SERVING = health_pb2.HealthCheckResponse.SERVING


async def services_of(channel: grpc.aio.Channel) -> list[str]:
    """Returns the full names of the Reelhouse services behind a channel, by reflection."""
    # The stubs of these two know neither asyncio nor all their methods.
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)  # type: ignore[arg-type]
    request = _Request(list_services="")
    call = stub.ServerReflectionInfo(iter([request]), timeout=2)
    try:
        async for response in call:
            names = [service.name for service in response.list_services_response.service]
            return [name for name in names if name.startswith("reelhouse.")]
    finally:
        call.cancel()
    return []


async def serving(channel: grpc.aio.Channel) -> bool:
    """Tells whether every service behind a channel says SERVING."""
    stub: Any = health_pb2_grpc.HealthStub(channel)
    try:
        names = await services_of(channel)
        for name in names:
            request = health_pb2.HealthCheckRequest(service=name)
            answer = await stub.Check(request, timeout=2)
            if answer.status != _SERVING:
                return False
    except grpc.aio.AioRpcError:
        return False
    return bool(names)


async def wait_for(name: str, address: str, seconds: float = SECONDS) -> str | None:
    """Waits until a service answers. Returns what is wrong if it does not."""
    deadline = time.monotonic() + seconds
    options = [("grpc.initial_reconnect_backoff_ms", 50), ("grpc.max_reconnect_backoff_ms", 200)]
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        while not await serving(channel):
            if time.monotonic() > deadline:
                return f"{name} does not answer at {address}"
            await asyncio.sleep(0.05)
    return None


async def main(arguments: list[str]) -> int:
    """Waits for all services named NAME=ADDRESS."""
    pairs = [argument.split("=", 1) for argument in arguments]
    problems = await asyncio.gather(*(wait_for(name, address) for name, address in pairs))
    found = [problem for problem in problems if problem]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
