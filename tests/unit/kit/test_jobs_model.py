from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_kit.jobs.model import LIVE, TRANSITIONS, Status, retry_delay


def test_every_status_has_its_row_and_completed_is_final() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert not TRANSITIONS[Status.COMPLETED]


def test_every_status_can_be_reached() -> None:
    reached = {Status.PENDING}
    while True:
        more = reached.union(*(TRANSITIONS[status] for status in reached))
        if more == reached:
            break
        reached = more
    assert reached == set(Status)


def test_only_live_jobs_become_active() -> None:
    sources = {status for status, after in TRANSITIONS.items() if Status.ACTIVE in after}
    assert sources < set(LIVE)


@given(st.integers(1, 60))
def test_delays_grow_and_are_bounded(attempt: int) -> None:
    seconds = retry_delay(attempt).total_seconds()
    longest = min(900, 2**attempt)
    assert longest / 2 <= seconds <= longest
