"""The memory of the idle suite: what its processes and the database would give back if they ended.

That is the proportional set size: memory that several processes share is counted once.
"""

from __future__ import annotations

import time

import psutil

from tests.bench.figures import Figure
from tests.e2e.house import House

SETTLE_SECONDS = 40.0
"""More than it takes until connections that nobody uses are closed."""
AIM_MB = 450


def run(house: House) -> list[Figure]:
    """Measures a suite that has nothing to do."""
    time.sleep(SETTLE_SECONDS)
    supervisor = psutil.Process(house.pid)
    processes = [supervisor, *supervisor.children(recursive=True)]
    total = sum(process.memory_full_info().pss for process in processes) / 1e6
    return [
        Figure(
            f"memory of the idle suite, {len(processes)} processes with the database",
            f"{total:.0f} MB",
            aim=f"below {AIM_MB} MB",
        )
    ]
