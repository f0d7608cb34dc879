"""Whether the catalog's answers stay as quick when it grows from 10,000 to 1,000,000 files."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import grpc

from reelhouse.catalog.v1 import (
    library_pb2,
    library_service_pb2,
    library_service_pb2_grpc,
    media_file_service_pb2,
    media_file_service_pb2_grpc,
    title_service_pb2,
    title_service_pb2_grpc,
)
from reelhouse_catalog.titles.searching import of_found
from reelhouse_kit.ids import new_id
from reelhouse_naming import sort_title
from tests.bench.figures import Figure
from tests.bench.rpc import database_url
from tests.bench.scanning import seconds
from tests.e2e.house import House

SIZES = (10_000, 100_000, 1_000_000)
CALLS = 1_000
_WORDS = """
    amber arrow autumn black bridge captain castle city cold crown dark dawn desert dragon dream
    east ember empire fall fire forest frozen garden ghost glass gold green harbor heart hidden
    house hunter ice iron island jade king lake last light lion lost moon morning mountain night
    north ocean old paper queen quiet rain red return river road rose salt sand secret shadow
    silver sky snow song south spring star stone storm summer sun thunder tide tower town valley
    velvet water west white wild wind winter wolf wood world yellow
"""
WORDS = _WORDS.split()
_FILES = """
    id library_id directory filename path size_bytes mtime_ns inode device fingerprint mime_type
    container duration_ms bit_rate width height video_codec audio_codec confidence
"""
FILES = _FILES.split()
_TITLES = "id library_id name sort_name year match_key search_text search_vector"
TITLES = _TITLES.split()
# COPY in binary knows no tsvector.
_STAGE = """
    CREATE TEMP TABLE IF NOT EXISTS given (
        id uuid, library_id uuid, name text, sort_name text, year int, match_key text,
        search_text text, search_vector text
    )
"""
_TAKE = """
    INSERT INTO catalog.titles (id, library_id, name, sort_name, year, match_key, search_text,
        search_vector)
    SELECT id, library_id, name, sort_name, year, match_key, search_text, search_vector::tsvector
    FROM given
"""
EPISODES = ["id", "title_id"]
ASSETS = ["episode_id", "media_file_id"]

Call = Callable[[], Awaitable[Any]]


def names(seed: int) -> Iterator[str]:
    """Yields names of two to four words, each another one."""
    chance = random.Random(seed)
    number = 0
    while True:
        number += 1
        words = chance.choices(WORDS, k=chance.randint(2, 4))
        yield f"{' '.join(words).title()} {number}"


def title_row(library: UUID, title: UUID, name: str) -> tuple[Any, ...]:
    """Returns a title as a scan would write it."""
    search_text, search_vector, _ = of_found(name, (), ())
    return (title, library, name, sort_title(name), 1990, name, search_text, search_vector)


def file_row(library: UUID, file: UUID, name: str) -> tuple[Any, ...]:
    """Returns a file as a scan would write it."""
    return (
        *(file, library, name.encode(), name.encode() + b".mkv", f"{name}.mkv"),
        *(10**9, 1, file.int % 2**60, 1, file.bytes, "video/x-matroska"),
        *("matroska,webm", 5_400_000, 8_000_000, 1920, 1080, "h264", "aac", 0.9),
    )


async def grow(connection: asyncpg.Connection[Any], library: UUID, first: int, last: int) -> None:
    """Adds films, each with its file, by COPY."""
    await connection.execute(_STAGE)
    named = islice(names(7), first, last)
    while some := list(islice(named, 20_000)):
        films = [(new_id(), new_id(), new_id(), name) for name in some]
        titles = [title_row(library, title, name) for title, _, _, name in films]
        await connection.copy_records_to_table("given", columns=TITLES, records=titles)
        await connection.execute(_TAKE)
        await connection.execute("TRUNCATE given")
        for table, columns, rows in (
            ("episodes", EPISODES, [(episode, title) for title, episode, _, _ in films]),
            ("media_files", FILES, [file_row(library, file, name) for _, _, file, name in films]),
            ("episode_assets", ASSETS, [(episode, file) for _, episode, file, _ in films]),
        ):
            await connection.copy_records_to_table(
                table, schema_name="catalog", columns=columns, records=rows
            )
    await connection.execute(
        "INSERT INTO catalog.title_words SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", WORDS
    )
    await connection.execute("ANALYZE")


async def p99(call: Call) -> float:
    """Returns milliseconds within which 99 of 100 calls are answered, one at a time."""
    for _ in range(50):
        await call()
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        await call()
        times.append(time.perf_counter() - start)
    return statistics.quantiles(times, n=100)[98] * 1000


def calls(house: House, channel: grpc.aio.Channel, token: str, size: int) -> dict[str, Call]:
    """Returns what is measured, by name."""
    titles: Any = title_service_pb2_grpc.TitleServiceStub(channel)
    files: Any = media_file_service_pb2_grpc.MediaFileServiceStub(channel)
    metadata = [("authorization", f"Bearer {token}")]
    chance = random.Random(1)
    known = list(islice(names(7), size))
    some = asyncio.Queue[str]()

    async def get() -> None:
        if some.empty():
            await listing()
        name = some.get_nowait()
        request = media_file_service_pb2.GetMediaFileRequest(name=name)
        await files.GetMediaFile(request, metadata=metadata)

    async def listing() -> None:
        request = media_file_service_pb2.ListMediaFilesRequest(page_size=50)
        found = await files.ListMediaFiles(request, metadata=metadata)
        for file in found.media_files:
            some.put_nowait(file.name)

    async def titles_of_a_page() -> None:
        request = title_service_pb2.ListTitlesRequest(page_size=50)
        await titles.ListTitles(request, metadata=metadata)

    async def search() -> None:
        query = chance.choice(known)
        request = title_service_pb2.SearchTitlesRequest(query=query, page_size=20)
        found = await titles.SearchTitles(request, metadata=metadata)
        assert query in [result.title.display_name for result in found.results]

    async def misspelled() -> None:
        right = chance.choice(known)
        request = title_service_pb2.SearchTitlesRequest(query=right[:1] + right[2:], page_size=20)
        found = await titles.SearchTitles(request, metadata=metadata)
        assert right in [result.title.display_name for result in found.results]

    async def begun() -> None:
        request = title_service_pb2.SearchTitlesRequest(query=chance.choice(WORDS), page_size=20)
        await titles.SearchTitles(request, metadata=metadata)

    return {
        "get of a file": get,
        "list of 50 titles": titles_of_a_page,
        "search by name": search,
        "search with a typing error": misspelled,
        "search by a word of many names": begun,
    }


async def measure(house: House, folder: Path) -> dict[str, list[float]]:
    """Returns what each call takes, and a rescan, at each size."""
    address = house.started["addresses"]["catalog"]
    token = house.json("token", "access")["access_token"]
    found: dict[str, list[float]] = {}
    root = folder / "many"
    root.mkdir()
    async with grpc.aio.insecure_channel(address) as channel:
        libraries: Any = library_service_pb2_grpc.LibraryServiceStub(channel)
        library = await libraries.CreateLibrary(
            library_service_pb2.CreateLibraryRequest(
                library=library_pb2.Library(
                    display_name="Many", kind=library_pb2.Library.KIND_MOVIE, root_path=str(root)
                )
            ),
            metadata=[("authorization", f"Bearer {token}")],
        )
        connection = await asyncpg.connect(database_url(house))
        try:
            have = 0
            for size in SIZES:
                await grow(connection, UUID(library.name.partition("/")[2]), have, size)
                have = size
                for name, call in calls(house, channel, token, size).items():
                    found.setdefault(name, []).append(await p99(call))
                again = [
                    seconds(await asyncio.to_thread(house.json, "scan", str(folder / "films")))
                    for _ in range(5)
                ]
                found.setdefault("scan again of the films above", []).append(min(again) * 1000)
        finally:
            await connection.close()
    return found


def run(house: House, folder: Path) -> list[Figure]:
    """Measures with a running suite, after `scanning`."""
    smallest, *_, largest = SIZES
    return [
        Figure(
            f"{name}, with {largest:,} files in the catalog",
            f"{times[-1]:.1f} ms",
            f"{times[0]:.1f} ms, with {smallest:,}",
            times[-1] / times[0],
            "below 1.5",
        )
        for name, times in asyncio.run(measure(house, folder)).items()
    ]
