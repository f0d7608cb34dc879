"""Times on the wire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MILLIS = 1000


def timestamp(time: datetime | None) -> Timestamp | None:
    """Returns a time as a message; None stays unset."""
    if time is None:
        return None
    since = time - _EPOCH
    return Timestamp(seconds=since.days * 86400 + since.seconds, nanos=since.microseconds * 1000)


def from_timestamp(message: Timestamp) -> datetime:
    """Returns a message as a time; the microseconds are cut off below."""
    return _EPOCH + timedelta(seconds=message.seconds, microseconds=message.nanos // 1000)


def duration_ms(millis: int | None) -> Duration | None:
    """Returns milliseconds as a message; None stays unset."""
    if millis is None:
        return None
    return Duration(seconds=millis // _MILLIS, nanos=millis % _MILLIS * 1_000_000)


def from_duration_ms(message: Duration) -> int:
    """Returns a message as milliseconds."""
    return message.seconds * _MILLIS + message.nanos // 1_000_000


def duration(delta: timedelta) -> Duration:
    """Returns a span of time as a message."""
    seconds, rest = divmod(delta, _SECOND)
    return Duration(seconds=seconds, nanos=rest.microseconds * 1000)


def from_duration(message: Duration) -> timedelta:
    """Returns a message as a span of time."""
    return timedelta(seconds=message.seconds, microseconds=message.nanos // 1000)


def etag(revision: int) -> str:
    """Returns a row's revision as an etag."""
    return f'"{revision}"'


def now() -> Timestamp:
    """Returns the server's time as a message."""
    message = Timestamp()
    message.GetCurrentTime()
    return message
