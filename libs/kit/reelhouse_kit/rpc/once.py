"""Writes that are safe to repeat (AIP-155): done once, however often the request comes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message
from sqlalchemy import Table, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from reelhouse_kit import errors
from reelhouse_kit.db.database import Session
from reelhouse_kit.db.query import Query
from reelhouse_kit.rpc.call import caller

WINDOW = "24 hours"
"""How long a request_id is remembered."""


@dataclass(frozen=True, slots=True)
class Once:
    """A write's request_id, who makes it, and a hash of what it says."""

    caller: str
    request_id: UUID
    fingerprint: bytes

    @classmethod
    def of(cls, request: Message) -> Once | None:
        """Reads the request_id of the call being served; None where it has none."""
        given: str = request.request_id  # type: ignore[attr-defined]
        if not given:
            return None
        bare = type(request)()
        bare.CopyFrom(request)
        bare.ClearField("request_id")
        data = request.DESCRIPTOR.full_name.encode() + bare.SerializeToString(deterministic=True)
        return cls(caller().name, UUID(given), hashlib.sha256(data).digest())


class OnceStore:
    """The rows of one schema's idempotency table."""

    def __init__(self, table: Table) -> None:
        self._insert = Query(
            insert(table)
            .values({name: bindparam(name) for name in _COLUMNS})
            .on_conflict_do_nothing()
        )
        self._select = Query(
            select(table.c.fingerprint, table.c.resource_id).where(
                table.c.caller == bindparam("caller"),
                table.c.request_id == bindparam("request_id"),
            )
        )
        self._purge = Query(
            delete(table).where(table.c.created_at < func.now() - text(f"interval '{WINDOW}'"))
        )

    async def claim(self, session: Session, once: Once | None, new_id: UUID) -> UUID | None:
        """Notes that a write makes the resource `new_id`, in the write's own transaction.

        Returns:
            None when the write is to be done; else the id of what it made the first time.

        Raises:
            InvalidArgumentError: The request_id came before with another content.
        """
        if once is None:
            return None
        values = {"caller": once.caller, "request_id": once.request_id}
        inserted = await session.run(
            self._insert, fingerprint=once.fingerprint, resource_id=new_id, **values
        )
        if inserted:
            return None
        row = await session.one(self._select, **values)
        if row is None:  # it was purged in between
            return None
        if row["fingerprint"] != once.fingerprint:
            raise errors.invalid(
                "request_id", "was used before with other content", "REQUEST_ID_REUSED"
            )
        resource_id: UUID = row["resource_id"]
        return resource_id

    async def purge(self, session: Session) -> None:
        """Forgets what is older than the window."""
        await session.run(self._purge)


_COLUMNS = ("caller", "request_id", "fingerprint", "resource_id")
