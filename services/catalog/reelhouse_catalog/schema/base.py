"""What all tables of the catalog are made with, and those that every service has."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Text, Uuid, text

from reelhouse_kit.db.tables import idempotency_table
from reelhouse_kit.events.outbox import Outbox
from reelhouse_kit.jobs import Jobs
from reelhouse_kit.migrations import schema as migrations
from reelhouse_kit.rpc.once import OnceStore

metadata = migrations.metadata("catalog")

outbox = Outbox(metadata)
jobs = Jobs(metadata)
once = OnceStore(idempotency_table(metadata))


def words(name: str, default: str = "") -> Column[str]:
    """Returns a column of text that is never null."""
    return Column(name, Text, nullable=False, server_default=text(f"'{default}'"))


def revision() -> Column[int]:
    """Returns the column that counts changes; shown to clients as the etag."""
    return Column("revision", BigInteger, nullable=False, server_default=text("1"))


def key() -> Column[object]:
    """Returns the primary key, a UUIDv7."""
    return Column("id", Uuid, primary_key=True)
