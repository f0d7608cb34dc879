"""The job that makes a transcode."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import aclosing
from pathlib import Path
from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run
from reelhouse_transcode.clients.catalog import CatalogClient
from reelhouse_transcode.transcodes import ffmpeg, store
from reelhouse_transcode.transcodes.arguments import arguments, file_name
from reelhouse_transcode.transcodes.model import (
    ENCODER,
    ENDED,
    Format,
    Source,
    State,
    Transcode,
    content_hash,
    folder_of,
)
from reelhouse_transcode.transcodes.usecases import change_state, check_source, tell

_REPORT_SECONDS = 0.5


class TranscodeHandler:
    """Runs the jobs that make transcodes."""

    def __init__(
        self, database: Database, catalog: CatalogClient, *, store_dir: Path, ffmpeg_path: str
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._store_dir = store_dir
        self._ffmpeg = ffmpeg_path

    async def run(self, run: Run) -> None:
        """Makes a transcode in a folder of this attempt's own.

        A worker that lost its lease, and does not know it yet, can so not write into what another
        makes.
        """
        transcode_id = UUID(run.job.payload["transcode"])
        async with run.transaction() as session:
            transcode = await change_state(session, transcode_id, State.STARTING)
        source = await self._source(transcode)
        async with run.transaction() as session:
            await store.begin(session, transcode_id, ENCODER.split("/")[0], source.path)
        base = self._store_dir / folder_of(transcode.content_hash)
        folder = base / f"attempt-{run.job.attempt}"
        await asyncio.to_thread(_make_empty, base, folder)
        try:
            await self._make(run, transcode, source, folder)
            output = folder if transcode.spec.format is Format.HLS else folder / "file.mp4"
            size = await asyncio.to_thread(_checked_size, transcode, folder)
            relative = str(output.relative_to(self._store_dir))
            async with run.completing({"output": relative, "size": size}) as session:
                await store.write_result(session, transcode, relative, size)
                await change_state(session, transcode_id, State.COMPLETED)
        except BaseException:
            if not run.completed:
                await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))
            raise

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the transcode as its job ended."""
        transcode = await store.lock(session, UUID(job.payload["transcode"]))
        if transcode is None or transcode.status in ENDED:
            return
        if error is None:
            await change_state(session, transcode.id, State.CANCELLED)
        else:
            await change_state(
                session, transcode.id, State.FAILED, code=error.code, message=error.message
            )

    async def _source(self, transcode: Transcode) -> Source:
        """Returns the media file as it is now: it may have been moved since it was asked for."""
        try:
            source = await self._catalog.get_source(transcode.media_file_id)
            check_source(source)
        except errors.RetryableError as error:
            raise JobError(error.reason, error.message, retry=True) from error
        except errors.Error as error:
            raise JobError(error.reason, error.message) from error
        if content_hash(source.fingerprint, transcode.spec) != transcode.content_hash:
            raise JobError("SOURCE_CHANGED", "the media file was changed since it was asked for")
        return source

    async def _make(self, run: Run, transcode: Transcode, source: Source, folder: Path) -> None:
        command = arguments(transcode.spec, source, os.fsencode(folder))
        main_file = folder / file_name(transcode.spec).decode()
        reported = 0.0
        running = False
        try:
            async with aclosing(ffmpeg.run(self._ffmpeg, command)) as steps:
                async for progress in steps:
                    if time.monotonic() < reported + _REPORT_SECONDS:
                        continue
                    reported = time.monotonic()
                    # What can be read while being made is told of once something is there.
                    readable = transcode.spec.format is Format.HLS and main_file.exists()
                    async with run.transaction() as session:
                        if not running:
                            await change_state(session, transcode.id, State.RUNNING)
                            running = True
                        await store.write_progress(
                            session,
                            transcode.id,
                            fraction=_fraction(progress.position_ms, transcode.duration_ms),
                            position_ms=progress.position_ms,
                            speed=progress.speed,
                            output_path=str(folder.relative_to(self._store_dir))
                            if readable
                            else "",
                        )
                        await tell(session, transcode.id)
        except ffmpeg.FfmpegError as error:
            raise JobError("FFMPEG_FAILED", str(error), retry=error.killed) from error


def _fraction(position_ms: int, duration_ms: int | None) -> float:
    return min(1.0, max(0.0, position_ms / duration_ms)) if duration_ms else 0.0


def _make_empty(base: Path, folder: Path) -> None:
    """Makes a new, empty folder, and removes what earlier attempts left."""
    base.mkdir(parents=True, exist_ok=True)
    for left in base.iterdir():
        shutil.rmtree(left, ignore_errors=True)
    folder.mkdir()


def _checked_size(transcode: Transcode, folder: Path) -> int:
    """Returns the bytes of a result, after a look whether it is whole.

    Raises:
        JobError: It is not.
    """
    main_file = folder / file_name(transcode.spec).decode()
    sizes = [entry.stat().st_size for entry in folder.iterdir()]
    if transcode.spec.format is Format.HLS:
        text = main_file.read_text() if main_file.exists() else ""
        segments = [line for line in text.splitlines() if line and not line.startswith("#")]
        whole = "#EXT-X-ENDLIST" in text and segments
        if not whole or not all((folder / name).exists() for name in segments):
            raise JobError("OUTPUT_INCOMPLETE", "ffmpeg ended without a whole playlist")
    elif not main_file.exists() or not main_file.stat().st_size:
        raise JobError("OUTPUT_INCOMPLETE", "ffmpeg ended without a file")
    return sum(sizes)
