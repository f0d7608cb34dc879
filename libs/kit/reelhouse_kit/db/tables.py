"""Columns and tables that every schema has in the same form."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, Table, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import BYTEA

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Names of constraints, so that migrations can speak of them."""


def timestamp(name: str, *, now: bool = False, nullable: bool = True) -> Column[object]:
    """Returns a column for a time in UTC; with `now` it is set on insert."""
    if now:
        return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())
    return Column(name, DateTime(timezone=True), nullable=nullable)


def state(name: str, values: Iterable[str], *, default: str) -> tuple[Column[str], CheckConstraint]:
    """Returns a text column and the constraint that keeps it to these values."""
    listed = ", ".join(f"'{value}'" for value in values)
    column = Column(name, Text, nullable=False, server_default=text(f"'{default}'"))
    return column, CheckConstraint(f"{name} IN ({listed})", name=name)


def idempotency_table(metadata: MetaData) -> Table:
    """Returns the table that remembers which writes were done; see `reelhouse_kit.rpc.once`."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("caller", Text, primary_key=True),
        Column("request_id", Uuid, primary_key=True),
        Column("fingerprint", BYTEA, nullable=False),
        Column("resource_id", Uuid, nullable=False),
        timestamp("created_at", now=True),
    )
