"""Points at which tests make a process fail, so that every one of them is tried.

`REELHOUSE_FAULT` names a point, and which time it is passed it strikes: "renamed:3". Then the
process ends by SIGKILL, as if its machine had lost power. "lacks:renameat2" makes the system seem
to be without that call; several are separated by spaces. Unset, which it always is outside of
tests, a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum

VARIABLE = "REELHOUSE_FAULT"


class Point(StrEnum):
    """A point between two steps, in the order in which an operation may come by."""

    INTENDED = "intended"
    """The journal says what is to be done; nothing is."""
    FOLDER_MADE = "folder_made"
    PART_OPENED = "part_opened"
    PART_WRITTEN = "part_written"
    """Some of a copy is written."""
    PART_SYNCED = "part_synced"
    PART_MADE = "part_made"
    """What was made is verified, and the journal does not know."""
    STAGED = "staged"
    """The journal knows what was made."""
    PLACED = "placed"
    LINKED = "linked"
    """Between the two calls that stand in for a rename that never replaces."""
    RENAMED = "renamed"
    PARTED = "parted"
    """What is to be removed has a name of its own."""
    REMOVED = "removed"
    SYNCED = "synced"
    """All is as wished, and the journal does not know."""
    COMMITTED = "committed"
    """The journal knows."""
    FOLDER_REMOVED = "folder_removed"


class _Fault:
    __slots__ = ("lacking", "left", "passed", "point")

    def __init__(self, said: str) -> None:
        self.point = ""
        self.left = 0
        lacking = set()
        for one in said.split():
            name, _, rest = one.partition(":")
            if name == "lacks":
                lacking.add(rest)
            else:
                self.point, self.left = name, int(rest or 1)
        self.lacking = frozenset(lacking)
        self.passed: list[Point] = []


_fault = _Fault(os.environ.get(VARIABLE, ""))
_EVERY = "every"
"""No point's name: with it, nothing strikes and all that are passed are noted."""


def arm(said: str) -> None:
    """Sets what `REELHOUSE_FAULT` would have set at the start."""
    global _fault  # noqa: PLW0603 # one per process, as the variable
    _fault = _Fault(said)


def passed() -> list[Point]:
    """Returns the points that were passed since "every" was armed."""
    return _fault.passed


def reached(point: Point) -> None:
    """Notes that a point is passed."""
    if not _fault.point:
        return
    if _fault.point == _EVERY:
        _fault.passed.append(point)
    if _fault.point != point:
        return
    _fault.left -= 1
    if not _fault.left:
        os.kill(os.getpid(), signal.SIGKILL)


def lacks(call: str) -> bool:
    """Tells whether the system is to seem to be without a call."""
    return call in _fault.lacking
