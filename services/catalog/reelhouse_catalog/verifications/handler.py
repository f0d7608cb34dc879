"""The job that reads a whole file."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import threading
import time
from uuid import UUID

from reelhouse_catalog.media_files import store as media_files
from reelhouse_catalog.media_files import telling
from reelhouse_catalog.media_files.model import MediaFile
from reelhouse_catalog.schema import outbox
from reelhouse_catalog.verifications import store
from reelhouse_catalog.verifications.model import ENDED, Verification, VerificationState
from reelhouse_catalog.verifications.usecases import TOPIC, change_state
from reelhouse_kit.db import Session
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.jobs import Job, JobError, Run

_CHUNK = 4 * 1024 * 1024
_REPORT_SECONDS = 1.0


class VerifyHandler:
    """Runs the jobs that hash media files."""

    async def run(self, run: Run) -> None:
        """Hashes a file from its beginning; run again, it begins again."""
        verification, file = await self._begin(run)
        reader = await asyncio.to_thread(_Reader, file)
        try:
            done, report_at = 0, time.monotonic() + _REPORT_SECONDS
            while chunk := await asyncio.to_thread(reader.read):
                done += chunk
                if time.monotonic() >= report_at:
                    report_at = time.monotonic() + _REPORT_SECONDS
                    async with run.transaction() as session:
                        await store.note_progress(session, verification.id, done)
                        event = Event(TOPIC, verification.resource, Change.UPDATED)
                        await outbox.append(session, event)
            await asyncio.to_thread(reader.check)
        finally:
            # Not waited for: a read from a dead network mount may take for ever.
            threading.Thread(target=reader.close, daemon=True).start()
        found = reader.digest.digest()
        async with run.completing({"sha256": found.hex()}) as session:
            await store.note_progress(session, verification.id, done, found)
            await change_state(session, verification, VerificationState.COMPLETED)
            if await store.note_hash(session, file.id, file.mtime_ns, found):
                await telling.tell(session, [file.id])

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the verification as its job ended."""
        verification = await self._find(session, job)
        if verification is not None and verification.state not in ENDED:
            state = VerificationState.FAILED if error else VerificationState.CANCELLED
            await change_state(session, verification, state, error)

    async def _begin(self, run: Run) -> tuple[Verification, MediaFile]:
        async with run.transaction() as session:
            verification = await self._find(session, run.job)
            file = await media_files.get(session, UUID(run.job.payload["media_file"]))
            if verification is None or file is None:
                raise JobError("MEDIA_FILE_GONE", "the catalog no longer knows the file")
            if verification.state is VerificationState.PENDING:
                verification = await change_state(session, verification, VerificationState.RUNNING)
            return verification, file

    async def _find(self, session: Session, job: Job) -> Verification | None:
        payload = job.payload
        return await store.get(session, UUID(payload["media_file"]), UUID(payload["verification"]))


class _Reader:
    """Reads and hashes a file, in whatever thread. Closing waits for a read that is under way."""

    def __init__(self, file: MediaFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.digest = hashlib.sha256()
        try:
            # A pipe that took the file's place must not make the worker wait.
            flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
            self._descriptor = os.open(file.absolute_path, flags)
        except OSError as error:
            raise _gone(error) from None
        try:
            self.check()
        except JobError:
            self.close()
            raise

    def check(self) -> None:
        """Checks that the file is the one that the catalog knows."""
        status = os.fstat(self._descriptor)
        now = (stat.S_ISREG(status.st_mode), status.st_size, status.st_mtime_ns)
        if now != (True, self._file.size_bytes, self._file.mtime_ns):
            raise JobError(
                "MEDIA_FILE_CHANGED",
                "the file was written to since it was last opened; scan it first",
            )

    def read(self) -> int:
        """Reads on. Returns how many bytes there were; 0 at the end."""
        with self._lock:
            try:
                chunk = os.read(self._descriptor, _CHUNK)
            except OSError as error:
                raise _gone(error) from None
            self.digest.update(chunk)
            return len(chunk)

    def close(self) -> None:
        """Closes the file; nothing is read after that."""
        with self._lock:
            os.close(self._descriptor)


def _gone(error: OSError) -> JobError:
    return JobError("MEDIA_FILE_GONE", f"the file cannot be read: {error.strerror}")
