from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.ingesting.model import (
    ENDED,
    TRANSITIONS,
    Action,
    IngestState,
    KnownItem,
    Stats,
    may_become,
)
from reelhouse_catalog.ingesting.planning import Planner, Told, key_of
from reelhouse_catalog.sources.model import Resolved, Rule
from reelhouse_catalog.sources.remote import FileFacts, Item, ItemKind, Selection

RUN = uuid4()
FILE = uuid4()


@given(st.lists(st.sampled_from(IngestState), max_size=8))
def test_no_forbidden_transition(wanted: list[IngestState]) -> None:
    state = IngestState.PENDING
    for following in wanted:
        if state in may_become(following):
            assert following in TRANSITIONS[state]
            assert state not in ENDED
            state = following
    assert IngestState.PENDING not in {s for after in TRANSITIONS.values() for s in after}


KEYS = st.sampled_from(["", "1", "2", "3"])
PLACES = st.sampled_from(
    [
        Resolved("", Rule.NONE),
        Resolved("/m/a.mkv", Rule.MAPPING),
        Resolved("/m/a.mkv", Rule.MAPPING, None, True, FILE),
    ]
)


@st.composite
def told(draw: Any) -> Told:
    kind = draw(st.sampled_from(ItemKind))
    path = "" if kind in (ItemKind.SHOW, ItemKind.ALBUM) else draw(st.sampled_from(["", "/d/a"]))
    item = Item(
        kind,
        draw(KEYS),
        draw(st.sampled_from(["A", "B"])),
        server_path=path,
        file=FileFacts(size_bytes=draw(st.integers(0, 2))),
        remark=draw(st.sampled_from(["", "", "has no file"])),
    )
    return Told(item, key_of("plex", "c", item), draw(PLACES) if path else None)


def keep(known: dict[str, KnownItem], step: Any, run: UUID) -> None:
    """Does to what is known what the database does."""
    row = step.row
    if row is not None:
        known[row["canonical_key"]] = KnownItem(
            uuid4(), row["canonical_key"], row["fingerprint"], row["local_path"],
            row["media_file_id"], run, gone=False,
        )  # fmt: skip


@given(st.lists(told(), max_size=12), st.integers(0, 4))
def test_every_item_is_counted_once_and_a_second_run_changes_nothing(
    items: list[Told], most: int
) -> None:
    known: dict[str, KnownItem] = {}
    stats = Stats()
    for step in Planner("plex", RUN, stats, most).plan(items, {}):
        keep(known, step, RUN)
    if not stats.limit_reached:
        assert stats.discovered_count == len(items)
    assert stats.discovered_count == (
        stats.ingested_count + stats.skipped_count + stats.duplicate_count + stats.error_count
    )
    assert stats.ingested_count == len(known) <= (most or len(items))
    again, other = Stats(), uuid4()
    steps = list(Planner("plex", other, again, 0).plan(items, known))
    new = {step.told.key for step in steps if step.known is None and step.row is not None}
    assert not new & set(known)
    if not stats.limit_reached:
        assert (again.ingested_count, again.updated_count, again.linked_count) == (0, 0, 0)
        assert not [step for step in steps if step.row is not None]
        assert again.discovered_count == stats.discovered_count


@given(told())
def test_what_changed_is_written(one: Told) -> None:
    known: dict[str, KnownItem] = {}
    for step in Planner("plex", RUN, Stats(), 0).plan([one], {}):
        keep(known, step, RUN)
    if not known:
        return
    item = Item(one.item.kind, one.item.provider_key, "Changed", server_path=one.item.server_path)
    stats = Stats()
    [step] = Planner("plex", uuid4(), stats, 0).plan([Told(item, one.key, one.place)], known)
    assert step.row is not None
    assert stats.updated_count == 1
    assert step.entry.action in (Action.UPDATE, Action.WRONG)


def test_selections() -> None:
    show = Item(ItemKind.SHOW, "7", "Show", year=2008)
    first = Item(
        ItemKind.EPISODE, "8", "Pilot", parent_key="7", title_name="Show", year=2008,
        season_number=1, number=1,
    )  # fmt: skip
    for wanted in ("7", "show", "Show (2008)"):
        assert Selection(wanted).of([show, first]) == [show, first]
        assert Selection(wanted, 2).of([show, first]) == [show]
        assert Selection(wanted, 1, 1).takes(first)
        assert not Selection(wanted, 1, 2).takes(first)
    for other in ("8", "Shows", "Show (2009)"):
        assert not Selection(other).takes(first)
    assert Selection().is_everything
