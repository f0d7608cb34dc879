"""What the world does to file operations: full disks, refusals, strangers, and other workers."""

from __future__ import annotations

import asyncio
import fcntl
import os
import resource
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reelhouse_catalog.disk import calls, faults
from reelhouse_catalog.file_operations import recovery, usecases
from reelhouse_catalog.file_operations.model import (
    BatchState,
    Conflict,
    OperationState,
    OperationType,
)
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from tests.integration.catalog import moves
from tests.integration.catalog.moves import wish
from tests.integration.catalog.scanning import counts, make_library, run_scan
from tests.integration.catalog.scanning import worker as scanner
from tests.media import Media

KINDS = OperationType
STATE = OperationState
_MOUNTS = os.geteuid() == 0 and Path("/bin/mount").exists()


@contextmanager
def small_disk(folder: Path, size: str = "1m") -> Iterator[bool]:
    """Mounts a small file system of its own. Yields whether that is allowed."""
    folder.mkdir(parents=True)
    command = ["/bin/mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    mounted = _MOUNTS and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["/bin/umount", str(folder)], check=True)


def make_read_only(folder: Path) -> None:
    """Makes what was mounted at a folder read-only."""
    subprocess.run(["/bin/mount", "-o", "remount,ro", str(folder)], check=True)


@contextmanager
def immutable(path: Path) -> Iterator[None]:
    """Makes a folder or file one that not even root changes."""
    get, put, flag = 0x80086601, 0x40086602, 0x10
    descriptor = os.open(path, os.O_RDONLY)
    try:
        (flags,) = struct.unpack("l", fcntl.ioctl(descriptor, get, struct.pack("l", 0)))
        fcntl.ioctl(descriptor, put, struct.pack("l", flags | flag))
        try:
            yield
        finally:
            fcntl.ioctl(descriptor, put, struct.pack("l", flags))
    finally:
        os.close(descriptor)


async def test_what_planning_sees(catalog_db: Database, tmp_path: Path) -> None:
    root = tmp_path / "films"
    moves.write(
        root,
        {f"{n}.mkv": n for n in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m")},
    )
    moves.write(
        root,
        {
            "there/Film.mkv": "x",
            "there/Other.mkv": "o",
            "elsewhere/q": "q",
            "there/Caf\u00e9.mkv": "y",
            "file": "z",
        },
    )
    (root / "folder.mkv").mkdir()
    (tmp_path / "outside").mkdir()
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "link.mkv").symlink_to("a.mkv")
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    wanted: list[tuple[str, str, OperationType, set[Conflict]]] = [
        ("gone.mkv", "x.mkv", KINDS.MOVE, {Conflict.SOURCE_VANISHED}),
        ("folder.mkv", "x1.mkv", KINDS.MOVE, {Conflict.SOURCE_NOT_FILE}),
        ("a.mkv", "there/Film.mkv", KINDS.MOVE, {Conflict.TARGET_EXISTS}),
        ("b.mkv", "there/other.mkv", KINDS.MOVE, {Conflict.CASE_CLASH}),
        ("c.mkv", "there/Cafe\u0301.mkv", KINDS.MOVE, {Conflict.NORMALIZATION_CLASH}),
        ("d.mkv", "same.mkv", KINDS.MOVE, {Conflict.TARGET_TWICE}),
        ("e.mkv", "same.mkv", KINDS.MOVE, {Conflict.TARGET_TWICE}),
        ("f.mkv", "../f.mkv", KINDS.MOVE, {Conflict.OUTSIDE_LIBRARY}),
        ("g.mkv", "out/g.mkv", KINDS.MOVE, {Conflict.OUTSIDE_LIBRARY}),
        ("h.mkv", "x" * 252 + ".mkv", KINDS.MOVE, {Conflict.NAME_TOO_LONG}),
        ("i.mkv", "file/i.mkv", KINDS.MOVE, {Conflict.PARENT_NOT_FOLDER}),
        ("j.mkv", "Elsewhere/j.mkv", KINDS.MOVE, {Conflict.CASE_CLASH}),
        ("link.mkv", "there/link.mkv", KINDS.MOVE, {Conflict.RELATIVE_LINK}),
        ("link.mkv", "copy.mkv", KINDS.COPY, {Conflict.SOURCE_NOT_FILE}),
        ("k.mkv", "New/k.mkv", KINDS.MOVE, {Conflict.CASE_CLASH}),
        ("l.mkv", "new/l.mkv", KINDS.MOVE, {Conflict.CASE_CLASH}),
        ("m.mkv", "m.mkv", KINDS.MOVE, {Conflict.NOTHING_TO_DO}),
    ]
    wishes = [wish(library.id, source, target, kind) for source, target, kind, _ in wanted]
    batch, found = await moves.planned(catalog_db, library.id, wishes)
    by_paths = {(one.original_path, one.new_path): set(one.conflicts) for one in found}
    for source, target, _, expected in wanted:
        assert by_paths[os.fsencode(source), os.fsencode(target)] == expected, (source, target)
    assert batch.conflict_count == len(wanted)
    assert moves.tree(root) == before
    with pytest.raises(errors.FailedPreconditionError) as caught:
        await usecases.apply(catalog_db, batch.id, skip_conflicts=False, once=None)
    assert caught.value.reason == "FILE_OPERATIONS_CONFLICT"


async def test_names_at_the_limit(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "films"
    longest = "é" * 125 + ".mkv"
    moves.write(root, {"a.mkv": "a", "x" * 251 + ".mkv": "b"})
    odd = os.path.join(os.fsencode(root), b"odd\xff\xfe.mkv")
    Path(os.fsdecode(odd)).write_text("odd")
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "a.mkv", longest),
            wish(library.id, "x" * 251 + ".mkv", None, KINDS.DELETE),
            wish(library.id, b"odd\xff\xfe.mkv", b"new\xff/odd\xff.mkv"),
        ],
    )
    async with moves.worker(catalog_url, catalog_db).running():
        assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
        assert (root / longest).read_text() == "a"
        assert b"new\xff/odd\xff.mkv" in moves.tree(root)
        assert (await moves.rolled_back(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
    assert moves.tree(root) == before


async def _no_room(database: Database, root: Path) -> None:
    """Where nothing may be mounted: a plan for a disk that says that it is full."""
    library = await make_library(database, root)
    huge = root / "huge.mkv"
    with huge.open("wb") as file:
        file.truncate(os.statvfs(root).f_bavail * os.statvfs(root).f_frsize + 1024**3)  # a hole
    _, (found,) = await moves.planned(
        database, library.id, [wish(library.id, "huge.mkv", "disk/huge.mkv", KINDS.COPY)]
    )
    assert found.conflicts == (Conflict.NO_SPACE,)


async def test_a_full_disk(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": b"a" * 600_000, "b.mkv": b"b" * 600_000, "c.mkv": "c"})
    with small_disk(root / "disk") as mounted:
        if not mounted:
            # test_a_copy_that_is_cut_off applies such a plan.
            await _no_room(catalog_db, root)
            return
        library = await make_library(catalog_db, root)
        batch, found = await moves.planned(
            catalog_db,
            library.id,
            [wish(library.id, f"{name}.mkv", f"disk/{name}.mkv") for name in "abc"],
        )
        assert [one.conflicts for one in found] == [(), (Conflict.NO_SPACE,), ()]
        assert all(one.cross_device for one in found)
        # Somebody else fills it in between.
        (root / "disk/stranger").write_bytes(b"s" * 700_000)
        before = moves.tree(root)
        async with moves.worker(catalog_url, catalog_db).running():
            ended = await moves.applied(catalog_db, batch.id, skip_conflicts=True)
            assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "DISK_FULL")
            assert moves.tree(root) == before, "nothing is left of what was begun"
            (root / "disk/stranger").unlink()
            ended = await moves.applied(catalog_db, batch.id)
        assert ended.state is BatchState.APPLIED
        assert moves.paths(root) == ["b.mkv", "disk/a.mkv", "disk/c.mkv"]


async def test_a_copy_that_is_cut_off(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    """A full disk for those who may mount nothing: the system refuses what is too long."""
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": b"a" * 600_000, "b.mkv": "b"})
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [wish(library.id, f"{name}.mkv", f"new/{name}.mkv", KINDS.COPY) for name in "ab"],
    )
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    faults.arm("lacks:reflink")
    try:
        async with moves.worker(catalog_url, catalog_db).running():
            resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, old[1]))
            ended = await moves.applied(catalog_db, batch.id)
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
            assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "DISK_FULL")
            assert moves.tree(root) == before, "nothing is left of what was begun"
            assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        faults.arm("")
    assert (root / "new/a.mkv").read_bytes() == b"a" * 600_000


async def test_refusals(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "films"
    moves.write(root, {"in/a.mkv": "a", "b.mkv": "b", "to/c.mkv": "c"})
    library = await make_library(catalog_db, root)
    batch, found = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "in/a.mkv", "a.mkv"),
            wish(library.id, "b.mkv", "to/b.mkv"),
            wish(library.id, "to/c.mkv", "copy.mkv", KINDS.COPY),
        ],
    )
    assert not any(one.conflicts for one in found)
    before = moves.tree(root)
    with immutable(root / "in"), immutable(root / "to"):
        async with moves.worker(catalog_url, catalog_db).running():
            ended = await moves.applied(catalog_db, batch.id)
    assert ended.state is BatchState.INCOMPLETE
    after = await moves.operations(catalog_db, batch.id)
    assert [(one.state, one.error_code) for one in after] == [
        (STATE.FAILED, "DISK_PERMISSION"),
        (STATE.FAILED, "DISK_PERMISSION"),
        (STATE.COMPLETED, None),
    ]
    assert {path: e for path, e in moves.tree(root).items() if path != b"copy.mkv"} == before


async def _no_permission(database: Database) -> None:
    """Where nothing may be mounted: a plan for a folder that may not be written to."""
    user = os.geteuid()
    # Not below the tests' own folder, which others may not enter.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        moves.write(root, {"a.mkv": "a", "disk/b.mkv": "b"})
        library = await make_library(database, root)
        (root / "disk").chmod(0o555)
        try:
            if user == 0:
                os.seteuid(65534)
            _, (found,) = await moves.planned(
                database, library.id, [wish(library.id, "a.mkv", "disk/a.mkv")]
            )
        finally:
            os.seteuid(user)
            (root / "disk").chmod(0o755)
    assert Conflict.PERMISSION in found.conflicts


async def test_a_read_only_disk(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a"})
    with small_disk(root / "disk") as mounted:
        library = await make_library(catalog_db, root)
        wishes = [wish(library.id, "a.mkv", "disk/a.mkv")]
        if not mounted:
            await _no_permission(catalog_db)
            return
        batch, _ = await moves.planned(catalog_db, library.id, wishes)
        make_read_only(root / "disk")
        async with moves.worker(catalog_url, catalog_db).running():
            ended = await moves.applied(catalog_db, batch.id)
        assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "DISK_READ_ONLY")
        assert moves.paths(root) == ["a.mkv"]
        _, (found,) = await moves.planned(catalog_db, library.id, wishes)
        assert found.conflicts == (Conflict.READ_ONLY,)


async def test_strangers_between_planning_and_applying(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {f"{name}.mkv": name for name in "abcd"})
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "a.mkv", "new/a.mkv"),
            wish(library.id, "b.mkv", "new/b.mkv"),
            wish(library.id, "c.mkv", "new/c.mkv", KINDS.COPY),
            wish(library.id, "d.mkv", "new/d.mkv"),
        ],
    )
    (root / "a.mkv").unlink()
    (root / "b.mkv").write_text("other")
    moves.write(root, {"new/c.mkv": "stranger"})
    async with moves.worker(catalog_url, catalog_db).running():
        assert (await moves.applied(catalog_db, batch.id)).state is BatchState.INCOMPLETE
    after = await moves.operations(catalog_db, batch.id)
    assert [one.error_code for one in after] == [
        "SOURCE_VANISHED",
        "SOURCE_CHANGED",
        "TARGET_EXISTS",
        None,
    ]
    assert (root / "new/c.mkv").read_text() == "stranger"
    assert moves.paths(root) == ["b.mkv", "c.mkv", "new/c.mkv", "new/d.mkv"]


async def test_what_changed_since_is_not_undone(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {f"{name}.mkv": name for name in "abc"})
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "a.mkv", "new/a.mkv"),
            wish(library.id, "b.mkv", "new/b.mkv", KINDS.COPY),
            wish(library.id, "c.mkv", "new/c.mkv"),
        ],
    )
    async with moves.worker(catalog_url, catalog_db).running():
        await moves.applied(catalog_db, batch.id)
        (root / "new/a.mkv").write_text("edited")
        # The same size and time: only its content tells.
        copied = (root / "new/b.mkv").stat()
        (root / "new/b.mkv").write_text("X")
        os.utime(root / "new/b.mkv", ns=(copied.st_atime_ns, copied.st_mtime_ns))
        moves.write(root, {"c.mkv": "stranger"})
        ended = await moves.rolled_back(catalog_db, batch.id)
        assert ended.state is BatchState.INCOMPLETE
        after = await moves.operations(catalog_db, batch.id)
        assert [one.state for one in after] == [STATE.COMPLETED] * 3
        assert {one.error_code for one in after} <= {
            "SOURCE_CHANGED",
            "CHECKSUM_MISMATCH",
            "TARGET_EXISTS",
            None,
        }
    assert (root / "new/a.mkv").read_text() == "edited"
    assert (root / "new/b.mkv").read_text() == "X"
    assert (root / "c.mkv").read_text() == "stranger"


def slowly(_source: int, _target: int, count: int, *_: int) -> int:
    """Stands in for a slow disk: writes nothing, and takes its time."""
    time.sleep(0.05)
    return count


async def test_a_long_copy_is_cancelled_within_a_second(
    catalog_db: Database, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "films"
    root.mkdir()
    with (root / "large.mkv").open("wb") as file:
        file.truncate(8 * 1024 * 1024 * 1024)  # a hole: it takes no room, and time to read
    before = sorted(os.listdir(root))
    library = await make_library(catalog_db, root)
    monkeypatch.setattr(calls, "reflink", lambda *_: False)
    monkeypatch.setattr(os, "copy_file_range", slowly)
    batch, _ = await moves.planned(
        catalog_db, library.id, [wish(library.id, "large.mkv", "new/large.mkv", KINDS.COPY)]
    )
    async with moves.worker(catalog_url, catalog_db).running():
        await usecases.apply(catalog_db, batch.id, skip_conflicts=False, once=None)
        async with asyncio.timeout(20):
            while not (await usecases.required(catalog_db, batch.id)).done_bytes:
                await asyncio.sleep(0.05)
        begun = time.monotonic()
        await usecases.cancel(catalog_db, batch.id)
        ended = await moves.until_ended(catalog_db, batch.id)
        assert time.monotonic() - begun < 3
    assert ended.state is BatchState.INCOMPLETE
    (found,) = await moves.operations(catalog_db, batch.id)
    assert found.state is STATE.PLANNED
    assert sorted(os.listdir(root)) == before


async def test_two_replicas_and_two_batches(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {f"{number}.mkv": str(number) for number in range(60)})
    library = await make_library(catalog_db, root)
    batches = [
        (
            await moves.planned(
                catalog_db,
                library.id,
                [wish(library.id, f"{n}.mkv", f"{folder}/{n}.mkv") for n in range(60)],
            )
        )[0]
        for folder in ("one", "two")
    ]
    async with (
        moves.worker(catalog_url, catalog_db).running(),
        moves.worker(catalog_url, catalog_db).running(),
    ):
        for batch in batches:
            await usecases.apply(catalog_db, batch.id, skip_conflicts=False, once=None)
        ended = [await moves.until_ended(catalog_db, batch.id) for batch in batches]
    assert sorted(batch.state for batch in ended) == ["applied", "incomplete"]
    assert len(moves.paths(root)) == 60
    done = [
        one
        for batch in batches
        for one in await moves.operations(catalog_db, batch.id)
        if one.state is STATE.COMPLETED
    ]
    assert len(done) == 60
    assert len({one.original_path for one in done}) == 60


async def test_what_cannot_be_decided_waits_for_a_person(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a"})
    library = await make_library(catalog_db, root)
    batch, (found,) = await moves.planned(
        catalog_db, library.id, [wish(library.id, "a.mkv", "b.mkv")]
    )
    await moves.rows(
        catalog_db,
        "UPDATE catalog.file_operations SET status = 'intended' RETURNING id",
    )
    await moves.rows(
        catalog_db,
        "UPDATE catalog.file_operation_batches SET state = 'incomplete' RETURNING id",
    )
    (root / "a.mkv").rename(root / "elsewhere.mkv")
    before = moves.tree(root)
    async with moves.worker(catalog_url, catalog_db).running():
        assert await recovery.recover(catalog_db, library.id) == [batch.id]
        assert (await moves.until_ended(catalog_db, batch.id)).state is BatchState.INCOMPLETE
    (after,) = await moves.operations(catalog_db, batch.id)
    assert (after.state, after.error_code) == (STATE.UNDECIDED, "FILE_OPERATION_UNDECIDED")
    assert moves.tree(root) == before
    assert await recovery.recover(catalog_db, library.id) == []
    said = await recovery.resolve(catalog_db, batch.id, found.id, done=False)
    assert said.state is STATE.FAILED


async def test_scans_at_the_same_time(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    first = media.film(root / "Film 0 (2000).mkv")
    for number in range(1, 30):
        path = root / f"Film {number} ({2000 + number % 20}).mkv"
        path.write_bytes(first.read_bytes() + bytes([number]))
    library = await make_library(catalog_db, root)
    async with (
        scanner(catalog_url, catalog_db).running(),
        moves.worker(catalog_url, catalog_db).running(),
    ):
        await run_scan(catalog_db, library)
        ids = {
            row["id"] for row in await moves.rows(catalog_db, "SELECT id FROM catalog.media_files")
        }
        names = sorted(os.listdir(root))
        for turn in range(3):
            folder = f"turn{turn}"
            batch, _ = await moves.planned(
                catalog_db,
                library.id,
                [wish(library.id, n, f"{folder}/{n}") for n in names if (root / n).exists()]
                if turn == 0
                else [wish(library.id, f"turn{turn - 1}/{n}", f"{folder}/{n}") for n in names],
            )
            await asyncio.gather(
                run_scan(catalog_db, library, full=turn == 1),
                moves.applied(catalog_db, batch.id),
            )
        last = counts(await run_scan(catalog_db, library))
        assert not last.keys() & {"added", "moved", "missing"}, last
    after = await moves.rows(catalog_db, "SELECT id, state, path FROM catalog.media_files")
    assert {row["id"] for row in after} == ids
    assert {row["state"] for row in after} == {"present"}
    assert all(row["path"].startswith("turn2/") for row in after)


async def test_a_file_system_without_the_best_rename(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a", "b.mkv": "b"})
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [wish(library.id, "a.mkv", "n/a.mkv"), wish(library.id, "b.mkv", "n/b.mkv", KINDS.COPY)],
    )
    faults.arm("lacks:renameat2 lacks:openat2 lacks:copy_file_range lacks:reflink")
    try:
        async with moves.worker(catalog_url, catalog_db).running():
            assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
            assert moves.paths(root) == ["b.mkv", "n/a.mkv", "n/b.mkv"]
            assert (await moves.rolled_back(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
    finally:
        faults.arm("")
    assert moves.tree(root) == before


@pytest.mark.timeout(240)
async def test_ten_thousand_renames_come_back(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    for folder in range(100):
        moves.write(root, {f"Show {folder}/{n}.mkv": f"{folder}.{n}" for n in range(100)})
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    begun = time.monotonic()
    batch, found = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, f"Show {f}/{n}.mkv", f"Show ({f})/Season 01/E{n:03}.mkv")
            for f in range(100)
            for n in range(100)
        ],
    )
    assert len(found) == 10_000
    times = [time.monotonic() - begun]
    async with moves.worker(catalog_url, catalog_db).running():
        begun = time.monotonic()
        ended = await moves.applied(catalog_db, batch.id)
        times.append(time.monotonic() - begun)
        assert ended.state is BatchState.APPLIED
        assert ended.done_count == 10_000
        begun = time.monotonic()
        assert (await moves.rolled_back(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
        times.append(time.monotonic() - begun)
    assert moves.tree(root) == before
    print("planned, applied, rolled back in", times)  # noqa: T201 # shown with -s
