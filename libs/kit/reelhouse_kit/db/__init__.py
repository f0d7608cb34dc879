"""PostgreSQL: SQLAlchemy Core says what, asyncpg does it."""

from __future__ import annotations

from asyncpg import UniqueViolationError

from reelhouse_kit.db.database import Database, Scope, Session, atomic
from reelhouse_kit.db.query import Query, rows_of

__all__ = ["Database", "Query", "Scope", "Session", "UniqueViolationError", "atomic", "rows_of"]
