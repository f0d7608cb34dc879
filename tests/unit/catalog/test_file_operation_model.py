"""What may follow what, what half-done work looks like, and in which order changes are made."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.file_operations.drafting import (
    Draft,
    clash,
    clash_among,
    folded,
    ordered,
    path_conflicts,
)
from reelhouse_catalog.file_operations.model import (
    BATCH_TRANSITIONS,
    LIVE,
    TRANSITIONS,
    UNSETTLED,
    BatchState,
    Conflict,
    Doing,
    Identity,
    Operation,
    OperationState,
    OperationType,
    batch_may_become,
    may_become,
    recycled_name,
    state_after,
)
from reelhouse_catalog.file_operations.work import BEGUN, DONE, Finding, Seen, find, work_of

HERE = Identity(1, 10, 100, 1000)
COPY = Identity(2, 20, 100, 1000)
OTHER = Identity(1, 30, 5, 7)
STATES = st.sampled_from(OperationState)


def operation(kind: OperationType, state: OperationState, **values: Any) -> Operation:
    given = {
        "id": uuid4(),
        "batch_id": uuid4(),
        "library_id": uuid4(),
        "number": 1,
        "type": kind,
        "state": state,
        "media_file_id": None,
        "sidecar_of": None,
        "original_path": b"a/x.mkv",
        "new_path": b"b/y.mkv",
        "parked": False,
        "cross_device": False,
        "conflicts": (),
        "source": HERE,
        "placed": None,
        "checksum": None,
        "source_folders": (),
        "made_folders": (),
        "doing": None,
        "error_code": None,
        "error_message": None,
        "created_at": datetime.now(UTC),
        "completed_at": None,
        "rolled_back_at": None,
        "purged_at": None,
    }
    return Operation(**{**given, **values})


@given(st.lists(STATES, min_size=1, max_size=30))
def test_operations_only_go_where_the_table_says(wanted: list[OperationState]) -> None:
    state = OperationState.PLANNED
    history = [state]
    for after in wanted:
        if state in may_become(after):
            state = after
            history.append(state)
    final = {OperationState.SKIPPED, OperationState.ROLLED_BACK, OperationState.PURGED}
    for before, after in pairwise(history):
        assert before not in final
        assert after in TRANSITIONS[before]
    # Nothing is done, undone or purged that the journal did not say before, or a person after.
    said = UNSETTLED | {OperationState.UNDECIDED}
    for before, after in pairwise(history):
        if after in DONE.values():
            assert before in said


@given(st.lists(st.sampled_from(BatchState), max_size=30))
def test_batches_only_go_where_the_table_says(wanted: list[BatchState]) -> None:
    state = BatchState.PLANNED
    for after in wanted:
        if state in batch_may_become(after):
            assert after in BATCH_TRANSITIONS[state]
            assert state not in (BatchState.ROLLED_BACK, BatchState.CANCELLED)
            state = after


@given(st.dictionaries(STATES, st.integers(0, 3)), st.booleans())
def test_a_batch_is_never_more_than_its_operations(
    counts: dict[OperationState, int], undone: bool
) -> None:
    state = state_after(counts, undone=undone)
    assert state not in LIVE
    there = {name for name, count in counts.items() if count}
    if there & {*UNSETTLED, OperationState.UNDECIDED}:
        assert state is BatchState.INCOMPLETE
    if state is BatchState.APPLIED:
        assert not there & {OperationState.FAILED, OperationState.PLANNED}
    if state is BatchState.ROLLED_BACK:
        assert OperationState.COMPLETED not in there
    live = BatchState.ROLLING_BACK if undone else BatchState.APPLYING
    assert state in BATCH_TRANSITIONS[live]


SHIFTED = {
    # (start, end) as they are seen, and what that says of a file that goes from one to the other.
    ("here", None): Finding.NOT_DONE,
    ("here", "other"): Finding.NOT_DONE,
    ("here", "here"): Finding.TWO_NAMES,
    (None, "here"): Finding.DONE,
    ("other", "here"): Finding.DONE,
    (None, None): Finding.UNDECIDED,
    (None, "other"): Finding.UNDECIDED,
    ("other", None): Finding.UNDECIDED,
    ("other", "other"): Finding.UNDECIDED,
}
REMOVED = {
    # The start, and the name that files have before they go.
    ("here", None): Finding.NOT_DONE,
    (None, "here"): Finding.PARTED,
    ("here", "here"): Finding.PARTED,
    ("other", "here"): Finding.PARTED,
    (None, None): Finding.DONE,
    ("other", None): Finding.UNDECIDED,
    ("here", "other"): Finding.UNDECIDED,
    (None, "other"): Finding.UNDECIDED,
    ("other", "other"): Finding.UNDECIDED,
}
ACROSS = {
    # (start, end, part, gone) of a file that is copied, and then removed.
    ("here", None, None, None): Finding.NOT_DONE,
    ("here", None, "copy", None): Finding.MADE,
    ("here", "other", "copy", None): Finding.MADE,
    (None, None, "copy", None): Finding.MADE,
    ("here", "copy", None, None): Finding.PLACED,
    ("here", "copy", "copy", None): Finding.PLACED,
    (None, "copy", None, "here"): Finding.PARTED,
    (None, "copy", None, None): Finding.DONE,
    ("other", "copy", None, None): Finding.UNDECIDED,
    (None, "copy", None, "other"): Finding.UNDECIDED,
    (None, None, None, None): Finding.UNDECIDED,
    (None, "other", None, None): Finding.UNDECIDED,
    ("other", "other", None, None): Finding.UNDECIDED,
}
NAMES = {"here": HERE, "copy": COPY, "other": OTHER, None: None}


@pytest.mark.parametrize(("seen", "expected"), SHIFTED.items(), ids=str)
@pytest.mark.parametrize("doing", [Doing.APPLY, Doing.UNDO])
def test_every_row_of_files_that_move(seen: Any, expected: Finding, doing: Doing) -> None:
    work = work_of(operation(OperationType.MOVE, BEGUN[doing]), doing)
    assert work
    start, end = (NAMES[name] for name in seen)
    assert find(work, Seen(start, end, None, None)) is expected


@pytest.mark.parametrize(("seen", "expected"), REMOVED.items(), ids=str)
@pytest.mark.parametrize("doing", [Doing.PURGE, Doing.UNDO])
def test_every_row_of_files_that_go(seen: Any, expected: Finding, doing: Doing) -> None:
    kind = OperationType.DELETE if doing is Doing.PURGE else OperationType.COPY
    work = work_of(operation(kind, BEGUN[doing], placed=HERE), doing)
    assert work
    start, gone = (NAMES[name] for name in seen)
    assert find(work, Seen(start, None, None, gone)) is expected


@pytest.mark.parametrize(("seen", "expected"), ACROSS.items(), ids=str)
def test_every_row_of_files_that_go_across(seen: Any, expected: Finding) -> None:
    row = operation(OperationType.MOVE, OperationState.STAGED, cross_device=True, placed=COPY)
    work = work_of(row, Doing.APPLY)
    assert work
    assert find(work, Seen(*(NAMES[name] for name in seen))) is expected


def test_before_the_journal_knows_of_a_copy_nothing_is_done() -> None:
    row = operation(OperationType.MOVE, OperationState.INTENDED, cross_device=True)
    work = work_of(row, Doing.APPLY)
    assert work
    for seen in product((None, HERE, OTHER), repeat=4):
        assert find(work, Seen(*seen)) is Finding.NOT_DONE


_names = st.sampled_from([b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h"])


@given(st.lists(st.tuples(_names, _names), max_size=8, unique_by=(lambda x: x[0], lambda x: x[1])))
def test_an_order_in_which_every_place_is_free(turns: list[tuple[bytes, bytes]]) -> None:
    turns = [(old, new) for old, new in turns if old != new]
    there = {old: old for old, _ in turns}
    drafts = [Draft(type=OperationType.RENAME, source=o, target=n) for o, n in turns]
    clash_among(drafts)
    assert not any(draft.conflicts for draft in drafts)
    for draft in ordered(drafts):
        assert draft.target not in there, "it would replace another"
        there[draft.target] = there.pop(draft.source)
    assert there == {new: old for old, new in turns}


@given(st.lists(st.tuples(_names, _names), max_size=12))
def test_an_order_keeps_every_draft_once(turns: list[tuple[bytes, bytes]]) -> None:
    drafts = [Draft(type=OperationType.COPY, source=o, target=n) for o, n in turns]
    drafts += [Draft(type=OperationType.MOVE, source=o, target=n) for n, o in turns]
    clash_among(drafts)
    kept = [draft for draft in ordered(drafts) if not draft.parked]
    assert sorted(map(id, kept)) == sorted(map(id, drafts))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (b"Film.mkv", b"film.mkv", Conflict.CASE_CLASH),
        ("é".encode(), "e\u0301".encode(), Conflict.NORMALIZATION_CLASH),
        ("É".encode(), "e\u0301".encode(), Conflict.CASE_CLASH),
        ("ß".encode(), b"SS", Conflict.CASE_CLASH),
        (b"a\xff", b"A\xff", Conflict.CASE_CLASH),
        (b"a", b"b", None),
    ],
)
def test_names_that_clash(one: bytes, other: bytes, expected: Conflict | None) -> None:
    assert clash(one, other) is expected
    assert (folded(one) == folded(other)) is (expected is not None)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"a/b.mkv", set()),
        (b"a/" + b"x" * 255, set()),
        (b"a/" + b"x" * 256, {Conflict.NAME_TOO_LONG}),
        (b"/".join([b"x" * 200] * 21), {Conflict.PATH_TOO_LONG}),
        (b"../b.mkv", {Conflict.OUTSIDE_LIBRARY}),
        (b"/etc/b.mkv", {Conflict.OUTSIDE_LIBRARY}),
        (b"a//b.mkv", {Conflict.TARGET_INVALID}),
        (b"a/.hidden/b.mkv", {Conflict.TARGET_INVALID}),
        (b"", {Conflict.TARGET_INVALID}),
    ],
)
def test_paths_that_cannot_be(path: bytes, expected: set[Conflict]) -> None:
    assert path_conflicts(path, b"/library") == expected


@given(st.binary(min_size=1, max_size=255).filter(lambda name: b"/" not in name))
def test_names_in_the_recycle_bin_fit(name: bytes) -> None:
    found = recycled_name(uuid4(), name)
    assert len(found) <= 255
    assert found[33:].startswith(name[:150])
