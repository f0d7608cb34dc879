"""What file operations do not trust: content that rots, disks that lie, workers that come back."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from reelhouse_catalog.disk import calls, faults
from reelhouse_catalog.file_operations import usecases
from reelhouse_catalog.file_operations.model import BatchState, OperationState, OperationType
from reelhouse_kit.db import Database
from tests.integration.catalog import moves
from tests.integration.catalog.moves import wish
from tests.integration.catalog.operation_drill import add_file
from tests.integration.catalog.scanning import make_library

KINDS = OperationType
STATE = OperationState
ROOT = Path(__file__).parents[3]


def rot(path: Path, content: bytes) -> None:
    """Changes what a file holds, and neither its size nor its time."""
    before = path.stat()
    assert len(content) == before.st_size
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


async def know(database: Database, library: UUID, root: Path, path: str) -> None:
    """Has the catalog know a file, with its checksum."""
    await add_file(database, library, str(root), path)
    digest = hashlib.sha256((root / path).read_bytes()).hexdigest()
    await moves.rows(
        database,
        f"UPDATE catalog.media_files SET hash_sha256 = decode('{digest}', 'hex')"
        f" WHERE path = '{path}' RETURNING id",
    )


@pytest.mark.parametrize("verify", [True, False])
async def test_a_rename_of_what_changed_unseen(
    catalog_db: Database, catalog_url: str, tmp_path: Path, verify: bool
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "aaaa", "b.mkv": "bbbb"})
    library = await make_library(catalog_db, root)
    for name in ("a.mkv", "b.mkv"):
        await know(catalog_db, library.id, root, name)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [wish(library.id, f"{name}.mkv", f"new/{name}.mkv", KINDS.MOVE) for name in "ab"],
        verify=verify,
    )
    rot(root / "a.mkv", b"aXaa")
    before = moves.tree(root)
    async with moves.worker(catalog_url, catalog_db).running():
        ended = await moves.applied(catalog_db, batch.id)
    after = await moves.operations(catalog_db, batch.id)
    if not verify:
        assert ended.state is BatchState.APPLIED
        assert moves.paths(root) == ["new/a.mkv", "new/b.mkv"]
        return
    assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "CHECKSUM_MISMATCH")
    assert [(one.state, one.error_code) for one in after] == [
        (STATE.FAILED, "CHECKSUM_MISMATCH"),
        (STATE.PLANNED, None),
    ]
    assert moves.tree(root) == before, "it stops: what comes next is not done either"


async def test_a_verified_rename_that_changed_is_not_undone(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "aaaa"})
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db, library.id, [wish(library.id, "a.mkv", "b.mkv")], verify=True
    )
    async with moves.worker(catalog_url, catalog_db).running():
        assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
        (done,) = await moves.operations(catalog_db, batch.id)
        assert done.checksum == hashlib.sha256(b"aaaa").digest()
        rot(root / "b.mkv", b"aXaa")
        before = moves.tree(root)
        ended = await moves.rolled_back(catalog_db, batch.id)
    assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "CHECKSUM_MISMATCH")
    (after,) = await moves.operations(catalog_db, batch.id)
    assert (after.state, after.error_code) == (STATE.COMPLETED, "CHECKSUM_MISMATCH")
    assert moves.tree(root) == before


def lying(_source: int, target: int, count: int, _from: int, at: int) -> int:
    """Stands in for a disk that keeps something else than it was given."""
    return os.pwrite(target, b"x" * count, at)


@pytest.mark.parametrize("kind", [KINDS.COPY, KINDS.MOVE])
async def test_a_copy_that_reads_differently(
    catalog_db: Database,
    catalog_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: OperationType,
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": b"a" * 100_000, "b.mkv": b"b" * 100_000})
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    faults.arm("lacks:one_device")
    try:
        batch, found = await moves.planned(
            catalog_db,
            library.id,
            [wish(library.id, f"{name}.mkv", f"new/{name}.mkv", kind) for name in "ab"],
        )
    finally:
        faults.arm("")
    assert all(one.stages for one in found)
    async with moves.worker(catalog_url, catalog_db).running():
        with monkeypatch.context() as patched:
            patched.setattr(calls, "reflink", lambda *_: False)
            patched.setattr(os, "copy_file_range", lying)
            ended = await moves.applied(catalog_db, batch.id)
        assert (ended.state, ended.error_code) == (BatchState.INCOMPLETE, "CHECKSUM_MISMATCH")
        after = await moves.operations(catalog_db, batch.id)
        assert [one.state for one in after] == [STATE.FAILED, STATE.PLANNED]
        assert moves.tree(root) == before, "nothing is lost, and nothing is left"
        # With a disk that does what it says, it goes through.
        assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
    assert (root / "new/a.mkv").read_bytes() == b"a" * 100_000


@asynccontextmanager
async def other_process(url: str, fault: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a worker in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.catalog.frozen_worker",
        url,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), faults.VARIABLE: fault},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        await process.communicate(b"")
        assert process.returncode == 0, "a frozen worker goes on with its life"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", ["", "lacks:flock"])
async def test_a_frozen_worker_comes_back(
    catalog_db: Database, catalog_url: str, tmp_path: Path, fault: str
) -> None:
    root = tmp_path / "films"
    moves.write(root, {f"{number}.mkv": f"film {number}" * 1000 for number in range(80)})
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, f"{n}.mkv", f"new/{n}.mkv", KINDS.COPY if n % 2 else KINDS.MOVE)
            for n in range(80)
        ],
    )
    new = root / "new"
    async with other_process(catalog_url, fault) as frozen:
        await usecases.apply(catalog_db, batch.id, skip_conflicts=False, once=None)
        async with asyncio.timeout(20):
            while not new.exists() or len(os.listdir(new)) < 20:
                await asyncio.sleep(0.01)
        frozen.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.1)
        left = moves.tree(root)
        assert 20 <= len(os.listdir(new)) < 80
        faults.arm(fault)
        try:
            async with moves.worker(catalog_url, catalog_db).running():
                await _taken_over(catalog_db, batch.id)
                if fault:
                    # Nothing tells the other that the frozen one is at it: it does it all.
                    ended = await moves.until_ended(catalog_db, batch.id)
                    left = moves.tree(root)
                    frozen.send_signal(signal.SIGCONT)
                    await asyncio.sleep(2)
                    assert moves.tree(root) == left, "nothing is done twice"
                else:
                    # The other waits for the lock that the frozen one has.
                    await asyncio.sleep(1)
                    assert moves.tree(root) == left
                    frozen.send_signal(signal.SIGCONT)
                    ended = await moves.until_ended(catalog_db, batch.id)
        finally:
            faults.arm("")
    assert ended.state is BatchState.APPLIED
    after = await moves.operations(catalog_db, batch.id)
    assert {one.state for one in after} == {STATE.COMPLETED}
    assert moves.paths(root) == sorted(
        [*(f"{n}.mkv" for n in range(1, 80, 2)), *(f"new/{n}.mkv" for n in range(80))]
    )
    for number in range(80):
        assert (new / f"{number}.mkv").read_text() == f"film {number}" * 1000


async def _taken_over(database: Database, batch: UUID) -> None:
    """Waits until the lease ran out and another worker has the job."""
    async with asyncio.timeout(40):
        while not await moves.rows(
            database,
            "SELECT 1 FROM catalog.jobs WHERE status IN ('active', 'completed') AND attempts = 2"
            f" AND subject LIKE '%{batch}'",
        ):
            await asyncio.sleep(0.05)
