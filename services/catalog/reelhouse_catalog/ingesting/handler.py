"""The job that ingests a source."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.ingesting import store
from reelhouse_catalog.ingesting.handing import HandOver
from reelhouse_catalog.ingesting.model import ENDED, Ingest, IngestState
from reelhouse_catalog.ingesting.source_ingest import SourceIngest
from reelhouse_catalog.ingesting.usecases import change_state
from reelhouse_catalog.sources import store as sources
from reelhouse_catalog.sources.asking import talking
from reelhouse_catalog.sources.model import Source
from reelhouse_catalog.sources.protocol import Limits
from reelhouse_catalog.sources.remote import SourceError
from reelhouse_kit.db import Database, Session
from reelhouse_kit.jobs import Job, JobError, Run
from reelhouse_kit.secrets import Box


class IngestHandler:
    """Runs the jobs that ingest sources."""

    def __init__(
        self,
        database: Database,
        box: Box,
        *,
        hand_over: HandOver | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._database = database
        self._box = box
        self._hand_over = hand_over
        self._limits = limits or Limits()

    async def run(self, run: Run) -> None:
        """Ingests a source; run again, it goes on with what is not done."""
        source, ingest = await self._begin(run)
        try:
            async with talking(source, self._box, self._limits) as client:
                await SourceIngest(
                    self._database, run, source, ingest, client=client, hand_over=self._hand_over
                ).ingest()
        except SourceError as error:
            again = error.code == "SOURCE_UNREACHABLE"
            raise JobError(error.code, error.message, retry=again) from None

    async def ended(self, session: Session, job: Job, error: JobError | None) -> None:
        """Ends the ingest as its job ended."""
        ingest = await store.get(session, UUID(job.payload["source"]), UUID(job.payload["ingest"]))
        if ingest is not None and ingest.state not in ENDED:
            state = IngestState.FAILED if error else IngestState.CANCELLED
            await change_state(session, ingest, state, error)

    async def _begin(self, run: Run) -> tuple[Source, Ingest]:
        source_id = UUID(run.job.payload["source"])
        async with run.transaction() as session:
            source = await sources.get(session, source_id)
            ingest = await store.get(session, source_id, UUID(run.job.payload["ingest"]))
            if source is None or ingest is None:
                raise JobError("SOURCE_GONE", "the source was deleted")
            if ingest.state is IngestState.PENDING:
                ingest = await change_state(session, ingest, IngestState.RUNNING)
            return source, ingest
