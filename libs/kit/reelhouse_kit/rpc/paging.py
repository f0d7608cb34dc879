"""Keyset pages (AIP-158): a token holds where the page before ended, never an offset."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.message import DecodeError, Message
from google.protobuf.struct_pb2 import ListValue

from reelhouse_kit import errors

T = TypeVar("T")
Key = tuple[Any, ...]

DEFAULT_SIZE = 50
MAX_SIZE = 1000
_VERSION = 1.0
_WRITERS: dict[type, Callable[[Any], Any]] = {
    str: str,
    int: str,
    float: float,
    bool: bool,
    UUID: str,
    datetime: lambda value: value.astimezone(UTC).isoformat(),
}
_READERS: dict[type, Callable[[Any], Any]] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    UUID: UUID,
    datetime: datetime.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Page:
    """The page that a request asks for."""

    size: int
    after: Key | None
    """The key of the last row of the page before; None for the first page."""
    checksum: str

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page has tells whether there is another."""
        return self.size + 1

    def cut(self, rows: Sequence[T], key: Callable[[T], Key]) -> tuple[Sequence[T], str]:
        """Returns the rows of this page and the token of the next; empty at the end."""
        if len(rows) <= self.size:
            return rows, ""
        kept = rows[: self.size]
        return kept, encode(key(kept[-1]), self.checksum)


def checksum(request: Message, *left_out: str) -> str:
    """Returns what ties a token to the request that it continues: a hash over its other fields."""
    bare = type(request)()
    bare.CopyFrom(request)
    for name in left_out:
        bare.ClearField(name)
    data = bare.SerializeToString(deterministic=True)
    return hashlib.blake2b(data, digest_size=8, person=b"page").hexdigest()


def page_of(request: Any, *types: type, most: int = MAX_SIZE) -> Page:
    """Reads page_size and page_token of a List request.

    Args:
        request: The request.
        types: The types of the key that the list is ordered by.
        most: The most rows that a page may have.

    Raises:
        InvalidArgumentError: The token is damaged, or another request's.
    """
    size = min(request.page_size or DEFAULT_SIZE, most)
    own = checksum(request, "page_size", "page_token")
    after = decode(request.page_token, own, types) if request.page_token else None
    return Page(size, after, own)


def encode(key: Key, own: str) -> str:
    """Returns a token for a key."""
    values = ListValue()
    values.extend([_VERSION, own, *(_WRITERS[_base(value)](value) for value in key)])
    return base64.urlsafe_b64encode(values.SerializeToString()).rstrip(b"=").decode()


def decode(
    token: str,
    own: str,
    types: tuple[type, ...],
    *,
    field: str = "page_token",
    reason: str = "PAGE_TOKEN_INVALID",
) -> Key:
    """Returns the key in a token.

    Raises:
        InvalidArgumentError: The token is damaged, or another request's.
    """
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        version, owner, *parts = list(ListValue.FromString(data))
        if version == _VERSION and owner == own and len(parts) == len(types):
            return tuple(_READERS[kind](part) for kind, part in zip(types, parts, strict=True))
    except (binascii.Error, DecodeError, TypeError, ValueError, OverflowError):
        pass
    raise errors.invalid(field, "is damaged or belongs to another request", reason)


def _base(value: object) -> type:
    # asyncpg's UUIDs and enums are subclasses.
    return next(kind for kind in (bool, UUID, datetime, float, int, str) if isinstance(value, kind))
