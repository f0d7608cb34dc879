"""The job that asks sources about a title."""

from __future__ import annotations

import asyncio
from uuid import UUID

from reelhouse_catalog.enriching import store, subject_store
from reelhouse_catalog.enriching.model import (
    LONGEST_RETRY,
    NOT_FOUND_DAYS,
    Apply,
    Ask,
    EnrichmentState,
    Outcome,
    fingerprint,
    refresh_delay,
    retry_delay,
)
from reelhouse_catalog.enrichment.model import Subject
from reelhouse_kit import errors, log
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run

LONGEST = 180.0
"""Seconds for all that one source is asked about one title."""
_logger = log.get(__name__)


class EnrichHandler:
    """Runs the jobs that ask sources about titles.

    Args:
        database: The catalog's database.
        ask: Finds a source by its name.
        apply: Stores what was found.
        days: After how many days sources are asked anew.
        language: The language of what is asked for.
    """

    def __init__(
        self, database: Database, ask: Ask, apply: Apply, *, days: int, language: str
    ) -> None:
        self._database = database
        self._ask = ask
        self._apply = apply
        self._days = days
        self._language = language

    async def run(self, run: Run) -> None:
        """Asks each source; run again, it asks those again that had not answered."""
        title_id = UUID(run.job.payload["title"])
        async with run.transaction() as session:
            failures = await store.begin(session, title_id, run.job.payload["sources"])
            subject = await self._subject(session, title_id)
        if subject is None or not failures:
            async with run.completing():
                return
        outcomes = await asyncio.gather(
            *(self._outcome(source, subject, count) for source, count in failures.items())
        )
        async with run.completing() as session:
            await self._write(session, title_id, subject, outcomes)

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Takes note that the job failed as a whole."""
        code = error.code if error else "ENRICHMENT_FAILED"
        message = error.message if error else "the job was cancelled"
        for source in job.payload["sources"]:
            outcome = _failed(source, LONGEST_RETRY.total_seconds(), code, message, 1)
            await store.finish(session, UUID(job.payload["title"]), outcome, None)

    async def _subject(self, session: Session, title_id: UUID) -> Subject | None:
        found = await subject_store.subjects(session, [title_id], self._language)
        return found.get(title_id)

    async def _write(
        self, session: Session, title_id: UUID, asked: Subject, outcomes: list[Outcome]
    ) -> None:
        """Stores what was found. A change meanwhile is asked about again; one of its own is not."""
        asked_print = fingerprint(asked)
        current = await self._subject(session, title_id)
        for outcome in outcomes:
            await store.finish(session, title_id, outcome, asked_print)
        found = [outcome.finding for outcome in outcomes if outcome.finding]
        if not found or current is None:
            return
        await self._apply(session, title_id, found)
        after = await self._subject(session, title_id)
        if after is not None and fingerprint(current) == asked_print:
            await store.same_question(session, title_id, asked_print, fingerprint(after))

    async def _outcome(self, source: str, subject: Subject, failures: int) -> Outcome:
        try:
            async with asyncio.timeout(LONGEST):
                provider = await self._ask(source)
                if provider is None:
                    raise errors.FailedPreconditionError(
                        "PROVIDER_NOT_CONFIGURED",
                        f"{source} cannot be asked any more",
                        source=source,
                    )
                finding = await provider.find(subject)
        except errors.RetryableError as error:
            limited = error.code is errors.Code.RESOURCE_EXHAUSTED
            attempts = 0 if limited else failures + 1
            return _failed(source, error.retry_after, error.reason, error.message, attempts)
        except errors.Error as error:
            day = LONGEST_RETRY.total_seconds()
            return _failed(source, day, error.reason, error.message, failures + 1)
        except TimeoutError:
            message = f"{source} took too long"
            return _failed(source, 0, "PROVIDER_UNAVAILABLE", message, failures + 1)
        except Exception as error:
            # A defect, of ours or of what a source answers: it must not cost what others say.
            _logger.exception("defect", source=source)
            day = LONGEST_RETRY.total_seconds()
            told = errors.Error("ENRICHMENT_FAILED", type(error).__name__)
            return _failed(source, day, told.reason, told.message, failures + 1)
        days = self._days if finding else min(self._days, NOT_FOUND_DAYS)
        state = EnrichmentState.FOUND if finding else EnrichmentState.NOT_FOUND
        return Outcome(source, state, refresh_delay(days), finding)


def _failed(source: str, wait: float, code: str, message: str, attempts: int) -> Outcome:
    """Returns a failure; one that does not count has no attempts."""
    again = retry_delay(max(1, attempts), wait)
    return Outcome(
        source,
        EnrichmentState.FAILED,
        again,
        error_code=code,
        error_message=message,
        counted=attempts > 0,
    )
