from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.verifications.model import (
    ENDED,
    TRANSITIONS,
    Outcome,
    VerificationState,
    may_become,
    outcome,
)

HASH = st.binary(min_size=32, max_size=32)


@given(st.lists(st.sampled_from(VerificationState), max_size=10))
def test_ends_are_final(wished: list[VerificationState]) -> None:
    state = VerificationState.PENDING
    for wish in wished:
        before = state
        if state in may_become(wish):
            state = wish
        assert before not in ENDED or state is before
    assert set(TRANSITIONS) == set(VerificationState)


@given(st.none() | HASH, st.none() | HASH)
def test_outcomes(expected: bytes | None, found: bytes | None) -> None:
    said = outcome(expected, found)
    assert (said is None) is (found is None)
    assert (said is Outcome.HASHED) is (found is not None and expected is None)
    assert (said is Outcome.MATCHED) is (found is not None and expected == found)
