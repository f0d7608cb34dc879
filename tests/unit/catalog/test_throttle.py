from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.scanning.throttle import BRAKE_SECONDS, Load, Pace

PERCENT = st.floats(0, 100)
LOADS = st.lists(st.builds(Load, PERCENT, PERCENT), max_size=60)


@given(LOADS, st.integers(-5, 100))
def test_the_pace_stays_within_its_bounds(loads: list[Load], most: int) -> None:
    pace = Pace.first(most)
    for second, load in enumerate(loads):
        after = pace.after(load, float(second))
        assert 1 <= after.workers <= after.most_workers <= 16
        assert 10 <= after.batch <= 200
        assert 0 <= after.delay_ms <= 500
        if load.high:
            assert (after.workers, -after.delay_ms) <= (pace.workers, -pace.delay_ms)
        if load.low:
            assert (after.workers, -after.delay_ms) >= (pace.workers, -pace.delay_ms)
        pace = after


@given(LOADS)
def test_the_brake_needs_ten_seconds_of_extreme_load(loads: list[Load]) -> None:
    pace, extreme = Pace.first(4), 0
    for second, load in enumerate(loads):
        extreme = extreme + 1 if load.extreme else 0
        pace = pace.after(load, float(second))
        if pace.braked(float(second)) and pace.braked_until == second + BRAKE_SECONDS:
            assert extreme > BRAKE_SECONDS


def test_a_scan_gets_on_however_busy_the_machine_is() -> None:
    pace, free = Pace.first(8), 0
    for second in range(200):
        pace = pace.after(Load(100, 100), float(second))
        free += not pace.braked(float(second))
    assert free > 60
    assert pace.workers == 1


def test_an_idle_machine_is_used_in_full() -> None:
    pace = Pace.first(16)
    assert pace.workers == 4
    for second in range(20):
        pace = pace.after(Load(5, 30), float(second))
    assert (pace.workers, pace.batch, pace.delay_ms) == (16, 200, 0)


def test_between_the_thresholds_nothing_changes() -> None:
    pace = Pace.first(8)
    assert pace.after(Load(75, 85), 1.0) == pace
