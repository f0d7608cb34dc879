from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_kit.errors import NotFoundError
from reelhouse_kit.ids import new_id
from reelhouse_kit.names import ResourceName

SCAN = ResourceName("catalog.reelhouse/Scan", "libraries/{library}/scans/{scan}")


def test_what_is_formatted_is_parsed() -> None:
    ids = (new_id(), new_id())
    assert SCAN.parse(SCAN.format(*ids)) == ids
    assert SCAN.parse_one(SCAN.format(*ids)) == ids[1]


@given(st.text())
def test_anything_else_is_not_found(text: str) -> None:
    with pytest.raises(NotFoundError):
        SCAN.parse(text)


def test_an_id_that_is_no_uuid_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        SCAN.parse("libraries/a/scans/b")


def test_later_ids_sort_after_earlier_ones() -> None:
    made = [new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert {one.version for one in made} == {7}
