"""The rules that scans of links go by."""

from __future__ import annotations

import os
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.symlink_runs.model import ENDED, TRANSITIONS, RunState, may_become
from reelhouse_catalog.symlinks.model import (
    MANY_BROKEN,
    Doubt,
    EventAction,
    Known,
    LinkKind,
    LinkStatus,
    Seen,
    change_of,
    identify,
    is_doubtful,
)
from reelhouse_catalog.symlinks.targets import Rewrite, as_link, below, place, resolved, under
from reelhouse_naming import LibraryKind

TV, FILMS = LibraryKind.TV, LibraryKind.MOVIE
names = st.binary(min_size=1, max_size=6).filter(
    lambda name: not {b"/", b"\0"} & {bytes([c]) for c in name} and name not in (b".", b"..")
)
paths = st.lists(names, min_size=1, max_size=5).map(lambda parts: b"/" + b"/".join(parts))


@pytest.mark.parametrize(
    ("library", "path", "name", "season", "unit"),
    [
        (TV, "Show/Season 1/Show S01E05.mkv", "Show", 1, "s01e05"),
        (TV, "Show/Season 01/1x05.mkv", "Show", 1, "s01e05"),
        (TV, "Show/Season 1/Show S01E105.mkv", "Show", 1, "s01e105"),
        (TV, "Show (2010)/S02/Show.S02E01E02.mkv", "Show (2010)", 2, "s02e01e02"),
        (TV, "Show/Specials/Show S00E01.mkv", "Show", 0, "s00e01"),
        (TV, "Show/Season 2024/Show - 2024-05-01.mkv", "Show", 2024, "d2024-05-01"),
        (TV, "Anime/Anime - 012.mkv", "Anime", None, "a012"),
        (TV, "Show/Season 01", "Show", 1, None),
        (TV, "Show/Season 1/Show S01E05.srt", "Show", 1, None),
        (TV, "Show/Season 1/Show S01E05-sample.mkv", None, None, None),
        (FILMS, "Heat (1995)/Heat.mkv", "Heat (1995)", None, ""),
        (FILMS, "Heat (1995)/Heat CD2.avi", "Heat (1995)", None, "p2"),
        (FILMS, "Heat (1995)/Heat-trailer.mkv", None, None, None),
        (FILMS, "Heat (1995)/poster.jpg", None, None, None),
        (FILMS, "Amélie (2001)/Amélie.mkv", "Amélie (2001)", None, ""),
        (LibraryKind.MUSIC, "Artist/Album/01.flac", "Album", None, None),
    ],
)
def test_what_a_path_says(
    library: LibraryKind, path: str, name: str | None, season: int | None, unit: str | None
) -> None:
    found = identify(path.encode(), library)
    assert found.unit == unit
    if name is not None:
        assert (found.name, found.season) == (name, season)


@given(st.binary(max_size=200), st.sampled_from([*LibraryKind]))
def test_any_bytes_are_read(path: bytes, library: LibraryKind) -> None:
    found = identify(path, library)
    assert found.kind is not None
    if found.unit is not None:
        assert found.kind is not LinkKind.OTHER


def test_the_first_rewrite_that_fits_counts_and_whole_names_only() -> None:
    rewrites = (Rewrite(b"/mnt/a", b"/x"), Rewrite(b"/mnt", b"/y/"))
    for target, expected in (
        (b"/mnt/a/1.mkv", b"/x/1.mkv"),
        (b"/mnt/a", b"/x"),
        (b"/mnt/ab/1.mkv", b"/y/ab/1.mkv"),
        (b"/mnt2/1.mkv", b"/mnt2/1.mkv"),
        (b"../../mnt/a/1.mkv", b"/x/1.mkv"),
        (b"//mnt/a/./1.mkv", b"/x/1.mkv"),
    ):
        assert resolved(b"/lib/show", target, rewrites)[0] == expected
    assert resolved(b"/lib/show", b"1.mkv", ()) == (b"/lib/show/1.mkv", False)


@given(paths, paths, paths)
def test_new_links_lead_to_the_file(path: bytes, link: bytes, local: bytes) -> None:
    rewrites = (Rewrite(link, local),)
    said = as_link(path, rewrites)
    if said != path:
        assert resolved(b"/anywhere", said, rewrites) == (path, True)


@given(paths, names)
def test_what_is_below(folder: bytes, name: bytes) -> None:
    assert below(folder + b"/" + name, folder) == name
    assert below(folder + name, folder) is None
    assert below(folder, folder) == b""
    assert under(folder + b"/" + name, [b"/nowhere/else", folder])
    assert not under(folder, [folder])
    assert place(folder).count(b"/") <= 2


def seen(status: LinkStatus, target: bytes = b"/mnt/remote/x/1.mkv") -> Seen:
    return Seen(b"a/b.mkv", target, target, status)


def known(status: LinkStatus, target: bytes = b"/mnt/remote/x/1.mkv") -> Known:
    return Known(UUID(int=1), b"a/b.mkv", target, target, status)


STATUSES = st.sampled_from([LinkStatus.OK, LinkStatus.BROKEN, LinkStatus.MISSING])


@given(st.one_of(st.none(), st.sampled_from([*LinkStatus])), STATUSES, st.booleans())
def test_every_change_has_a_name_and_nothing_else(
    before: LinkStatus | None, now: LinkStatus, moved: bool
) -> None:
    was = known(before) if before is not None else None
    action = change_of(was, seen(now, b"/other" if moved else b"/mnt/remote/x/1.mkv"))
    assert (action is None) == (before is now and not moved)
    if before is None:
        assert action is EventAction.FOUND
    elif before is LinkStatus.VANISHED:
        assert action is EventAction.RETURNED
    elif before is now and moved:
        assert action is EventAction.RETARGETED


def doubt(broke: int, whole: int, before: LinkStatus = LinkStatus.OK) -> Doubt:
    made = Doubt()
    for _ in range(broke):
        made.note(known(before), seen(LinkStatus.BROKEN))
    for _ in range(whole):
        made.note(None, seen(LinkStatus.OK))
    return made


@given(st.integers(0, 100), st.integers(0, 100))
def test_most_of_a_place_at_once_is_doubted(broke: int, whole: int) -> None:
    found = doubt(broke, whole).gone()
    assert (found is not None) == (broke >= MANY_BROKEN and broke > whole)
    if found is not None:
        assert found == (b"/mnt/remote", broke)
    assert doubt(broke, whole, LinkStatus.BROKEN).gone() is None
    assert (doubt(broke, whole, LinkStatus.MISSING).gone() is None) == (found is None)


def test_another_place_that_is_whole_does_not_hide_one_that_is_gone() -> None:
    made = doubt(MANY_BROKEN, 0)
    for _ in range(1000):
        made.note(None, seen(LinkStatus.OK, b"/mnt/other/1.mkv"))
    assert made.gone() == (b"/mnt/remote", MANY_BROKEN)


def test_what_was_never_whole_is_not_doubted() -> None:
    assert not is_doubtful(None, seen(LinkStatus.BROKEN))
    assert not is_doubtful(known(LinkStatus.VANISHED), seen(LinkStatus.BROKEN))
    assert not is_doubtful(known(LinkStatus.OK), seen(LinkStatus.MISSING))
    assert is_doubtful(known(LinkStatus.OK), seen(LinkStatus.BROKEN))


@given(st.lists(st.sampled_from([*RunState]), max_size=20))
def test_runs_end_once(wanted: list[RunState]) -> None:
    state = RunState.PENDING
    for to in wanted:
        if state in may_become(to):
            assert state not in ENDED
            assert to in TRANSITIONS[state]
            state = to
    assert {*TRANSITIONS} == {*RunState}
    assert {RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED} == ENDED


def test_names_are_exact() -> None:
    path = os.fsencode("Show/Season 1/") + b"Show S01E01 \xff.mkv"
    one = identify(path, TV)
    assert (one.unit, one.name) == ("s01e01", "Show")
