from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.markers.model import MAX_CHAPTERS, bounds_problems, chapters

MS = st.integers(-(2**70), 2**70)
FOUND = st.fixed_dictionaries({"start_ms": MS, "end_ms": MS, "name": st.text(max_size=600)})


@given(MS, MS, st.none() | st.integers(0, 10**9))
def test_bounds(start: int, end: int, duration: int | None) -> None:
    right = 0 <= start <= end and (duration is None or end <= duration)
    assert (not bounds_problems(start, end, duration)) is right


@given(st.lists(FOUND, max_size=30), st.none() | st.integers(0, 10**9))
def test_chapters_of_any_file_are_within_bounds(
    found: list[dict[str, object]], duration: int | None
) -> None:
    kept = chapters(found, duration)
    assert kept == sorted(kept, key=lambda c: (c.start_ms, c.end_ms))
    for chapter in kept:
        assert not bounds_problems(chapter.start_ms, chapter.end_ms, duration)
        assert chapter.end_ms < 2**63
        assert len(chapter.name) <= 500


def test_there_are_not_too_many_chapters() -> None:
    found = [{"start_ms": n, "end_ms": n, "name": ""} for n in range(MAX_CHAPTERS + 5)]
    assert len(chapters(found, None)) == MAX_CHAPTERS
