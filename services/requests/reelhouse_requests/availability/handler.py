"""The job that looks an audiobook up when the catalog is back."""

from __future__ import annotations

from uuid import UUID

from reelhouse_kit import errors
from reelhouse_kit.db import Session
from reelhouse_kit.jobs import Job, JobError, Run
from reelhouse_requests.availability.usecases import Checker


class CheckHandler:
    """Runs the jobs that look audiobooks up."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker

    async def run(self, run: Run) -> None:
        """Looks one audiobook up."""
        try:
            await self._checker.look_up(UUID(run.job.payload["audiobook"]))
        except errors.RetryableError as error:
            raise JobError(error.reason, error.message, retry=True) from error
        async with run.completing():
            pass

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Does nothing: the audiobook's availability stays unknown."""
