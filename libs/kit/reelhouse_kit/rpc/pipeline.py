"""What every RPC goes through: identity, access, checks, time limit, errors, log, metrics.

Servicers are wrapped method by method when they are registered, so there are no interceptors and a
method without an access option cannot be served at all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message

from reelhouse.options.v1 import options_pb2
from reelhouse_kit import errors, log
from reelhouse_kit.auth.principal import NOBODY, Principal, Role
from reelhouse_kit.auth.tokens import TokenError, Verifier
from reelhouse_kit.db.database import translated
from reelhouse_kit.rpc import metrics, status
from reelhouse_kit.rpc.call import Call, begin
from reelhouse_kit.rpc.validate import Resources, Validator

Context = grpc.aio.ServicerContext[Any, Any]

MAX_SECONDS = 30.0
"""The longest a unary call may take, and what it gets when the caller sets no deadline."""
MAX_STREAM_SECONDS = 3600.0
"""The longest a stream may take; its client goes on with a resume token."""
MAX_IN_FLIGHT = 256
_LEAST_SECONDS = 0.005
"""A call with less time left is not begun."""
_LEVELS = options_pb2.AccessRule
_ALLOWED: dict[options_pb2.AccessRule.Level.ValueType, frozenset[Role]] = {
    _LEVELS.LEVEL_PUBLIC: frozenset(Role),
    _LEVELS.LEVEL_USER: frozenset({Role.USER, Role.ADMIN, Role.SERVICE}),
    _LEVELS.LEVEL_ADMIN: frozenset({Role.ADMIN, Role.SERVICE}),
    _LEVELS.LEVEL_SERVICE: frozenset({Role.SERVICE}),
}
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Method:
    """A method as its contract describes it."""

    name: str
    parse: Callable[[bytes], Message]
    validator: Validator
    level: options_pb2.AccessRule.Level.ValueType

    @classmethod
    def of(cls, descriptor: MethodDescriptor, parse: Any, resources: Resources) -> Method:
        """Reads a method's contract.

        Raises:
            LookupError: The method has no access option, so nobody may call it.
        """
        name = f"/{descriptor.containing_service.full_name}/{descriptor.name}"
        rule = descriptor.GetOptions().Extensions[options_pb2.access]
        if rule.level not in _ALLOWED:
            raise LookupError(f"{name} does not say who may call it")
        return cls(name, parse, Validator(descriptor.input_type, resources), rule.level)


class Pipeline:
    """Wraps handlers. One per server."""

    def __init__(self, domain: str, verifier: Verifier) -> None:
        self._domain = domain
        self._verifier = verifier
        self._in_flight = 0

    def unary(
        self, method: Method, handle: Callable[[Any, Context], Awaitable[Message]]
    ) -> Callable[[bytes, Context], Awaitable[Message]]:
        """Wraps a handler that answers once."""
        seconds = metrics.SECONDS.labels(method.name)
        in_flight = metrics.IN_FLIGHT

        async def serve(data: bytes, context: Context) -> Message:
            started = time.perf_counter()
            self._in_flight += 1
            in_flight.inc()
            outcome = "OK"
            try:
                if self._in_flight > MAX_IN_FLIGHT:
                    raise errors.ResourceExhaustedError(
                        "OVERLOADED", "the server has too much to do", retry_after=1
                    )
                self._begin(method, context, MAX_SECONDS)
                request = _checked(method, data)
                remaining = _remaining(context)
                if remaining is not None and remaining <= MAX_SECONDS:
                    return await handle(request, context)
                async with asyncio.timeout(MAX_SECONDS):
                    return await handle(request, context)
            except asyncio.CancelledError:
                outcome = "CANCELLED"
                raise
            except Exception as error:  # noqa: BLE001 # the outermost place: all must be answered
                outcome, answer = self._answer(method, error)
                context.set_trailing_metadata(((status.DETAILS, answer.SerializeToString()),))
                await context.abort(_CODES[answer.code], answer.message)
            finally:
                self._in_flight -= 1
                in_flight.dec()
                self._done(method, outcome, time.perf_counter() - started, seconds)

        return serve

    def stream(
        self, method: Method, handle: Callable[[Any, Context], AsyncIterator[Message]]
    ) -> Callable[[bytes, Context], AsyncIterator[Message]]:
        """Wraps a handler that answers with a stream."""

        async def serve(data: bytes, context: Context) -> AsyncIterator[Message]:
            started = time.perf_counter()
            metrics.STREAMS.inc()
            outcome = "OK"
            try:
                self._begin(method, context, MAX_STREAM_SECONDS)
                request = _checked(method, data)
                async for response in handle(request, context):
                    yield response
            except (asyncio.CancelledError, GeneratorExit):
                outcome = "CANCELLED"
                raise
            except Exception as error:  # noqa: BLE001 # the outermost place: all must be answered
                outcome, answer = self._answer(method, error)
                context.set_trailing_metadata(((status.DETAILS, answer.SerializeToString()),))
                await context.abort(_CODES[answer.code], answer.message)
            finally:
                metrics.STREAMS.dec()
                self._done(method, outcome, time.perf_counter() - started, None)

        return serve

    def collecting(
        self, method: Method, handle: Callable[[AsyncIterator[Any], Context], Awaitable[Message]]
    ) -> Callable[[AsyncIterator[bytes], Context], Awaitable[Message]]:
        """Wraps a handler that takes a stream and answers once.

        A message that its contract does not allow ends the stream when the handler comes to it.
        """

        async def serve(stream: AsyncIterator[bytes], context: Context) -> Message:
            started = time.perf_counter()
            metrics.STREAMS.inc()
            outcome = "OK"
            try:
                self._begin(method, context, MAX_STREAM_SECONDS)
                return await handle(_each_checked(method, stream), context)
            except asyncio.CancelledError:
                outcome = "CANCELLED"
                raise
            except Exception as error:  # noqa: BLE001 # the outermost place: all must be answered
                outcome, answer = self._answer(method, error)
                context.set_trailing_metadata(((status.DETAILS, answer.SerializeToString()),))
                await context.abort(_CODES[answer.code], answer.message)
            finally:
                metrics.STREAMS.dec()
                self._done(method, outcome, time.perf_counter() - started, None)

        return serve

    def _begin(self, method: Method, context: Context, limit: float) -> None:
        """Does all that comes before the first message is looked at."""
        token = request_id = ""
        for key, value in context.invocation_metadata() or ():
            if key == "authorization":
                token = str(value)
            elif key == "x-request-id":
                request_id = str(value)[:64]
        request_id = request_id or uuid4().hex
        remaining = _remaining(context)
        seconds = limit if remaining is None else min(remaining, limit)
        call = Call(method.name, request_id, NOBODY, time.monotonic() + seconds, context.peer())
        begin(call)
        log.bind(request_id=request_id)
        call.principal = self._authenticate(token, method)
        log.bind(caller=call.principal.name)
        if call.principal.role not in _ALLOWED[method.level]:
            if call.principal.role is Role.NOBODY:
                raise errors.UnauthenticatedError(
                    "UNAUTHENTICATED",
                    "the call carries no access token in its metadata authorization",
                )
            level = _LEVELS.Level.Name(method.level).removeprefix("LEVEL_")
            raise errors.PermissionDeniedError(
                "PERMISSION_DENIED", f"the method is for {level.lower()} and above", level=level
            )
        if seconds < _LEAST_SECONDS:
            raise errors.DeadlineExceededError("DEADLINE_EXCEEDED", "the caller's time is over")

    def _authenticate(self, header: str, method: Method) -> Principal:
        if not header:
            return NOBODY
        scheme, _, token = header.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise TokenError("the metadata authorization is not of the form: Bearer TOKEN")
            if token.startswith("rh_"):
                raise TokenError(
                    "an API token is exchanged for an access token first: call "
                    "reelhouse.requests.v1.AuthService/ExchangeApiToken"
                )
            return self._verifier.verify(token)
        except TokenError as error:
            if method.level == _LEVELS.LEVEL_PUBLIC:
                return NOBODY  # an expired token must not keep anybody from signing in
            raise errors.UnauthenticatedError("UNAUTHENTICATED", str(error)) from None

    def _answer(self, method: Method, error: BaseException) -> tuple[str, Any]:
        """Returns the code's name and the status for what a handler raised."""
        if isinstance(error, errors.Error):
            answer = error
        elif isinstance(error, TimeoutError):
            answer = errors.DeadlineExceededError("DEADLINE_EXCEEDED", "the call took too long")
        elif isinstance(error, NotImplementedError):
            answer = errors.Error("UNIMPLEMENTED", "the method is not implemented")
            answer.code = errors.Code.UNIMPLEMENTED
        else:
            known = translated(error)
            request_id = log.bound().get("request_id", "")
            if known is None:
                _logger.error("defect", method=method.name, exc_info=error)
                answer = errors.Error(
                    "INTERNAL", f"the server failed, request {request_id}", request_id=request_id
                )
            else:
                _logger.warning("database", method=method.name, error=repr(error))
                answer = known
        return answer.code.name, status.to_status(answer, self._domain)

    def _done(self, method: Method, outcome: str, seconds: float, timer: Any) -> None:
        metrics.HANDLED.labels(method.name, outcome).inc()
        if timer is not None:
            timer.observe(seconds)
        _logger.info("rpc", method=method.name, code=outcome, ms=round(seconds * 1000, 2))


def _checked(method: Method, data: bytes) -> Message:
    """Returns a request, if its contract allows it."""
    try:
        request = method.parse(data)
    except DecodeError:
        raise errors.invalid("", "the request is no message of its type") from None
    violations = method.validator.violations(request)
    if violations:
        raise errors.InvalidArgumentError(violations)
    return request


async def _each_checked(method: Method, stream: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    async for data in stream:
        yield _checked(method, data)


def _remaining(context: Context) -> float | None:
    # The stubs do not say that it is None where the caller set no deadline.
    seconds: Any = context.time_remaining()
    return None if seconds is None else float(seconds)


_CODES = {code.value[0]: code for code in grpc.StatusCode}
