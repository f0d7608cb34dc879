"""A library of many small files that the catalog knows, without scanning them one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from reelhouse_kit.db import Database
from reelhouse_kit.ids import new_id

EPISODES = 100
"""Episodes of a show."""


def shows(count: int) -> Iterator[tuple[int, int, str]]:
    """Yields show, episode and path of so many files, named as they come from the net."""
    for number in range(count):
        show, episode = divmod(number, EPISODES)
        name = f"show.number.{show:03}.s01e{episode + 1:02}.720p.hdtv.x264-grp.mkv"
        yield show, episode + 1, name if number % 2 else f"downloads/{show % 7}/{name}"


def write(root: Path, count: int) -> None:
    """Makes the files, with contents and times that tell them apart, and what lies beside them."""
    for show, episode, path in shows(count):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(f"{show} {episode}".encode())
        when = 1_600_000_000_000_000_000 + (show * EPISODES + episode) * 1_000_003
        os.utime(target, ns=(when, when))
        if episode % 50 == 1:
            beside = target.with_suffix(".en.srt")
            beside.write_text(f"subtitles {show} {episode}")
            os.utime(beside, ns=(when, when))
    os.link(root / next(path for _, _, path in shows(1)), root / "second-name.bin")
    os.symlink("second-name.bin", root / "link.bin")


async def know(database: Database, library: UUID, root: Path, count: int) -> None:
    """Writes into the catalog what a scan of the files would."""
    titles = [new_id() for _ in range((count + EPISODES - 1) // EPISODES)]
    async with database.transaction() as session:
        raw = session.raw
        await raw.copy_records_to_table(
            "titles",
            schema_name="catalog",
            columns=[
                *("id", "library_id", "kind", "name", "sort_name"),
                *("year", "match_key", "search_text"),
            ],
            records=[
                (one, library, "show", name, name.lower(), 2000, f"{name.lower()}|2000", "")
                for number, one in enumerate(titles)
                for name in [f"Show Number {number:03}"]
            ],
        )
        found = [(new_id(), new_id(), *one) for one in shows(count)]
        await raw.copy_records_to_table(
            "episodes",
            schema_name="catalog",
            columns=["id", "title_id", "season_number", "number", "name"],
            records=[
                (episode_id, titles[show], 1, episode, f"Episode {episode}")
                for episode_id, _, show, episode, _ in found
            ],
        )
        files = []
        for _, file_id, _, _, path in found:
            status = (root / path).stat()
            folder, _, name = path.rpartition("/")
            files.append(
                (
                    *(file_id, library, folder.encode(), name.encode(), path),
                    *(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev),
                    0.9,
                )
            )
        await raw.copy_records_to_table(
            "media_files",
            schema_name="catalog",
            columns=[
                *("id", "library_id", "directory", "filename", "path"),
                *("size_bytes", "mtime_ns", "inode", "device", "confidence"),
            ],
            records=files,
        )
        await raw.copy_records_to_table(
            "episode_assets",
            schema_name="catalog",
            columns=["episode_id", "media_file_id"],
            records=[(episode_id, file_id) for episode_id, file_id, *_ in found],
        )
