"""The circuit breaker: what calls it lets through, whatever happens."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_kit.breaker import FAILURES, LEAST_CALLS, OPEN_SECONDS, SUCCESSES, Breaker, State


def failed(times: int, breaker: Breaker | None = None, now: float = 0.0) -> Breaker:
    breaker = breaker or Breaker()
    for _ in range(times):
        breaker = breaker.failed(now)
    return breaker


def test_five_failures_in_a_row_open_it_for_thirty_seconds() -> None:
    assert failed(FAILURES - 1).state is State.CLOSED
    breaker = failed(FAILURES)
    assert breaker.state is State.OPEN
    assert breaker.ask(OPEN_SECONDS - 0.1)[1] is False
    assert breaker.wait(10) == OPEN_SECONDS - 10
    trial, allowed = breaker.ask(OPEN_SECONDS)
    assert allowed
    assert trial.state is State.HALF_OPEN


def test_failures_among_successes_count_once_there_were_ten_calls() -> None:
    breaker = Breaker()
    for number in range(LEAST_CALLS - 1):
        breaker = breaker.failed(0) if number % 2 else breaker.succeeded()
    assert breaker.state is State.CLOSED
    assert failed(1, breaker).state is State.OPEN


def test_half_open_lets_one_call_at_a_time_and_closes_after_three() -> None:
    breaker, _ = failed(FAILURES).ask(OPEN_SECONDS)
    assert breaker.ask(OPEN_SECONDS)[1] is False
    for number in range(SUCCESSES):
        assert breaker.state is State.HALF_OPEN, number
        breaker = breaker.succeeded()
        breaker, allowed = breaker.ask(OPEN_SECONDS)
        assert allowed
    assert breaker == Breaker()


def test_a_failing_trial_opens_it_again_and_a_given_up_one_does_not() -> None:
    breaker, _ = failed(FAILURES).ask(OPEN_SECONDS)
    assert breaker.failed(OPEN_SECONDS).ask(2 * OPEN_SECONDS - 1)[1] is False
    again, allowed = breaker.abandoned().ask(OPEN_SECONDS)
    assert allowed
    assert again.state is State.HALF_OPEN


# Eighths of a second: they add up without rounding.
PAUSES = st.integers(0, 320).map(lambda eighths: eighths / 8)
STEPS = st.lists(st.tuples(st.sampled_from(["good", "bad", "given up"]), PAUSES))


@given(STEPS)
def test_it_never_stays_shut_for_good_and_never_lets_calls_to_the_dead(
    steps: list[tuple[str, float]],
) -> None:
    breaker, now, in_a_row = Breaker(), 0.0, 0
    for outcome, pause in steps:
        now += pause
        before = breaker
        breaker, allowed = breaker.ask(now)
        if not allowed:
            assert before.state is State.OPEN
            assert 0 < before.wait(now) <= OPEN_SECONDS
            continue
        if before.state is State.CLOSED:
            assert in_a_row < FAILURES
        if outcome == "good":
            breaker, in_a_row = breaker.succeeded(), 0
        elif outcome == "bad":
            breaker, in_a_row = breaker.failed(now), in_a_row + 1
        else:
            breaker = breaker.abandoned()
        if before.state is not State.CLOSED and outcome == "bad":
            assert breaker.state is State.OPEN
    assert breaker.ask(now + OPEN_SECONDS + breaker.wait(now))[1]
