"""Asking Sonarr, Radarr and relays to bring back what broken links led to."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reelhouse_catalog.repairs import asking, routing, store, usecases
from reelhouse_catalog.repairs.model import Action, ActionState, Route, Scope
from reelhouse_catalog.sources import usecases as sources
from reelhouse_catalog.sources.model import Config, Source, SourceKind
from reelhouse_catalog.sources.paths import Mapping
from reelhouse_catalog.symlink_runs.model import RunState
from reelhouse_catalog.symlinks import usecases as symlinks
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Query
from reelhouse_kit.secrets import MASK, Box
from reelhouse_naming import LibraryKind
from tests.integration.catalog.links import Links, file, link, links
from tests.protocol_servers.base import ProtocolServer, Trouble, running
from tests.protocol_servers.radarr import Radarr
from tests.protocol_servers.relay import Relay
from tests.protocol_servers.sonarr import Sonarr

SOON = Query(text("UPDATE catalog.symlink_actions SET next_at = now()"))
ONE_ONLY = Query(
    text(
        "UPDATE catalog.symlink_actions SET next_at = now() + interval '1 hour'"
        " WHERE attempts = 0 OR (state = 'pending' AND id <> (SELECT id FROM"
        " catalog.symlink_actions WHERE state = 'pending' AND attempts > 0 ORDER BY id LIMIT 1))"
    )
)
LONG_AGO = Query(text("UPDATE catalog.symlink_actions SET sent_at = sent_at - interval '7 hours'"))
COOL = Query(text("UPDATE catalog.symlinks SET searched_at = searched_at - interval '7 hours'"))


@pytest.fixture
def box() -> Box:
    return Box({"1": os.urandom(32)})


async def source_of(
    database: Database, box: Box, server: ProtocolServer, kind: SourceKind, **options: Any
) -> Source:
    values: dict[str, Any] = {"credential": server.credential, "enabled": True, **options}
    return await sources.create_source(
        database, box, name=str(kind), kind=kind, external_id="", base_url=server.url,
        root_path="", config=Config(), once=None, **values,
    )  # fmt: skip


async def route(database: Database, box: Box, prefix: Path, to: Source | Relay) -> Route:
    values: dict[str, Any] = {
        "prefix": str(prefix), "source_id": None, "relay_url": "", "relay_type": "",
        "relay_token": "", "enabled": True,
    }  # fmt: skip
    if isinstance(to, Source):
        values["source_id"] = to.id
    else:
        values |= {"relay_url": f"{to.url}/find", "relay_type": "sonarr_tv"}
        values["relay_token"] = to.credential
    return await routing.create_route(database, box, values, None)


async def queue(library: Links, most: int = 25) -> list[Action]:
    queued = await usecases.queue_repairs(
        library.database, library.library.id, dry_run=False, most=most, reason="test"
    )
    return queued.actions


def season(root: Path, numbers: Sequence[int], show: str = "Show (2010)", number: int = 1) -> None:
    """Makes broken links to a season."""
    for one in numbers:
        name = f"{show}/Season {number:02}/{show} S{number:02}E{one:02}.mkv"
        link(root / name, root.parent / "remote" / name)


def bring(root: Path) -> None:
    """Makes what links lead to."""
    for path in root.rglob("*.mkv"):
        if path.is_symlink() and not path.exists():
            file(Path(os.readlink(path)))


async def test_sonarr_from_queueing_to_verifying(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, [1, 2, 3])
    season(root, [4], number=2)
    season(root, [1], show="Else (2001)")
    async with (
        running(Sonarr()) as sonarr,
        links(catalog_db, catalog_url, root, box=box) as library,
    ):
        sonarr.root(1, "/data/tv")
        sonarr.series(7, "Not Show", 2010, "/data/tv/Show (2010)")
        sonarr.series(8, "Show", 2010, "/data/other/Show (2010)")
        sonarr.series(9, "Else", 2001, "/data/other/Else")
        for number in range(1, 6):
            sonarr.episode(7, 700 + number, 2, number)
            sonarr.episode(9, 900 + number, 1, number)
        source = await source_of(catalog_db, box, sonarr, SourceKind.SONARR)
        found = await sources.discover_collections(catalog_db, box, source.id)
        mapping = [Mapping("/data/tv", str(root))]
        await sources.replace_path_mappings(
            catalog_db, source.id, found.collections[0].id, mapping, ""
        )
        await route(catalog_db, box, root, source)
        await library.scanned(force=True)
        planned = await usecases.queue_repairs(
            catalog_db, library.library.id, dry_run=True, most=25, reason=""
        )
        assert len(planned.planned) == 3
        assert await library.actions() == []
        queued = await queue(library)
        assert [(one.scope, one.term) for one in queued] == [
            (Scope.SEASON, "Show (2010) S01"),
            (Scope.EPISODE, "Else (2001) S01E01"),
            (Scope.EPISODE, "Show (2010) S02E04"),
        ]
        assert queued[0].related_path == "Show (2010)::S01"
        assert queued[0].url == f"{source.resource}/api/v3/command"
        # Asked again, nothing comes twice.
        assert await queue(library) == []

        assert (await library.process(dry_run=True))["skipped_count"] == 3
        assert sonarr.commands == []
        stats = await library.process()
        assert (stats["sent_count"], stats["failed_count"]) == (3, 0)
        # By its folder it is the first series, by name it would be the second. Before it searches,
        # Sonarr must know that the files are gone.
        assert sonarr.commands == [
            {"name": "RescanSeries", "seriesId": 7},
            {"name": "SeasonSearch", "seriesId": 7, "seasonNumber": 1},
            {"name": "RescanSeries", "seriesId": 9},
            {"name": "EpisodeSearch", "episodeIds": [901]},
            {"name": "EpisodeSearch", "episodeIds": [704]},
        ]
        assert len(sonarr.asked("/api/v3/series")) == 1
        sent = await library.actions()
        assert {one.state for one in sent} == {ActionState.SENT}
        assert [one.remote_id for one in sent] == ["2", "4", "5"]
        assert {one.search_attempts for one in (await library.all()).values()} == {1}

        # What is sent is not repaired. A scan that sees it whole says so; of a season all of it.
        assert (await library.scanned())["verified_count"] == 0
        for one in [*root.rglob("*E01.mkv"), *root.rglob("*E04.mkv"), *root.rglob("*E02.mkv")]:
            file(Path(os.readlink(one)))
        assert (await library.scanned())["verified_count"] == 2
        states = {one.term: one.state for one in await library.actions()}
        assert states["Show (2010) S01"] is ActionState.SENT
        bring(root)
        assert (await library.scanned())["verified_count"] == 1
        done = await library.actions()
        assert {one.state for one in done} == {ActionState.VERIFIED}
        assert all(one.verified_at is not None for one in done)
        assert {one.search_attempts for one in (await library.all()).values()} == {0}
        of_one = [
            event.action for event in await library.events() if event.path.endswith(b"S02E04.mkv")
        ]
        assert of_one == ["found", "queued", "sent", "healed", "verified"]


async def test_a_file_under_a_new_name_verifies_too(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, [1])
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        await queue(library)
        await library.process()
        [old] = root.rglob("*.mkv")
        old.unlink()
        other = link(old.with_name("Show (2010) S01E02 1080p.mkv"), file(tmp_path / "x.mkv"))
        assert (await library.scanned())["verified_count"] == 0
        [action] = await library.actions()
        assert (action.state, action.error_code) == (ActionState.FAILED, "SYMLINK_VANISHED")
        other.unlink()

        season(root, [3])
        await library.scanned()
        await queue(library)
        await library.process()
        [old] = root.rglob("*.mkv")
        old.unlink()
        link(old.with_name("Show (2010) S01E03 1080p.mkv"), tmp_path / "x.mkv")
        assert (await library.scanned())["verified_count"] == 1


async def test_radarr(catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box) -> None:
    root = tmp_path / "films"
    for name in ("Heat (1995)", "Heat (1986)", "Nowhere (2000)"):
        link(root / name / f"{name}.mkv", tmp_path / "gone" / name)
    async with (
        running(Radarr()) as radarr,
        links(catalog_db, catalog_url, root, LibraryKind.MOVIE, box=box) as library,
    ):
        radarr.movie(5, "Heat", 1995, "/elsewhere/Heat (1995)")
        radarr.movie(6, "Heat", 1986, "/elsewhere/Heat (1986)")
        source = await source_of(catalog_db, box, radarr, SourceKind.RADARR)
        await route(catalog_db, box, root, source)
        await library.scanned()
        assert {one.term for one in await queue(library)} == {
            "Heat (1995)",
            "Heat (1986)",
            "Nowhere (2000)",
        }
        stats = await library.process()
        assert (stats["sent_count"], stats["failed_count"]) == (2, 1)
        searched = [one["movieIds"] for one in radarr.commands if one["name"] == "MoviesSearch"]
        assert sorted(searched) == [[5], [6]]
        failed = [one for one in await library.actions() if one.state is ActionState.FAILED]
        assert [(one.term, one.error_code) for one in failed] == [
            ("Nowhere (2000)", "REPAIR_TARGET_UNKNOWN")
        ]


async def test_a_relay(catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box) -> None:
    root = tmp_path / "tv"
    season(root, [1, 2])
    season(root, [1], show="Else")
    season(root, [2], show="Unknown")
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        relay.unknown.add("Unknown S01E02")
        made = await route(catalog_db, box, root, relay)
        assert made.relay_token is not None
        assert relay.credential.encode() not in made.relay_token
        await library.scanned()
        await queue(library)
        stats = await library.process()
        assert (stats["sent_count"], stats["failed_count"]) == (2, 1)
        assert sorted(relay.asked_for) == [
            ("sonarr_tv", "auto", "Else S01E01"),
            ("sonarr_tv", "season", "Show (2010) S01"),
        ]
        # The token is in no address: of no request, and of no row.
        assert not [one for one in relay.requests if relay.credential in one]
        for table in ("symlink_actions", "symlink_routes", "symlink_events", "jobs"):
            rows = await library.rows(f"SELECT t::text AS row FROM catalog.{table} t")
            assert not [row for row in rows if relay.credential in row["row"]]
        [failed] = [one for one in await library.actions() if one.state is ActionState.FAILED]
        assert failed.error_code == "REPAIR_REFUSED"
        assert "no matches" in failed.last_error
        # It may be asked again when somebody says so.
        relay.unknown.clear()
        key = library.library.id
        again = await usecases.retry_action(catalog_db, key, failed.id, None)
        assert (again.state, again.attempts) == (ActionState.PENDING, 0)
        assert (await library.process())["sent_count"] == 1
        with pytest.raises(errors.FailedPreconditionError):
            await usecases.retry_action(catalog_db, key, failed.id, None)


async def test_a_server_that_does_not_answer_is_asked_later(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    for show in range(5):
        season(root, [1], show=f"Show {show}")
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        await queue(library)
        relay.trouble = Trouble(100, status=503, headers={"Retry-After": "600"})
        stats = await library.process()
        assert (stats["postponed_count"], stats["sent_count"]) == (5, 0)
        # The others were not made to wait for the same silence.
        assert len(relay.requests) == 1
        waiting = await library.actions()
        assert {(one.state, one.attempts) for one in waiting} == {(ActionState.PENDING, 1)}
        assert min(one.next_at for one in waiting) > datetime.now(UTC) + timedelta(seconds=590)
        assert "503" in waiting[0].last_error
        assert (await library.process())["checked_count"] == 0
        assert await usecases.start_due_repairs(catalog_db) == []
        await catalog_db.run(SOON)
        relay.trouble = None
        assert (await library.process(most=1))["sent_count"] == 1
        # The rest goes on by itself, however many look: what nobody has sent yet does not.
        season(root, [1], show="New")
        await library.scanned()
        await queue(library)
        await catalog_db.run(ONE_ONLY)
        due = [usecases.start_due_repairs(catalog_db) for _ in range(4)]
        [run] = [run for some in await asyncio.gather(*due) for run in some]
        assert (await library.ended(run)).trigger == "schedule"
        assert await usecases.start_due_repairs(catalog_db) == []
        # A key that is refused is set right by people, and then the question still stands.
        relay.credential = "another"
        await catalog_db.run(SOON)
        assert (await library.process())["postponed_count"] == 4
        for _ in range(5):
            await catalog_db.run(SOON)
            await library.process()
        failed = [one for one in await library.actions() if one.state is ActionState.FAILED]
        assert len(failed) == 4
        assert {one.error_code for one in failed} == {"SOURCE_REFUSED"}


async def test_an_action_takes_no_longer_than_it_may(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box, monkeypatch: Any
) -> None:
    monkeypatch.setattr(asking, "SECONDS", 0.5)
    root = tmp_path / "tv"
    season(root, [1])
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        await queue(library)
        for trouble in (Trouble(1, wait=5), Trouble(1, endless=True), Trouble(1, cut=True)):
            relay.trouble = trouble
            await catalog_db.run(SOON)
            async with asyncio.timeout(20):
                stats = await library.process()
            assert stats["sent_count"] == 0
        assert asking._LIMITS.total == 15


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(1, body=b"<html>"),
        Trouble(1, body=b"[]"),
        Trouble(1, status=404, body=b"{}"),
        Trouble(1, status=302, headers={"Location": "http://127.0.0.1:1/"}),
    ],
    ids=["no JSON", "no object", "not found", "redirect"],
)
async def test_answers_that_are_none(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box, trouble: Trouble
) -> None:
    root = tmp_path / "tv"
    season(root, [1])
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        await queue(library)
        relay.trouble = trouble
        assert (await library.process())["failed_count"] == 1
        [action] = await library.actions()
        assert action.error_code in ("SOURCE_MALFORMED", "REPAIR_REFUSED")
        assert len(relay.requests) == 1


async def test_in_vain_until_a_person_must_look(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, [1])
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        for attempt in range(1, 4):
            assert len(await queue(library)) == 1
            assert (await library.process())["sent_count"] == 1
            await catalog_db.run(LONG_AGO)
            await library.scanned()
            last = (await library.actions())[-1]
            assert (last.state, last.error_code) == (ActionState.FAILED, "NOT_REPAIRED")
            [one] = (await library.all()).values()
            assert one.search_attempts == attempt
            # It cools down first.
            assert await queue(library) == []
            await catalog_db.run(COOL)
        [one] = (await library.all(manual=True)).values()
        assert one.manual_reason == "NOT_REPAIRED"
        assert await queue(library) == []
        await symlinks.reset_symlink(catalog_db, one.library_id, one.id, None)
        assert len(await queue(library)) == 1


async def test_what_people_deleted_or_want_left_is_not_asked_for(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    for show in ("Gone", "Left", "Whole"):
        season(root, [1], show=show)
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        assert len(await queue(library)) == 3
        found = {path.partition("/")[0]: one for path, one in (await library.all()).items()}
        (root / os.fsdecode(found["Gone"].path)).unlink()
        left = found["Left"]
        await symlinks.update_symlink(catalog_db, left.library_id, left.id, True, "")
        file(Path(os.fsdecode(found["Whole"].last_target)))
        assert (await library.scanned())["verified_count"] == 1
        states = {one.term: (one.state, one.error_code) for one in await library.actions()}
        assert states == {
            "Gone S01E01": (ActionState.FAILED, "SYMLINK_VANISHED"),
            "Left S01E01": (ActionState.FAILED, "SYMLINK_VANISHED"),
            "Whole S01E01": (ActionState.VERIFIED, ""),
        }
        assert (await library.process())["checked_count"] == 0
        assert relay.requests == []
        assert await queue(library) == []


async def test_however_many_queue_at_once_each_is_queued_once(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, range(1, 9))
    for show in range(8):
        season(root, [1], show=f"Other {show}")
    async with running(Relay()) as relay, links(catalog_db, catalog_url, root, box=box) as library:
        await route(catalog_db, box, root, relay)
        await library.scanned()
        made = await asyncio.gather(*(queue(library) for _ in range(6)))
        assert sum(len(some) for some in made) == len(await library.actions()) == 9
        [one] = [one for one in await library.actions() if one.scope is Scope.SEASON]
        # New ones of that season wait for what is asked already.
        season(root, [9, 10])
        await library.scanned()
        assert await queue(library) == []
        # What asks the same by now cannot be asked again.
        await library.process(most=50)
        await catalog_db.run(LONG_AGO)
        await library.scanned()
        await catalog_db.run(COOL)
        assert len(await queue(library)) == 9
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await usecases.retry_action(catalog_db, library.library.id, one.id, None)
        assert caught.value.reason == "SYMLINK_ACTION_EXISTS"


async def test_routes_that_lead_nowhere(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, [1])
    async with (
        running(Sonarr()) as sonarr,
        links(catalog_db, catalog_url, root, box=box) as library,
    ):
        source = await source_of(catalog_db, box, sonarr, SourceKind.SONARR, enabled=False)
        made = await route(catalog_db, box, root, source)
        await library.scanned()
        await queue(library)
        assert (await library.process())["failed_count"] == 1
        [action] = await library.actions()
        assert action.error_code == "SYMLINK_ROUTE_UNUSABLE"
        await usecases.retry_action(catalog_db, library.library.id, action.id, None)
        await routing.delete_route(catalog_db, made.id, "")
        assert (await library.process())["failed_count"] == 1
        # Nobody can be asked.
        await catalog_db.run(COOL)
        queued = await usecases.queue_repairs(
            catalog_db, library.library.id, dry_run=False, most=25, reason=""
        )
        assert (queued.actions, queued.unrouted) == ([], 1)


async def test_tokens_are_kept_sealed_and_for_one_server(catalog_db: Database, box: Box) -> None:
    async with running(Relay()) as relay:
        made = await route(catalog_db, box, Path("/tv"), relay)
        assert made.relay_token is not None
        assert box.open(made.relay_token, made.resource) == relay.credential
        same = await routing.update_route(
            catalog_db, box, made.id, {"relay_token": MASK, "enabled": False}, ""
        )
        assert (same.relay_token, same.enabled) == (made.relay_token, False)
        with pytest.raises(errors.InvalidArgumentError):
            await routing.update_route(
                catalog_db, box, made.id, {"relay_url": "http://thief/find"}, ""
            )
        none = await routing.update_route(catalog_db, box, made.id, {"relay_token": ""}, "")
        assert none.relay_token is None
        with pytest.raises(errors.AlreadyExistsError):
            await route(catalog_db, box, Path("/tv"), relay)


async def test_a_source_that_said_whose_a_link_is(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    root = tmp_path / "tv"
    season(root, [1])
    async with (
        running(Sonarr()) as sonarr,
        links(catalog_db, catalog_url, root, box=box) as library,
    ):
        sonarr.root(1, "/data/tv")
        sonarr.series(3, "Quite Another Name", 1970, "/data/tv/x")
        sonarr.episode(3, 31, 1, 1)
        source = await source_of(catalog_db, box, sonarr, SourceKind.SONARR)
        found = await sources.discover_collections(catalog_db, box, source.id)
        [path] = root.rglob("*.mkv")
        row = Query(
            text(
                "INSERT INTO catalog.sonarr_episode_files (id, source_id, collection_id,"
                " sonarr_series_id, sonarr_file_id, symlink_path) VALUES (gen_random_uuid(),"
                f" '{source.id}', '{found.collections[0].id}', 3, 1, '{path}')"
            )
        )
        await catalog_db.run(row)
        assert await store.series_of(catalog_db, source.id, str(path)) == 3
        await route(catalog_db, box, root, source)
        await library.scanned()
        await queue(library)
        assert (await library.process())["sent_count"] == 1
        assert sonarr.commands[-1] == {"name": "EpisodeSearch", "episodeIds": [31]}


async def test_processing_is_a_run_that_can_fail_and_is_told_of(
    catalog_db: Database, catalog_url: str, tmp_path: Path, box: Box
) -> None:
    async with links(catalog_db, catalog_url, tmp_path / "tv", box=box) as library:
        run = await usecases.process_actions(
            catalog_db, library.library.id, dry_run=False, most=0, once=None
        )
        run = await library.ended(run)
        assert (run.state, run.kind, run.stats["sent_count"]) == (RunState.COMPLETED, "repair", 0)
