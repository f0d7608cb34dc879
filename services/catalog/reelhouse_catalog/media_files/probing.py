"""Opens one media file again, outside of a scan."""

from __future__ import annotations

import asyncio
import os
import stat
from dataclasses import replace
from uuid import UUID

from reelhouse_catalog.libraries import store as libraries
from reelhouse_catalog.media_files import usecases
from reelhouse_catalog.media_files.model import MEDIA_FILE, MediaFile
from reelhouse_catalog.reviews.scoring import Thresholds
from reelhouse_catalog.scanning import file_store
from reelhouse_catalog.scanning.model import Entry
from reelhouse_catalog.scanning.pool import probers
from reelhouse_catalog.scanning.recording import Found, Judge, record
from reelhouse_catalog.titles import link_store
from reelhouse_kit import errors
from reelhouse_kit.db import Database

_AT_ONCE = 2
_WAIT_SECONDS = 5.0


class Probing:
    """Opens files on request, few at once."""

    def __init__(self, database: Database, thresholds: Thresholds) -> None:
        self._database = database
        self._thresholds = thresholds
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def probe(self, file_id: UUID, *, rematch: bool = False) -> MediaFile:
        """Opens a file and writes what is in it. Takes half a minute at most.

        With `rematch`, its name and tags decide what it holds, also where people said so before.

        Raises:
            NotFoundError: The catalog knows no such file.
            FailedPreconditionError: It is not at its place.
            ResourceExhaustedError: Others are being opened.
        """
        try:
            async with asyncio.timeout(_WAIT_SECONDS):
                await self._turns.acquire()
        except TimeoutError:
            raise errors.ResourceExhaustedError(
                "OVERLOADED", "other files are being opened; try again", retry_after=5
            ) from None
        try:
            return await self._probe(file_id, rematch=rematch)
        finally:
            self._turns.release()

    async def _probe(self, file_id: UUID, *, rematch: bool) -> MediaFile:
        file = await usecases.get_media_file(self._database, file_id)
        known = await file_store.known(self._database, file_id)
        library = await libraries.get(self._database, file.library_id)
        if known is None or library is None:
            raise errors.NotFoundError(MEDIA_FILE.type, MEDIA_FILE.format(file_id))
        entry = await asyncio.to_thread(_entry, file)
        root = os.fsencode(library.root_path)
        async with probers(root, library.kind, 1) as (prober,):
            (answer,) = [answer async for answer in prober.examine([entry.path])]
        judge = Judge(library.kind, self._thresholds)
        async with self._database.transaction() as session:
            if rematch and not answer["error"]:
                await link_store.unpin(session, file_id)
                known = replace(known, pinned=False)
            await record(session, library.id, [Found(entry, answer, known, judge)])
        return await usecases.get_media_file(self._database, file_id)


def _entry(file: MediaFile) -> Entry:
    try:
        status = os.stat(file.absolute_path)
    except OSError:
        status = None
    if status is None or not stat.S_ISREG(status.st_mode):
        name = MEDIA_FILE.format(file.id)
        raise errors.FailedPreconditionError(
            "MEDIA_FILE_GONE", f"{name} is not at its place", name=name
        )
    return Entry(
        file.directory,
        file.filename,
        status.st_size,
        status.st_mtime_ns,
        status.st_ino,
        status.st_dev,
    )
