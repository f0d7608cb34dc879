"""Organizing a library with its journal, against a bare loop of renames with the same fsyncs."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from reelhouse_catalog.file_operations import usecases as operations
from reelhouse_catalog.file_operations.model import Batch, BatchState
from reelhouse_catalog.file_operations.work import MOST_AT_ONCE
from reelhouse_catalog.organizing import usecases
from reelhouse_catalog.organizing.model import Rules
from reelhouse_catalog.schema import SCHEMA
from reelhouse_kit.db import Database
from reelhouse_kit.testing import postgres
from reelhouse_naming import LibraryKind
from tests.bench.figures import Figure
from tests.integration.catalog import many, moves
from tests.integration.catalog.scanning import make_library

COUNT = 10_000


def bare(root: Path, renames: Sequence[tuple[str, str]]) -> float:
    """Returns seconds for renaming files and making it last, and nothing else."""
    start = time.perf_counter()
    for begin in range(0, len(renames), MOST_AT_ONCE):
        touched: set[Path] = set()
        for old, new in renames[begin : begin + MOST_AT_ONCE]:
            source, target = root / old, root / new
            _make(target.parent)
            source.rename(target)
            touched |= {source.parent, target.parent}
        _sync(touched)
    return time.perf_counter() - start


def _make(folder: Path) -> None:
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir()
        _sync([folder.parent])


def _sync(folders: Iterable[Path]) -> None:
    for folder in folders:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(opened)
        os.close(opened)


def _seconds(batch: Batch, state: BatchState) -> float:
    """Returns how long a worker dealt with a batch."""
    assert batch.state is state, batch
    assert batch.started_at is not None
    assert batch.ended_at is not None
    return (batch.ended_at - batch.started_at).total_seconds()


async def _measure(url: str, folder: Path) -> list[Figure]:
    root = folder / "shows"
    for made in (root, folder / "bare"):
        made.mkdir()
        many.write(made, COUNT)
    async with Database.open(url, schema="catalog", size=8) as database:
        library = await make_library(database, root, LibraryKind.TV)
        await many.know(database, library.id, root, COUNT)
        began = time.perf_counter()
        wishes = await usecases.wishes(database, library.id, Rules(), {})
        named = time.perf_counter() - began
        batch = await operations.plan(database, library.id, wishes)
        planned = time.perf_counter() - began - named
        renames = await _renames(database, batch)
        assert len(wishes) == COUNT <= len(renames)
        async with moves.worker(url, database).running():
            await operations.apply(database, batch.id, skip_conflicts=False, once=None)
            done = await moves.until_ended(database, batch.id, seconds=600)
            applied = _seconds(done, BatchState.APPLIED)
            await operations.roll_back(database, batch.id, None)
            done = await moves.until_ended(database, batch.id, seconds=600)
            undone = _seconds(done, BatchState.ROLLED_BACK)
    looped = bare(folder / "bare", renames)
    back = bare(folder / "bare", [(new, old) for old, new in reversed(renames)])
    return [
        Figure(f"names for {COUNT:,} files from templates", f"{COUNT / named:,.0f} files/s"),
        Figure("conflicts and sidecars of these", f"{COUNT / planned:,.0f} files/s"),
        _figure("renames with a journal", len(renames), applied, looped),
        _figure("the same undone", len(renames), undone, back),
    ]


def _figure(what: str, count: int, ours: float, theirs: float) -> Figure:
    return Figure(
        f"{count:,} {what}",
        f"{count / ours:,.0f} a second",
        f"{count / theirs:,.0f} a second, bare loop with the same fsyncs",
        theirs / ours,
        "at least 0.1",
    )


async def _renames(database: Database, batch: Batch) -> list[tuple[str, str]]:
    found = await moves.operations(database, batch.id)
    return [(os.fsdecode(one.original_path), os.fsdecode(one.new_path)) for one in found]


def run() -> list[Figure]:
    """Measures on a database of its own."""
    with tempfile.TemporaryDirectory() as scratch, postgres.server() as url:
        return asyncio.run(_prepare_and_measure(url, Path(scratch)))


async def _prepare_and_measure(url: str, folder: Path) -> list[Figure]:
    template = await asyncio.to_thread(asyncio.run, postgres.make_template(url, [SCHEMA]))
    async with postgres.copy(url, template) as admin:
        return await _measure(postgres.as_service(admin, "catalog"), folder)
