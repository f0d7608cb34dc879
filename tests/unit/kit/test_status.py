from __future__ import annotations

from google.rpc import error_details_pb2

from reelhouse_kit import errors
from reelhouse_kit.rpc import status


def unpack(error: errors.Error) -> dict[str, object]:
    found: dict[str, object] = {}
    for detail in status.to_status(error, "test.reelhouse").details:
        kind = getattr(error_details_pb2, detail.TypeName().rsplit(".", 1)[-1])
        message = kind()
        assert detail.Unpack(message)
        assert kind.__name__ not in found, "at most one detail of each type"
        found[kind.__name__] = message
    return found


def test_every_error_has_error_info() -> None:
    info = unpack(errors.AbortedError("LOST", "lost", name="x"))["ErrorInfo"]
    assert isinstance(info, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain, dict(info.metadata)) == (
        "LOST",
        "test.reelhouse",
        {"name": "x"},
    )


def test_each_kind_brings_its_detail() -> None:
    assert "ResourceInfo" in unpack(errors.NotFoundError("t", "titles/a"))
    assert "PreconditionFailure" in unpack(errors.WrongStateError("a", "DONE", "stop it"))
    retry = unpack(errors.UnavailableError.dependency("x", retry_after=1.5))["RetryInfo"]
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert retry.retry_delay.ToMilliseconds() == 1500


def test_a_thousand_violations_fit_the_trailers() -> None:
    many = [errors.Violation(f"field[{n}]", "wrong " * 200) for n in range(1000)]
    answer = status.to_status(errors.InvalidArgumentError(many), "test.reelhouse")
    assert len(answer.SerializeToString()) < 16_000
    assert len(status.violations(answer)) == 20


def test_messages_hold_what_metadata_holds() -> None:
    error = errors.EtagMismatchError("libraries/a")
    assert all(value in error.message for value in error.metadata.values())
