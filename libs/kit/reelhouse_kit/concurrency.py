"""Doing several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def concurrently(*work: Coroutine[Any, Any, None]) -> None:
    """Runs coroutines at once until all are done. When one raises, the others are cancelled.

    Unlike asyncio.TaskGroup it raises what was raised, not a group of it.
    """
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
