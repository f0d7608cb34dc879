"""Puts rows of long work, each done by a job, from one state into another.

Such a table has the columns id, state, error_code, error_message, started_at and ended_at.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asyncpg import Record
from sqlalchemy import ARRAY, Table, Text, any_, bindparam, func, select, update

from reelhouse_kit.db import Query, Session
from reelhouse_kit.jobs.model import JobError


def now_if(condition: Any) -> Any:
    """Returns the time of the transaction where a condition holds, else NULL."""
    return select(func.now()).where(condition).scalar_subquery()


def moving(table: Table, **more: Any) -> Query:
    """Returns the statement for `move`.

    Args:
        table: The table.
        more: What other columns become; the new state is the parameter "to".
    """
    row = table.c
    return Query(
        update(table)
        .where(
            row.id == bindparam("row_id"),
            row.state == any_(bindparam("before", type_=ARRAY(Text))),
        )
        .values(
            state=bindparam("to"),
            error_code=bindparam("code"),
            error_message=bindparam("message"),
            started_at=func.coalesce(row.started_at, now_if(bindparam("to") == "running")),
            ended_at=now_if(bindparam("ended")),
            **more,
        )
        .returning(table)
    )


async def move(
    session: Session,
    statement: Query,
    row_id: UUID,
    state: str,
    *,
    before: Iterable[str],
    ended: bool,
    error: JobError | None,
) -> Record | None:
    """Puts a row into a state; None when its present state is not among those allowed before it.

    Args:
        session: The transaction.
        statement: What `moving` returned for the table.
        row_id: The row.
        state: The new state.
        before: The states that it may be in now.
        ended: Whether nothing follows the new state.
        error: Why it failed, if it did.
    """
    return await session.one(
        statement,
        row_id=row_id,
        before=[str(known) for known in before],
        to=state,
        ended=ended,
        code=error.code if error else None,
        message=error.message if error else None,
    )
