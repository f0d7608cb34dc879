"""Answers other than success, free of gRPC. `reelhouse_kit.rpc.status` puts them on the wire.

Use cases raise these. `reason` is a name from the service's `ErrorReason` enum without its prefix;
every value in a message is in `metadata` too (AIP-193).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """The canonical codes of google.rpc.Code that Reelhouse answers with."""

    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class Violation:
    """One wrong field of a request: its path, as in "library.display_name", and what is wrong."""

    field: str
    description: str


class Error(Exception):
    """An answer other than success."""

    code = Code.INTERNAL

    def __init__(self, reason: str, message: str, **metadata: object) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = {key: str(value) for key, value in metadata.items()}


class InvalidArgumentError(Error):
    """The request is wrong whatever the state of the server. Carries all violations at once."""

    code = Code.INVALID_ARGUMENT

    def __init__(self, violations: Iterable[Violation], reason: str = "INVALID_FIELDS") -> None:
        self.violations = tuple(violations)
        listed = "; ".join(f"{v.field}: {v.description}" for v in self.violations[:3])
        more = len(self.violations) - 3
        super().__init__(reason, listed + (f"; and {more} more" if more > 0 else ""))


def invalid(field: str, description: str, reason: str = "INVALID_FIELDS") -> InvalidArgumentError:
    """Returns the error for a request with one wrong field."""
    return InvalidArgumentError([Violation(field, description)], reason)


class NotFoundError(Error):
    """What the request names does not exist, or not for this caller."""

    code = Code.NOT_FOUND

    def __init__(
        self,
        resource_type: str,
        name: str,
        *,
        reason: str = "RESOURCE_NOT_FOUND",
        **metadata: object,
    ) -> None:
        self.resource_type = resource_type
        self.name = name
        super().__init__(reason, f"{name} does not exist", name=name, **metadata)


class AlreadyExistsError(Error):
    """What the request would create is there."""

    code = Code.ALREADY_EXISTS


class FailedPreconditionError(Error):
    """The state of things does not allow the request."""

    code = Code.FAILED_PRECONDITION


class WrongStateError(FailedPreconditionError):
    """A resource is not in a state that allows the request."""

    def __init__(self, name: str, state: str, action: str) -> None:
        message = f"{name} is {state.lower()}, which does not allow to {action}"
        super().__init__("WRONG_STATE", message, name=name, state=state)


class AbortedError(Error):
    """The request lost against a concurrent one; the caller starts over from reading."""

    code = Code.ABORTED


class EtagMismatchError(AbortedError):
    """The caller knows another version of the resource than the one there is."""

    def __init__(self, name: str) -> None:
        super().__init__("ETAG_MISMATCH", f"{name} was changed since it was read", name=name)


class OutOfRangeError(Error):
    """The request points past what is kept."""

    code = Code.OUT_OF_RANGE


class UnauthenticatedError(Error):
    """The caller did not prove who they are."""

    code = Code.UNAUTHENTICATED


class PermissionDeniedError(Error):
    """The caller is known and may not do this."""

    code = Code.PERMISSION_DENIED


class DeadlineExceededError(Error):
    """There was no time left."""

    code = Code.DEADLINE_EXCEEDED


class RetryableError(Error):
    """Worth trying again after `retry_after` seconds."""

    def __init__(
        self, reason: str, message: str, *, retry_after: float, **metadata: object
    ) -> None:
        super().__init__(reason, message, **metadata)
        self.retry_after = retry_after


class ResourceExhaustedError(RetryableError):
    """The server, or a quota, has no room for the request."""

    code = Code.RESOURCE_EXHAUSTED


class UnavailableError(RetryableError):
    """Something that the server needs does not answer."""

    code = Code.UNAVAILABLE

    @classmethod
    def dependency(cls, name: str, *, retry_after: float = 1) -> UnavailableError:
        """Returns the error for a dependency that does not answer."""
        message = f"{name} does not answer"
        return cls("DEPENDENCY_UNAVAILABLE", message, retry_after=retry_after, dependency=name)
