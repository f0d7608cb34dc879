"""Errors on the wire: google.rpc.Status with details in the trailers (AIP-193)."""

from __future__ import annotations

from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from reelhouse_kit import errors

DETAILS = "grpc-status-details-bin"
_MOST_VIOLATIONS = 20
_LONGEST = 300
"""Trailers over 8 KiB get lost on the way (API guide 42): few violations, short values."""


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def to_status(error: errors.Error, domain: str) -> status_pb2.Status:
    """Returns an error with its ErrorInfo and what else belongs to its kind."""
    info = error_details_pb2.ErrorInfo(
        reason=error.reason,
        domain=domain,
        metadata={key: _short(value) for key, value in error.metadata.items()},
    )
    details: list[Message] = [info]
    if isinstance(error, errors.InvalidArgumentError):
        details.append(
            error_details_pb2.BadRequest(
                field_violations=[
                    error_details_pb2.BadRequest.FieldViolation(
                        field=_short(v.field), description=_short(v.description)
                    )
                    for v in error.violations[:_MOST_VIOLATIONS]
                ]
            )
        )
    elif isinstance(error, errors.NotFoundError):
        details.append(
            error_details_pb2.ResourceInfo(
                resource_type=error.resource_type, resource_name=_short(error.name)
            )
        )
    elif isinstance(error, errors.FailedPreconditionError):
        violation = error_details_pb2.PreconditionFailure.Violation(
            type=error.reason,
            subject=_short(error.metadata.get("name", "")),
            description=_short(error.message),
        )
        details.append(error_details_pb2.PreconditionFailure(violations=[violation]))
    elif isinstance(error, errors.RetryableError):
        seconds = int(error.retry_after)
        nanos = int((error.retry_after - seconds) * 1e9)
        delay = duration_pb2.Duration(seconds=seconds, nanos=nanos)
        details.append(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(code=error.code, message=_short(error.message))
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def failure(domain: str, reason: str | None, message: str | None) -> status_pb2.Status | None:
    """Returns why a resource failed, for its `error` field; None where it did not."""
    if not reason:
        return None
    status = status_pb2.Status(code=errors.Code.INTERNAL, message=message or reason)
    packed = any_pb2.Any()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=domain))
    status.details.append(packed)
    return status


def from_details(data: bytes) -> status_pb2.Status:
    """Reads the trailer DETAILS."""
    return status_pb2.Status.FromString(data)


def error_info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo:
    """Returns the ErrorInfo of a status; an empty one where there is none."""
    info = error_details_pb2.ErrorInfo()
    for detail in status.details:
        if detail.Unpack(info):
            break
    return info


def violations(status: status_pb2.Status) -> list[errors.Violation]:
    """Returns the wrong fields that a status tells of."""
    bad_request = error_details_pb2.BadRequest()
    for detail in status.details:
        if detail.Unpack(bad_request):
            return [errors.Violation(v.field, v.description) for v in bad_request.field_violations]
    return []
