"""Giving broken links new targets in a second library, on real folders."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest

from reelhouse_catalog.relinking import replacing
from reelhouse_catalog.relinking.model import Outcome, Reason
from reelhouse_catalog.schema import jobs
from reelhouse_catalog.symlink_runs.model import RunState
from reelhouse_catalog.symlinks import usecases
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from reelhouse_naming import LibraryKind
from tests.integration.catalog.links import Links, file, link, links


class World:
    """A library of broken links, and a second one with what they may lead to."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.root = root
        self.remote = folder / "remote"
        self.second = folder / "second"
        self.lost = folder / "lost"
        self.expected: dict[str, Path | None] = {}
        self._count = 0

    def broken(self, path: str, expected: Path | None) -> None:
        """Adds a broken link, and says what it is to lead to; None: nothing."""
        link(self.root / path, self.lost / path)
        assert path not in self.expected
        self.expected[path] = expected

    def copy(self, where: str, path: str, *, dead: bool = False, plain: bool = False) -> Path:
        """Adds a file to the second library: a link to a real one; returns that."""
        self._count += 1
        if plain:
            return file(self.second / where / path)
        real = self.remote / f"{self._count:05}" / Path(path).name
        if not dead:
            file(real)
        link(self.second / where / path, real)
        return real

    async def settle(self, library: Links, *roots: str) -> None:
        """Says where new targets are."""
        for root in roots:
            (self.second / root).mkdir(parents=True, exist_ok=True)
        await library.set(
            candidate_roots=[str(self.second / root) for root in roots],
            allowed_prefixes=[str(self.remote), str(self.second)],
        )

    def check(self) -> None:
        """Checks every link against what it is to lead to."""
        wrong = {}
        for path, expected in self.expected.items():
            now = os.readlink(self.root / path)
            wanted = str(expected) if expected is not None else str(self.lost / path)
            if now != wanted:
                wrong[path] = (now, wanted)
        assert not wrong
        assert not list(self.root.rglob(".reelhouse-*"))


def shows(world: World) -> None:
    """Makes series of which the best copy is to be found: 550 links."""
    broken, copy = world.broken, world.copy
    # By id, whatever the years say, in two resolutions of which the better wins.
    for show in range(10):
        name, second = f"Alpha {show} (2001) {{tmdb-{show + 1}}}", f"Alfa {show} (2011)"
        for number in range(1, 31):
            code = f"S01E{number:02}"
            copy("Shows", f"{second} {{tmdb-{show + 1}}}/Season 01/{second} {code} 1080p.mkv")
            best = copy("4KShows", f"{second} {{tmdb-{show + 1}}}/Season 1/{second} {code}.mkv")
            broken(f"{name}/Season 01/Alpha {show} {code} 720p.mkv", best)
    # By title and year; a remake of the same name, and titles that are nearly the same.
    for show in range(10):
        for number in range(1, 21):
            code = f"S02E{number:02}"
            right = copy("Shows", f"Beta {show} (1999)/Season 02/Beta {show} {code} 720p.mkv")
            copy("4KShows", f"Beta {show} (2019)/Season 02/Beta {show} {code} 2160p.mkv")
            copy("4KShows", f"Beta {show}0 (1999)/Season 02/Beta {show}0 {code} 2160p.mkv")
            copy("4KShows", f"The Beta {show} (1999)/Season 02/The Beta {show} {code}.mkv")
            broken(f"Beta {show} (1999)/Season 02/Beta {show} {code}.mkv", right)
    # The best copy is dead, or lies where no target may lie.
    for number in range(1, 51):
        code = f"S03E{number:02}"
        right = copy("Shows", f"Gamma (2003)/Season 03/Gamma {code} 1080p.mkv", plain=True)
        copy("4KShows", f"Gamma (2003)/Season 03/Gamma {code}.mkv", dead=True)
        outside = file(world.root.parent / "outside" / f"{code}.mkv")
        link(world.second / "4KShows" / f"Gamma (2003)/Season 03/Gamma {code} 2160p.mkv", outside)
        broken(f"Gamma (2003)/Season 03/Gamma {code}.mkv", right)


def odd_shows(world: World) -> None:
    """Makes series of which a wrong episode would be easy to take: 150 links."""
    broken, copy = world.broken, world.copy
    # Episodes that are there under other numbers only.
    for number in range(1, 21):
        copy("Shows", f"Delta (2004)/Season 01/Delta S01E{number:02}E{number + 1:02} 1080p.mkv")
        copy("Shows", f"Delta (2004)/Season 11/Delta S11E{number:02} 1080p.mkv")
        copy("Shows", f"Delta (2004)/Season 01/Delta S01E1{number:02} 1080p.mkv")
        copy("Shows", f"Delta (2004)/Season 00/Delta S00E{number:02} 1080p.mkv")
        broken(f"Delta (2004)/Season 01/Delta S01E{number:02}.mkv", None)
    # Several episodes in one file.
    for number in range(1, 41, 2):
        double = f"S01E{number:02}-E{number + 1:02}"
        copy("4KShows", f"Epsilon (2005)/Season 01/Epsilon S01E{number:02}.mkv")
        copy("4KShows", f"Epsilon (2005)/Season 01/Epsilon S01E{number + 1:02}.mkv")
        right = copy("Shows", f"Epsilon (2005)/Season 01/Epsilon {double} 480p.mkv")
        broken(f"Epsilon (2005)/Season 01/Epsilon {double}.mkv", right)
    # By day.
    for day in range(1, 31):
        name = f"Daily Zeta - 2024-05-{day:02}"
        copy("4KShows", f"Daily Zeta/Season 2023/Daily Zeta - 2023-05-{day:02}.mkv")
        right = copy("Shows", f"Daily Zeta/Season 2024/{name} - Guest.mkv")
        broken(f"Daily Zeta/Season 2024/{name}.mkv", right)
    # Of a title that may be two, and one that the second library has under another id only.
    for number in range(1, 21):
        code = f"S01E{number:02}"
        copy("Shows", f"Eta (2001)/Season 01/Eta {code} 1080p.mkv")
        copy("Shows", f"Eta (2005)/Season 01/Eta {code} 1080p.mkv")
        broken(f"Eta/Season 01/Eta {code}.mkv", None)
        copy("Shows", f"Theta (2006) {{tmdb-900}}/Season 01/Theta {code} 1080p.mkv")
        broken(f"Theta (2006) {{tmdb-901}}/Season 01/Theta {code}.mkv", None)
    # Specials, and episodes by absolute number.
    for number in range(1, 21):
        right = copy("Shows", f"Iota (2007)/Specials/Iota S00E{number:02} 1080p.mkv")
        copy("Shows", f"Iota (2007)/Season 01/Iota S01E{number:02} 1080p.mkv")
        broken(f"Iota (2007)/Specials/Iota S00E{number:02}.mkv", right)
        right = copy("Shows", f"[Group] Kappa/[Group] Kappa - {number + 100:03} [1080p].mkv")
        broken(f"[Group] Kappa/[Group] Kappa - {number + 100:03} [720p].mkv", right)


def films(world: World) -> None:
    """Makes films, their remakes and their namesakes: 300 links."""
    broken, copy = world.broken, world.copy
    for film in range(100):
        name = f"Film {film} ({1950 + film % 50})"
        copy("Movies", f"{name}/{name} 1080p.mkv")
        copy("Movies", f"{name}/{name} 720p.mkv")
        best = copy("4KMovies", f"{name}/{name}.mkv")
        copy("4KMovies", f"Film {film} ({2010 + film % 10})/Film {film} 2160p.mkv")
        copy("4KMovies", f"{name}/{name}-trailer.mkv")
        broken(f"{name}/{name}.mkv", best)
    for film in range(100):
        # A year is one off; or twenty, but the id says that it is the same.
        near = copy("Movies", f"Near {film} (2001)/Near {film} (2001) 1080p.mkv")
        broken(f"Near {film} (2000)/Near {film} (2000).mkv", near)
    for film in range(50):
        right = copy("Movies", f"Other Name {film} (1980) {{tmdb-{film + 5000}}}/Other 1080p.mkv")
        copy("4KMovies", f"Name {film} (2000) {{tmdb-{film + 7000}}}/Name {film} 2160p.mkv")
        broken(f"Name {film} (2000) {{tmdb-{film + 5000}}}/Name {film}.mkv", right)
    for film in range(50):
        copy("Movies", f"Remade {film} (1960)/Remade {film} 1080p.mkv")
        copy("Movies", f"Remade {film} 2 (1999)/Remade {film} 2 1080p.mkv")
        broken(f"Remade {film} (1999)/Remade {film}.mkv", None)


@pytest.mark.timeout(180)
async def test_a_thousand_broken_links(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    tv, cinema = World(tmp_path / "t", tmp_path / "tv"), World(tmp_path / "c", tmp_path / "films")
    shows(tv)
    odd_shows(tv)
    films(cinema)
    assert (len(tv.expected), len(cinema.expected)) == (700, 300)
    for world, kind, roots in (
        (tv, LibraryKind.TV, ("Shows", "4KShows")),
        (cinema, LibraryKind.MOVIE, ("Movies", "4KMovies")),
    ):
        async with links(catalog_db, catalog_url, world.root, kind) as library:
            await world.settle(library, *roots)
            assert (await library.scanned(force=True))["broken_count"] == len(world.expected)
            planned = await library.relinked(dry_run=True, most=10_000)
            right = sum(path is not None for path in world.expected.values())
            assert (planned["checked_count"], planned["replaced_count"]) == (
                len(world.expected),
                0,
            )
            assert planned["resolved_count"] == right
            assert all(
                os.readlink(world.root / p).startswith(str(world.lost)) for p in world.expected
            )
            done = await library.relinked(most=10_000)
            world.check()
            assert (done["replaced_count"], done["resolved_count"]) == (right, right)
            assert (done["checked_count"], done["error_count"]) == (len(world.expected), 0)
            assert done["skipped_count"] == len(world.expected) - right
            scanned = await library.scanned()
            assert (scanned["ok_count"], scanned["changed_count"]) == (right, 0)
            relinked = [one for one in await library.events() if one.action == "relinked"]
            assert len(relinked) == right


def small(tmp_path: Path, episodes: int = 3) -> World:
    world = World(tmp_path, tmp_path / "tv")
    for number in range(1, episodes + 1):
        name = f"Show (2010)/Season 01/Show S01E{number:02}"
        world.broken(f"{name}.mkv", world.copy("Shows", f"{name} 1080p.mkv"))
    return world


async def test_nothing_is_changed_unless_asked(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    world = small(tmp_path)
    async with links(catalog_db, catalog_url, world.root) as library:
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await library.relink()
        assert caught.value.reason == "RELINKING_NOT_CONFIGURED"
        await world.settle(library, "Shows")
        await library.scanned()
        run = await library.relink(dry_run=True)
        assert run.dry_run
        assert run.candidate_roots == [str(world.second / "Shows")]
        entries = await library.entries(run)
        assert {entry.outcome for entry in entries} == {Outcome.PLANNED}
        assert {entry.resolution_rank for entry in entries} == {30}
        assert {one.status for one in (await library.all()).values()} == {"broken"}
        assert {one.relink_attempts for one in (await library.all()).values()} == {0}
        with pytest.raises(errors.InvalidArgumentError):
            await library.relink("../x")


async def test_limits_and_folders(catalog_db: Database, catalog_url: str, tmp_path: Path) -> None:
    world = small(tmp_path, 6)
    other = "Other/Season 01/Other S01E01"
    world.broken(f"{other}.mkv", world.copy("Shows", f"{other}.mkv"))
    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        await library.scanned()
        assert (await library.relinked("Oth"))["checked_count"] == 0
        assert (await library.relinked("Other"))["replaced_count"] == 1
        assert (await library.relinked(most=2))["replaced_count"] == 2
        assert (await library.relinked())["replaced_count"] == 4
        world.check()
        assert (await library.relinked())["checked_count"] == 0


async def test_what_people_deleted_or_want_left_stays_so(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    world = small(tmp_path, 4)
    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        await library.scanned()
        gone, left, replaced, plain = sorted(world.expected)
        (world.root / gone).unlink()
        one = await library.one(left)
        await usecases.update_symlink(catalog_db, one.library_id, one.id, True, "")
        world.expected[left] = None
        # These two are not what the last scan saw.
        (world.root / replaced).unlink()
        link(world.root / replaced, tmp_path / "elsewhere")
        (world.root / plain).unlink()
        file(world.root / plain)
        stats = await library.relinked()
        assert (stats["replaced_count"], stats["skipped_count"]) == (0, 3)
        assert not os.path.lexists(world.root / gone)
        assert os.readlink(world.root / replaced) == str(tmp_path / "elsewhere")
        assert not (world.root / plain).is_symlink()
        await library.scanned()
        assert (await library.one(gone)).status == "vanished"
        assert (await library.relinked())["replaced_count"] == 1
        assert not os.path.lexists(world.root / gone)
        assert os.readlink(world.root / left) == str(world.lost / left)


async def test_attempts_end_with_a_person(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    world = World(tmp_path, tmp_path / "tv")
    path = "Show (2010)/Season 01/Show S01E01.mkv"
    world.broken(path, None)
    async with links(catalog_db, catalog_url, world.root) as library:
        world.copy("Shows", "Else/Else S01E01.mkv")
        await world.settle(library, "Shows")
        await library.scanned()
        await library.relinked()
        assert (await library.one(path)).relink_attempts == 1
        # It cools down.
        assert (await library.relinked())["checked_count"] == 0
        await library.set(cool_down=timedelta(0), max_attempts=2)
        assert (await library.relinked())["manual_count"] == 1
        one = await library.one(path)
        assert (one.relink_attempts, one.manual_reason) == (2, Reason.NO_CANDIDATE)
        assert list(await library.all(manual=True)) == [path]
        assert (await library.relinked())["checked_count"] == 0
        right = world.copy("Shows", "Show (2010)/Season 01/Show S01E01.mkv")
        reset = await usecases.reset_symlink(catalog_db, one.library_id, one.id, None)
        assert (reset.relink_attempts, reset.manual_reason) == (0, "")
        assert (await library.relinked())["replaced_count"] == 1
        assert os.readlink(world.root / path) == str(right)
        actions = [event.action for event in await library.events()]
        assert actions == ["found", "manual", "reset", "relinked"]


async def test_links_that_call_folders_otherwise(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    world = World(tmp_path, tmp_path / "tv")
    name = "Show (2010)/Season 01/Show S01E01.mkv"
    link(world.root / name, "/mnt/elsewhere/gone.mkv")
    real = file(world.remote / "x" / "1.mkv")
    # The second library's links call it so, too.
    link(world.second / "Shows" / name, "/mnt/elsewhere/x/1.mkv")
    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        rewrites = [{"link": "/mnt/elsewhere", "local": str(world.remote)}]
        await library.set(rewrites=rewrites)
        await library.scanned()
        assert (await library.relinked())["replaced_count"] == 1
        assert os.readlink(world.root / name) == "/mnt/elsewhere/x/1.mkv"
        one = await library.one(name)
        assert (one.status, one.resolved_target) == ("ok", os.fsencode(real))
        assert (await library.scanned())["changed_count"] == 0


async def test_a_disk_that_refuses_is_told(
    catalog_db: Database, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small(tmp_path)

    def refuse(*arguments: object) -> None:
        raise OSError(30, "Read-only file system")

    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        await library.scanned()
        monkeypatch.setattr(replacing, "replace", refuse)
        run = await library.relink()
        assert (run.state, run.stats["error_count"]) == (RunState.COMPLETED, 3)
        assert {entry.reason for entry in await library.entries(run)} == {Reason.REFUSED}
        monkeypatch.undo()
        await library.set(cool_down=timedelta(0))
        assert (await library.relinked())["replaced_count"] == 3
        world.check()


async def test_a_second_library_that_is_gone(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    world = small(tmp_path)
    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        await library.scanned()
        (world.second / "Shows").rename(world.second / "away")
        run = await library.relink()
        assert (run.state, run.error_code) == (RunState.FAILED, "SYMLINK_TARGETS_NOT_MOUNTED")
        (world.second / "away").rename(world.second / "Shows")
        assert (await library.relinked())["replaced_count"] == 3
        # What the second library no longer has is forgotten.
        for number in (2, 3):
            (
                world.second / "Shows" / f"Show (2010)/Season 01/Show S01E{number:02} 1080p.mkv"
            ).unlink()
        assert (await library.relinked())["indexed_count"] == 1
        rows = await library.rows("SELECT path FROM catalog.relink_candidates")
        assert len(rows) == 1


async def test_a_run_that_is_cancelled_leaves_whole_links(
    catalog_db: Database, catalog_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = small(tmp_path, 40)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    replace = replacing.replace

    def slowly(*arguments: bytes) -> None:
        replace(*arguments)
        loop.call_soon_threadsafe(begun.set)

    monkeypatch.setattr(replacing, "replace", slowly)
    async with links(catalog_db, catalog_url, world.root) as library:
        await world.settle(library, "Shows")
        await library.scanned()
        relinking = asyncio.create_task(library.relink())
        await begun.wait()
        rows = await library.rows("SELECT job_id FROM catalog.symlink_runs WHERE kind = 'relink'")
        async with catalog_db.transaction() as session:
            await jobs.cancel(session, rows[0]["job_id"])
        assert (await relinking).state is RunState.CANCELLED
        monkeypatch.undo()
        await library.relinked()
        world.check()
        unknown = "SELECT 1 FROM catalog.relink_entries WHERE outcome = 'intended'"
        assert not await library.rows(unknown)
