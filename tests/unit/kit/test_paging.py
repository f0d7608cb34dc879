from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse.catalog.v1 import title_pb2, title_service_pb2
from reelhouse_kit.errors import InvalidArgumentError
from reelhouse_kit.rpc import paging

KEYS = st.tuples(
    st.text(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False),
    st.booleans(),
    st.uuids(),
    st.datetimes(timezones=st.just(UTC)),
)
TYPES = (str, int, float, bool, UUID, datetime)


@given(KEYS)
def test_keys_survive_tokens(key: tuple[object, ...]) -> None:
    token = paging.encode(key, "abc")
    assert paging.decode(token, "abc", TYPES) == key


@given(st.text())
def test_garbage_is_an_invalid_token(text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        paging.decode(text, "abc", (str,))
    assert caught.value.reason == "PAGE_TOKEN_INVALID"


def test_a_token_belongs_to_its_request() -> None:
    first = title_service_pb2.ListTitlesRequest(kind=title_pb2.Title.KIND_MOVIE, page_size=2)
    page = paging.page_of(first, str, UUID)
    rows = [("a", uuid4()), ("b", uuid4()), ("c", uuid4())]
    kept, token = page.cut(rows, key=lambda row: row)
    assert (len(kept), bool(token)) == (2, True)

    first.page_token, first.page_size = token, 100
    assert paging.page_of(first, str, UUID).after == rows[1]

    first.kind = title_pb2.Title.KIND_SHOW
    with pytest.raises(InvalidArgumentError):
        paging.page_of(first, str, UUID)


def test_sizes_have_a_default_and_an_upper_bound() -> None:
    request = title_service_pb2.ListTitlesRequest()
    assert paging.page_of(request, str).size == paging.DEFAULT_SIZE
    request.page_size = 1_000_000
    assert paging.page_of(request, str).size == paging.MAX_SIZE


def test_the_last_page_has_no_token() -> None:
    page = paging.Page(3, None, "abc")
    assert page.cut([1, 2, 3], key=lambda n: (n,)) == ([1, 2, 3], "")
