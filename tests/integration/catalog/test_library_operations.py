"""Libraries whose file operations are needed are not forgotten."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from reelhouse_catalog.file_operations import recovery, usecases
from reelhouse_catalog.file_operations.model import BatchState, OperationType
from reelhouse_catalog.libraries import usecases as libraries
from reelhouse_kit import errors
from reelhouse_kit.db import Database
from tests.integration.catalog import moves
from tests.integration.catalog.moves import wish
from tests.integration.catalog.scanning import make_library

UNSETTLED = "FILE_OPERATIONS_UNSETTLED"


@pytest.mark.parametrize("state", ["applying", "rolling_back"])
async def test_a_batch_is_under_way(catalog_db: Database, tmp_path: Path, state: str) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a"})
    library = await make_library(catalog_db, root)
    await moves.planned(catalog_db, library.id, [wish(library.id, "a.mkv", "b.mkv")])
    await moves.rows(
        catalog_db, f"UPDATE catalog.file_operation_batches SET state = '{state}' RETURNING id"
    )
    for forget in (False, True):
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await libraries.delete_library(
                catalog_db, library.id, "", force=True, forget_operations=forget
            )
        assert caught.value.reason == UNSETTLED


@pytest.mark.parametrize("state", ["intended", "undo_staged", "purging", "undecided"])
async def test_an_operation_is_not_settled(
    catalog_db: Database, tmp_path: Path, state: str
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a"})
    library = await make_library(catalog_db, root)
    batch, _ = await moves.planned(catalog_db, library.id, [wish(library.id, "a.mkv", "b.mkv")])
    await moves.rows(
        catalog_db, f"UPDATE catalog.file_operations SET status = '{state}' RETURNING id"
    )
    await moves.rows(
        catalog_db, "UPDATE catalog.file_operation_batches SET state = 'incomplete' RETURNING id"
    )
    with pytest.raises(errors.FailedPreconditionError) as caught:
        await libraries.delete_library(catalog_db, library.id, "", force=True)
    assert caught.value.reason == UNSETTLED
    assert len(await moves.operations(catalog_db, batch.id)) == 1
    await libraries.delete_library(catalog_db, library.id, "", force=True, forget_operations=True)
    assert not await moves.operations(catalog_db, batch.id)
    assert moves.paths(root) == ["a.mkv"]


async def test_files_in_the_bin_and_settled_batches(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    root = tmp_path / "films"
    moves.write(root, {"a.mkv": "a", "b.mkv": "b"})
    library = await make_library(catalog_db, root)
    batch, (deleting, _) = await moves.planned(
        catalog_db,
        library.id,
        [
            wish(library.id, "a.mkv", None, OperationType.DELETE),
            wish(library.id, "b.mkv", "new/b.mkv"),
        ],
    )
    async with moves.worker(catalog_url, catalog_db).running():
        await moves.applied(catalog_db, batch.id)
        with pytest.raises(errors.FailedPreconditionError) as caught:
            await libraries.delete_library(catalog_db, library.id, "", force=True)
        assert caught.value.reason == "RECYCLE_BIN_NOT_EMPTY"
        await usecases.roll_back_one(catalog_db, batch.id, deleting.id, None)
        await moves.until_ended(catalog_db, batch.id)
    # What is done and in nobody's way does not hold a library.
    await libraries.delete_library(catalog_db, library.id, "", force=False)
    assert moves.paths(root) == ["a.mkv", "new/b.mkv"]


async def test_applying_and_deleting_at_once(
    catalog_db: Database, catalog_url: str, tmp_path: Path
) -> None:
    for turn in range(10):
        root = tmp_path / f"films{turn}"
        moves.write(root, {"a.mkv": "a"})
        library = await make_library(catalog_db, root)
        batch, _ = await moves.planned(catalog_db, library.id, [wish(library.id, "a.mkv", "b.mkv")])
        applied, deleted = await asyncio.gather(
            usecases.apply(catalog_db, batch.id, skip_conflicts=False, once=None),
            libraries.delete_library(catalog_db, library.id, "", force=True),
            return_exceptions=True,
        )
        refused = [isinstance(one, errors.Error) for one in (applied, deleted)]
        assert sorted(refused) == [False, True], (applied, deleted)
    async with moves.worker(catalog_url, catalog_db).running():
        for row in await moves.rows(catalog_db, "SELECT id FROM catalog.file_operation_batches"):
            assert (await moves.until_ended(catalog_db, row["id"])).state is BatchState.APPLIED
    assert await recovery.recover(catalog_db, None) == []
    left = await moves.rows(
        catalog_db, "SELECT 1 FROM catalog.file_operations WHERE status <> 'completed'"
    )
    assert not left
