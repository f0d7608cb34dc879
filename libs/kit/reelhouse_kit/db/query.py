"""SQLAlchemy Core statements, compiled once to SQL that asyncpg prepares and keeps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, TableValuedAlias, bindparam, column, func
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql import Executable
from sqlalchemy.types import TypeEngine

_DIALECT = dialect()  # type: ignore[no-untyped-call]


class Query:
    """A statement ready to run. Make one per statement, at import time.

    Lists of values go in as one array parameter, `column == any_(bindparam("ids", ...))`: `in_`
    would be another statement for every length.
    """

    __slots__ = ("_defaults", "_names", "sql")

    def __init__(self, statement: Executable) -> None:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        self.sql = str(compiled)
        if "POSTCOMPILE" in self.sql:
            raise ValueError(f"in_() cannot be compiled once, use any_(): {self.sql}")
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._defaults: dict[str, object] = {
            name: bind.value for name, bind in compiled.binds.items() if not bind.required
        }

    def arguments(self, values: dict[str, object]) -> list[object]:
        """Returns the values in the order of the statement's parameters.

        Raises:
            KeyError: A parameter has no value.
        """
        defaults = self._defaults
        return [values[name] if name in values else defaults[name] for name in self._names]


def rows_of(**columns: TypeEngine[Any]) -> TableValuedAlias:
    """Returns a table made of one array parameter per column: many rows in one statement."""
    arrays = (bindparam(name, type_=ARRAY(kind)) for name, kind in columns.items())
    typed = (column(name, kind) for name, kind in columns.items())
    return func.unnest(*arrays).table_valued(*typed, name="given").render_derived()
