"""A circuit breaker: whoever fails again and again is left alone for a while.

Pure: time is given, in seconds on any clock that does not go back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

FAILURES = 5
"""So many failures open it: in a row, or among the last calls when there were enough of them."""
OPEN_SECONDS = 30.0
SUCCESSES = 3
"""So many successes in a row close it again."""
WINDOW = 20
"""How many of the last calls count."""
LEAST_CALLS = 10
"""How many calls there must have been before failures count that are not in a row."""


class State(StrEnum):
    """What a breaker does with calls."""

    CLOSED = "closed"
    """Calls go through."""
    OPEN = "open"
    """No call goes through."""
    HALF_OPEN = "half_open"
    """One call at a time goes through, as a trial."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker as it is at one time. What changes it returns another one."""

    state: State = State.CLOSED
    outcomes: tuple[bool, ...] = ()
    """How the last calls ended, oldest first."""
    opened_at: float = 0.0
    successes: int = 0
    trying: bool = False
    """Whether a trial call is under way."""

    def ask(self, now: float) -> tuple[Breaker, bool]:
        """Tells whether a call may be made now; if so, its end must be told."""
        if self.state is State.CLOSED:
            return self, True
        if self.state is State.OPEN:
            if now - self.opened_at < OPEN_SECONDS:
                return self, False
            return Breaker(State.HALF_OPEN, trying=True), True
        if self.trying:
            return self, False
        return replace(self, trying=True), True

    def succeeded(self) -> Breaker:
        """Takes note that a call went well."""
        if self.state is State.OPEN:
            return self  # a call from before it opened
        if self.state is State.HALF_OPEN:
            successes = self.successes + 1
            if successes >= SUCCESSES:
                return Breaker()
            return replace(self, successes=successes, trying=False)
        return replace(self, outcomes=(*self.outcomes, True)[-WINDOW:])

    def failed(self, now: float) -> Breaker:
        """Takes note that a call failed."""
        if self.state is State.OPEN:
            return self
        if self.state is State.HALF_OPEN:
            return Breaker(State.OPEN, opened_at=now)
        outcomes = (*self.outcomes, False)[-WINDOW:]
        in_a_row = outcomes[-FAILURES:].count(False) == FAILURES
        often = len(outcomes) >= LEAST_CALLS and outcomes.count(False) >= FAILURES
        if in_a_row or often:
            return Breaker(State.OPEN, opened_at=now)
        return replace(self, outcomes=outcomes)

    def abandoned(self) -> Breaker:
        """Takes note that a call was given up by its caller, which says nothing of the called."""
        return replace(self, trying=False)

    def wait(self, now: float) -> float:
        """Returns the seconds until a call may go through again."""
        if self.state is State.OPEN:
            return max(0.0, self.opened_at + OPEN_SECONDS - now)
        return 1.0 if self.trying else 0.0
