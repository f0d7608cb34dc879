"""What the catalog knew before titles were in full is still known, and found, afterwards."""

from __future__ import annotations

from uuid import uuid4

import asyncpg

from reelhouse_catalog.schema import SCHEMA
from reelhouse_catalog.titles import usecases
from reelhouse_kit.db import Database
from reelhouse_kit.migrations import runner
from reelhouse_kit.rpc.paging import Page

OLD = "0001"


async def test_what_was_known_is_kept(admin_url: str, catalog_url: str) -> None:
    await runner.downgrade(admin_url, SCHEMA, OLD)
    library, title, episode, file = (uuid4() for _ in range(4))
    connection = await asyncpg.connect(admin_url)
    try:
        await connection.execute(
            "INSERT INTO catalog.media_libraries (id, name, root_path) VALUES ($1, 'films', '/f')",
            library,
        )
        await connection.execute(
            "INSERT INTO catalog.titles (id, library_id, kind, name, sort_name, year, match_key,"
            " search_text) VALUES ($1, $2, 'movie', 'Am\u00e9lie', 'am\u00e9lie', 2001,"
            " 'amelie|2001', 'amelie')",
            title,
            library,
        )
        await connection.execute(
            "INSERT INTO catalog.episodes (id, title_id) VALUES ($1, $2)", episode, title
        )
        await connection.execute(
            "INSERT INTO catalog.media_files (id, library_id, directory, filename, path,"
            " size_bytes, mtime_ns, inode, device)"
            " VALUES ($1, $2, '', 'a.mkv', 'a.mkv', 1, 1, 1, 1)",
            file,
            library,
        )
        await connection.execute(
            "INSERT INTO catalog.episode_assets (episode_id, media_file_id) VALUES ($1, $2)",
            episode,
            file,
        )
        await runner.upgrade(admin_url, [SCHEMA], {})
        canonical = await connection.fetchval("SELECT canonical FROM catalog.episode_assets")
        base = await connection.fetchval("SELECT base->>'display_name' FROM catalog.titles")
    finally:
        await connection.close()
    assert (canonical, base) == (True, "Am\u00e9lie")
    async with Database.open(catalog_url, schema="catalog", size=1) as database:
        found, _ = await usecases.search_titles(
            database, "am\u00e9lie", None, None, Page(5, None, "")
        )
        assert [(row.name, row.released.year) for row, _ in found] == [("Am\u00e9lie", 2001)]
