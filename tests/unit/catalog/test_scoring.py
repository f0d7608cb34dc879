"""BEHAVIOUR 4.3 and 4.4."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.reviews.model import TRANSITIONS as REVIEWS
from reelhouse_catalog.reviews.model import Reason, ReviewState, reasons
from reelhouse_catalog.reviews.scoring import (
    LONGEST_MS,
    TRANSITIONS,
    Facts,
    Holds,
    Readiness,
    Thresholds,
    Verdict,
    ingest_score,
    label_score,
    readiness_after,
    score,
    verdict,
)

WHOLE = Facts(
    size_bytes=2_000_000_000,
    duration_ms=5_400_000,
    video_codec="h264",
    audio_codec="aac",
    container="matroska",
    video=True,
)
FACTS = st.builds(
    Facts,
    size_bytes=st.integers(0, 10**13),
    duration_ms=st.none() | st.integers(-1000, 10**10),
    video_codec=st.sampled_from(["", "h264"]),
    audio_codec=st.sampled_from(["", "aac"]),
    container=st.sampled_from(["", "mov"]),
    video=st.booleans(),
    holds=st.sampled_from(Holds),
    broken=st.booleans(),
    hashed=st.booleans(),
    extra=st.booleans(),
)
THRESHOLDS = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(
    lambda pair: Thresholds(auto_ready=max(pair), review=min(pair))
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0.9),
        ({"video_codec": "", "container": "", "audio_codec": ""}, 0.5),
        ({"size_bytes": 0, "video_codec": ""}, 0.5),
        ({"duration_ms": None}, 0.0),
        ({"duration_ms": 0}, 0.0),
        ({"duration_ms": -1}, 0.0),
        ({"duration_ms": 10 * LONGEST_MS}, 0.0),
        ({"duration_ms": LONGEST_MS}, 0.9),
        ({"duration_ms": LONGEST_MS + 1}, 0.0),
        ({"broken": True}, 0.0),
        ({"video": False, "video_codec": "", "duration_ms": 10 * LONGEST_MS}, 0.9),
    ],
)
def test_label_scores(changes: dict[str, object], expected: float) -> None:
    assert label_score(replace(WHOLE, **changes)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"holds": Holds.EPISODE}, 1.0),
        ({"holds": Holds.MOVIE}, 1.0),
        ({"holds": Holds.MOVIE, "duration_ms": LONGEST_MS}, 1.0),
        ({"holds": Holds.MOVIE, "duration_ms": LONGEST_MS + 1}, 0.7),
        ({"holds": Holds.EPISODE, "video_codec": "", "audio_codec": ""}, 0.8),
        ({"holds": Holds.NOTHING}, 0.9),
        ({"holds": Holds.EPISODE, "broken": True}, 0.0),
    ],
)
def test_ingest_scores(changes: dict[str, object], expected: float) -> None:
    assert ingest_score(replace(WHOLE, **changes)) == expected  # type: ignore[arg-type]


@given(FACTS, THRESHOLDS)
def test_scores_are_within_bounds_and_the_same_each_time(
    facts: Facts, thresholds: Thresholds
) -> None:
    found = score(facts)
    assert 0 <= found <= 1
    assert found == score(replace(facts))
    said = verdict(found, thresholds)
    assert (said is Verdict.READY) is (found >= thresholds.auto_ready)
    assert (said is Verdict.REVIEW) is (found < thresholds.review and said is not Verdict.READY)


@given(FACTS, FACTS)
def test_more_is_never_worse(one: Facts, other: Facts) -> None:
    if not one.broken:
        assert score(replace(one, broken=True)) <= score(one)
        assert label_score(replace(one, audio_codec="aac")) >= label_score(one)


@given(st.sampled_from(Readiness), st.booleans(), st.sampled_from(Verdict))
def test_opening_a_file_moves_it_as_the_table_allows(
    before: Readiness, changed: bool, said: Verdict
) -> None:
    after, approved = readiness_after(before, changed=changed, said=said)
    assert after is before or after in TRANSITIONS[before]
    assert not approved or after is Readiness.READY
    if before is Readiness.READY:
        # Thresholds that changed touch no file; another content takes the approval away.
        assert approved is not changed


def test_new_files() -> None:
    assert readiness_after(None, changed=False, said=Verdict.READY) == (Readiness.READY, True)
    for said in (Verdict.ENRICHMENT, Verdict.REVIEW):
        assert readiness_after(None, changed=False, said=said) == (Readiness.NEW, False)


@pytest.mark.parametrize(
    ("changes", "said", "expected"),
    [
        ({"holds": Holds.MOVIE}, Verdict.READY, set()),
        ({}, Verdict.READY, {Reason.UNMATCHED}),
        ({"extra": True}, Verdict.REVIEW, set()),
        ({}, Verdict.REVIEW, {Reason.UNMATCHED, Reason.LOW_CONFIDENCE}),
        ({"size_bytes": 999_999, "holds": Holds.MOVIE}, Verdict.READY, {Reason.TOO_SMALL}),
        ({"size_bytes": 999_999, "holds": Holds.TRACK, "video": False}, Verdict.READY, set()),
        ({"broken": True}, Verdict.REVIEW, {Reason.PROBE_FAILED}),
        (
            {"broken": True, "hashed": False},
            Verdict.REVIEW,
            {Reason.PROBE_FAILED, Reason.NO_HASH},
        ),
    ],
)
def test_reasons(changes: dict[str, object], said: Verdict, expected: set[Reason]) -> None:
    assert reasons(replace(WHOLE, **changes), said) == expected  # type: ignore[arg-type]


def test_reviews_end_once() -> None:
    assert REVIEWS[ReviewState.PENDING] == {ReviewState.RESOLVED, ReviewState.REJECTED}
    assert not REVIEWS[ReviewState.RESOLVED]
    assert not REVIEWS[ReviewState.REJECTED]
