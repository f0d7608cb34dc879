from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.delivery.ranges import (
    MOST,
    Multipart,
    Range,
    UnsatisfiableError,
    content_range,
    parse,
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-9", [(0, 9)]),
        ("bytes=10-", [(10, 99)]),
        ("bytes=-10", [(90, 99)]),
        ("bytes=-1000", [(0, 99)]),
        ("bytes=0-1000", [(0, 99)]),
        ("BYTES = 5-5", [(5, 5)]),
        ("bytes=0-0, -1", [(0, 0), (99, 99)]),
        ("bytes=,50-59 ,, 0-9,", [(50, 59), (0, 9)]),
        ("bytes=50-59,0-9,5-12", [(0, 12), (50, 59)]),
        ("bytes=0-9,10-19", [(0, 19)]),
        ("bytes=0-,0-,0-", [(0, 99)]),
        ("bytes=0-9,200-", [(0, 9)]),
    ],
)
def test_ranges(header: str, expected: list[tuple[int, int]]) -> None:
    assert parse(header, 100) == [Range(*one) for one in expected]


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=9-5",
        "bytes=a-b",
        "bytes=0-9;10-19",
        "bytes=0-9,x",
        "bytes=\u0660-\u0669",
        "bytes=+1-2",
        "items=0-9",
        "bytes=0-" + "9" * 19,
        "bytes=0-9" + " " * 2000,
        "bytes=" + ",".join(f"{n * 3}-{n * 3}" for n in range(MOST + 1)),
    ],
)
def test_what_is_malformed_or_too_much_is_ignored(header: str) -> None:
    assert parse(header, 100) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=100-", 100), ("bytes=-0", 100), ("bytes=0-0", 0), ("bytes=-5", 0)],
)
def test_what_is_not_in_the_file_is_refused(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        parse(header, size)


_ENDS = st.integers(0, 60)
_ONE = st.one_of(
    st.tuples(_ENDS, _ENDS).map(lambda ends: f"{min(ends)}-{max(ends)}"),
    _ENDS.map(lambda first: f"{first}-"),
    st.integers(1, 60).map(lambda length: f"-{length}"),
)


@given(st.lists(_ONE, min_size=1, max_size=MOST), st.integers(1, 50))
def test_exactly_the_bytes_that_were_asked_for_come_once(texts: list[str], size: int) -> None:
    wanted: set[int] = set()
    for text in texts:
        first, last = text.split("-")
        if first:
            wanted.update(n for n in range(size) if int(first) <= n <= int(last or size))
        else:
            wanted.update(range(max(0, size - int(last)), size))
    try:
        found = parse("bytes=" + ",".join(texts), size)
    except UnsatisfiableError:
        assert not wanted
        return
    assert found is not None
    numbers = [n for one in found for n in range(one.first, one.last + 1)]
    assert sorted(numbers) == sorted(wanted)


@given(st.text(max_size=60), st.integers(0, 1000))
def test_nothing_that_is_said_breaks_it(text: str, size: int) -> None:
    for header in (text, "bytes=" + text):
        try:
            found = parse(header, size)
        except UnsatisfiableError:
            continue
        for one in found or ():
            assert 0 <= one.first <= one.last < size


def test_the_length_of_several_ranges_is_that_of_their_body() -> None:
    body = Multipart.of([Range(0, 4), Range(90, 99)], 100, "video/mp4", "xyz")
    data = bytes(range(100))
    sent = b"".join(p.head + data[p.range.first : p.range.last + 1] for p in body.parts) + body.end
    assert len(sent) == body.length
    assert content_range(Range(90, 99), 100).encode() in sent
