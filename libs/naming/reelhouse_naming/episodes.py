"""Episode numbers: ranges, lists, and how they are written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

# Episodes that one range in a file name may span. A longer one is a pack or a misreading.
MAX_RANGE = 20


def expand_range(first: int, last: int, *, limit: int = MAX_RANGE) -> tuple[int, ...]:
    """Returns the numbers first..last.

    Raises:
        ValueError: a number is below 1, the range runs backwards, or it is longer than `limit`.
    """
    if first < 1 or last < 1:
        raise ValueError(f"episode numbers start at 1, not {min(first, last)}")
    if last < first:
        raise ValueError(f"the range ends at {last} before it starts at {first}")
    if last - first >= limit:
        raise ValueError(f"the range {first}-{last} has more than {limit} episodes")
    return tuple(range(first, last + 1))


def is_sequential(numbers: Sequence[int]) -> bool:
    """Tells whether each number is one more than the one before; also true of none and of one."""
    return all(b == a + 1 for a, b in pairwise(numbers))


def format_episodes(season: int, episodes: Sequence[int]) -> str:
    """Writes season and episodes: S01E01, S01E01-E03, S01E01E03E05, and S01E01+E03 for a pair.

    A pair with a gap takes a plus because S01E01E03 is read as a range, as most tools do.
    """
    if not episodes:
        return f"S{season:02}"
    numbers = sorted(set(episodes))
    first, *rest = (f"E{number:02}" for number in numbers)
    if not rest:
        return f"S{season:02}{first}"
    if is_sequential(numbers):
        return f"S{season:02}{first}-{rest[-1]}"
    joint = "" if rest[1:] else "+"
    return f"S{season:02}{first}{joint}{joint.join(rest)}"
