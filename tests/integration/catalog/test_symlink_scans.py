"""Scans of symbolic links on real folders."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reelhouse_catalog.symlink_runs import running
from reelhouse_catalog.symlink_runs import usecases as runs
from reelhouse_catalog.symlink_runs.model import Plan, RunKind, RunState
from reelhouse_catalog.symlinks import event_store, usecases, walk
from reelhouse_catalog.symlinks.model import LinkKind, LinkStatus
from reelhouse_catalog.symlinks.watcher import SymlinkSchedule
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_naming import LibraryKind
from tests.integration.catalog.links import file, link, links, make


async def test_links_of_every_kind(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    remote, root = tmp_path / "remote", tmp_path / "tv"
    real = file(remote / "x" / "one.mkv")
    season = root / "Show (2010) {tmdb-7}" / "Season 02"
    link(season / "Show S02E01.mkv", real)
    link(season / "Show S02E02E03.mkv", "../../../remote/x/one.mkv")
    link(season / "Show S02E04.mkv", remote / "gone.mkv")
    link(season / "Show S02E05.mkv", "Show S02E05.mkv")
    link(season / "Show S02E06.srt", remote / "gone.srt")
    link(root / "Linked Season", remote / "x")
    link(root / "up", root)
    file(season / "Show S02E07.mkv")
    os.symlink(os.fsencode(real), os.fsencode(season) + b"/Show S02E08 \xff.mkv")
    async with links(catalog_db, catalog_url, root) as library:
        stats = await library.scanned()
        counted = ("examined_count", "ok_count", "broken_count", "added_count", "vanished_count")
        assert [stats[name] for name in counted] == [8, 5, 3, 8, 0]
        found = await library.all()
        inside = "Show (2010) {tmdb-7}/Season 02/"
        whole = found[inside + "Show S02E01.mkv"]
        assert (whole.status, whole.kind, whole.name) == ("ok", LinkKind.SHOW, "Show (2010)")
        assert (whole.year, whole.tmdb_id, whole.season, whole.episode) == (2010, 7, 2, 1)
        assert (whole.unit, whole.last_target) == ("s02e01", os.fsencode(real))
        relative = found[inside + "Show S02E02E03.mkv"]
        assert (relative.status, relative.unit) == ("ok", "s02e02e03")
        assert relative.last_target == b"../../../remote/x/one.mkv"
        assert relative.resolved_target == os.fsencode(real)
        circle = found[inside + "Show S02E05.mkv"]
        assert (circle.status, circle.unit) == ("broken", "s02e05")
        assert found[inside + "Show S02E06.srt"].unit is None
        assert found["Linked Season"].status == "ok"
        assert found["up"].status == "ok"
        odd = found[inside + "Show S02E08 \udcff.mkv"]
        assert odd.path == os.fsencode(inside) + b"Show S02E08 \xff.mkv"
        assert [event.action for event in await library.events()] == ["found"] * 8

        # Nothing has changed: nothing is written.
        before = await library.rows("SELECT max(xmin::text::bigint) AS x FROM catalog.symlinks")
        stats = await library.scanned()
        assert [stats[name] for name in counted] == [8, 5, 3, 0, 0]
        after = await library.rows("SELECT max(xmin::text::bigint) AS x FROM catalog.symlinks")
        assert before == after


async def test_history_of_a_link(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    remote, root = tmp_path / "remote", tmp_path / "films"
    real, other = file(remote / "a.mkv"), file(remote / "b.mkv")
    path = link(root / "Heat (1995)" / "Heat.mkv", real)
    async with links(catalog_db, catalog_url, root, LibraryKind.MOVIE) as library:
        name = "Heat (1995)/Heat.mkv"
        await library.scanned()
        first = await library.one(name)
        real.unlink()
        assert (await library.scanned())["changed_count"] == 1
        broken = await library.one(name)
        assert (broken.status, broken.last_status, broken.id) == ("broken", "ok", first.id)
        assert broken.first_seen_at == first.first_seen_at
        path.unlink()
        link(path, other)
        await library.scanned()
        path.unlink()
        link(path, other.parent / ".." / "remote" / "b.mkv")
        await library.scanned()
        path.unlink()
        assert (await library.scanned())["vanished_count"] == 1
        gone = await library.one(name)
        assert (gone.status, gone.last_status) == ("vanished", "ok")
        assert gone.vanished_at is not None
        assert gone.last_seen_at < gone.vanished_at
        assert (await library.scanned())["vanished_count"] == 0
        link(path, real)
        await library.scanned()
        back = await library.one(name)
        assert (back.status, back.vanished_at, back.id) == ("broken", None, first.id)
        events = await library.events()
        assert [(event.action, event.status) for event in events] == [
            ("found", "ok"),
            ("broke", "broken"),
            ("healed", "ok"),
            ("retargeted", "ok"),
            ("vanished", "vanished"),
            ("returned", "broken"),
        ]
        assert {event.symlink_id for event in events} == {first.id}
        assert (events[0].kind, events[0].name) == ("movie", "Heat (1995)")
        told = await library.rows(
            "SELECT change FROM catalog.events WHERE topic = 'symlinks' ORDER BY id"
        )
        assert [row["change"] for row in told] == ["created"] + ["updated"] * 5
        stats = await event_store.stats(catalog_db, library.library.id)
        assert stats.counts == {(LinkStatus.BROKEN, LinkKind.MOVIE): 1}
        assert stats.folders == [(library.library.id, b"Heat (1995)", 1)]
        assert stats == await event_store.stats(catalog_db, None)


async def test_a_disk_that_is_gone_breaks_no_links(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    remote, other, root = tmp_path / "remote", tmp_path / "other", tmp_path / "tv"
    for number in range(1, 41):
        real = file(remote / f"{number}.mkv")
        link(root / "Show" / "Season 01" / f"Show S01E{number:02}.mkv", real)
    for number in range(1, 31):
        real = file(other / f"{number}.mkv")
        link(root / "Else" / "Season 01" / f"Else S01E{number:02}.mkv", real)
    link(root / "New" / "New S01E01.mkv", tmp_path / "nowhere")
    async with links(catalog_db, catalog_url, root) as library:
        await library.scanned()
        # What is mounted together is told by the first two folders of a path: here all is in one.
        remote.rename(tmp_path / "away")
        run = await library.scan()
        assert (run.state, run.error_code) == (RunState.FAILED, "SYMLINK_TARGETS_GONE")
        assert "40 links" in (run.error_message or "")
        assert len(await library.all(status=LinkStatus.BROKEN)) == 1
        # Said to be needed, its being gone or empty is enough.
        await library.set(target_mounts=[str(other), str(remote)])
        for _ in range(2):
            run = await library.scan()
            assert (run.state, run.error_code) == (RunState.FAILED, "SYMLINK_TARGETS_NOT_MOUNTED")
            remote.mkdir(exist_ok=True)
        await library.set(target_mounts=[])
        stats = await library.scanned(force=True)
        assert (stats["broken_count"], stats["changed_count"]) == (41, 40)
        assert len(await library.all(status=LinkStatus.BROKEN)) == 41
        remote.rmdir()
        (tmp_path / "away").rename(remote)
        assert (await library.scanned())["broken_count"] == 1
        # The library's own folder.
        root.rename(tmp_path / "tv.away")
        assert (await library.scan()).error_code == "LIBRARY_ROOT_UNREADABLE"
        root.mkdir()
        assert (await library.scan()).error_code == "LIBRARY_ROOT_EMPTY"
        assert not await library.all(status=LinkStatus.VANISHED)


async def test_what_breaks_a_few_at_a_time_is_believed(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "tv"
    for number in range(1, 61):
        real = file(tmp_path / "remote" / f"{number}.mkv")
        link(root / "Show" / f"Show S01E{number:02}.mkv", real)
    async with links(catalog_db, catalog_url, root) as library:
        await library.scanned()
        for number in range(1, 26):
            (tmp_path / "remote" / f"{number}.mkv").unlink()
        assert (await library.scanned())["broken_count"] == 25


async def test_what_cannot_be_looked_at_is_missing_and_not_broken(
    catalog_db: Database, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may look everywhere, so the error that another would meet is made.
    real_stat = os.stat

    def stat(path: Any, **options: Any) -> os.stat_result:
        if isinstance(path, bytes) and path.endswith(b"Show S01E01.mkv"):
            raise OSError(107, "Transport endpoint is not connected")
        return real_stat(path, **options)

    root = tmp_path / "tv"
    link(root / "Show" / "Show S01E01.mkv", file(tmp_path / "remote" / "1.mkv"))
    async with links(catalog_db, catalog_url, root) as library:
        await library.scanned()
        monkeypatch.setattr(os, "stat", stat)
        assert (await library.scanned())["missing_count"] == 1
        monkeypatch.undo()
        assert (await library.one("Show/Show S01E01.mkv")).status == "missing"
        await library.scanned()
        assert [event.action for event in await library.events()] == [
            "found",
            "unreachable",
            "healed",
        ]


async def test_ignore_patterns_and_hidden_folders(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "tv"
    for name in ("Show/a.mkv", "Show/.b.mkv", "Incoming/c.mkv", ".trash/d.mkv", "No/e.mkv"):
        link(root / name, tmp_path / "nowhere")
    file(root / "No" / ".nomedia")
    patterns = ["/Incoming"]
    async with links(catalog_db, catalog_url, root, ignore_patterns=patterns) as library:
        stats = await library.scanned()
        assert set(await library.all()) == {"Show/a.mkv"}
        assert stats["ignored_count"] == 2
        # What is passed over from now on is forgotten: it is there, so it has not vanished.
        file(root / "Show" / ".plexignore", "a.*\n")
        assert (await library.scanned())["vanished_count"] == 0
        assert not await library.all()
        assert [event.action for event in await library.events()] == ["found", "passed_over"]


async def test_paths_that_are_too_long_for_an_index_are_passed_over(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "tv"
    link(root / "a.mkv", tmp_path / "nowhere")
    link(root.joinpath(*["x" * 250] * 9) / "b.mkv", tmp_path / "nowhere")
    link(root / "long target", "y" * 4095)
    async with links(catalog_db, catalog_url, root) as library:
        stats = await library.scanned()
        assert (stats["examined_count"], stats["ignored_count"]) == (2, 1)
        assert (await library.one("long target")).last_target == b"y" * 4095


async def test_rewrites(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "tv"
    file(tmp_path / "data" / "x" / "1.mkv")
    link(root / "Show" / "Show S01E01.mkv", "/mnt/elsewhere/x/1.mkv")
    link(root / "Show" / "Show S01E02.mkv", "/mnt/elsewhere2/x/1.mkv")
    async with links(catalog_db, catalog_url, root) as library:
        assert (await library.scanned())["broken_count"] == 2
        rewrites = [{"link": "/mnt/elsewhere", "local": str(tmp_path / "data")}]
        await library.set(rewrites=rewrites)
        assert (await library.scanned())["broken_count"] == 1
        one = await library.one("Show/Show S01E01.mkv")
        assert one.resolved_target == os.fsencode(tmp_path / "data" / "x" / "1.mkv")
        assert one.last_target == b"/mnt/elsewhere/x/1.mkv"


async def test_one_run_at_a_time_and_cancelling(catalog_db: Database, tmp_path: Path) -> None:
    library = await make(catalog_db, tmp_path / "tv", LibraryKind.TV)
    key = library.library.id
    run = await usecases.scan_symlinks(catalog_db, key, force=False, once=None)
    with pytest.raises(errors.FailedPreconditionError) as caught:
        await usecases.scan_symlinks(catalog_db, key, force=False, once=None)
    assert caught.value.reason == "SYMLINK_RUN_RUNNING"
    assert caught.value.metadata["symlink_run"] == run.resource
    cancelled = await runs.cancel_run(catalog_db, key, run.id)
    assert cancelled.state is RunState.CANCELLED
    with pytest.raises(errors.FailedPreconditionError):
        await runs.cancel_run(catalog_db, key, run.id)
    for _ in range(55):
        run = await runs.start_run(catalog_db, key, Plan(RunKind.SCAN), once=None)
        await runs.cancel_run(catalog_db, key, run.id)
    counted = await library.rows("SELECT count(*) AS n FROM catalog.symlink_runs")
    assert counted[0]["n"] == 51  # those that were kept, and the last one


async def test_a_disk_that_does_not_answer_ends_a_scan(
    catalog_db: Database, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "DISK_SECONDS", 0.3)
    looked = walk.status_of

    def slow(*arguments: bytes, rewritten: bool) -> LinkStatus:
        time.sleep(1.5)
        return looked(*arguments, rewritten=rewritten)

    monkeypatch.setattr(walk, "status_of", slow)
    link(tmp_path / "tv" / "Show S01E01.mkv", tmp_path / "nowhere")
    async with links(catalog_db, catalog_url, tmp_path / "tv") as library:
        run = await library.scan()
        assert (run.state, run.error_code) == (RunState.FAILED, "SYMLINK_DISK_STUCK")
        await asyncio.sleep(1.5)  # the thread ends before its loop


async def test_scans_by_schedule(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    link(tmp_path / "tv" / "Show S01E01.mkv", tmp_path / "nowhere")
    async with links(catalog_db, catalog_url, tmp_path / "tv") as library:
        assert await usecases.start_due_scans(catalog_db) == []
        # However many look, each scan is begun once.
        await library.set(scan_interval=timedelta(seconds=3))
        await asyncio.sleep(3.1)
        begun = await asyncio.gather(*(usecases.start_due_scans(catalog_db) for _ in range(5)))
        [run] = [run for some in begun for run in some]
        assert (await library.ended(run)).state is RunState.COMPLETED
        assert (await library.one("Show S01E01.mkv")).status == "broken"
        await library.set(scan_interval=timedelta(milliseconds=1))
        stopping = asyncio.Event()
        schedule = SymlinkSchedule(catalog_db, look_seconds=0.05)
        working = asyncio.create_task(schedule.work(stopping))
        async with asyncio.timeout(20):
            while len(await library.rows("SELECT 1 FROM catalog.symlink_runs")) < 4:
                await asyncio.sleep(0.05)
        stopping.set()
        await working
        await library.set(scan_interval=timedelta(0))


async def test_many_links(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    root = tmp_path / "tv"
    real = file(tmp_path / "real.mkv")
    for show in range(100):
        folder = root / f"Show {show:03}" / "Season 01"
        folder.mkdir(parents=True)
        for number in range(50):
            os.symlink(real, folder / f"Show {show:03} S01E{number + 1:02}.mkv")
    async with links(catalog_db, catalog_url, root) as library:
        assert (await library.scanned())["added_count"] == 5000
        stats = await library.scanned()
        assert (stats["examined_count"], stats["changed_count"]) == (5000, 0)
