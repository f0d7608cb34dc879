"""Calls to other services: each has a time limit, an identity and, where it is safe, retries."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, NoReturn, TypeVar
from uuid import uuid4

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from reelhouse_kit import errors
from reelhouse_kit.rpc import status
from reelhouse_kit.rpc.call import current

Response = TypeVar("Response", bound=Message)

READ_SECONDS = 2.0
WRITE_SECONDS = 5.0
_READS = ("Get", "List", "BatchGet", "Search", "Decide", "Parse", "Watch")


def service_config(files: Iterable[FileDescriptor]) -> str:
    """Returns gRPC's service config for all services in these files.

    Retried, on UNAVAILABLE only, are reads and the writes that a request_id makes safe to repeat.
    It sets no timeouts: Python's gRPC applies those wrongly (grpc#34547).
    """
    names = [
        {"service": service.full_name, "method": method.name}
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
        if method.name.startswith(_READS) or "request_id" in method.input_type.fields_by_name
    ]
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": names, "retryPolicy": policy}],
            # At most a tenth more load: a retry costs 10 tokens, a success earns 1.
            "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
        }
    )


def channel(target: str, files: Iterable[FileDescriptor]) -> grpc.aio.Channel:
    """Opens a channel to a service. It belongs to the running event loop; close it at the end."""
    options = [
        ("grpc.service_config", service_config(files)),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.enable_retries", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
    ]
    return grpc.aio.insecure_channel(target, options=options)


class Caller:
    """Makes calls to one service on behalf of this process.

    Args:
        name: What the service is called in errors: "catalog".
        token: Returns the access token to call with; empty calls as nobody.
    """

    def __init__(self, name: str, token: Callable[[], str]) -> None:
        self._name = name
        self._token = token

    async def call(
        self,
        method: Callable[..., Any],
        request: Message,
        *,
        seconds: float = READ_SECONDS,
    ) -> Any:
        """Calls a method that answers once.

        The call ends with the call being served, if there is one. A request_id that is not set is
        filled, so that gRPC can repeat the call.

        Raises:
            Error: What the service answered. That it does not answer, or has no time left, is
                UnavailableError.
        """
        served = current()
        if served is not None:
            seconds = min(seconds, served.remaining())
            if seconds <= 0:
                raise errors.DeadlineExceededError("DEADLINE_EXCEEDED", "no time is left")
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:  # type: ignore[attr-defined]
            request.request_id = str(uuid4())  # type: ignore[attr-defined]
        try:
            return await method(request, timeout=seconds, metadata=self._metadata())
        except grpc.aio.AioRpcError as error:
            raise_error(self._name, error)

    async def stream(self, method: Callable[..., Any], request: Message) -> AsyncIterator[Any]:
        """Calls a method that answers with a stream, for as long as the caller reads it."""
        rpc = method(request, metadata=self._metadata())
        try:
            async for response in rpc:
                yield response
        except grpc.aio.AioRpcError as error:
            raise_error(self._name, error)
        finally:
            rpc.cancel()

    def _metadata(self) -> list[tuple[str, str]]:
        metadata = []
        token = self._token()
        if token:
            metadata.append(("authorization", f"Bearer {token}"))
        served = current()
        if served is not None:
            metadata.append(("x-request-id", served.request_id))
        return metadata


class RemoteError(errors.Error):
    """What another service answered, as it was."""

    def __init__(self, code: errors.Code, reason: str, message: str, **metadata: object) -> None:
        super().__init__(reason, message, **metadata)
        self.code = code


def raise_error(name: str, error: grpc.aio.AioRpcError) -> NoReturn:
    """Raises what a service answered as one of our errors."""
    code = errors.Code(error.code().value[0]) if error.code().value[0] in _KNOWN else None
    details = dict(error.trailing_metadata() or ()).get(status.DETAILS)
    answer = status.from_details(details) if isinstance(details, bytes) else None
    info = status.error_info(answer) if answer is not None else None
    message = error.details() or ""
    if code is None or code in (errors.Code.UNAVAILABLE, errors.Code.DEADLINE_EXCEEDED):
        raise errors.UnavailableError.dependency(name) from error
    if code is errors.Code.RESOURCE_EXHAUSTED:
        reason = info.reason if info is not None else "OVERLOADED"
        raise errors.ResourceExhaustedError(reason, message, retry_after=1) from error
    if code is errors.Code.NOT_FOUND and info is not None and "name" in info.metadata:
        metadata = {key: value for key, value in info.metadata.items() if key != "name"}
        named = info.metadata["name"]
        raise errors.NotFoundError("", named, reason=info.reason, **metadata) from error
    if code is errors.Code.INVALID_ARGUMENT and answer is not None:
        found = status.violations(answer)
        if found:
            raise errors.InvalidArgumentError(found) from error
    if info is not None and info.reason:
        raise RemoteError(code, info.reason, message, **info.metadata) from error
    raise errors.UnavailableError.dependency(name) from error


_KNOWN = {code.value for code in errors.Code}
