from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.scanning.model import (
    ENDED,
    TRANSITIONS,
    ScanState,
    Stats,
    may_become,
    within,
)

STATES = st.sampled_from(ScanState)


@given(st.lists(STATES, max_size=12))
def test_no_scan_leaves_an_end_or_runs_out_of_a_pause(wished: list[ScanState]) -> None:
    state = ScanState.PENDING
    for wish in wished:
        before = state
        if state in may_become(wish):
            state = wish
        if before in ENDED:
            assert state is before
        if before is ScanState.PAUSED:
            assert state in {ScanState.PAUSED, ScanState.PENDING, ScanState.CANCELLED}


def test_every_state_is_in_the_table_and_can_end() -> None:
    assert set(TRANSITIONS) == set(ScanState)
    for state in ScanState:
        reached, waiting = set(), {state}
        while waiting:
            reached |= waiting
            waiting = {after for s in waiting for after in TRANSITIONS[s]} - reached
        assert reached & ENDED


@given(st.dictionaries(st.sampled_from(sorted(Stats().as_dict())), st.integers(0, 1000)))
def test_going_on_keeps_what_was_written_and_nothing_else(before: dict[str, int]) -> None:
    stats = Stats.going_on(before)
    for name in ("added_count", "updated_count", "moved_count", "failed_count", "missing_count"):
        assert getattr(stats, name) == before.get(name, 0)
    assert stats.found_count == stats.processed_count == stats.directory_count == 0
    assert stats.as_dict()["unchanged_count"] == 0


def test_folders_and_what_is_in_them() -> None:
    folders = [b"A", b"B/"]
    assert within(b"A", folders)
    assert not within(b"A/x", folders)
    assert within(b"B", folders)
    assert within(b"B/x/y", folders)
    assert not within(b"BB", folders)
    assert within(b"", [b""])
    assert within(b"anything", None)
