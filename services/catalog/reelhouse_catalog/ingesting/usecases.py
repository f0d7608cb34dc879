"""What can be done with ingests and items."""

from __future__ import annotations

from uuid import UUID

from reelhouse_catalog.ingesting import item_store, store
from reelhouse_catalog.ingesting.model import (
    ENDED,
    INGEST,
    ITEM,
    Ingest,
    IngestState,
    StoredItem,
)
from reelhouse_catalog.schema import jobs, outbox
from reelhouse_catalog.schema import once as once_store
from reelhouse_catalog.sources import store as sources
from reelhouse_catalog.sources import usecases as source_cases
from reelhouse_catalog.sources.model import SOURCE, Collection, Content, Source
from reelhouse_catalog.sources.remote import Selection
from reelhouse_kit import errors
from reelhouse_kit.db import Database, Session, atomic
from reelhouse_kit.events.outbox import Change, Event
from reelhouse_kit.ids import new_id
from reelhouse_kit.jobs import JobError
from reelhouse_kit.rpc.once import Once

TOPIC = "ingests"
ITEMS_TOPIC = "sourceItems"
JOB = "ingest_source"


@atomic
async def start_ingest(
    session: Session,
    source_id: UUID,
    collection_id: UUID | None,
    *,
    selection: Selection,
    dry_run: bool,
    max_new: int,
    once: Once | None,
) -> Ingest:
    """Adds an ingest of a source, or of one collection, and the job that does it.

    Raises:
        NotFoundError: There is no such source or collection.
        FailedPreconditionError: One of them is disabled, or an ingest is under way.
    """
    ingest_id = new_id()
    done = await once_store.claim(session, once, ingest_id)
    if done is not None:
        return await _required(session, source_id, done)
    source = await sources.lock(session, source_id)
    if source is None:
        raise errors.NotFoundError(SOURCE.type, SOURCE.format(source_id))
    await _check_enabled(session, source, collection_id)
    live = await store.live(session, source_id)
    if live is not None:
        raise errors.FailedPreconditionError(
            "INGEST_RUNNING", f"{live.resource} is under way", ingest=live.resource
        )
    payload = {"source": str(source_id), "ingest": str(ingest_id)}
    subject = INGEST.format(source_id, ingest_id)
    job_id = await jobs.enqueue(session, JOB, payload, subject=subject)
    ingest = await store.insert_ingest(
        session,
        ingest_id,
        source_id=source_id,
        collection_id=collection_id,
        job_id=job_id,
        dry_run=dry_run,
        max_new=max_new,
        selection=selection.as_dict(),
    )
    await outbox.append(session, Event(TOPIC, ingest.resource, Change.CREATED))
    return ingest


async def get_ingest(database: Database, source_id: UUID, ingest_id: UUID) -> Ingest:
    """Returns an ingest.

    Raises:
        NotFoundError: There is none.
    """
    return await _required(database, source_id, ingest_id)


@atomic
async def cancel_ingest(session: Session, source_id: UUID, ingest_id: UUID) -> Ingest:
    """Stops an ingest; one that a worker is at stops within seconds.

    Raises:
        WrongStateError: It has ended.
    """
    ingest = await _required(session, source_id, ingest_id)
    if ingest.state in ENDED:
        raise errors.WrongStateError(ingest.resource, ingest.state.upper(), "cancel it")
    if await jobs.cancel(session, ingest.job_id):
        return await change_state(session, ingest, IngestState.CANCELLED)
    return ingest


async def change_state(
    session: Session, ingest: Ingest, state: IngestState, error: JobError | None = None
) -> Ingest:
    """Puts an ingest into a state and tells of it.

    Raises:
        WrongStateError: Its present state does not allow that.
    """
    moved = await store.move(session, ingest.id, state, error=error)
    if moved is None:
        raise errors.WrongStateError(ingest.resource, ingest.state.upper(), f"make it {state}")
    await outbox.append(session, Event(TOPIC, moved.resource, Change.UPDATED))
    return moved


async def get_item(
    database: Database, source_id: UUID, collection_id: UUID, item_id: UUID
) -> StoredItem:
    """Returns an item with what its source answered.

    Raises:
        NotFoundError: There is none.
    """
    item = await item_store.get(database, source_id, collection_id, item_id)
    if item is None:
        name = ITEM.format(source_id, collection_id, item_id)
        raise errors.NotFoundError(ITEM.type, name)
    return item


def may_be_ingested(collection: Collection) -> bool:
    """Tells whether a collection is enabled, there, and of use."""
    return (
        collection.enabled
        and collection.gone_at is None
        and collection.content is not Content.OTHER
    )


async def _check_enabled(session: Session, source: Source, collection_id: UUID | None) -> None:
    if collection_id is None:
        collections = await sources.collections_of(session, source.id)
    else:
        collections = [await source_cases.required_collection(session, source.id, collection_id)]
    if not source.enabled:
        raise errors.FailedPreconditionError(
            "SOURCE_DISABLED", f"{source.resource} is disabled", name=source.resource
        )
    if not any(map(may_be_ingested, collections)):
        name = collections[0].resource if collection_id else source.resource
        raise errors.FailedPreconditionError(
            "COLLECTION_DISABLED",
            f"{name} has no collection that is enabled, there, and of use"
            if collection_id is None
            else f"{name} is disabled, gone, or holds what the catalog does not keep",
            name=name,
        )


async def _required(source: Database | Session, source_id: UUID, ingest_id: UUID) -> Ingest:
    ingest = await store.get(source, source_id, ingest_id)
    if ingest is None:
        raise errors.NotFoundError(INGEST.type, INGEST.format(source_id, ingest_id))
    return ingest
