"""What tests of file operations share: a library in a folder, plans, and runs of them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from reelhouse_catalog.file_operations import recycling, store, usecases
from reelhouse_catalog.file_operations.handler import BatchHandler, PurgeHandler
from reelhouse_catalog.file_operations.model import (
    LIVE,
    Batch,
    BatchState,
    Operation,
    OperationType,
    Wish,
)
from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query
from reelhouse_kit.jobs import Handler, Worker


def worker(url: str, database: Database, *, concurrency: int = 2) -> Worker:
    """Returns a worker that deals with batches and recycle bins."""
    handlers: dict[str, Handler] = {
        usecases.JOB: BatchHandler(database),
        recycling.PURGE_JOB: PurgeHandler(database),
    }
    return Worker(url, database, jobs, handlers, concurrency=concurrency)


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Makes files with contents, and times that tell them apart."""
    for number, (path, content) in enumerate(files.items()):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        when = 1_600_000_000_000_000_000 + number * 1_000_000_007
        os.utime(target, ns=(when, when))


def tree(root: Path, *, inodes: bool = True) -> dict[bytes, Any]:
    """Returns all that is below a folder: kinds, modes, bytes, times, links; folders' modes."""
    found: dict[bytes, Any] = {}
    base = os.fsencode(root)
    for folder, folders, files in os.walk(base):
        for name in [*folders, *files]:
            path = os.path.join(folder, name)
            status = os.lstat(path)
            key = os.path.relpath(path, base)
            if stat.S_ISDIR(status.st_mode):
                found[key] = ("folder", stat.S_IMODE(status.st_mode), status.st_uid)
            elif stat.S_ISLNK(status.st_mode):
                found[key] = ("link", os.readlink(path), status.st_mtime_ns)
            else:
                with open(path, "rb") as file:
                    content = hashlib.sha256(file.read()).hexdigest()
                found[key] = (
                    "file",
                    stat.S_IMODE(status.st_mode),
                    status.st_mtime_ns,
                    content,
                    status.st_nlink,
                    status.st_ino if inodes else 0,
                )
    return found


def paths(root: Path) -> list[str]:
    """Returns the paths of all files below a folder."""
    return sorted(os.fsdecode(path) for path, entry in tree(root).items() if entry[0] != "folder")


def wish(
    library: UUID,
    source: str | bytes,
    target: str | bytes | None,
    kind: OperationType = OperationType.MOVE,
) -> Wish:
    """Returns a wish, its paths given as text."""
    return Wish(kind, library, _bytes(source), None if target is None else _bytes(target))


def _bytes(path: str | bytes) -> bytes:
    return path if isinstance(path, bytes) else os.fsencode(path)


async def planned(
    database: Database, library: UUID, wishes: Iterable[Wish], **options: Any
) -> tuple[Batch, list[Operation]]:
    """Plans. Returns the batch and its operations."""
    batch = await usecases.plan(database, library, list(wishes), **options)
    return batch, await operations(database, batch.id)


async def operations(database: Database, batch: UUID) -> list[Operation]:
    """Returns the operations of a batch in their order."""
    return await store.operations(database, batch, limit=100_000)


async def until_ended(database: Database, batch: UUID, *, seconds: float = 50) -> Batch:
    """Waits until no worker deals with a batch."""
    async with asyncio.timeout(seconds):
        while True:
            found = await usecases.required(database, batch)
            if found.state not in (*LIVE, BatchState.PLANNED):
                return found
            await asyncio.sleep(0.02)


async def applied(database: Database, batch: UUID, *, skip_conflicts: bool = False) -> Batch:
    """Applies a batch, with a worker that runs already."""
    await usecases.apply(database, batch, skip_conflicts=skip_conflicts, once=None)
    return await until_ended(database, batch)


async def rolled_back(database: Database, batch: UUID) -> Batch:
    """Undoes a batch, with a worker that runs already."""
    await usecases.roll_back(database, batch, None)
    return await until_ended(database, batch)


async def rows(database: Database, sql: str) -> Sequence[Any]:
    """Returns what a statement says."""
    return await database.all(Query(text(sql)))
