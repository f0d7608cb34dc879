"""Workers killed at every step of every file operation: nothing is lost, nothing is there twice."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reelhouse_catalog.disk.faults import Point
from reelhouse_kit.testing import postgres

ROOT = Path(__file__).parents[3]
SHARES = 2
MEMORY = Path("/dev/shm")  # noqa: S108 # a file system in memory, for what is synced very often


@pytest.mark.timeout(400)
async def test_workers_are_killed_at_every_step(
    postgres_url: str, template: str, tmp_path: Path
) -> None:
    folder = Path(tempfile.mkdtemp(dir=MEMORY))
    try:
        shares = (_run(postgres_url, template, folder, tmp_path, share) for share in range(SHARES))
        found = await asyncio.gather(*shares)
    finally:
        shutil.rmtree(folder)
    wrong = [problem for one in found for problem in one["wrong"]]
    assert not wrong, "\n".join(wrong)
    kills: Counter[str] = Counter()
    for one in found:
        kills.update(one["kills"])
    assert set(kills) == {str(point) for point in Point}, "a step that nobody is killed at"
    assert kills.total() >= 200
    print(f"killed {kills.total()} workers: {dict(kills)}")  # noqa: T201 # shown with -s


def _alone() -> list[str]:
    """Returns what runs a command whose mounts go with it, however it ends."""
    unshare = shutil.which("unshare")
    alone = [unshare or "", "--mount", "--propagation", "private"]
    if not unshare or subprocess.run([*alone, "true"], check=False).returncode:
        return []
    return alone


async def _run(url: str, template: str, folder: Path, other: Path, share: int) -> Any:
    here, there = folder / str(share), other / f"other-{share}"
    here.mkdir()
    there.mkdir()
    async with postgres.copy(url, template) as database:
        process = await asyncio.create_subprocess_exec(
            *_alone(),
            sys.executable,
            "-m",
            "tests.integration.catalog.operation_drill",
            postgres.as_service(database, "catalog"),
            str(here),
            str(there),
            str(share),
            str(SHARES),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-3000:]
    return json.loads(out)
