"""Workers that are killed at every step of replacing links: a link always exists, old or new."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Self

import pytest

from reelhouse_catalog.relinking import usecases as relinking
from reelhouse_catalog.schema import jobs
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import ENDED, RunState, SymlinkRun
from reelhouse_kit.db import Database
from reelhouse_kit.jobs import Worker
from reelhouse_kit.processes import leashed
from reelhouse_naming import LibraryKind
from tests.integration.catalog.links import Links, file, handlers, link, make
from tests.integration.catalog.relink_worker import POINTS

SCRIPT = Path(__file__).with_name("relink_worker.py")
ROOT = Path(__file__).parents[3]
EPISODES = 12


class Watch:
    """Looks at links all the time, and notes what is neither the old nor the new one."""

    def __init__(self, wanted: dict[Path, tuple[str, str]]) -> None:
        self._wanted = wanted
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.looks = 0
        self.wrong: list[tuple[Path, str]] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.is_set():
            for path, allowed in self._wanted.items():
                try:
                    said = os.readlink(path)
                except OSError as error:
                    said = repr(error)
                if said not in allowed:
                    self.wrong.append((path, said))
            self.looks += 1
            self._stop.wait(0.002)


async def killed(url: str, point: str, count: int, library: Links, run: SymlinkRun) -> bool:
    """Works until the process dies, or the run has ended. Returns whether it died."""
    process = await asyncio.create_subprocess_exec(
        *leashed([sys.executable, str(SCRIPT), url, point, str(count)]),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    dying = asyncio.create_task(process.wait())
    try:
        async with asyncio.timeout(40):
            while not dying.done():
                found = await runs.get_run(library.database, library.library.id, run.id)
                if found.state in ENDED:
                    return False
                await asyncio.wait({dying}, timeout=0.05)
        return True
    finally:
        if process.returncode is None:
            process.kill()
        await dying


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", [*POINTS])
async def test_killed_at_every_step(
    catalog_db: Database, catalog_url: str, tmp_path: Path, point: str
) -> None:
    root, second, remote = tmp_path / "tv", tmp_path / "second", tmp_path / "remote"
    wanted: dict[Path, tuple[str, str]] = {}
    for number in range(1, EPISODES + 1):
        name = f"Show (2010)/Season 01/Show S01E{number:02}.mkv"
        real = file(remote / f"{number}.mkv")
        link(second / name, real)
        path = link(root / name, tmp_path / "lost" / f"{number}.mkv")
        wanted[path] = (os.readlink(path), str(real))
    library = await make(catalog_db, root, LibraryKind.TV)
    await library.set(candidate_roots=[str(second)], allowed_prefixes=[str(remote)])
    async with Worker(catalog_url, catalog_db, jobs, handlers(catalog_db)).running():
        await library.scanned()
    run = await relinking.relink_symlinks(
        catalog_db, library.library.id, dry_run=False, most=0, folders=(), once=None
    )
    settling = "settle" in point
    with Watch(wanted) as watch:
        if settling:
            # Something must be unsettled first.
            assert await killed(catalog_url, "after exchange", 2, library, run)
        died = await killed(catalog_url, point, 1 if settling else 3, library, run)
        assert died, "the step was not reached"
        left = await library.rows(
            "SELECT count(*) AS n FROM catalog.relink_entries WHERE outcome = 'intended'"
        )
        assert left[0]["n"] <= 4  # the links of a batch
        if not await killed(catalog_url, "never", 0, library, run):
            run = await library.ended(run)
        assert run.state is RunState.COMPLETED
    assert watch.looks > 10
    assert not watch.wrong
    assert {os.readlink(path) for path in wanted} == {new for _, new in wanted.values()}
    assert not list(root.rglob(".reelhouse-*"))
    entries = await library.entries(run)
    replaced = [entry for entry in entries if entry.outcome == "replaced"]
    assert len(replaced) == len({entry.path for entry in replaced}) == EPISODES
    assert {entry.outcome for entry in entries} <= {"replaced", "skipped"}
    assert run.stats["replaced_count"] == run.stats["checked_count"] == EPISODES
    assert {one.status for one in (await library.all()).values()} == {"ok"}
    events = [event for event in await library.events() if event.action == "relinked"]
    assert len(events) == EPISODES
