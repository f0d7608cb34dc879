"""File operations on real folders: done, undone, and what the catalog makes of it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from reelhouse_catalog.file_operations import recycling, usecases
from reelhouse_catalog.file_operations.model import (
    BatchState,
    Conflict,
    OperationState,
    OperationType,
)
from reelhouse_kit.db import Database
from tests.integration.catalog import moves
from tests.integration.catalog.moves import wish
from tests.integration.catalog.scanning import (
    FILES,
    counts,
    make_library,
    run_scan,
)
from tests.integration.catalog.scanning import worker as scanner
from tests.media import Media

KINDS = OperationType


async def test_every_kind_is_done_and_undone(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(
        root,
        {f"{name}.mkv": name * 100 for name in ("move", "rename", "copy", "hard", "soft", "gone")},
    )
    (root / "old").mkdir(mode=0o750)
    os.rename(root / "move.mkv", root / "old/move.mkv")
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    batch, found = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "old/move.mkv", "new/deep/moved.mkv"),
            wish(library.id, "rename.mkv", "renamed.mkv", KINDS.RENAME),
            wish(library.id, "copy.mkv", "copies/copy.mkv", KINDS.COPY),
            wish(library.id, "hard.mkv", "copies/hard.mkv", KINDS.HARDLINK),
            wish(library.id, "soft.mkv", "copies/soft.mkv", KINDS.SYMLINK),
            wish(library.id, "gone.mkv", None, KINDS.DELETE),
        ],
    )
    assert moves.tree(root) == before
    assert batch.state is BatchState.PLANNED
    assert [one.conflicts for one in found] == [()] * 6
    async with moves.worker(catalog_url, catalog_db).running():
        done = await moves.applied(catalog_db, batch.id)
        assert done.state is BatchState.APPLIED, await moves.operations(catalog_db, batch.id)
        recycled = f".reelhouse-recycle/{found[5].id.hex}_gone.mkv"
        assert moves.paths(root) == sorted(
            [
                "new/deep/moved.mkv",
                "renamed.mkv",
                "copy.mkv",
                "copies/copy.mkv",
                "hard.mkv",
                "copies/hard.mkv",
                "soft.mkv",
                "copies/soft.mkv",
                recycled,
            ]
        )
        assert os.readlink(root / "copies/soft.mkv") == "../soft.mkv"
        assert (root / "copies/soft.mkv").read_text() == "soft" * 100
        assert (root / "copies/hard.mkv").stat().st_ino == (root / "hard.mkv").stat().st_ino
        copy = root / "copies/copy.mkv"
        assert copy.stat().st_mtime_ns == (root / "copy.mkv").stat().st_mtime_ns
        assert copy.stat().st_ino != (root / "copy.mkv").stat().st_ino
        assert not (root / "old").exists()
        back = await moves.rolled_back(catalog_db, batch.id)
        assert back.state is BatchState.ROLLED_BACK, await moves.operations(catalog_db, batch.id)
    assert moves.tree(root) == before
    states = {one.state for one in await moves.operations(catalog_db, batch.id)}
    assert states == {OperationState.ROLLED_BACK}


async def test_files_that_change_places(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    names = ["a", "b", "c", "d", "e", "f"]
    moves.write(root, {f"{name}.mkv": name for name in names})
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    turns = {"a": "b", "b": "c", "c": "a", "d": "e", "e": "d", "f": "g"}
    batch, found = await moves.planned(
        catalog_db,
        library.id,
        [wish(library.id, f"{old}.mkv", f"{new}.mkv") for old, new in turns.items()],
    )
    assert all(not one.conflicts for one in found)
    assert sum(one.parked for one in found) == 2
    async with moves.worker(catalog_url, catalog_db).running():
        await moves.applied(catalog_db, batch.id)
        for old, new in turns.items():
            assert (root / f"{new}.mkv").read_text() == old
        assert len(moves.paths(root)) == 6
        assert (await moves.rolled_back(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
    assert moves.tree(root) == before


async def test_sidecars_and_whole_folders(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    beside = {
        "Night Train/Night.Train.mkv": "film",
        "Night Train/Night.Train.en.srt": "1",
        "Night Train/Night.Train.de.forced.srt": "2",
        "Night Train/Night.Train.nfo": "3",
        "Night Train/Night.Train-poster.jpg": "4",
        "Night Train/Night.Train.jpg": "5",
        "Night Train/Subs/English.srt": "6",
        "Night Train/folder.jpg": "7",
        "Night Train/movie.nfo": "8",
        "Night Train/notes.txt": "9",
    }
    moves.write(root, beside)
    before = moves.tree(root)
    library = await make_library(catalog_db, root)
    to = "Night Train (2019)/Night Train (2019)"
    batch, found = await moves.planned(
        catalog_db, library.id, [wish(library.id, "Night Train/Night.Train.mkv", f"{to}.mkv")]
    )
    assert all(one.sidecar_of == found[0].id for one in found[1:])
    async with moves.worker(catalog_url, catalog_db).running():
        assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
        assert moves.paths(root) == sorted(
            [
                *(f"{to}{end}" for end in (".mkv", ".en.srt", ".de.forced.srt", ".nfo")),
                *(f"{to}{end}" for end in ("-poster.jpg", ".jpg")),
                "Night Train (2019)/Subs/English.srt",
                "Night Train (2019)/folder.jpg",
                "Night Train (2019)/movie.nfo",
                "Night Train/notes.txt",
            ]
        )
        (film,) = [one for one in found if one.new_path.endswith(b".mkv")]
        await usecases.roll_back_one(catalog_db, batch.id, film.id, None)
        assert (await moves.until_ended(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
    assert moves.tree(root) == before


async def test_the_catalog_follows(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "Night Train (2019)/Night Train (2019).mkv")
    media.film(root / "Harbor (2001)/Harbor (2001).mkv", hertz=330)
    media.film(root / "Lights (1999).mkv", hertz=550)
    moves.write(root, {"Night Train (2019)/Night Train (2019).en.srt": "1\n"})
    library = await make_library(catalog_db, root)
    async with scanner(catalog_url, catalog_db).running():
        await run_scan(catalog_db, library)
        rows = {row["path"]: row for row in await catalog_db.all(FILES)}
        links = await moves.rows(catalog_db, "SELECT * FROM catalog.episode_assets ORDER BY 1, 2")
        batch, _ = await moves.planned(
            catalog_db,
            library.id,
            [
                wish(library.id, "Night Train (2019)/Night Train (2019).mkv", "N/Night.mkv"),
                wish(library.id, "Harbor (2001)/Harbor (2001).mkv", "Lights (1999).mkv"),
                wish(library.id, "Lights (1999).mkv", "Harbor (2001)/Lights.mkv"),
            ],
        )
        async with moves.worker(catalog_url, catalog_db).running():
            assert (await moves.applied(catalog_db, batch.id)).state is BatchState.APPLIED
            after = {row["id"]: row for row in await catalog_db.all(FILES)}
            assert _paths(after.values()) == [
                "Harbor (2001)/Lights.mkv",
                "Lights (1999).mkv",
                "N/Night.mkv",
            ]
            night = after[rows["Night Train (2019)/Night Train (2019).mkv"]["id"]]
            assert night["external_subtitles"][0]["path"] == "N/Night.en.srt"
            assert night["external_subtitles"][0]["language"] == "en"
            scan = counts(await run_scan(catalog_db, library))
            assert not scan.keys() & {"added", "moved", "missing", "updated"}, scan
            assert links == await moves.rows(
                catalog_db, "SELECT * FROM catalog.episode_assets ORDER BY 1, 2"
            )
            assert (await moves.rolled_back(catalog_db, batch.id)).state is BatchState.ROLLED_BACK
            scan = counts(await run_scan(catalog_db, library))
            assert not scan.keys() & {"added", "moved", "missing", "updated"}, scan
    again = {row["path"]: row for row in await catalog_db.all(FILES)}
    assert {path: row["id"] for path, row in again.items()} == {
        path: row["id"] for path, row in rows.items()
    }


async def test_the_recycle_bin(
    catalog_db: Database, catalog_url: str, media: Media, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    media.film(root / "Night Train (2019).mkv")
    media.film(root / "Harbor (2001).mkv", hertz=330)
    library = await make_library(catalog_db, root)
    async with scanner(catalog_url, catalog_db).running():
        await run_scan(catalog_db, library)
        batch, _ = await moves.planned(
            catalog_db,
            library.id,
            [
                wish(library.id, name, None, KINDS.DELETE)
                for name in ("Night Train (2019).mkv", "Harbor (2001).mkv")
            ],
        )
        async with moves.worker(catalog_url, catalog_db).running():
            await moves.applied(catalog_db, batch.id)
            assert {row["state"] for row in await catalog_db.all(FILES)} == {"missing"}
            first, second = await moves.operations(catalog_db, batch.id)
            await usecases.roll_back_one(catalog_db, batch.id, first.id, None)
            await moves.until_ended(catalog_db, batch.id)
            assert (root / "Night Train (2019).mkv").exists()
            scan = counts(await run_scan(catalog_db, library))
            assert not scan.keys() & {"added", "moved", "missing", "updated"}, scan
            assert (root / os.fsdecode(second.new_path)).exists()
            async with catalog_db.transaction() as session:
                await recycling.purging(30)(session)
            await _settled(catalog_db)
            assert (root / os.fsdecode(second.new_path)).exists(), "it is not old enough"
            await moves.rows(
                catalog_db,
                "UPDATE catalog.file_operations SET completed_at = now() - interval '31 days'"
                " WHERE status = 'completed' RETURNING id",
            )
            async with catalog_db.transaction() as session:
                await recycling.purging(30)(session)
            await _settled(catalog_db)
    assert moves.paths(root) == ["Night Train (2019).mkv"]
    assert not (root / ".reelhouse-recycle").exists()
    _, purged = await moves.operations(catalog_db, batch.id)
    assert (purged.state, purged.purged_at is not None) == (OperationState.PURGED, True)


async def test_conflicts_are_left_out_when_asked(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a", "b.mkv": "b", "c.mkv": "c"})
    library = await make_library(catalog_db, root)
    batch, found = await moves.planned(
        catalog_db,
        library.id,
        [wish(library.id, "a.mkv", "b.mkv"), wish(library.id, "c.mkv", "d.mkv")],
    )
    assert [one.conflicts for one in found] == [(Conflict.TARGET_EXISTS,), ()]
    async with moves.worker(catalog_url, catalog_db).running():
        assert (
            await moves.applied(catalog_db, batch.id, skip_conflicts=True)
        ).state is BatchState.APPLIED
    assert moves.paths(root) == ["a.mkv", "b.mkv", "d.mkv"]


def _paths(files: Any) -> list[str]:
    return sorted(row["path"] for row in files)


async def _settled(database: Database) -> None:
    """Waits until no job waits or runs."""
    async with asyncio.timeout(20):
        while await moves.rows(
            database,
            "SELECT 1 FROM catalog.jobs WHERE status IN ('pending', 'delayed', 'active')",
        ):
            await asyncio.sleep(0.05)
