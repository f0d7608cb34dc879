"""Ten thousand files get the names that templates say, and their own back."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelhouse_catalog.file_operations import usecases as operations
from reelhouse_catalog.file_operations.model import BatchState, OperationState
from reelhouse_catalog.organizing import usecases
from reelhouse_catalog.organizing.model import Rules
from reelhouse_kit.db import Database
from reelhouse_naming import LibraryKind
from tests.integration.catalog import many, moves
from tests.integration.catalog.scanning import make_library

COUNT = 10_000


@pytest.mark.timeout(180)
async def test_ten_thousand_renames_are_done_and_undone(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "tv"
    root.mkdir()
    many.write(root, COUNT)
    before = moves.tree(root)
    library = await make_library(catalog_db, root, LibraryKind.TV)
    await many.know(catalog_db, library.id, root, COUNT)
    known = await paths_in_catalog(catalog_db)
    wishes = await usecases.wishes(catalog_db, library.id, Rules(), {})
    assert len(wishes) == COUNT
    batch, found = await moves.planned(catalog_db, library.id, wishes)
    assert (batch.conflict_count, len(found)) == (0, COUNT + COUNT // 50)
    assert moves.tree(root) == before
    async with moves.worker(catalog_url, catalog_db).running():
        await operations.apply(catalog_db, batch.id, skip_conflicts=False, once=None)
        done = await moves.until_ended(catalog_db, batch.id, seconds=100)
        assert (done.state, done.counts) == (
            BatchState.APPLIED,
            {OperationState.COMPLETED: len(found)},
        )
        first = "Show Number 000 (2000)"
        for show, episode, path in many.shows(COUNT):
            name = f"Show Number {show:03} (2000)"
            target = f"{name}/Season 01/{name} - S01E{episode:02} - Episode {episode}.mkv"
            assert (root / target).read_bytes() == f"{show} {episode}".encode()
            assert not (root / path).exists()
        assert (root / f"{first}/Season 01/{first} - S01E51 - Episode 51.en.srt").exists()
        await operations.roll_back(catalog_db, batch.id, None)
        undone = await moves.until_ended(catalog_db, batch.id, seconds=100)
        assert undone.state is BatchState.ROLLED_BACK
    assert moves.tree(root) == before
    assert await paths_in_catalog(catalog_db) == known


async def paths_in_catalog(database: Database) -> list[tuple[str, ...]]:
    """Returns what the catalog knows of where files are."""
    found = await moves.rows(
        database,
        "SELECT id, path, directory, filename, inode, size_bytes, mtime_ns"
        " FROM catalog.media_files ORDER BY id",
    )
    return [tuple(row.values()) for row in found]
