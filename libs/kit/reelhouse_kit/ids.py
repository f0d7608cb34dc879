"""Keys of rows."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Returns a UUIDv7 (RFC 9562): unique, and later ones sort after earlier ones."""
    return uuid7()
