from __future__ import annotations

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam, select, update

from reelhouse_kit.db import Query

table = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text))


def test_arguments_come_in_the_order_of_the_statement() -> None:
    query = Query(update(table).where(table.c.id == bindparam("key")).values(name=bindparam("to")))
    assert query.arguments({"key": 1, "to": "x"}) == ["x", 1]
    assert "$1" in query.sql


def test_constants_are_kept_also_none() -> None:
    query = Query(update(table).where(table.c.id == 7).values(name=None))
    assert query.arguments({}) == [None, 7]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        Query(select(table).where(table.c.id == bindparam("key"))).arguments({})


def test_in_is_refused() -> None:
    with pytest.raises(ValueError, match="any_"):
        Query(select(table).where(table.c.id.in_([1, 2])))
