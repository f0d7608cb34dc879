"""What tests expect of errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest

from tests.contract.methods import Answer


@contextmanager
def error(code: grpc.StatusCode, reason: str = "") -> Iterator[None]:
    """Expects the block to end with an error of this code and, if given, this reason."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        yield
    answer = Answer.of(caught.value)
    assert (answer.code, answer.reason) == (code, reason or answer.reason), answer


NOT_FOUND = grpc.StatusCode.NOT_FOUND
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXISTS = grpc.StatusCode.ALREADY_EXISTS
ABORTED = grpc.StatusCode.ABORTED
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
DENIED = grpc.StatusCode.PERMISSION_DENIED
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
