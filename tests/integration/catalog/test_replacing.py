"""Putting a link in the place of another, on a real file system."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from reelhouse_catalog.disk import calls
from reelhouse_catalog.relinking import replacing
from reelhouse_catalog.relinking.replacing import ChangedError, Found

TEMPORARY = b".reelhouse-1"


def put(root: Path, path: bytes = b"a/link", old: bytes = b"old", new: bytes = b"new") -> None:
    replacing.replace(os.fsencode(root), path, old, new, TEMPORARY)


def settle(root: Path) -> Found:
    return replacing.settle(os.fsencode(root), b"a/link", b"old", b"new", TEMPORARY)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "link").symlink_to("old")
    return tmp_path


def names(root: Path) -> dict[str, str]:
    return {one.name: os.readlink(one) for one in (root / "a").iterdir() if one.is_symlink()}


@pytest.fixture(params=["exchange", "rename"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "rename":

        def refuse(*arguments: object) -> None:
            raise OSError(22, "Invalid argument")

        monkeypatch.setattr(replacing, "exchange", refuse)
    return str(request.param)


def test_a_link_is_replaced(root: Path, how: str) -> None:
    put(root)
    assert names(root) == {"link": "new"}


def test_what_is_no_longer_the_link_is_left(root: Path, how: str) -> None:
    with pytest.raises(ChangedError):
        put(root, old=b"older")
    assert names(root) == {"link": "old"}
    (root / "a" / "link").unlink()
    with pytest.raises(ChangedError):
        put(root)
    (root / "a" / "link").write_text("a film")
    with pytest.raises(ChangedError):
        put(root)
    assert (root / "a" / "link").read_text() == "a film"
    assert [one.name for one in (root / "a").iterdir()] == ["link"]


def test_a_file_that_comes_in_between_is_not_lost(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Between the look at the link and the change of places somebody puts a film there.
    asked: list[bytes] = []

    def exchange(folder: int, one: bytes, other: bytes) -> None:
        if not asked:
            (root / "a" / "film").write_text("a film")
            (root / "a" / "film").rename(root / "a" / "link")
        asked.append(one)
        calls.exchange(folder, one, other)

    monkeypatch.setattr(replacing, "exchange", exchange)
    with pytest.raises(ChangedError):
        put(root)
    assert len(asked) == 2
    assert (root / "a" / "link").read_text() == "a film"
    assert names(root) == {}
    assert len(list((root / "a").iterdir())) == 1


def test_nothing_is_written_outside(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "link").symlink_to("old")
    (root / "b").symlink_to(outside)
    for path in (b"b/link", b"a/../a/link", b"a/./link"):
        with pytest.raises(ChangedError):
            put(root, path)
    assert os.readlink(outside / "link") == "old"
    with pytest.raises(FileNotFoundError):
        put(root, b"c/link")


def test_names_of_all_bytes_and_of_full_length(root: Path) -> None:
    for name in (b"x" * 255, b"\xff\xfe .mkv", "e\u0301.mkv".encode(), "é.mkv".encode()):
        os.symlink(b"old", os.path.join(os.fsencode(root), name))
        put(root, name, new=b"new \xff")
        assert os.readlink(os.path.join(os.fsencode(root), name)) == b"new \xff"


def test_leftovers_of_ours_are_no_obstacle_and_those_of_others_are(root: Path) -> None:
    leftover = root / "a" / TEMPORARY.decode()
    leftover.symlink_to("new")
    put(root)
    assert names(root) == {"link": "new"}
    leftover.write_text("somebody's")
    with pytest.raises(FileExistsError):
        put(root, old=b"new", new=b"newer")
    assert leftover.read_text() == "somebody's"
    assert names(root) == {"link": "new"}


def test_a_link_is_there_at_every_moment(root: Path) -> None:
    stop = threading.Event()
    seen: set[str] = set()
    missed: list[OSError] = []

    def look() -> None:
        while not stop.is_set():
            try:
                seen.add(os.readlink(root / "a" / "link"))
            except OSError as error:
                missed.append(error)

    watching = threading.Thread(target=look)
    watching.start()
    for _ in range(500):
        put(root)
        put(root, old=b"new", new=b"old")
    stop.set()
    watching.join()
    assert not missed
    assert seen == {"old", "new"}


@pytest.mark.parametrize(
    ("there", "beside", "found", "left"),
    [
        ("old", None, Found.OLD, {"link": "old"}),
        ("old", "new", Found.OLD, {"link": "old"}),
        ("new", "old", Found.NEW, {"link": "new"}),
        ("new", None, Found.NEW, {"link": "new"}),
        ("other", None, Found.OTHER, {"link": "other"}),
        ("other", "new", Found.OTHER, {"link": "other"}),
        # Something else came out, and is put back.
        ("new", "other", Found.OTHER, {"link": "other"}),
        (None, "new", Found.OTHER, {}),
        (None, None, Found.OTHER, {}),
    ],
)
def test_after_a_crash(
    root: Path, there: str | None, beside: str | None, found: Found, left: dict[str, str]
) -> None:
    (root / "a" / "link").unlink()
    for name, target in (("link", there), (TEMPORARY.decode(), beside)):
        if target is not None:
            (root / "a" / name).symlink_to(target)
    assert settle(root) is found
    assert names(root) == left


def test_after_a_crash_a_file_that_came_out_is_put_back(root: Path) -> None:
    (root / "a" / "link").unlink()
    (root / "a" / "link").symlink_to("new")
    (root / "a" / TEMPORARY.decode()).write_text("a film")
    assert settle(root) is Found.OTHER
    assert (root / "a" / "link").read_text() == "a film"
    assert len(list((root / "a").iterdir())) == 1


def test_after_a_crash_a_folder_may_be_gone(root: Path) -> None:
    (root / "a" / "link").unlink()
    (root / "a").rmdir()
    assert settle(root) is Found.OTHER
