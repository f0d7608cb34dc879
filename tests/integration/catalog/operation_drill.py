"""Kills workers at every step of every kind of operation, and looks at what others make of it.

A program of its own: it forks for every worker, which a process with threads cannot do safely.
Takes the address of a database, a folder, an empty one on another file system, which share of the
scenarios to run, and of how many; prints what it did as JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from reelhouse_catalog.disk import copying, faults
from reelhouse_catalog.file_operations import recovery, recycling, store, usecases
from reelhouse_catalog.file_operations.handler import BatchHandler, PurgeHandler
from reelhouse_catalog.file_operations.model import (
    UNSETTLED,
    BatchState,
    Operation,
    OperationState,
    OperationType,
    Wish,
)
from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_catalog.libraries.model import DEFAULT_SCAN_INTERVAL
from reelhouse_catalog.schema import jobs
from reelhouse_kit.db import Database, Query
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import Job, JobError, Run, Status
from reelhouse_naming import LibraryKind

CHUNK = 64 * 1024
LARGE = os.urandom(CHUNK + 17)
"""Two chunks of a copy, in the drill."""
KINDS = OperationType


@dataclass(frozen=True)
class Scenario:
    """What a worker is killed in."""

    name: str
    wishes: tuple[tuple[OperationType, str, str | None], ...]
    doing: str = "apply"
    lacks: str = ""


@dataclass(frozen=True)
class Case:
    """One killing."""

    number: int
    scenario: Scenario
    fault: str
    clean: Any
    """What a run that nobody kills makes."""
    lost: bool
    """Whether the job is lost with its worker, so that it is recovered only."""

    def __str__(self) -> str:
        """Names it."""
        kind = "recovered" if self.lost else "gone on with"
        return f"{self.scenario.name}, {self.scenario.doing}, {self.fault}, {kind}"


def scenarios(other: str) -> list[Scenario]:
    """Returns all scenarios: every kind, on one file system and across two, both ways."""
    kinds = {
        "move": ((KINDS.MOVE, "old/film.mkv", "new/Film.mkv"),),
        "rename": ((KINDS.RENAME, "old/film.mkv", "old/Film (2019).mkv"),),
        "copy": ((KINDS.COPY, "old/film.mkv", "new/Film.mkv"),),
        "hardlink": ((KINDS.HARDLINK, "old/film.mkv", "new/Film.mkv"),),
        "symlink": ((KINDS.SYMLINK, "old/film.mkv", "new/Film.mkv"),),
        "delete": ((KINDS.DELETE, "old/film.mkv", None),),
        "swap": (
            (KINDS.MOVE, "old/film.mkv", "stay/b.mkv"),
            (KINDS.MOVE, "stay/b.mkv", "old/film.mkv"),
        ),
        "chain": (
            (KINDS.MOVE, "old/film.mkv", "new/c.mkv"),
            (KINDS.MOVE, "stay/b.mkv", "old/film.mkv"),
        ),
        "move across": ((KINDS.MOVE, "old/film.mkv", f"{other}/new/Film.mkv"),),
        "copy across": ((KINDS.COPY, "old/film.mkv", f"{other}/new/Film.mkv"),),
        "swap across": (
            (KINDS.MOVE, "old/film.mkv", f"{other}/b.mkv"),
            (KINDS.MOVE, f"{other}/b.mkv", "old/film.mkv"),
        ),
    }
    by_links = ("move", "copy", "delete", "swap")
    found = [
        Scenario(name, wishes, doing)
        for name, wishes in kinds.items()
        for doing in ("apply", "undo")
        # A link is taken back as a copy is, and a chain as what it is made of.
        if doing == "apply" or name not in ("symlink", "chain")
    ]
    found.append(Scenario("purge", kinds["delete"], "purge"))
    without = "lacks:renameat2"
    found += [Scenario(f"{name} by links", kinds[name], "apply", without) for name in by_links]
    found.append(Scenario("copy by links", kinds["copy"], "undo", without))
    found.append(Scenario("copy by hand", kinds["copy"], "apply", "lacks:copy_file_range"))
    return found


class Drill:
    """Runs scenarios, each in a folder of its own, all in one database."""

    def __init__(self, url: str, folder: str, other: str, share: int, shares: int) -> None:
        self._share = share
        self._shares = shares
        self._url = url
        self._folder = folder
        self._other = other
        self._name = os.path.basename(other)
        self._number = 0
        # Where nothing can be mounted, the way across is forced.
        self._mounts = _can_mount(folder, other)

    # --- what children do ---

    def _child(self, work: Callable[[], AsyncIterator[Any]]) -> tuple[int, list[Any]]:
        """Does something in another process. Returns how that ended, and what it said."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(reading)
                asyncio.run(_tell(work(), writing))
                code = 0
            except BaseException:  # noqa: BLE001 # told by the parent's answer
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = [json.loads(line) for line in pipe]
        _, status = os.waitpid(child, 0)
        return status, said

    def _root(self, number: int) -> str:
        return os.path.join(self._folder, f"case-{number}")

    async def _make(self, database: Database, number: int, scenario: Scenario) -> UUID:
        """Makes the folder, with the other file system in it, and the library."""
        root = self._root(number)
        content = {"old/film.mkv": LARGE, "old/film.en.srt": b"one", "stay/b.mkv": b"two"}
        for path, data in content.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            Path(root, path).write_bytes(data)
        library = await libraries.create_library(
            database,
            name=f"case {number}",
            kind=LibraryKind.MOVIE,
            root_path=root,
            scan_interval=DEFAULT_SCAN_INTERVAL,
            once=None,
        )
        if "across" in scenario.name:
            os.mkdir(os.path.join(root, self._name))
            if self._mounts:
                _mount(self._other, os.path.join(root, self._name))
            Path(root, self._name, "b.mkv").write_bytes(b"three")
            content[f"{self._name}/b.mkv"] = b"three"
        for path in content:
            if path.endswith(".mkv"):
                await add_file(database, library.id, root, path)
        return library.id

    async def _begin(self, database: Database, case: Case) -> Any:
        """Does a scenario up to its fault; to its end when there is none."""
        number, scenario = case.number, case.scenario
        faults.arm(scenario.lacks)
        library = await self._make(database, number, scenario)
        wishes = [
            Wish(kind, library, source.encode(), target.encode() if target else None)
            for kind, source, target in scenario.wishes
        ]
        before = _tree(self._root(number))
        batch = await usecases.plan(database, library, wishes)
        found = await store.operations(database, batch.id, limit=100)
        assert all(not one.conflicts for one in found), found
        Path(self._root(number) + ".batch").write_text(str(batch.id))
        if scenario.doing != "apply":
            await usecases.apply(database, batch.id, skip_conflicts=False, once=None)
            await _work(database)
        faults.arm(f"{case.fault} {scenario.lacks}")
        if scenario.doing == "apply":
            await usecases.apply(database, batch.id, skip_conflicts=False, once=None)
        elif scenario.doing == "undo":
            await usecases.roll_back(database, batch.id, None)
        else:
            await recycling.purge_bin(database, library, timedelta(0), None)
        await _work(database)
        return {
            "before": before,
            "after": _tree(self._root(number)),
            "passed": [str(point) for point in faults.passed()],
        }

    async def _go_on(self, database: Database, case: Case) -> Any:
        """Does what the next worker does; when the job is lost, it recovers only."""
        number, scenario = case.number, case.scenario
        faults.arm(scenario.lacks)
        batch_id = UUID(Path(self._root(number) + ".batch").read_text())
        await _expire(database, lost=case.lost)
        await _rescue(database)
        if case.lost:
            await recovery.recover(database, None)
        await _work(database)
        found = await store.operations(database, batch_id, limit=100)
        batch = await usecases.required(database, batch_id)
        return {
            "after": _tree(self._root(number)),
            "state": str(batch.state),
            "problems": await self._disagreements(database, number, found),
        }

    async def _disagreements(
        self, database: Database, number: int, operations: list[Operation]
    ) -> list[str]:
        """Holds the journal and the catalog against the disk."""
        root = self._root(number)
        problems = []
        paths: dict[UUID | None, bytes] = {}
        for one in operations:
            old, new = (
                os.path.lexists(os.path.join(os.fsencode(root), path))
                for path in (one.original_path, one.new_path)
            )
            if one.state in UNSETTLED or one.state is OperationState.UNDECIDED:
                problems.append(f"{one.number} is {one.state}")
            done = one.state is OperationState.COMPLETED
            if done and not one.parked and not new:
                problems.append(f"{one.number} is done and not there")
            if one.state in (OperationState.PLANNED, OperationState.ROLLED_BACK) and not old:
                behind = any(o.parked and o.sidecar_of == one.id for o in operations)
                if not behind:
                    problems.append(f"{one.number} is {one.state} and not there")
            if one.type.takes_away and done:
                paths[one.media_file_id] = one.new_path
        for row in await database.all(
            Query(text("SELECT * FROM catalog.media_files WHERE library_id = :l").bindparams()),
            l=operations[0].library_id,
        ):
            path = os.path.join(row["directory"], row["filename"])
            there = os.path.lexists(os.path.join(os.fsencode(root), path))
            if there is not (row["state"] == "present"):
                problems.append(f"the catalog says {row['path']} is {row['state']}")
        return problems

    # --- what the parent does ---

    def run(self) -> dict[str, Any]:
        """Runs a share: each worker goes on with what the one before was killed in."""
        cases = []
        share = scenarios(self._name)[self._share :: self._shares]
        for planned in share:
            scenario = planned
            if "across" in planned.name and not self._mounts:
                scenario = replace(planned, lacks="lacks:one_device")
            clean = self._clean(scenario)
            seen: Counter[str] = Counter()
            for index, point in enumerate(clean["passed"]):
                seen[point] += 1
                if seen[point] > 1 and (scenario.doing != "apply" or scenario.lacks):
                    continue  # the second file goes as the first did
                number = self._next()
                fault = f"{point}:{seen[point]}"
                cases.append(Case(number, scenario, fault, clean, lost=index % 3 == 2))
        kills: Counter[str] = Counter()
        wrong: list[str] = []
        for before, case in zip([None, *cases], [*cases, None], strict=True):
            status, said = self._child(partial(self._between, before, case))
            if case is not None:
                if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
                    kills[case.fault.partition(":")[0]] += 1
                else:
                    wrong.append(f"{case}: the worker was not killed: {status}")
            if before is not None:
                problem = _problem(before, said[0] if said else None)
                if problem:
                    wrong.append(f"{before}: {problem}")
                self._remove(before.number)
        return {"kills": kills, "wrong": wrong, "mounted": self._mounts}

    async def _between(self, before: Case | None, case: Case | None) -> AsyncIterator[Any]:
        # Connections are shared: what costs most is that each reads the schema anew.
        async with Database.open(self._url, schema="catalog", size=3) as database:
            if before is not None:
                try:
                    yield await self._go_on(database, before)
                except Exception:  # noqa: BLE001 # told by the parent
                    yield {"error": "".join(traceback.format_exc().splitlines(keepends=True)[-8:])}
            if case is not None:
                yield await self._begin(database, case)

    def _clean(self, scenario: Scenario) -> Any:
        number = self._next()
        case = Case(number, scenario, "every", None, lost=False)
        status, (clean,) = self._child(lambda: self._between(None, case))
        assert status == 0, scenario
        self._remove(number)
        assert (clean["before"] == clean["after"]) is (scenario.doing == "undo"), clean
        return clean

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _remove(self, number: int) -> None:
        root = self._root(number)
        mounted = os.path.join(root, self._name)
        if os.path.ismount(mounted):
            _unmount(mounted)
        shutil.rmtree(root, ignore_errors=True)


async def _tell(answers: AsyncIterator[Any], pipe: int) -> None:
    async for answer in answers:
        os.write(pipe, json.dumps(answer).encode() + b"\n")


def _problem(case: Case, found: Any) -> str:
    """Returns what is wrong with what the next worker made of a case."""
    if found is None or "error" in found:
        return found["error"] if found else "the next worker died"
    if found["problems"]:
        return "; ".join(found["problems"])
    if case.lost:
        return _lost_bytes(case.clean, found["after"])
    if found["after"] != case.clean["after"]:
        return f"{sorted(found['after'])} is not {sorted(case.clean['after'])}"
    ended = {BatchState.APPLIED, BatchState.ROLLED_BACK}
    return "" if found["state"] in ended else f"the batch is {found['state']}"


def _mount(source: str, target: str) -> None:
    """Puts an empty folder of the other file system at a place."""
    for name in os.listdir(source):
        path = os.path.join(source, name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    subprocess.run(["/bin/mount", "--bind", source, target], check=True)


def _unmount(target: str) -> None:
    subprocess.run(["/bin/umount", target], check=True)


def _can_mount(folder: str, other: str) -> bool:
    """Tells whether another file system can be had."""
    if os.stat(folder).st_dev == os.stat(other).st_dev:
        return False
    if not os.path.exists("/bin/mount"):
        return False
    probe = os.path.join(folder, "probe")
    os.mkdir(probe)
    command = ["/bin/mount", "--bind", other, probe]
    mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    if mounted:
        _unmount(probe)
    os.rmdir(probe)
    return mounted


async def add_file(database: Database, library: UUID, root: str, path: str) -> None:
    """Has the catalog know a file."""
    status = os.lstat(os.path.join(root, path))
    folder, name = os.path.split(path.encode())
    await database.run(
        Query(
            text(
                "INSERT INTO catalog.media_files"
                " (id, library_id, directory, filename, path, size_bytes, mtime_ns, inode, device)"
                " VALUES (:id, :library, :folder, :name, :path, :size, :mtime, :inode, :device)"
            )
        ),
        id=new_id(),
        library=library,
        folder=folder,
        name=name,
        path=path,
        size=status.st_size,
        mtime=status.st_mtime_ns,
        inode=status.st_ino,
        device=status.st_dev,
    )


async def _expire(database: Database, *, lost: bool) -> None:
    """Makes the lease of the job that was killed run out; when it is lost, for the last time."""
    attempts = ", max_attempts = attempts" if lost else ""
    lease = "lease_until = now() - interval '1 s'"
    sql = f"UPDATE catalog.jobs SET {lease}{attempts} WHERE status = 'active'"
    await database.run(Query(text(sql)))


async def _rescue(database: Database) -> None:
    async with database.transaction() as session:
        for job, status in await jobs.rescue(session):
            if status is not Status.PENDING:
                await _handler(database, job).ended(session, job, JobError("WORKER_LOST", "it is"))


def _handler(database: Database, job: Job) -> Any:
    return BatchHandler(database) if job.type == usecases.JOB else PurgeHandler(database)


async def _work(database: Database) -> None:
    """Does all jobs that wait, as a worker would."""
    types = [usecases.JOB, recycling.PURGE_JOB]
    while True:
        async with database.transaction() as session:
            claimed = await jobs.claim(session, new_id(), types, 1)
        if not claimed:
            return
        for job in claimed:
            run = Run(jobs, database, job)
            run.renewed += 3600  # nobody renews here
            try:
                await _handler(database, job).run(run)
            except Exception:
                async with database.transaction() as session:
                    await jobs.finish(session, job, Status.FAILED)
                raise


def _tree(root: str) -> dict[str, str]:
    """Returns what is below a folder: bytes and links, without what differs between two runs."""
    found = {}
    for folder, folders, files in os.walk(root):
        for name in folders:
            found[os.path.relpath(os.path.join(folder, name), root)] = "folder"
        for name in files:
            path = os.path.join(folder, name)
            key = re.sub(r"[0-9a-f]{32}_", "id_", os.path.relpath(path, root))
            if os.path.islink(path):
                found[key] = "to " + os.readlink(path)
            else:
                with open(path, "rb") as file:
                    content = file.read()
                known = content == LARGE
                found[key] = "large" if known else hashlib.sha256(content).hexdigest()
    return found


def _lost_bytes(clean: Any, after: dict[str, str]) -> str:
    """Returns what is wrong after a recovery that may have gone either way."""
    if any(
        ".reelhouse-" in path and "recycle" not in path and ".aside" not in path for path in after
    ):
        return f"something is left over: {sorted(after)}"
    wanted = set(clean["before"].values()) & set(clean["after"].values()) - {"folder"}
    missing = wanted - set(after.values())
    return f"bytes are lost: {missing}" if missing else ""


def main() -> None:
    """Runs the drill."""
    url, folder, other, share, shares = sys.argv[1:]
    # As many steps as with large ones, and less to wait for.
    copying.CHUNK = CHUNK
    found = Drill(url, folder, other, int(share), int(shares)).run()
    print(json.dumps(found))  # noqa: T201 # its answer


if __name__ == "__main__":
    main()
