"""A worker of its own process, on a slow disk, for tests that freeze it. Ends with its input."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from typing import Any

from reelhouse_kit.db import Database
from tests.integration.catalog import moves

_copy = os.copy_file_range


def _slowly(*arguments: Any) -> int:
    time.sleep(0.05)
    return _copy(*arguments)


async def _main(url: str) -> None:
    async with (
        Database.open(url, schema="catalog", size=3) as database,
        moves.worker(url, database).running(),
    ):
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    vars(os)["copy_file_range"] = _slowly
    asyncio.run(_main(sys.argv[1]))
