"""The outbox: what changed, written in the transaction that changed it.

Readers go by (xid, id), the writing transaction's id first. An identity column alone does not tell
the order in which transactions commit: a reader could pass an event that is committed later. Only
events of transactions older than any that is still open are read, so none is passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    text,
    tuple_,
)

from reelhouse_kit.db.database import Session
from reelhouse_kit.db.query import Query, rows_of
from reelhouse_kit.db.tables import timestamp

_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
"""The oldest transaction that is still open: all before it have ended."""


class Change(StrEnum):
    """What happened to a resource."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Event:
    """A change to be told: of which kind of resource, which one, and whose it is, if anybody's."""

    topic: str
    name: str
    change: Change
    owner: UUID | None = None


class Position(NamedTuple):
    """A place between events."""

    xid: int
    id: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as it was read."""

    position: Position
    event: Event
    time: datetime


class Outbox:
    """The events of one schema."""

    def __init__(self, metadata: MetaData) -> None:
        schema = metadata.schema
        self.channel = f"{schema}_events"
        self.table = Table(
            "events",
            metadata,
            Column("id", BigInteger, Identity(always=True), nullable=False),
            Column(
                "xid",
                BigInteger,
                nullable=False,
                server_default=text("pg_current_xact_id()::text::bigint"),
            ),
            timestamp("created_at", now=True),
            Column("topic", Text, nullable=False),
            Column("name", Text, nullable=False),
            Column("change", Text, nullable=False),
            Column("owner", Uuid),
            PrimaryKeyConstraint("id", "created_at"),
            Index("ix_events_xid_id", "xid", "id"),
            postgresql_partition_by="RANGE (created_at)",
        )
        events = self.table.c
        rows = rows_of(topic=Text(), name=Text(), change=Text(), owner=Uuid())
        written = (
            insert(self.table)
            .from_select(["topic", "name", "change", "owner"], select(rows))
            .returning(events.id)
            .cte("written")
        )
        # Telling is part of the statement: a change without its notification would wait for a poll.
        notify = select(func.pg_notify(self.channel, "")).select_from(written).limit(1)
        self._append = Query(notify)
        self._read = Query(
            select(self.table)
            .where(
                tuple_(events.xid, events.id)
                > tuple_(bindparam("xid", type_=BigInteger), bindparam("id", type_=BigInteger)),
                events.xid < text(_HORIZON),
            )
            .order_by(events.xid, events.id)
            .limit(bindparam("limit", type_=BigInteger))
        )
        self._head = Query(select(text(_HORIZON)))

    async def append(self, session: Session, *events: Event) -> None:
        """Writes events in the transaction of the change they tell of."""
        if events:
            await session.run(
                self._append,
                topic=[event.topic for event in events],
                name=[event.name for event in events],
                change=[event.change for event in events],
                owner=[event.owner for event in events],
            )

    async def read(self, session: Session, after: Position, limit: int) -> list[Recorded]:
        """Returns the next events after a position, as far as none can come before them."""
        rows = await session.all(self._read, xid=after.xid, id=after.id, limit=limit)
        return [
            Recorded(
                Position(row["xid"], row["id"]),
                Event(row["topic"], row["name"], Change(row["change"]), row["owner"]),
                row["created_at"],
            )
            for row in rows
        ]

    async def head(self, session: Session) -> Position:
        """Returns the position after all events that can be read now."""
        return Position(await session.value(self._head) - 1, 2**63 - 1)
