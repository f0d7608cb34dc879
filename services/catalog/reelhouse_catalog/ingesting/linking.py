"""Links items to the media files that they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from reelhouse_catalog.ingesting import item_store
from reelhouse_catalog.sources import file_store
from reelhouse_kit.db import Database

AT_ONCE = 500


async def link_all(database: Database) -> int:
    """Links all items whose files are in the catalog by now. Returns how many files it was."""
    roots = await file_store.roots(database)
    after, linked = "", 0
    while paths := await item_store.pending_paths(database, after, AT_ONCE):
        after = paths[-1]
        places = {path: place for path in paths if (place := roots.place(path))}
        found = await file_store.find(database, places.values())
        there = {path: found[place] for path, place in places.items() if place in found}
        linked += await _link(database, there)
    return linked


async def link_files(database: Database, files: Sequence[UUID]) -> int:
    """Links the items that wait for these media files. Returns how many files it was."""
    linked = 0
    for start in range(0, len(files), AT_ONCE):
        paths = await item_store.paths_of(database, files[start : start + AT_ONCE])
        linked += await _link(database, paths)
    return linked


async def _link(database: Database, files: Mapping[str, UUID]) -> int:
    if not files:
        return 0
    async with database.transaction() as session:
        return len(await item_store.link(session, files))
