from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelhouse_catalog.scanning.model import extensions, within
from reelhouse_catalog.watching.model import MAX_FOLDERS, Now, folders_of, merged
from reelhouse_naming import LibraryKind

KINDS = extensions(LibraryKind.MOVIE)


@pytest.mark.parametrize(
    ("path", "now", "expected"),
    [
        (b"A/x.mkv", Now.FILE, {b"A"}),
        (b"x.mkv", Now.GONE, {b""}),
        (b"A/x.nfo", Now.FILE, set()),
        (b"A/B", Now.FOLDER, {b"A/B/", b"A"}),
        (b"A/B", Now.GONE, {b"A/B/", b"A"}),
        (b"A/.nomedia", Now.FILE, {b"A/"}),
        (b".ignore", Now.GONE, {b"/"}),
        (b"A/.partial/x.mkv", Now.FILE, set()),
        (b"A/.x.mkv", Now.FILE, set()),
        (b"", Now.FOLDER, set()),
        (b"A/\xe9.MKV", Now.FILE, {b"A"}),
    ],
)
def test_what_a_change_affects(path: bytes, now: Now, expected: set[bytes]) -> None:
    assert folders_of(path, now, KINDS) == expected


FOLDERS = st.sets(st.sampled_from([b"", b"A", b"A/", b"A/B", b"A/B/", b"AB", b"AB/", b"C/D/E"]))


@given(FOLDERS)
def test_merging_loses_no_folder(folders: set[bytes]) -> None:
    found = merged(folders)
    assert found is not None
    for path in (b"", b"A", b"A/B", b"A/B/C", b"AB", b"AB/x", b"C", b"C/D/E"):
        assert within(path, found) == within(path, folders)


def test_the_whole_library() -> None:
    assert merged([b"A", b"/"]) is None
    assert merged(str(number).encode() for number in range(MAX_FOLDERS + 1)) is None
