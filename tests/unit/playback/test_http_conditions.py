from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_playback.delivery.conditions import Validators, Verdict, judge, range_counts

HAVE = Validators('"abc"', 784_111_777.5)
WHEN = "Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT"
AFTER = "Sun, 06 Nov 1994 08:49:38 GMT"
LONG_AFTER = 784_222_222.0


def test_validators_name_what_a_file_holds() -> None:
    first = Validators.of(inode=1, size=2, mtime_ns=3)
    assert first == Validators.of(inode=1, size=2, mtime_ns=3)
    others = [(9, 2, 3), (1, 9, 3), (1, 2, 9)]
    tags = {Validators.of(inode=i, size=s, mtime_ns=m).etag for i, s, m in others}
    assert len(tags | {first.etag}) == 4
    assert HAVE.last_modified == WHEN


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, Verdict.GO_ON),
        ({"If-None-Match": '"abc"'}, Verdict.NOT_MODIFIED),
        ({"If-None-Match": 'W/"abc"'}, Verdict.NOT_MODIFIED),
        ({"If-None-Match": '"x", "abc"'}, Verdict.NOT_MODIFIED),
        ({"If-None-Match": "*"}, Verdict.NOT_MODIFIED),
        ({"If-None-Match": '"x"'}, Verdict.GO_ON),
        ({"If-None-Match": "abc"}, Verdict.GO_ON),
        ({"If-None-Match": '"x"', "If-Modified-Since": AFTER}, Verdict.GO_ON),
        ({"If-Modified-Since": WHEN}, Verdict.NOT_MODIFIED),
        ({"If-Modified-Since": "Sunday, 06-Nov-94 08:49:37 GMT"}, Verdict.NOT_MODIFIED),
        ({"If-Modified-Since": "Sun Nov  6 08:49:37 1994"}, Verdict.NOT_MODIFIED),
        ({"If-Modified-Since": BEFORE}, Verdict.GO_ON),
        ({"If-Modified-Since": "yesterday"}, Verdict.GO_ON),
        ({"If-Match": '"abc"'}, Verdict.GO_ON),
        ({"If-Match": "*"}, Verdict.GO_ON),
        ({"If-Match": 'W/"abc"'}, Verdict.FAILED),
        ({"If-Match": '"x"'}, Verdict.FAILED),
        ({"If-Match": ""}, Verdict.FAILED),
        ({"If-Match": '"abc"', "If-Unmodified-Since": BEFORE}, Verdict.GO_ON),
        ({"If-Match": '"abc"', "If-None-Match": '"abc"'}, Verdict.NOT_MODIFIED),
        ({"If-Unmodified-Since": BEFORE}, Verdict.FAILED),
        ({"If-Unmodified-Since": WHEN}, Verdict.GO_ON),
        ({"If-Unmodified-Since": "tomorrow"}, Verdict.GO_ON),
    ],
)
def test_conditions(headers: dict[str, str], verdict: Verdict) -> None:
    assert judge(headers, HAVE) is verdict


@pytest.mark.parametrize(
    ("if_range", "now", "counts"),
    [
        (None, LONG_AFTER, True),
        ('"abc"', LONG_AFTER, True),
        ('W/"abc"', LONG_AFTER, False),
        ('"x"', LONG_AFTER, False),
        (WHEN, LONG_AFTER, True),
        (WHEN, HAVE.modified + 0.5, False),
        (BEFORE, LONG_AFTER, False),
        (AFTER, LONG_AFTER, False),
        ("nonsense", LONG_AFTER, False),
    ],
)
def test_parts_are_sent_of_the_same_content_only(
    if_range: str | None, now: float, counts: bool
) -> None:
    assert range_counts(if_range, HAVE, now) is counts


@given(
    st.dictionaries(
        st.sampled_from(
            ["If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"]
        ),
        st.text(max_size=80),
    )
)
def test_nothing_that_is_said_breaks_it(headers: dict[str, str]) -> None:
    assert judge(headers, HAVE) in Verdict
    assert range_counts(headers.get("If-Range"), HAVE, LONG_AFTER) in (True, False)
