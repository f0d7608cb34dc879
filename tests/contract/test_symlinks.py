"""SymlinkService on a running suite, and its commands."""

from __future__ import annotations

import os
from pathlib import Path

import grpc
import pytest

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    source_pb2,
    source_service_pb2,
    source_service_pb2_grpc,
    symlink_pb2,
    symlink_route_pb2,
    symlink_run_pb2,
    symlink_service_pb2,
    symlink_service_pb2_grpc,
    symlink_settings_pb2,
)
from tests.contract import expect, some_links
from tests.contract.expect import error
from tests.contract.methods import Answer
from tests.contract.test_sources_cli import Shell
from tests.integration.catalog.links import file, link
from tests.protocol_servers.base import running
from tests.protocol_servers.relay import Relay
from tests.protocol_servers.sonarr import Sonarr
from tests.suite import Client, Suite

PB = symlink_service_pb2
RUN = symlink_run_pb2.SymlinkRun
ID = "11111111-1111-4111-8111-111111111111"


def client(suite: Suite) -> Client:
    return suite.stub(symlink_service_pb2_grpc, "SymlinkService", "admin")


async def library(suite: Suite, root: Path) -> str:
    """Makes a library of a folder, and scans nothing."""
    root.mkdir(exist_ok=True)
    libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
    wanted = library_pb2.Library(
        display_name=root.name, kind=library_pb2.Library.KIND_TV, root_path=str(root)
    )
    made = await libraries.CreateLibrary(library_service_pb2.CreateLibraryRequest(library=wanted))
    return str(made.name)


async def ended(suite: Suite, run: RUN) -> RUN:
    return await some_links.ended(client(suite), run)


def world(folder: Path) -> Path:
    """Makes a library with a whole link and three broken ones, and a second library."""
    root = folder / "tv"
    link(root / "Show (2010)/Season 01/Show S01E01.mkv", file(folder / "remote" / "1.mkv"))
    for number in (2, 3, 4):
        name = f"Show (2010)/Season 01/Show S01E{number:02}.mkv"
        link(root / name, folder / "gone" / f"{number}.mkv")
        if number == 2:
            link(folder / "second" / name, file(folder / "remote" / f"{number}.mkv"))
    os.symlink(b"/gone", os.fsencode(root) + b"/Show (2010)/Season 01/\xff.srt")
    return root


async def test_from_scanning_to_repairing(  # noqa: PLR0915 # one long story
    suite: Suite, tmp_path: Path
) -> None:
    root = world(tmp_path)
    service = client(suite)
    async with suite.workers(), running(Relay()) as relay:
        name = await library(suite, root)
        request = PB.ScanSymlinksRequest(name=name, request_id=ID)
        begun = await service.ScanSymlinks(request)
        run = await ended(suite, begun)
        assert (run.state, run.kind) == (RUN.STATE_COMPLETED, RUN.KIND_SCAN)
        assert (run.stats.examined_count, run.stats.broken_count) == (5, 4)
        assert (await service.ScanSymlinks(request)).name == begun.name
        runs = await service.ListSymlinkRuns(PB.ListSymlinkRunsRequest(parent=name))
        assert [one.name for one in runs.symlink_runs] == [begun.name]

        listing = PB.ListSymlinksRequest(parent=name, page_size=2)
        seen = []
        while True:
            page = await service.ListSymlinks(listing)
            seen += list(page.symlinks)
            listing.page_token = page.next_page_token
            if not page.next_page_token:
                break
        assert len(seen) == 5
        odd = next(one for one in seen if one.path_bytes.endswith(b"\xff.srt"))
        assert odd.path.endswith("\\xff.srt")
        assert not odd.repairable
        whole = next(one for one in seen if one.status == symlink_pb2.Symlink.STATUS_OK)
        assert (whole.title_name, whole.season_number, whole.episode_number) == (
            "Show (2010)",
            1,
            1,
        )
        assert (whole.unit, whole.year) == ("s01e01", 2010)
        got = await service.GetSymlink(PB.GetSymlinkRequest(name=whole.name))
        assert got.last_seen_time.ToDatetime() >= got.first_seen_time.ToDatetime()
        broken = PB.ListSymlinksRequest(
            parent="libraries/-", status=symlink_pb2.Symlink.STATUS_BROKEN
        )
        assert len((await service.ListSymlinks(broken)).symlinks) == 4

        # Relinking: only said at first, and not before somebody has said where to look.
        relinking = PB.RelinkSymlinksRequest(name=name)
        with error(expect.PRECONDITION, "RELINKING_NOT_CONFIGURED"):
            await service.RelinkSymlinks(relinking)
        settings = symlink_settings_pb2.SymlinkSettings(
            name=f"{name}/symlinkSettings",
            candidate_roots=[str(tmp_path / "second")],
            allowed_prefixes=[str(tmp_path / "remote")],
        )
        changed = await service.UpdateSymlinkSettings(
            PB.UpdateSymlinkSettingsRequest(symlink_settings=settings)
        )
        assert (changed.season_threshold, changed.max_attempts) == (2, 3)
        settings.etag = '"77"'
        with error(expect.ABORTED, "ETAG_MISMATCH"):
            await service.UpdateSymlinkSettings(
                PB.UpdateSymlinkSettingsRequest(symlink_settings=settings)
            )
        dry = await ended(suite, await service.RelinkSymlinks(relinking))
        assert (dry.dry_run, dry.stats.replaced_count) == (True, 0)
        entries = await service.ListRelinkEntries(PB.ListRelinkEntriesRequest(parent=dry.name))
        planned = [one for one in entries.entries if one.outcome == 1]
        assert [one.new_target for one in planned] == [str(tmp_path / "remote" / "2.mkv")]
        assert {one.reason for one in entries.entries if one.outcome == 4} == {"NO_CANDIDATE"}
        relinking.dry_run = False
        done = await ended(suite, await service.RelinkSymlinks(relinking))
        assert (done.dry_run, done.stats.replaced_count) == (False, 1)
        path = root / "Show (2010)/Season 01/Show S01E02.mkv"
        assert os.readlink(path) == str(tmp_path / "remote" / "2.mkv")

        # Asking others.
        queueing = PB.QueueRepairsRequest(name=name)
        assert (await service.QueueRepairs(queueing)).unrouted_count == 2
        route = symlink_route_pb2.SymlinkRoute(
            prefix=str(root), relay_url=f"{relay.url}/find", relay_type="sonarr_tv",
            relay_token=relay.credential,
        )  # fmt: skip
        creating = PB.CreateSymlinkRouteRequest(symlink_route=route)
        made = await service.CreateSymlinkRoute(creating)
        assert (made.relay_token, made.enabled) == ("••••••••", True)
        with error(expect.EXISTS, "SYMLINK_ROUTE_EXISTS"):
            await service.CreateSymlinkRoute(creating)
        dry_answer = await service.QueueRepairs(queueing)
        assert [one.name for one in dry_answer.symlink_actions] == [""]
        queueing.dry_run = False
        [action] = (await service.QueueRepairs(queueing)).symlink_actions
        assert (action.term, len(action.symlinks)) == ("Show (2010) S01", 2)
        assert relay.credential not in action.url
        sending = PB.ProcessSymlinkActionsRequest(name=name)
        sent = await ended(suite, await service.ProcessSymlinkActions(sending))
        assert (sent.kind, sent.stats.sent_count) == (RUN.KIND_REPAIR, 1)
        assert relay.asked_for == [("sonarr_tv", "season", "Show (2010) S01")]
        for number in (3, 4):
            file(tmp_path / "gone" / f"{number}.mkv")
        scan = await ended(suite, await service.ScanSymlinks(PB.ScanSymlinksRequest(name=name)))
        assert scan.stats.verified_count == 1
        last = await service.GetSymlinkAction(PB.GetSymlinkActionRequest(name=action.name))
        assert last.verify_time.seconds
        with error(expect.PRECONDITION, "WRONG_STATE"):
            await service.RetrySymlinkAction(PB.RetrySymlinkActionRequest(name=action.name))

        stats = await service.GetSymlinkStats(PB.GetSymlinkStatsRequest(library=name))
        assert (stats.ok_count, stats.broken_count, stats.manual_count) == (4, 1, 0)
        assert [(one.path, one.broken_count) for one in stats.top_folders] == [
            ("Show (2010)/Season 01", 1)
        ]
        events = await service.ListSymlinkEvents(
            PB.ListSymlinkEventsRequest(parent=name, symlink=action.symlinks[0])
        )
        told = ["verified", "healed", "sent", "queued", "found"]
        assert [one.action for one in events.events] == told
        await service.DeleteSymlinkAction(PB.DeleteSymlinkActionRequest(name=action.name))
        await service.DeleteSymlinkRoute(PB.DeleteSymlinkRouteRequest(name=made.name))
        libraries = suite.stub(library_service_pb2_grpc, "LibraryService", "admin")
        await libraries.DeleteLibrary(
            library_service_pb2.DeleteLibraryRequest(name=name, force=True)
        )


async def test_bad_settings_and_routes(suite: Suite, tmp_path: Path) -> None:
    service = client(suite)
    name = await library(suite, tmp_path / "tv")
    settings = symlink_settings_pb2.SymlinkSettings(
        name=f"{name}/symlinkSettings",
        target_mounts=["/good", "bad"],
        allowed_prefixes=["/"],
        rewrites=[
            symlink_settings_pb2.SymlinkSettings.Rewrite(link_prefix="/a/", local_prefix="b")
        ],
    )
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await service.UpdateSymlinkSettings(
            PB.UpdateSymlinkSettingsRequest(symlink_settings=settings)
        )
    wrong = {
        "symlink_settings.target_mounts[1]",
        "symlink_settings.allowed_prefixes[0]",
        "symlink_settings.rewrites[0].link_prefix",
        "symlink_settings.rewrites[0].local_prefix",
    }
    assert set(Answer.of(caught.value).violations) == wrong
    defaults = await service.GetSymlinkSettings(PB.GetSymlinkSettingsRequest(name=settings.name))
    assert not defaults.target_mounts
    sources = suite.stub(source_service_pb2_grpc, "SourceService", "admin")
    source = source_pb2.Source(
        display_name="x", kind=source_pb2.Source.KIND_PLEX, base_url="http://127.0.0.1:1"
    )
    plex = await sources.CreateSource(source_service_pb2.CreateSourceRequest(source=source))
    for bad in (
        {"prefix": "tv", "relay_url": "http://relay/find", "relay_type": "x"},
        {"prefix": "/tv"},
        {"prefix": "/tv", "relay_url": "http://relay/find?token=x", "relay_type": "x"},
        {"prefix": "/tv", "relay_url": "http://relay/find"},
        {"prefix": "/tv", "source": plex.name},
        {"prefix": "/tv", "source": plex.name, "relay_token": "x"},
    ):
        route = symlink_route_pb2.SymlinkRoute(**bad)
        with error(expect.INVALID):
            await service.CreateSymlinkRoute(PB.CreateSymlinkRouteRequest(symlink_route=route))


async def test_commands(suite: Suite, tmp_path: Path) -> None:
    root = world(tmp_path)
    async with (
        suite.workers(),
        running(Sonarr()) as sonarr,
        Shell.open(suite, tmp_path, "symlinks") as shell,
    ):
        await library(suite, root)
        sonarr.series(7, "Show", 2010, "/data/tv/Show (2010)")
        sources = suite.stub(source_service_pb2_grpc, "SourceService", "admin")
        source = source_pb2.Source(
            display_name="Sonarr", kind=source_pb2.Source.KIND_SONARR, base_url=sonarr.url,
            credential=sonarr.credential,
        )  # fmt: skip
        await sources.CreateSource(source_service_pb2.CreateSourceRequest(source=source))
        assert "5 links, 1 whole, 4 broken, 5 new" in await shell.run("scan", "tv")
        assert "S01E03.mkv" in await shell.run("ls")
        assert len(await shell.json("ls", "--library", "tv", "--status", "ok")) == 1
        assert "is none of" in await shell.run("ls", "--status", "odd", code=2)
        assert "1 whole, 4 broken" in await shell.run("stats", "--library", "tv")
        assert len(await shell.json("events", "--library", "tv")) == 5
        assert "RELINKING_NOT_CONFIGURED" in await shell.run("relink", "tv", code=1)
        await shell.run(
            "settings", "tv", "--second", str(tmp_path / "second"),
            "--allow", str(tmp_path / "remote"), "--rewrite", "/mnt/x=/data/x", "--every", "300",
        )  # fmt: skip
        shown = await shell.json("settings", "tv")
        assert shown["rewrites"] == [{"linkPrefix": "/mnt/x", "localPrefix": "/data/x"}]
        assert shown["scanInterval"] == "300s"
        assert "1 with a real file" in await shell.run("relink", "tv")
        relinked = await shell.json("relink", "tv", "--apply")
        assert relinked["run"]["stats"]["replacedCount"] == "1"
        await shell.run("routes", "add", str(root), "--source", "Sonarr")
        assert "Show (2010) S01" in await shell.run("repair", "tv")
        assert sonarr.commands == []
        done = await shell.json("repair", "tv", "--apply")
        assert done["run"]["stats"]["sentCount"] == "1"
        assert sonarr.commands[-1]["name"] == "SeasonSearch"
        [action] = await shell.json("actions", "--state", "sent")
        assert "WRONG_STATE" in await shell.run("actions", "--retry", action["name"], code=1)
        [ignored] = await shell.json("manual", "--ignore", action["symlinks"][0])
        assert ignored["ignored"]
        await shell.run("manual", "--reset", ignored["name"])
        assert await shell.json("manual") == []
        await shell.run("actions", "--rm", action["name"])
        assert await shell.json("actions") == []
        kinds = [run["kind"] for run in await shell.json("runs", "--library", "tv")]
        assert kinds[0] == "KIND_REPAIR"
        assert "WRONG_STATE" in await shell.run(
            "runs", "--cancel", (await shell.json("runs"))[0]["name"], code=1
        )
        await shell.run("routes", "rm", str(root))
        assert await shell.json("routes", "ls") == []
