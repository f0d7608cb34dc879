"""What a benchmark says: a figure, what it is measured against, and what is aimed at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line. `ratio` is against the baseline of the same run; `aim` is for people to read."""

    what: str
    value: str
    baseline: str = ""
    ratio: float | None = None
    aim: str = ""
